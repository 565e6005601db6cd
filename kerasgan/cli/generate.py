"""`kerasgan generate`."""

import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from kerasgan import images, video
from kerasgan.cli.app import app, import_keras
from kerasgan.cli.options import PATH, Overwrite, Preset, check_task
from kerasgan.errors import did_you_mean
from kerasgan.presets import catalog
from kerasgan.presets.metadata import metadata_of

OPTIONS = {"labels": "--labels", "codes": "--codes", "captions": "--caption"}
DEFAULT = 64  # images, or frames of an animation


class Format(StrEnum):
    png = "png"
    jpg = "jpg"
    webp = "webp"
    gif = "gif"
    mp4 = "mp4"
    npy = "npy"


NumSamples = Annotated[
    int | None,
    typer.Option(
        "-n",
        "--num-samples",
        min=1,
        help=f"Number of images, or of frames. Default: {DEFAULT}, or that of "
        "--latents.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        help="A picture (.png, .jpg, .webp) for a grid; .gif or .mp4 for an animation; "
        ".npy for an array; or a folder for a file per image.",
        **PATH,
    ),
]
FormatChoice = Annotated[
    Format | None,
    typer.Option(help="Format of the files. Default: by the ending of --out, or png."),
]
Seeds = Annotated[
    str | None,
    typer.Option(
        "--seed",
        metavar="SEED[,SEED...]",
        help="The same seed gives the same images. Several give the images on the way "
        "from one to the next, as an animation does from this seed to the next. "
        "Default: 0.",
    ),
]
Latents = Annotated[
    Path | None,
    typer.Option(
        help="A .npy file of latents, one in each row, instead of those of a seed.",
        **PATH,
    ),
]
Labels = Annotated[
    list[str] | None,
    typer.Option(
        "--labels",
        "--label",
        metavar="CLASS[,CLASS...]",
        help="Classes, for GANs with class labels: numbers from 0, or the names that "
        "`kerasgan info` prints. Several classes take turns; an animation goes from "
        "one to the next.",
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
    num_samples: NumSamples = None,
    out_path: Out = None,
    format: FormatChoice = None,
    seed: Seeds = None,
    latents: Latents = None,
    labels: Labels = None,
    codes: Codes = None,
    captions: Captions = None,
    truncation: Truncation = None,
    batch_size: BatchSize = 128,
    overwrite: Overwrite = False,
) -> None:
    """Generate images: a grid, single files, an animation, or an array."""
    suffix, single = _form(format, out_path)
    files = catalog.files_of(preset)
    check_task(files, "generate")
    metadata = metadata_of(files) if labels or codes or captions else {}
    chosen = _chosen(metadata, labels or (), codes or (), captions or ())
    seeds, rows = _seeds(seed, latents), _rows_of(latents)
    moves = suffix in images.ANIMATIONS or len(seeds) > 1
    if moves:
        seeds, condition = _way(seeds, rows, chosen)
    target = out_path or _default(files.name, chosen, captions, seed, latents, suffix)
    _check_target(target, single, overwrite or out_path is None)
    if suffix == ".mp4":
        video.check_codec()
    import_keras()
    from kerasgan.core.gan import GAN

    gan = GAN.from_preset(files, networks="sampler")
    options = {"latents": rows, "truncation": truncation}
    if moves:
        options |= {"frames": num_samples or DEFAULT, **condition}
        made = gan.interpolate(*seeds, **options)
    else:
        count = num_samples or (DEFAULT if rows is None else len(rows))
        condition = {name: _in_turn(values, count) for name, values in chosen.items()}
        options |= {"seed": seeds[0] if seeds else None, "batch_size": batch_size}
        made = gan.generate(count, **options, **condition)
    columns = None if moves or condition else gan.columns
    written = _write(made, target, suffix, single, columns)
    print(f"Wrote {_count(len(made))} to {written}")


def _form(format: Format | None, out_path: Path | None) -> tuple[str, bool]:
    """The ending of the files, and whether each image has one of its own."""
    asked = None if format is None else f".{format.value}"
    ending = "" if out_path is None else out_path.suffix.lower()
    if out_path is None:
        return asked or ".png", False
    if not ending or (out_path.is_dir() and ending not in images.SUFFIXES):
        if asked is not None and asked not in images.FORMATS:
            raise ValueError(
                f"A folder of single files has the format png, jpg or webp. Received: "
                f"--format {format.value}. Choose a file for --out, such as "
                f"{out_path}{asked}."
            )
        return asked or ".png", True
    images.check_suffix(ending)
    same = images.FORMATS.get(ending, ending)
    if asked is not None and images.FORMATS.get(asked, asked) != same:
        raise ValueError(
            f"--format and the ending of --out must agree. Received: --format "
            f"{format.value}, and {out_path}. Leave --format out."
        )
    return ending, False


def _seeds(text: str | None, latents: Path | None) -> list[int]:
    """The seeds of --seed; none if there are latents."""
    if latents is not None and text is not None:
        raise ValueError(
            "--seed and --latents exclude each other. Received: both. Leave one out."
        )
    parts = [] if latents is not None else (text or "0").split(",")
    if not all(part.strip().isdecimal() for part in parts):
        raise ValueError(
            "--seed must be whole numbers of at least 0, with commas between them. "
            f"Received: {text}. For example: --seed 1,5,9."
        )
    return [int(part) for part in parts]


def _rows_of(path: Path | None) -> Any:
    """The latents in a file."""
    if path is None:
        return None
    import numpy as np

    try:
        rows = np.load(path, allow_pickle=False)
        fits = rows.ndim == 2 and rows.size and rows.dtype.kind == "f"
    except (ValueError, EOFError, AttributeError) as error:
        raise _no_latents(path, error) from error
    if not fits:
        raise _no_latents(path, f"{rows.dtype} of shape {rows.shape}")
    return rows


def _no_latents(path, received):
    return ValueError(
        f"{path} must be a .npy file of floats, one latent in each row. Received: "
        f"{received}. Write it by numpy.save(path, latents)."
    )


def _way(seeds, rows, chosen) -> tuple[list[int], dict]:
    """The seeds that an animation passes, and the values of the condition."""
    values = next(iter(chosen.values()), [])
    if len(seeds) == 1:
        seeds = [seeds[0] + step for step in range(max(2, len(values)))]
    stops = len(seeds if rows is None else rows)
    if len(values) not in (0, 1, stops):
        raise ValueError(
            f"{OPTIONS[next(iter(chosen))]} must have one value, or one for each of "
            f"the {stops} seeds or latents that the animation passes. Received: "
            f"{len(values)}. Leave out --seed to pass as many."
        )
    if len(values) == 1 and "codes" in chosen:  # one row, not one category
        return seeds, chosen
    return seeds, {k: v[0] if len(v) == 1 else v for k, v in chosen.items()}


def _in_turn(values: Sequence, count: int) -> list:
    return [values[index % len(values)] for index in range(count)]


def _default(name, chosen, captions, seed, latents, suffix) -> Path:
    """The file to write without --out, such as cgan_mnist_3_seed0.png."""
    texts = [re.sub(r"\W+", "_", text)[:40] for text in captions or ()]
    rows = [",".join(f"{x:g}" for x in row) for row in chosen.get("codes", ())]
    parts = [*chosen.get("labels", ()), *rows, *texts]
    source = f"seed{seed or 0}" if latents is None else latents.stem
    return Path("_".join(map(str, [name.split("/")[-1], *parts, source])) + suffix)


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


def _check_target(target: Path, single: bool, overwrite: bool):
    if target.exists() and target.is_dir() != single:
        kind = "a folder" if target.is_dir() else "a file"
        raise FileExistsError(
            f"{target} is {kind}, which is not what is to be written. Choose another "
            "--out."
        )
    if target.exists() and not overwrite:
        raise FileExistsError(
            f"{target} exists. Choose another --out, or pass --overwrite."
        )


def _write(made: Any, target: Path, suffix: str, single: bool, columns) -> str:
    """Writes images; returns where, and what they replaced.

    Single files replace an earlier series; no other file of the folder is touched.
    """
    if not single:
        replaced = ", replacing what was there" * target.exists()
        images.save(target, made, columns=columns)
        return f"{target}{replaced}"
    earlier = 0
    while (target / f"{earlier:05d}{suffix}").is_file():
        earlier += 1
    images.save_each(target, made, suffix)
    for index in range(len(made), earlier):
        (target / f"{index:05d}{suffix}").unlink()
    return f"{target}, replacing {_count(earlier)}" if earlier else f"{target}"
