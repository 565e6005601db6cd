"""`kerasgan generate`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from kerasgan.cli.app import app, import_keras
from kerasgan.cli.options import Overwrite, Preset
from kerasgan.presets import catalog


class Format(StrEnum):
    grid = "grid"
    files = "files"
    gif = "gif"
    npy = "npy"


SUFFIXES = {Format.grid: ".png", Format.gif: ".gif", Format.npy: ".npy"}


@app.command()
def generate(
    preset: Preset,
    num_samples: Annotated[
        int, typer.Option("-n", "--num-samples", min=1, help="Number of images.")
    ] = 64,
    out_path: Annotated[
        Path | None,
        typer.Option("--out", help="Output file, or a folder for --format files."),
    ] = None,
    format: Annotated[
        Format | None,
        typer.Option(
            help="grid: one picture. files: one PNG per image. gif: an animation from "
            "this seed to the next. npy: a NumPy array. Default: by the ending of "
            "--out, or grid."
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="The same seed gives the same images.")
    ] = 0,
    labels: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CLASS[,CLASS...]",
            help="Classes, for GANs with class labels. Several classes take turns.",
        ),
    ] = None,
    codes: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CATEGORY[,CODE...]",
            help="Codes, for InfoGANs: a category, or a category and its continuous "
            "codes, such as 3,-1,0. Repeat the option to let several take turns.",
        ),
    ] = None,
    truncation: Annotated[
        float | None, typer.Option(help="Redraw latents outside [-t, t].")
    ] = None,
    batch_size: Annotated[
        int, typer.Option(min=1, help="Images computed at once.")
    ] = 128,
    overwrite: Overwrite = False,
) -> None:
    """Generate images: a grid, single files, an animation, or an array."""
    format = _format(format, out_path)
    files = catalog.files_of(preset)
    if format is Format.gif and truncation is not None:
        raise ValueError("--truncation is for images, not for an animation.")
    chosen = {"labels": _classes(labels or ()), "codes": _rows(codes or ())}
    name = files.name.split("/")[-1]
    suffix = "".join(f"_{value}" for value in (*chosen["labels"], *(codes or ())))
    target = out_path or Path(f"{name}{suffix}_seed{seed}{SUFFIXES.get(format, '')}")
    _check_target(target, format, overwrite or out_path is None)
    replaced = ", replacing what was there" if target.exists() else ""
    import_keras()
    from kerasgan.core.gan import GAN

    gan = GAN.from_preset(files, networks="sampler")
    condition = _condition(gan, chosen, num_samples)
    if format is Format.gif:
        images = gan.interpolate(seed, seed + 1, frames=num_samples, **condition)
    else:
        options = {"truncation": truncation, "batch_size": batch_size, **condition}
        images = gan.generate(num_samples, seed=seed, **options)
    _write(images, target, format, None if condition else gan.columns)
    print(f"Wrote {_count(len(images))} to {target}{replaced}")


def _count(number: int) -> str:
    return f"{number} image{'s'[: number != 1]}"


def _classes(texts) -> list[int]:
    """The classes of all --labels, in turn."""
    parts = [part.strip() for text in texts for part in text.split(",")]
    for part in parts:
        if not (part.isascii() and part.isdecimal()):
            raise ValueError(
                "--labels must be class numbers from 0, with commas between them. "
                f"Received: {part!r}. For example: --labels 3,5."
            )
    return [int(part) for part in parts]


def _rows(texts) -> list[list[float]]:
    """The row of numbers of each --codes."""
    try:
        return [[float(number) for number in text.split(",")] for text in texts]
    except ValueError as error:
        raise ValueError(
            "--codes must be numbers with commas between them. Received: "
            f"{', '.join(texts)}. For example: --codes 3,-1,0."
        ) from error


def _condition(gan: Any, chosen: dict[str, list], num_samples: int) -> dict:
    """The keyword of the GAN's condition and its values, or nothing.

    Raises:
        ValueError: If an option belongs to another condition.
    """
    name = gan.condition.name
    for option, values in chosen.items():
        if values and option != name:
            raise ValueError(
                f"--{option} is for GANs with {option}. Received: "
                f"{type(gan).__name__}, {_remedy(name)}"
            )
    values = chosen.get(name, [])
    if not values:
        return {}
    return {name: [values[index % len(values)] for index in range(num_samples)]}


def _remedy(name: str | None) -> str:
    """The option that applies to a GAN, by the name of its condition."""
    if name is None:
        return "which is unconditional. Leave the option out."
    if name in ("labels", "codes"):
        return f"which takes --{name}."
    return f"which takes {name} in Python only: gan.generate({name}=...)."


def _format(format: Format | None, out_path: Path | None) -> Format:
    """The format that was asked for, or the one of the file's ending."""
    suffix = out_path.suffix.lower() if out_path else ".png"
    if format is None:
        endings = {suffix: format for format, suffix in SUFFIXES.items()}
        format = endings.get(suffix, Format.files if suffix == "" else None)
    if format is None or (out_path and SUFFIXES.get(format, suffix) != suffix):
        raise ValueError(
            "--out must end in .png for a grid, .gif for an animation or .npy for an "
            f"array, or be a folder for --format files. Received: {out_path}."
        )
    return format


def _check_target(target: Path, format: Format, overwrite: bool):
    if target.exists() and target.is_dir() != (format is Format.files):
        kind = "a folder" if target.is_dir() else "a file"
        raise FileExistsError(
            f"{target} is {kind}, which --format {format.value} cannot write to. "
            "Choose another --out."
        )
    if target.exists() and not overwrite:
        raise FileExistsError(
            f"{target} exists. Choose another --out, or pass --overwrite."
        )


def _write(images, target: Path, format: Format, columns: int | None):
    from kerasgan import files
    from kerasgan import images as pictures

    if format is Format.files:
        target.mkdir(parents=True, exist_ok=True)
        for index, image in enumerate(images):
            pictures.save_png(target / f"{index:05d}.png", image)
    elif format is Format.gif:
        pictures.save_gif(target, pictures.enlarge(images))
    elif format is Format.grid:
        pictures.save_png(target, pictures.make_picture(images, columns))
    else:
        import numpy as np

        with files.write_atomically(target) as file:
            np.save(file, images)
