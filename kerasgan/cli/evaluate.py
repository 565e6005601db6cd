"""`kerasgan evaluate`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from kerasgan.cli.app import app, import_keras
from kerasgan.cli.options import (
    PATH,
    TEXT,
    Background,
    Channels,
    Crop,
    DataDir,
    Overwrite,
    Preset,
    SkipUnreadable,
    Split,
    check_source,
)
from kerasgan.files import is_dataset_name
from kerasgan.presets import catalog
from kerasgan.presets.folders import Files, Folder
from kerasgan.presets.metadata import metadata_of
from kerasgan.presets.recipes import CONVERSIONS
from kerasgan.training import private

Data = Annotated[
    str | None,
    typer.Option(
        help="Real images: a folder, an .npz file or the name of a dataset. Default: "
        "the preset's training data.",
        **TEXT,
    ),
]
HeldOut = Annotated[
    str | None,
    typer.Option(
        help="Held-out real images, for the real score: a split, or another file or "
        "folder. Default: every fifth image.",
        **TEXT,
    ),
]
Size = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Side length in pixels of the images to compare. Real images first get "
        "the size of the GAN's. If this is another size, both are resized.",
    ),
]
FeatureNetwork = Annotated[
    str,
    typer.Option(help="auto, inception, or a preset of kind features.", **TEXT),
]
NumSamples = Annotated[
    int | None,
    typer.Option(
        min=10, help="Number of images to generate. Default: 10000, as in the tables."
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(min=0, help="Seed of their latents. Default: 2, as in the tables."),
]
Metrics = Annotated[
    list[str] | None,
    typer.Option(
        metavar="METRIC[,METRIC...]", help="Metrics, such as fid. Default: all."
    ),
]
Out = Annotated[
    Path | None, typer.Option("--out", help="JSON file for the results.", **PATH)
]
Neighbors = Annotated[
    Path | None,
    typer.Option(
        help="PNG file for a picture of generated images, each above the training "
        "image nearest to it.",
        **PATH,
    ),
]


@app.command()
def evaluate(
    preset: Preset,
    data: Data = None,
    split: Split = None,
    held_out: HeldOut = None,
    size: Size = None,
    crop: Crop = False,
    channels: Channels = None,
    background: Background = None,
    skip_unreadable: SkipUnreadable = False,
    data_dir: DataDir = None,
    features: FeatureNetwork = "auto",
    num_samples: NumSamples = None,
    seed: Seed = None,
    metrics: Metrics = None,
    out_path: Out = None,
    neighbors: Neighbors = None,
    overwrite: Overwrite = False,
) -> None:
    """Measure the quality of a GAN's images: FID and related metrics."""
    files = catalog.files_of(preset)
    _check_outputs(out_path, neighbors, overwrite)
    fields = {"source": data, "split": split, "held_out": held_out}
    fields |= {"channels": channels, "background": background, "crop": crop or None}
    fields = _data_of(files, {k: v for k, v in fields.items() if v is not None})
    if features not in ("auto", "inception"):
        catalog.files_of(features)
    shape = metadata_of(files).get("image_shape", [])
    if size is not None:
        fields["size"] = shape[:2]
    import_keras()
    from kerasgan import evaluation
    from kerasgan.images import save_png

    names = _names(metrics, unseen="held_out" in fields)
    reading = {"data_dir": data_dir, "skip_unreadable": skip_unreadable}
    gan, real, held_out_images = _read(files, fields, reading)
    _check_shape(real, shape)
    options = {"num_samples": num_samples, "seed": seed, "metrics": names or None}
    options |= {"size": size} if size != shape[0] else {}
    options = {name: value for name, value in options.items() if value is not None}
    sets = real, features, held_out_images
    results = evaluation.evaluate_quality(gan, *sets, progress=True, **options)
    if gan.examined and not names:
        results |= _examined(files, held_out_images or real)
    for result in results.values():
        print(result)
    if neighbors is not None:
        save_png(neighbors, evaluation.nearest_picture(gan, real, seed=seed or 0))
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


def _names(metrics: list[str] | None, unseen: bool) -> list[str]:
    """The names of all --metrics, checked before an image is read."""
    from kerasgan.evaluation.quality import check_metrics

    names = [part.strip() for text in metrics or () for part in text.split(",")]
    check_metrics(names or None, unseen)
    return names


def _read(files: Files, fields: dict, reading: dict) -> tuple:
    """The GAN, real images and held-out images or None."""
    from kerasgan import evaluation
    from kerasgan.core.gan import GAN

    gan = GAN.from_preset(files, networks="sampler")
    labels = gan.condition.name == "labels"
    return gan, *evaluation.real_images(fields, labels=labels, **reading)


def _check_shape(real: Any, shape: list[int]):
    """Refuses real images of another shape than the GAN's."""
    received = real.images.shape[1:]
    if list(received) != shape:
        options = f"--size {shape[0]}" * (list(received[:2]) != shape[:2])
        options += f" --channels {shape[2]}" * (received[2:] != tuple(shape[2:]))
        raise ValueError(
            f"Real images must have the shape of the GAN's, {tuple(shape)}. Received: "
            f"{received}, from {real.name}. Pass {options.strip()}."
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
    """The fields of a recipe's `data`: the user's over those of the training data.

    Other images are converted as the training data were.
    """
    if "source" in fields:
        known = metadata_of(files).get("data") or {}
        fields = {k: known[k] for k in CONVERSIONS if k in known} | fields
    else:
        fields = _training_data(files) | fields
    check_source(fields["source"], fields.get("held_out"))
    return fields


def _training_data(files: Files) -> dict:
    """The `data` of a preset's training."""
    known = metadata_of(files).get("data")
    if not known:
        raise ValueError(
            f"{files.name} does not name its training data. Pass --data: an image "
            "folder, an .npz file or the name of a dataset."
        )
    is_name = is_dataset_name(known["source"]) and "/" not in known.get("held_out", "")
    if isinstance(files, Folder):
        known = private.with_paths({"data": known}, files.folder)["data"]
        if not is_name and not Path(known["source"]).exists():
            raise FileNotFoundError(
                f"The images that {files} was trained on must be in {known['source']}. "
                "Received: no such file or folder. Pass --data."
            )
    elif not is_name:  # a path that somebody else chose would be read here
        raise ValueError(
            f"{files.name} must name the dataset that it was trained on. Received: "
            f"{ascii(known['source'])[:80]}, which is not the name of a dataset. Pass "
            "--data."
        )
    return known
