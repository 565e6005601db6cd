"""`kerasgan translate`, `upscale` and `inpaint`: picture files in and out."""

import contextlib
import functools
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from kerasgan import errors
from kerasgan.cli.app import app, fail, import_keras
from kerasgan.cli.options import PATH, Overwrite, Preset, check_free, check_task
from kerasgan.images import FORMATS
from kerasgan.presets import catalog
from kerasgan.presets.folders import Files


class Format(StrEnum):
    png = "png"
    jpg = "jpg"
    webp = "webp"


class Direction(StrEnum):
    forward = "forward"
    backward = "backward"


class Job(NamedTuple):
    """A picture file, the file to write, and the mask of the picture, if any."""

    source: Path
    target: Path
    mask: Path | None = None


Inputs = Annotated[
    list[Path],
    typer.Argument(
        help="Picture files, and folders of them.", **PATH | {"metavar": "INPUT..."}
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out", help="File for one picture, or folder, which keeps names.", **PATH
    ),
]
FormatChoice = Annotated[
    Format | None,
    typer.Option(
        help="Format of the files. Default: by the ending of --out, or as the inputs "
        "if they are PNG, JPEG or WebP, or else PNG."
    ),
]
Quality = Annotated[int, typer.Option(min=1, max=100, help="Of JPEG and WebP files.")]
Tile = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Side in pixels of the pieces in which large pictures are computed. "
        "Smaller ones need less memory.",
    ),
]
Background = Annotated[str, typer.Option(help="Color behind transparent pixels.")]
Mask = Annotated[
    Path,
    typer.Option(
        help="Picture file that is white where pixels are to be filled in, and black "
        "elsewhere; or a folder with a mask of the same name for each picture.",
        **PATH,
    ),
]


@app.command()
def translate(
    preset: Preset,
    inputs: Inputs,
    out_path: Out,
    direction: Annotated[
        Direction, typer.Option(help="backward: from targets to sources.")
    ] = Direction.forward,
    background: Background = "white",
    size: Annotated[
        int | None, typer.Option(min=1, help="Longer side in pixels to resize to.")
    ] = None,
    format: FormatChoice = None,
    quality: Quality = 95,
    tile: Tile = None,
    overwrite: Overwrite = False,
) -> None:
    """Translate pictures, such as outlines to colors."""
    options = {"direction": direction.value, "background": background, "size": size}
    options["tile"] = tile
    files = catalog.files_of(preset)
    check_task(files, "translate")
    jobs = jobs_of(inputs, out_path, format, overwrite)
    import_keras()
    from kerasgan.data.pictures import check_background

    check_background(background)
    _run(files, "translate", options, jobs, quality, out_path)


@app.command()
def upscale(
    preset: Preset,
    inputs: Inputs,
    out_path: Out,
    format: FormatChoice = None,
    quality: Quality = 95,
    tile: Tile = None,
    overwrite: Overwrite = False,
) -> None:
    """Enlarge pictures."""
    files = catalog.files_of(preset)
    check_task(files, "upscale")
    jobs = jobs_of(inputs, out_path, format, overwrite)
    _run(files, "upscale", {"tile": tile}, jobs, quality, out_path)


@app.command()
def inpaint(
    preset: Preset,
    inputs: Inputs,
    mask: Mask,
    out_path: Out,
    format: FormatChoice = None,
    quality: Quality = 95,
    tile: Tile = None,
    overwrite: Overwrite = False,
) -> None:
    """Fill in parts of pictures. All other pixels stay the same."""
    files = catalog.files_of(preset)
    check_task(files, "inpaint")
    check_exists(mask, "--mask")
    jobs = jobs_of(inputs, out_path, format, overwrite, mask)
    _run(files, "inpaint", {"tile": tile}, jobs, quality, out_path)


def jobs_of(
    inputs: Sequence[Path],
    out_path: Path,
    format: Format | None,
    overwrite: bool,
    masks: Path | None = None,
) -> list[Job]:
    """All files to read and to write.

    Raises:
        FileNotFoundError: If an input or a mask does not exist.
        FileExistsError: If a file to write exists, or is one of the inputs.
        ValueError: If `out_path` has the wrong ending, or two inputs have one name.
    """
    for path in inputs:
        check_exists(path, "INPUT")
    is_file = _is_file(inputs, out_path, format)
    jobs, sources = {}, set()
    for source, name in listed(inputs, out_path):
        target = out_path if is_file else out_path / _renamed(name, format)
        if target in jobs:
            raise ValueError(
                f"Two inputs have one name: {jobs[target].source} and {source} would "
                f"both be written to {target}. Write them to separate folders."
            )
        jobs[target] = Job(source, target, masks and _mask_of(masks, name))
        sources |= {path.resolve() for path in (source, jobs[target].mask) if path}
    for target in jobs:
        _check_target(target, target.resolve() in sources, overwrite)
    if not jobs:
        raise ValueError(f"INPUT has no pictures except those in {out_path}.")
    return list(jobs.values())


def check_exists(path: Path, name: str) -> None:
    """Refuses an argument of this name that does not exist."""
    if not path.exists():
        raise FileNotFoundError(
            f"{name} must be a picture file or a folder. Received: {str(path)!r}, "
            "which does not exist. Paths are relative to the current folder."
        )


