"""`kerasgan score`: how much pictures differ from those of the training."""

import csv
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from kerasgan.cli import translate
from kerasgan.cli.app import app, fail, import_keras
from kerasgan.cli.options import PATH, Overwrite, Preset, check_task
from kerasgan.cli.translate import Inputs, Job
from kerasgan.presets import catalog
from kerasgan.presets.metadata import metadata_of

BRIGHTEST = 1.0  # a difference of images in [-1, 1] that is white in a heatmap's file


class Format(StrEnum):
    table = "table"
    csv = "csv"
    json = "json"


Heatmap = Annotated[
    Path | None,
    typer.Option(
        help="Folder for a PNG file for each picture, or file for one: brighter where "
        "the picture differs more.",
        **PATH,
    ),
]
FormatChoice = Annotated[Format, typer.Option(help="Format of the scores.")]


@app.command()
def score(
    preset: Preset,
    inputs: Inputs,
    heatmap: Heatmap = None,
    format: FormatChoice = Format.table,
    overwrite: Overwrite = False,
) -> None:
    """Score pictures: the higher, the less like those of the training."""
    files = catalog.files_of(preset)
    check_task(files, "score")
    jobs = _jobs(inputs, heatmap, overwrite)
    import_keras()
    from kerasgan.core.gan import GAN

    model = GAN.from_preset(files, networks="sampler")
    pictures, skipped = _read(jobs, metadata_of(files))
    if pictures:
        images = [image for _, image in pictures.values()]
        _print(list(pictures), model.score(images), format)
        if heatmap is not None:
            _write(pictures, model.heatmap(images))
    for line in skipped:
        print(" ".join(line.split()), file=sys.stderr)
    if skipped:
        fail(f"{len(skipped)} of {len(jobs)} pictures were skipped.", 1)


def _jobs(inputs: list[Path], heatmap: Path | None, overwrite: bool) -> list[Job]:
    """The files to read, and those to write, if any."""
    if heatmap is not None:
        return translate.jobs_of(inputs, heatmap, translate.Format.png, overwrite)
    for path in inputs:
        translate.check_exists(path, "INPUT")
    return [Job(source, source) for source, _ in translate.listed(inputs, None)]


def _read(
    jobs: list[Job], metadata: dict
) -> tuple[dict[Job, tuple[tuple[int, int], Any]], list[str]]:
    """Sizes and images of pictures, shaped as in training; and what was skipped."""
    from kerasgan.data import pictures, progress

    height, width, channels = metadata["image_shape"]
    data = metadata.get("data") or {}
    shaping = {"size": (height, width), "crop": data.get("crop", False)}
    shaping |= {"channels": channels, "background": data.get("background", "white")}
    known, read, skipped = {*pictures.formats().values()}, {}, []
    for job in progress.counted(jobs, "Pictures", len(jobs)):
        try:
            picture = pictures.decode(job.source, known)
            image = pictures.shape(picture, **shaping)
        except Exception as error:  # decoders raise all kinds of errors
            skipped.append(f"Skipped {job.source}: {error}")
            continue
        size = (width, height) if shaping["crop"] else picture.size
        read[job] = size, image
    return read, skipped


def _print(jobs: list[Job], scores: Any, format: Format) -> None:
    """Prints the scores on stdout, in the order of the inputs."""
    rows = [(str(j.source), float(s)) for j, s in zip(jobs, scores, strict=True)]
    if format is Format.json:
        print(json.dumps([{"file": f, "score": s} for f, s in rows], indent=2))
    elif format is Format.csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows(
            [("file", "score"), *rows]
        )
    else:
        for file, value in rows:
            print(f"{value:.6f}  {file}")


def _write(pictures: dict[Job, tuple], heatmaps: Any) -> None:
    """Writes heatmaps as gray PNG files of the sizes of their pictures."""
    import numpy as np
    from PIL import Image

    from kerasgan.files import write_atomically
    from kerasgan.images import encode_picture

    for (job, (size, _)), values in zip(pictures.items(), heatmaps, strict=True):
        levels = np.rint(np.clip(values / BRIGHTEST, 0, 1) * 255).astype("uint8")
        picture = Image.fromarray(levels).resize(size, Image.Resampling.BILINEAR)
        with write_atomically(job.target) as file:
            file.write(encode_picture(np.asarray(picture)[..., None], ".png"))
