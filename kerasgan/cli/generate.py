"""`kerasgan generate`."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from kerasgan.cli.app import app, import_keras
from kerasgan.cli.options import PATH, Overwrite, Preset, check_task
from kerasgan.errors import did_you_mean
from kerasgan.presets import catalog
from kerasgan.presets.metadata import metadata_of


class Format(StrEnum):
    grid = "grid"
    files = "files"
    gif = "gif"
    npy = "npy"


OPTIONS = {"labels": "--labels", "codes": "--codes", "captions": "--caption"}
SUFFIXES = {Format.grid: ".png", Format.gif: ".gif", Format.npy: ".npy"}

NumSamples = Annotated[
    int, typer.Option("-n", "--num-samples", min=1, help="Number of images.")
]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="Output file, or a folder for --format files.", **PATH),
]
FormatChoice = Annotated[
    Format | None,
    typer.Option(
        help="grid: one picture. files: one PNG per image. gif: an animation from "
        "this seed to the next. npy: a NumPy array. Default: by the ending of "
        "--out, or grid."
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same images.")]
Labels = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CLASS[,CLASS...]",
        help="Classes, for GANs with class labels: numbers from 0, or the names that "
        "`kerasgan info` prints. Several classes take turns.",
    ),
]
Codes = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CATEGORY[,CODE...]",
        help="Codes, for InfoGANs: a category, or a category and its continuous "
        "codes, such as 3,-1,0. Repeat the option to let several take turns.",
    ),
]
Captions = Annotated[
    list[str] | None,
    typer.Option(
        "--caption",
        metavar="TEXT",
        help='What to show, for GANs with captions, such as "red apple". Repeat the '
        "option to let several take turns.",
    ),
]
Truncation = Annotated[
    float | None, typer.Option(help="Redraw latents outside [-t, t].")
]
BatchSize = Annotated[int, typer.Option(min=1, help="Images computed at once.")]


@app.command()
def generate(
    preset: Preset,
    num_samples: NumSamples = 64,
    out_path: Out = None,
    format: FormatChoice = None,
    seed: Seed = 0,
    labels: Labels = None,
    codes: Codes = None,
    captions: Captions = None,
    truncation: Truncation = None,
    batch_size: BatchSize = 128,
    overwrite: Overwrite = False,
) -> None:
    """Generate images: a grid, single files, an animation, or an array."""
    format = _format(format, out_path)
    files = catalog.files_of(preset)
    if format is Format.gif and truncation is not None:
        raise ValueError("--truncation is for images, not for an animation.")
    check_task(files, "generate")
    metadata = metadata_of(files) if labels or codes or captions else {}
    chosen = _chosen(metadata, labels or (), codes or (), captions or ())
    texts = (re.sub(r"\W+", "_", text)[:40] for text in captions or ())
    parts = (*chosen.get("labels", ()), *(codes or ()), *texts)
    suffix = "".join(f"_{part}" for part in parts) + f"_seed{seed}"
    name = files.name.split("/")[-1] + suffix + SUFFIXES.get(format, "")
    target = out_path or Path(name)
    _check_target(target, format, overwrite or out_path is None)
    import_keras()
    from kerasgan.core.gan import GAN

    gan = GAN.from_preset(files, networks="sampler")
    condition = {
        keyword: [values[index % len(values)] for index in range(num_samples)]
        for keyword, values in chosen.items()
    }
    if format is Format.gif:
        images = gan.interpolate(seed, seed + 1, frames=num_samples, **condition)
    else:
        options = {"truncation": truncation, "batch_size": batch_size, **condition}
        images = gan.generate(num_samples, seed=seed, **options)
    columns = None if condition else gan.columns
    print(f"Wrote {_count(len(images))} to {_write(images, target, format, columns)}")


def _count(number: int) -> str:
    return f"{number} image{'s'[: number != 1]}"


def _chosen(metadata: dict, labels, codes, captions) -> dict[str, list]:
    """The keyword of the GAN's condition with the values of the options, or nothing.

    Raises:
        ValueError: If a value is impossible, or the GAN has another condition.
    """
    given = {"labels": labels, "codes": codes, "captions": captions}
    for condition, texts in given.items():
        if texts and condition != metadata["condition"]:
            raise ValueError(
                f"{OPTIONS[condition]} is for GANs with {condition}. Received: "
                f"{metadata['class']}, {_remedy(metadata['condition'])}"
            )
    if labels:
        return {"labels": _classes(labels, metadata)}
    if captions:
        return {"captions": list(captions)}
    return {"codes": _rows(codes)} if codes else {}


def _remedy(condition: str | None) -> str:
    """The option that applies to a GAN, by the name of its condition."""
    if condition is None:
        return "which is unconditional. Leave the option out."
    if condition in OPTIONS:
        return f"which takes {OPTIONS[condition]}."
    return f"which takes {condition} in Python only: gan.generate({condition}=...)."


def _classes(texts, metadata: dict) -> list[int]:
    """The classes of all --labels, in turn. A name may contain commas."""
    names, count = metadata["class_names"] or [], metadata["num_classes"]
    if names == [str(number) for number in range(count)]:
        names = []  # the numbers say it all
    parts = []
    for text in texts:
        parts += [text] if text in names else map(str.strip, text.split(","))
    return [_class(part, names, count) for part in parts]


def _class(part: str, names: list[str], count: int) -> int:
    """The number of a class, from its number or its name."""
    if part.isascii() and part.isdecimal() and int(part) < count:
        return int(part)
    if part in names:
        return names.index(part)
    known = f", or of {', '.join(names[:20])}" if names else ""
    raise ValueError(
        f"--labels must be class numbers from 0 to {count - 1}{known}, with commas "
        f"between them. Received: {part!r}.{did_you_mean(part, names)}"
    )


def _rows(texts) -> list[list[float]]:
    """The row of numbers of each --codes."""
    try:
        return [[float(number) for number in text.split(",")] for text in texts]
    except ValueError as error:
        raise ValueError(
            "--codes must be numbers with commas between them. Received: "
            f"{', '.join(texts)}. For example: --codes 3,-1,0."
        ) from error


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


def _write(images: Any, target: Path, format: Format, columns: int | None) -> str:
    """Writes the images; returns where, and what they replaced."""
    from kerasgan import files
    from kerasgan import images as pictures

    if format is Format.files:
        return _write_files(images, target)
    replaced = ", replacing what was there" * target.exists()
    if format is Format.gif:
        pictures.save_gif(target, pictures.enlarge(images))
    elif format is Format.grid:
        pictures.save_png(target, pictures.make_picture(images, columns))
    else:
        import numpy as np

        with files.write_atomically(target) as file:
            np.save(file, images)
    return f"{target}{replaced}"


def _write_files(images: Any, folder: Path) -> str:
    """Writes 00000.png, 00001.png, ... in place of an earlier such series.

    No other file of the folder is touched.
    """
    from kerasgan import images as pictures

    folder.mkdir(parents=True, exist_ok=True)
    earlier = 0
    while _numbered(folder, earlier).is_file():
        earlier += 1
    for index, image in enumerate(images):
        pictures.save_png(_numbered(folder, index), image)
    for index in range(len(images), earlier):
        _numbered(folder, index).unlink()
    return f"{folder}, replacing {_count(earlier)}" if earlier else f"{folder}"


def _numbered(folder: Path, index: int) -> Path:
    return folder / f"{index:05d}.png"
