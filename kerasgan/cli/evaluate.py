"""`kerasgan evaluate`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from kerasgan.cli.app import app, import_keras
from kerasgan.cli.options import (
    Background,
    Channels,
    Crop,
    DataDir,
    Overwrite,
    Preset,
    Size,
    SkipUnreadable,
    Split,
)
from kerasgan.presets import catalog
from kerasgan.presets.folders import Files, Folder


@app.command()
def evaluate(
    preset: Preset,
    data: Annotated[
        str | None,
        typer.Option(
            help="Real images: a folder, an .npz file or the name of a dataset. "
            "Default: the preset's training data."
        ),
    ] = None,
    split: Split = None,
    held_out: Annotated[
        str | None,
        typer.Option(
            help="Held-out real images, for the real score: a split, or another file "
            "or folder. Default: every fifth image."
        ),
    ] = None,
    size: Size = None,
    crop: Crop = False,
    channels: Channels = None,
    background: Background = None,
    skip_unreadable: SkipUnreadable = False,
    data_dir: DataDir = None,
    features: Annotated[
        str, typer.Option(help="auto, inception, or a preset of kind features.")
    ] = "auto",
    num_samples: Annotated[
        int, typer.Option(min=10, help="Number of images to generate.")
    ] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of their latents.")] = 0,
    metrics: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METRIC[,METRIC...]", help="Metrics, such as fid. Default: all."
        ),
    ] = None,
    out_path: Annotated[
        Path | None, typer.Option("--out", help="JSON file for the results.")
    ] = None,
    neighbors: Annotated[
        Path | None,
        typer.Option(
            help="PNG file for a picture of generated images, each above the training "
            "image nearest to it."
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Measure the quality of a GAN's images: FID and related metrics."""
    files = catalog.files_of(preset)
    _check_outputs(out_path, neighbors, overwrite)
    fields = {"source": data, "split": split, "held_out": held_out, "size": size}
    fields |= {"channels": channels, "background": background, "crop": crop or None}
    fields = {name: value for name, value in fields.items() if value is not None}
    names = [part.strip() for text in metrics or () for part in text.split(",")]
    import_keras()
    fields = _data_of(files, fields)
    from kerasgan import evaluation
    from kerasgan.core.gan import GAN
    from kerasgan.images import save_png

    gan = GAN.from_preset(files, networks="sampler")
    reading = {"data_dir": data_dir, "skip_unreadable": skip_unreadable}
    labels = gan.condition.name == "labels"
    real, held_out_images = evaluation.real_images(fields, labels=labels, **reading)
    options = {"num_samples": num_samples, "seed": seed, "metrics": names or None}
    results = gan.evaluate_quality(real, features, held_out_images, **options)
    if gan.examined and not names:
        results |= _examined(files, held_out_images or real)
    for result in results.values():
        print(result)
    if neighbors is not None:
        save_png(neighbors, evaluation.nearest_picture(gan, real, seed=seed))
    if out_path is not None:
        evaluation.save_results(results, out_path)


def _check_outputs(out_path: Path | None, neighbors: Path | None, overwrite: bool):
    if neighbors is not None and neighbors.suffix.lower() != ".png":
        raise ValueError(f"--neighbors must end in .png. Received: {neighbors}.")
    for path in (out_path, neighbors):
        if path is not None and (path.is_dir() or path.exists() and not overwrite):
            raise FileExistsError(
                f"{path} exists. Choose another file, or pass --overwrite."
            )


def _examined(files: Files, images: Any) -> dict:
    """What the model's other networks say about labeled images."""
    from kerasgan import evaluation
    from kerasgan.core.gan import GAN

    if images.labels is None:
        return {}
    model = GAN.from_preset(files)
    return evaluation.examine(model, images.images, images.labels, images.name)


def _data_of(files: Files, fields: dict) -> dict:
    """The fields of a recipe's `data`: the user's over those of the training data."""
    if "source" in fields:
        return fields
    from kerasgan.data import named
    from kerasgan.presets.metadata import metadata_of

    known = metadata_of(files).get("data")
    if not known:
        raise ValueError(
            f"{files.name} does not name its training data. Pass --data: an image "
            "folder, an .npz file or the name of a dataset."
        )
    is_name = named.is_name(known["source"]) and "/" not in known.get("held_out", "")
    if not is_name and not isinstance(files, Folder):
        raise ValueError(  # a path that somebody else chose would be read here
            f"{files.name} must name the dataset that it was trained on. Received: "
            f"{ascii(known['source'])[:80]}, which is not the name of a dataset. Pass "
            "--data."
        )
    return known | fields
