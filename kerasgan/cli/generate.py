"""`kerasgan sample`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kerasgan.presets import catalog
from kerasgan.cli.app import app, import_keras


class Format(StrEnum):
    grid = "grid"
    files = "files"
    gif = "gif"
    npy = "npy"


SUFFIXES = {Format.grid: ".png", Format.gif: ".gif", Format.npy: ".npy"}


@app.command()
def sample(
    preset: Annotated[
        str, typer.Argument(help="A bundled name, a folder, hf://owner/name.")
    ],
    n: Annotated[int, typer.Option("-n", min=1, help="How many images.")] = 64,
    out_path: Annotated[
        Path | None,
        typer.Option("--out", help="Where to; a folder for --format files."),
    ] = None,
    format: Annotated[
        Format | None,
        typer.Option(
            help="One picture, one file an image, a film from one seed to the next, "
            "or an array; else by the ending of --out."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same images.")] = 0,
    label: Annotated[
        list[str] | None,
        typer.Option(
            help="Class, of a conditional GAN; --label 3 --label 5 take turns."
        ),
    ] = None,
    codes: Annotated[
        list[str] | None,
        typer.Option(
            help="Codes of an InfoGAN: a category, 3, or a row of a category and its "
            "codes, 3,-1,0; several --codes take turns."
        ),
    ] = None,
    truncation: Annotated[
        float | None, typer.Option(help="Redraw latents outside [-t, t].")
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="At once.")] = 128,
    overwrite: Annotated[bool, typer.Option(help="Replace what is there.")] = False,
):
    """Draws images: a grid, single files, a GIF from one seed to the next, an array."""
    format = _format(format, out_path)
    files = catalog.files_of(preset)
    if format is Format.gif and (truncation is not None or codes):
        raise ValueError("--truncation and --codes go with images, not with a film.")
    label = [_class(text) for text in label or ()]
    name = files.name.split("/")[-1]
    chosen = "".join(f"_{value}" for value in (label or codes or ()))
    target = out_path or Path(f"{name}{chosen}_seed{seed}{SUFFIXES.get(format, '')}")
    _check_target(target, format, overwrite or out_path is None)
    replaced = ", in place of what was there" if target.exists() else ""
    import_keras()
    from kerasgan.core.gan import GAN

    gan = GAN.from_preset(files, networks="sampler")
    labels = label[0] if len(label) == 1 else _in_turn(label, n) if label else None
    if format is Format.gif:
        found = gan.interpolate(seed, seed + 1, frames=n, labels=labels)
    else:
        options = {"truncation": truncation, "batch_size": batch_size}
        options |= _chosen(gan, codes, n)
        found = gan.generate(n, labels=labels, seed=seed, **options)
    _write(found, target, format, None if label or codes else gan.columns)
    print(f"{len(found)} images in {target}{replaced}")


def _class(text: str) -> int:
    if not text.isdecimal():
        several = [part.strip() for part in text.split(",")]
        repeated = " ".join(f"--label {part}" for part in several if part.isdecimal())
        raise ValueError(
            f"--label must be the number of a class, from 0. Received: {text!r}. "
            + (f"Write {repeated}." if len(several) > 1 and repeated else "")
        )
    return int(text)


def _in_turn(values: list, n: int) -> list:
    """`n` of the values."""
    return [values[index % len(values)] for index in range(n)]


def _chosen(gan, codes, n: int) -> dict:
    """The codes of an InfoGAN, as numbers."""
    if not codes:
        return {}
    if not hasattr(gan, "categories_of"):
        raise ValueError(
            f"--codes belong to an InfoGAN. Received: a {type(gan).__name__}. "
            "A conditional GAN takes --label."
        )
    try:
        rows = [[float(number) for number in row.split(",")] for row in codes]
    except ValueError as error:
        raise ValueError(
            f"--codes must be numbers with commas between. Received: {codes}."
        ) from error
    return {"codes": _in_turn(rows, n)}


def _format(format: Format | None, out_path: Path | None) -> Format:
    """The format asked for, else that of the file's ending."""
    suffix = out_path.suffix.lower() if out_path else ".png"
    if format is None:
        endings = {suffix: format for format, suffix in SUFFIXES.items()}
        format = endings.get(suffix, Format.files if suffix == "" else None)
    if format is None or (out_path and SUFFIXES.get(format, suffix) != suffix):
        raise ValueError(
            "--out must end in .png for a grid, .gif for a film, .npy for an array; "
            f"--format files takes a folder. Received: {out_path}."
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
        raise FileExistsError(f"{target} exists. Choose another --out, or --overwrite.")


def _write(found, target: Path, format: Format, columns: int | None):
    from kerasgan import files, images

    if format is Format.files:
        target.mkdir(parents=True, exist_ok=True)
        for index, image in enumerate(found):
            images.save_png(target / f"{index:05d}.png", image)
    elif format is Format.gif:
        images.save_gif(target, images.enlarge(found))
    elif format is Format.grid:
        images.save_png(target, images.make_picture(found, columns))
    else:
        import numpy as np

        with files.write_atomically(target) as file:
            np.save(file, found)
