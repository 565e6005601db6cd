"""`kerasgan evaluate`."""

import warnings
from pathlib import Path
from typing import Annotated, Any

import typer

from kerasgan.checks import check_choice
from kerasgan.cli.app import app, import_keras
from kerasgan.cli.compared import check_kind, data_of_all, shape_of
from kerasgan.cli.options import (
    PATH,
    PRESET,
    SIZE,
    TEXT,
    Background,
    Channels,
    Crop,
    DataDir,
    Overwrite,
    SkipUnreadable,
    Split,
)
from kerasgan.cli.tables import print_table
from kerasgan.files import write_atomically
from kerasgan.presets import catalog
from kerasgan.presets.folders import Files

Presets = Annotated[
    list[str],
    typer.Argument(
        help="Presets: bundled names, folders, or hf://owner/name. Several are "
        "compared, each with the same real images.",
        **PRESET | {"metavar": "PRESET..."},
    ),
]
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
    Any,
    typer.Option(
        help="Side in pixels of the images to compare, or HxW. Real images first get "
        "the size of the GAN's. If this is another size, both are resized.",
        **SIZE,
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
    Path | None,
    typer.Option("--out", help="JSON or CSV file for the results.", **PATH),
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
    presets: Presets,
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
    files = {name: catalog.files_of(name) for name in dict.fromkeys(presets)}
    _check_outputs(out_path, neighbors, overwrite)
    if neighbors is not None and len(files) > 1:
        raise ValueError("--neighbors is for one preset. Received: several.")
    fields = {"source": data, "targets": targets, "split": split, "held_out": held_out}
    fields |= {"channels": channels, "background": background, "crop": crop or None}
    given = {k: v for k, v in fields.items() if v is not None}
    if features not in ("auto", "inception"):
        catalog.files_of(features)
    measure = _of_pairs if check_kind(files) else _of_gans
    shape = shape_of(files)
    fields = data_of_all(files, given)
    if measure is _of_pairs and "source" not in given and "held_out" not in fields:
        warnings.warn(
            "Measured on the images of the training, because the preset names no "
            "held-out ones: pass --held-out to see what it does with new ones.",
            stacklevel=2,
        )
    reading = {"data_dir": data_dir, "skip_unreadable": skip_unreadable}
    options = {"features": features, "num_samples": num_samples, "seed": seed}
    options |= {"metrics": _split(metrics), "size": size, "neighbors": neighbors}
    options["shape"] = shape
    import_keras()
    _report(measure(files, fields, reading, **options), out_path)


def _report(results: dict[str, dict], out_path: Path | None):
    """Prints and writes the results of each preset."""
    from kerasgan.evaluation import compare, save_results

    alone, *others = results.values()
    if others:
        print_table(compare.table_of(results))
    else:
        print("\n".join(map(str, alone.values())))
    if out_path is None:
        return
    if out_path.suffix.lower() == ".csv":
        with write_atomically(out_path) as file:
            file.write(compare.to_csv(results).encode())
    else:
        save_results(results if others else alone, out_path)


def _of_gans(
    files, fields, reading, features, size, shape, neighbors, **options
) -> dict:
    """The results of GANs from latents, and the picture of a GAN's neighbors."""
    from kerasgan import evaluation
    from kerasgan.evaluation.evaluation import evaluation_of
    from kerasgan.evaluation.quality import check_metrics
    from kerasgan.evaluation.real_data import in_classes
    from kerasgan.images import save_png

    names = options["metrics"]
    sides = [size, size] if isinstance(size, int) else size
    if size is not None:
        fields["size"] = shape[:2]
    check_metrics(names, unseen="held_out" in fields)
    gans, real, held_out_images = _read(files, fields, reading)
    _check_shape(real, shape)
    options |= {"size": size if sides != shape[:2] else None}
    options = {name: value for name, value in options.items() if value is not None}
    options = {"size": None, "progress": True, "cache": True} | options
    classes = fields.get("classes")
    features = _features_of(gans, real, features)
    sets = real, features, in_classes(held_out_images, classes)
    together = evaluation_of(next(iter(gans.values())), *sets, **options)
    results = {}
    for name, gan in gans.items():
        results[name] = together.of_gan(gan)
        if gan.examined and not names:
            examined = _examined(files[name], held_out_images or real, classes)
            results[name] |= examined
        if neighbors is not None:
            chosen = {"seed": options.get("seed", 0)}
            save_png(neighbors, evaluation.nearest_picture(gan, real, **chosen))
    return results


def _features_of(gans: dict, real: Any, features: str) -> Any:
    """The network that "auto" stands for, which must be the same for all GANs."""
    from kerasgan.evaluation import features_for
    from kerasgan.evaluation.extractors import INCEPTION, known_features

    if features != "auto":
        return features
    known = {name: known_features(gan, real.name) for name, gan in gans.items()}
    if len(set(known.values())) > 1:
        listed = ", ".join(f"{v or INCEPTION} of {k}" for k, v in known.items())
        raise ValueError(
            "All presets must be compared by the same features. Received: "
            f"{listed}. Pass --features."
        )
    return features_for(next(iter(gans.values())), real)


def _of_pairs(files, fields, reading, size, num_samples, neighbors, **options) -> dict:
    """The results of models from images to images, on held-out images if named."""
    from kerasgan import evaluation
    from kerasgan.core.image_to_image import ImageToImage
    from kerasgan.evaluation import pairs

    if num_samples or neighbors:
        raise ValueError(
            "--num-samples and --neighbors are for GANs from latents. Received: "
            f"{next(iter(files))}, which makes images from images. Leave them out."
        )
    options.pop("shape")
    for name in options["metrics"] or ():
        check_choice("metrics", name, pairs.METRICS)
    fields |= {} if size is None else {"size": size}
    options = {name: value for name, value in options.items() if value is not None}
    models = {
        n: ImageToImage.from_preset(f, networks="sampler") for n, f in files.items()
    }
    (learns_from,) = {model.learns_from for model in models.values()}
    if learns_from == "images":
        real, held_out = evaluation.real_images(fields, **reading)
    else:
        real, held_out = evaluation.real_pairs(fields, learns_from, **reading)
    known = (real, None) if held_out is None else (held_out, real)
    return {
        name: model.evaluate_quality(known[0], training=known[1], **options)
        for name, model in models.items()
    }


def _check_outputs(out_path: Path | None, neighbors: Path | None, overwrite: bool):
    if neighbors is not None and neighbors.suffix.lower() != ".png":
        raise ValueError(f"--neighbors must end in .png. Received: {neighbors}.")
    if out_path is not None and out_path.suffix.lower() not in (".json", ".csv"):
        raise ValueError(f"--out must end in .json or .csv. Received: {out_path}.")
    for path in (out_path, neighbors):
        if path is not None and (path.is_dir() or path.exists() and not overwrite):
            raise FileExistsError(
                f"{path} exists. Choose another file, or pass --overwrite."
            )


def _split(metrics: list[str] | None) -> list[str] | None:
    """The names of all --metrics."""
    names = [part.strip() for text in metrics or () for part in text.split(",")]
    return names or None


def _read(files: dict[str, Files], fields: dict, reading: dict) -> tuple:
    """The GANs, real images and held-out images or None."""
    from kerasgan import evaluation
    from kerasgan.core.gan import GAN

    gans = {n: GAN.from_preset(f, networks="sampler") for n, f in files.items()}
    labels = any(
        gan.condition.name == "labels" or gan.examined == "accuracy"
        for gan in gans.values()
    )
    return gans, *evaluation.real_images(fields, labels=labels, **reading)


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