def _is_file(inputs, out_path: Path, format: Format | None) -> bool:
    """Whether `out_path` is a file to write, rather than a folder."""
    suffix = out_path.suffix.lower()
    if out_path.is_file() and suffix not in FORMATS:
        raise FileExistsError(
            f"--out must be a folder, or end in {', '.join(FORMATS)}. Received: "
            f"{out_path}, a file."
        )
    if out_path.is_dir() or not suffix:
        return False
    if len(inputs) > 1 or inputs[0].is_dir():
        if suffix not in FORMATS:
            return False
        raise ValueError(
            "--out must be a folder for several pictures. Received: "
            f"{out_path}, which ends as a file does."
        )
    formats = {FORMATS[f".{format.value}"]} if format else set(FORMATS.values())
    if FORMATS.get(suffix) not in formats:
        endings = [end for end in FORMATS if FORMATS[end] in formats]
        raise ValueError(
            f"--out must end in {', '.join(endings)}, or be a folder that exists or "
            f"has no dot in its name. Received: {out_path}."
        )
    return True


def listed(
    inputs: Sequence[Path], out_path: Path | None
) -> Iterator[tuple[Path, Path]]:
    """Every picture file, and its path in the folder to write, if there is one."""
    results = None if out_path is None else out_path.resolve()  # of an earlier run
    for path in inputs:
        if path.is_file():
            yield path, Path(path.name)
            continue
        if path.resolve() == results:
            raise FileExistsError(
                f"--out must be another folder than INPUT. Received: {out_path}, whose "
                "pictures would be overwritten."
            )
        import_keras()
        from kerasgan.data import folder

        files, others = folder.image_files(path)
        folder.report(path, len(files), others)
        inside = results and results.is_relative_to(path.resolve())
        for file in files:
            if not inside or not file.resolve().is_relative_to(results):
                yield file, file.relative_to(path)


def _renamed(name: Path, format: Format | None) -> Path:
    """The name with the ending of the format to write."""
    if format is not None and FORMATS.get(name.suffix.lower()) != FORMATS[f".{format}"]:
        return name.with_suffix(f".{format.value}")
    return name if name.suffix.lower() in FORMATS else name.with_suffix(".png")


def _mask_of(masks: Path, name: Path) -> Path:
    """The mask of a picture: the one file, or one of the same name in a folder."""
    if masks.is_file():
        return masks
    place = masks / name
    if place.is_file():
        return place
    same = _by_stem(place.parent.resolve()).get(name.stem, [])
    if len(same) != 1:
        raise FileNotFoundError(
            f"--mask must have one file with the name of each picture. Received: "
            f"{len(same)} for {name} in {masks}."
        )
    return same[0]


@functools.cache
def _by_stem(folder: Path) -> dict[str, list[Path]]:
    """The files of a folder, by their names without the ending."""
    files: dict[str, list[Path]] = {}
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_file():
            files.setdefault(path.stem, []).append(path)
    return files


def _check_target(target: Path, is_input: bool, overwrite: bool):
    if is_input:
        raise FileExistsError(
            f"{target} is one of the files to read, which are never overwritten. "
            "Choose another --out."
        )
    check_free(target, overwrite)


def _run(
    files: Files,
    task: str,
    options: dict[str, Any],
    jobs: list[Job],
    quality: int,
    out_path: Path,
) -> None:
    """Computes and writes all pictures; unreadable ones are named at the end."""
    import_keras()
    from kerasgan.core import tiles
    from kerasgan.core.image_to_image import ImageToImage
    from kerasgan.data import progress
    from kerasgan.files import write_atomically

    model = ImageToImage.from_preset(files, networks="sampler")
    tiles.side_of(model, options["tile"])
    if "direction" in options:
        model.check_direction(options["direction"])
    method = functools.partial(getattr(model, task), **options)
    skipped: list[str] = []
    seen: set[str] = set()
    for job in progress.counted(jobs, "Pictures", len(jobs)):
        try:
            with _each_warning_once(seen):
                content = _content(method, job, quality)
        except errors.KerasGANError:
            raise
        except Exception as error:  # decoders raise all kinds of errors
            skipped.append(f"Skipped {job.source}: {error}")
            continue
        with write_atomically(job.target) as file:
            file.write(content)
    written = len(jobs) - len(skipped)
    if written:
        print(f"Wrote {written} picture{'s'[: written != 1]} to {out_path}")
    for line in skipped:
        print(" ".join(line.split()), file=sys.stderr)
    if skipped:
        were = "picture was" if len(jobs) == 1 else "pictures were"
        fail(f"{len(skipped)} of {len(jobs)} {were} skipped.", 1)


@contextlib.contextmanager
def _each_warning_once(seen: set[str]) -> Iterator[None]:
    """Repeats no warning, because it may be of every picture."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        yield
    for text in [str(warning.message) for warning in caught]:
        if text not in seen:
            seen.add(text)
            warnings.warn(text, stacklevel=2)


def _content(method: Callable[..., Any], job: Job, quality: int) -> bytes:
    """The file of a result."""
    from kerasgan.data import pictures
    from kerasgan.images import encode_picture

    known = {*pictures.formats().values()}
    picture = pictures.decode(job.source, known)
    masks = [pictures.decode(job.mask, known)] if job.mask else []
    made = method(picture, *masks)
    profile = picture.info.get("icc_profile")
    return encode_picture(made, job.target.suffix.lower(), quality, profile)
