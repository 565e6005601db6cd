"""`kerasgan evaluate`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from kerasgan.checks import check_choice
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
from kerasgan.presets.card_use import translates_images
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
Targets = Annotated[
    str | None,
    typer.Option(
        help="Folder of the targets, if --data are the sources alone.", **TEXT
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
    targets: Targets = None,
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
    """Measure the quality of images: FID and related metrics, or L1, PSNR and SSIM."""
    files = catalog.files_of(preset)
    _check_outputs(out_path, neighbors, overwrite)
    fields = {"source": data, "targets": targets, "split": split, "held_out": held_out}
    fields |= {"channels": channels, "background": background, "crop": crop or None}
    fields = _data_of(files, {k: v for k, v in fields.items() if v is not None})
    if features not in ("auto", "inception"):
        catalog.files_of(features)
    reading = {"data_dir": data_dir, "skip_unreadable": skip_unreadable}
    options = {"features": features, "num_samples": num_samples, "seed": seed}
    options |= {"metrics": _split(metrics), "size": size, "neighbors": neighbors}
    import_keras()
    from kerasgan.evaluation import save_results

    measure = _of_pairs if translates_images(metadata_of(files)) else _of_gan
    results = measure(files, fields, reading, **options)
    for result in results.values():
        print(result)
    if out_path is not None:
        save_results(results, out_path)


def _of_gan(files, fields, reading, features, size, neighbors, **options) -> dict:
    """The results of a GAN from latents, and the picture of its neighbors."""
    from kerasgan import evaluation
    from kerasgan.evaluation.quality import check_metrics
    from kerasgan.evaluation.real_data import in_classes
    from kerasgan.images import save_png

    shape, names = metadata_of(files).get("image_shape", []), options["metrics"]
    if size is not None:
        fields["size"] = shape[:2]
    check_metrics(names, unseen="held_out" in fields)
    gan, real, held_out_images = _read(files, fields, reading)
    _check_shape(real, shape)
    options |= {"size": size} if size != shape[0] else {}
    options = {name: value for name, value in options.items() if value is not None}
    classes = fields.get("classes")
    sets = real, features, in_classes(held_out_images, classes)
    results = evaluation.evaluate_quality(gan, *sets, progress=True, **options)
    if gan.examined and not names:
        results |= _examined(files, held_out_images or real, classes)
    if neighbors is not None:
        seed = options.get("seed", 0)
        save_png(neighbors, evaluation.nearest_picture(gan, real, seed=seed))
    return results


def _of_pairs(files, fields, reading, size, num_samples, neighbors, **options) -> dict:
    """The results of a model from images to images, on held-out images if named."""
    from kerasgan import evaluation
    from kerasgan.core.image_to_image import ImageToImage
    from kerasgan.evaluation import pairs

    if num_samples or neighbors:
        raise ValueError(
            "--num-samples and --neighbors are for GANs from latents. Received: "
            f"{files.name}, which makes images from images. Leave them out."
        )
    for name in options["metrics"] or ():
        check_choice("metrics", name, pairs.METRICS)
    fields |= {} if size is None else {"size": size}
    model = ImageToImage.from_preset(files, networks="sampler")
    if model.learns_from == "images":
        real, held_out = evaluation.real_images(fields, **reading)
    else:
        real, held_out = evaluation.real_pairs(fields, model.learns_from, **reading)
    sets = (real, None) if held_out is None else (held_out, real)
    options = {name: value for name, value in options.items() if value is not None}
    return model.evaluate_quality(sets[0], training=sets[1], **options)


def _check_outputs(out_path: Path | None, neighbors: Path | None, overwrite: bool):
    if neighbors is not None and neighbors.suffix.lower() != ".png":
        raise ValueError(f"--neighbors must end in .png. Received: {neighbors}.")
    for path in (out_path, neighbors):
        if path is not None and (path.is_dir() or path.exists() and not overwrite):
            raise FileExistsError(
                f"{path} exists. Choose another file, or pass --overwrite."
            )


def _split(metrics: list[str] | None) -> list[str] | None:
    """The names of all --metrics."""
    names = [part.strip() for text in metrics or () for part in text.split(",")]
    return names or None


def _read(files: Files, fields: dict, reading: dict) -> tuple:
    """The GAN, real images and held-out images or None."""
    from kerasgan import evaluation
    from kerasgan.core.gan import GAN

    gan = GAN.from_preset(files, networks="sampler")
    labels = gan.condition.name == "labels" or gan.examined == "accuracy"
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


def _examined(files: Files, images: Any, classes: list | None) -> dict:
    """What the model's other networks say about labeled images.

    Args:
        files: The preset.
        images: The images, perhaps with labels.
        classes: Those that the model was trained on, if not all.
    """
    from kerasgan import evaluation
    from kerasgan.core.gan import GAN
    from kerasgan.data.sources import class_numbers

    if images.labels is None:
        return {}
    model = GAN.from_preset(files)
    normal = classes and class_numbers(classes, images.class_names)
    return evaluation.examine(model, *images[:2], images.name, normal)


def _data_of(files: Files, fields: dict) -> dict:
    """The fields of a recipe's `data`: the user's over those of the training data.

    Other images are converted as the training data were.
    """
    metadata = metadata_of(files)
    if "source" in fields:
        known = metadata.get("data") or {}
        fields = {k: known[k] for k in CONVERSIONS if k in known} | fields
    else:
        fields = _training_data(files) | fields
    splits = metadata.get("learns_from") == "unpaired" and "targets" not in fields
    splits = splits or "split" in fields  # of an .npz file
    check_source(fields["source"], None if splits else fields.get("held_out"))
    return fields


def _training_data(files: Files) -> dict:
    """The `data` of a preset's training."""
    known = metadata_of(files).get("data")
    if not known:
        raise ValueError(
            f"{files.name} does not name its training data. Pass --data: an image "
            "folder, an .npz file or the name of a dataset."
        )
    names = [known[n] for n in ("source", "targets", "held_out_targets") if n in known]
    is_name = all(map(is_dataset_name, names)) and "/" not in known.get("held_out", "")
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
            f"{ascii(' and '.join(names))[:80]}, which is not the name of a dataset. "
            "Pass --data."
        )
    return known
