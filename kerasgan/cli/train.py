"""`kerasgan train`."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from kerasgan.cli.app import app, fail, import_keras
from kerasgan.cli.options import (
    PATH,
    TEXT,
    Background,
    Channels,
    Crop,
    DataDir,
    Size,
    SkipUnreadable,
    Split,
    check_source,
)
from kerasgan.errors import PresetConfigError, RecipeError
from kerasgan.files import recovered
from kerasgan.presets import documents, recipes
from kerasgan.presets.folders import Folder
from kerasgan.presets.metadata import check_license
from kerasgan.training import private
from kerasgan.training.target import check_target


class Dtype(StrEnum):
    float32 = "float32"
    mixed_bfloat16 = "mixed_bfloat16"
    mixed_float16 = "mixed_float16"


Recipe = Annotated[
    str,
    typer.Argument(
        help="A preset, a recipe.json file, or a family such as wgan_gp.",
        **TEXT | {"metavar": "RECIPE"},
    ),
]
Data = Annotated[
    str | None,
    typer.Option(
        help="An image folder, an .npz file or the name of a dataset.", **TEXT
    ),
]
Targets = Annotated[
    str | None,
    typer.Option(
        help="For models from images to images: the targets, a folder of files with "
        "the names of those in --data (CycleGAN: of any other files).",
        **TEXT,
    ),
]
Make = Annotated[
    str | None,
    typer.Option(
        help="For models from images to images: make the input from the images in "
        "--data: edges, gray, downscale:4, mask:strokes, ..."
    ),
]
SourceSide = Annotated[
    str | None,
    typer.Option(
        help="Side of the input in pictures of input and target side by side: left "
        "or right."
    ),
]
SourceChannels = Annotated[
    int | None, typer.Option(help="Color channels of the input, as --channels.")
]
Flip = Annotated[
    bool | None,
    typer.Option(
        "--flip/--no-flip", help="Mirror pairs at random. Default: the recipe's."
    ),
]
Captions = Annotated[
    str | None,
    typer.Option(
        help="For StackGAN: a CSV file with the columns file and name, and perhaps "
        "keywords, of the images in --data.",
        **TEXT,
    ),
]
Classes = Annotated[
    str | None,
    typer.Option(
        metavar="CLASS[,CLASS...]",
        help="Numbers or names of the classes to train on, such as 8.",
    ),
]
Labeled = Annotated[
    int | None,
    typer.Option(min=1, help="For SGAN: images that keep their label."),
]
LabeledSeed = Annotated[
    int | None, typer.Option(min=0, help="Seed of their choice. Default: 0.")
]
Epochs = Annotated[
    int | None,
    typer.Option(
        min=1, help="Passes over the data. Default: the recipe's updates, or 50 passes."
    ),
]
BatchSize = Annotated[
    int | None,
    typer.Option(
        min=1, help="Images per update. Default: the recipe's, or 64 (16 of pairs)."
    ),
]
Augmentation = Annotated[
    str | None,
    typer.Option(
        help="For small datasets: ada, or color,translation,cutout. none turns it off."
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Constructor argument of the GAN, such as width=32, num_classes=10 or "
        "ada_images=100000. Repeat the option for several.",
    ),
]
Seed = Annotated[
    int | None, typer.Option(min=0, help="Seed of weights, noise and data order.")
]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="Folder for the preset. Default: runs/NAME.", **PATH),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Continue from the last checkpoint in --out.")
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Start again, replacing --out.")
]
Precision = Annotated[
    Dtype | None, typer.Option(help="Dtype policy, such as mixed_bfloat16.")
]
License = Annotated[
    str | None, typer.Option(help="License of the weights, such as apache-2.0.")
]
Tensorboard = Annotated[
    bool, typer.Option("--tensorboard", help="Write logs to OUT/training/logs.")
]


@app.command()
def train(
    recipe: Recipe,
    data: Data = None,
    size: Size = None,
    crop: Crop = False,
    channels: Channels = None,
    background: Background = None,
    split: Split = None,
    targets: Targets = None,
    make: Make = None,
    source_side: SourceSide = None,
    source_channels: SourceChannels = None,
    flip: Flip = None,
    captions: Captions = None,
    classes: Classes = None,
    labeled: Labeled = None,
    labeled_seed: LabeledSeed = None,
    data_dir: DataDir = None,
    epochs: Epochs = None,
    batch_size: BatchSize = None,
    augmentation: Augmentation = None,
    settings: Settings = None,
    seed: Seed = None,
    out_path: Out = None,
    resume: Resume = False,
    overwrite: Overwrite = False,
    dtype: Precision = None,
    license: License = None,
    skip_unreadable: SkipUnreadable = False,
    tensorboard: Tensorboard = False,
) -> None:
    """Train a GAN by a recipe. The result is a complete preset folder."""
    target = out_path or Path("runs") / Path(recipe).absolute().stem
    fields = {"source": data, "split": split, "size": size, "channels": channels}
    fields |= {"background": background, "crop": crop or None, "targets": targets}
    fields |= {"make": make, "source_side": source_side, "flip": flip}
    fields |= {"source_channels": source_channels, "classes": _classes(classes)}
    fields |= {"labeled": labeled, "labeled_seed": labeled_seed}
    fields["captions"] = captions
    changes = {"batch_size": batch_size, "seed": seed, "data": fields}
    changes["arguments"] = _arguments(settings, augmentation)
    check_license(license)
    _check_places(recipe, data, target, resume, overwrite)
    options = {"resume": resume, "overwrite": overwrite, "epochs": epochs}
    options |= {"data_dir": data_dir, "skip_unreadable": skip_unreadable}
    options |= {"dtype": dtype and dtype.value, "license": license}
    options["tensorboard"] = tensorboard
    _run(_adapted(recipe, changes, target, resume), target, options)


def _classes(text: str | None) -> list[int | str] | None:
    """Numbers and names of classes, separated by commas."""
    parts = [part.strip() for part in (text or "").split(",")]
    return [int(p) if p.isdecimal() else p for p in parts if p] or None


def _check_places(recipe: str, data: str | None, target: Path, resume, overwrite):
    """Refuses wrong names, files and folders, before Keras is imported."""
    place = recipes.locate(recipe)
    check_target(
        recovered(Path(os.path.abspath(target))), data or "", resume, overwrite
    )
    if data is not None:
        check_source(data)
    elif isinstance(place, str) and not (resume and private.read(target)):
        raise RecipeError(
            f"A training of {place} needs images. Received: none. Pass --data: an "
            "image folder, an .npz file or the name of a dataset."
        )


def _adapted(recipe: str, changes: dict[str, Any], target: Path, resume: bool) -> dict:
    """The recipe with the changes that the options ask for, and with its images."""
    import_keras()
    loaded, data = recipes.load(recipe), changes["data"]
    if data["source"] is None:
        place = target if resume else _folder_of(recipe)
        loaded = private.with_paths(loaded, place) if place else loaded
    if data["source"] is None and not loaded["data"]:  # a family's recipe, resumed
        recorded = private.read(target)["data"]
        data |= recorded | {k: v for k, v in data.items() if v is not None}
    return recipes.check(recipes.adapt(loaded, **changes), recipe)


def _folder_of(recipe: str) -> Path | None:
    """The folder on this machine that a recipe comes from, or None."""
    place = recipes.locate(recipe)
    if isinstance(place, Folder):
        return place.folder
    return place.parent if isinstance(place, Path) else None


def _run(recipe: dict, target: Path, options: dict[str, Any]) -> None:
    """Trains, and prints where the preset is."""
    from kerasgan.training import runner

    verbose = 1 if sys.stdout.isatty() else 2
    try:
        model = runner.train(recipe, target, verbose=verbose, **options)
    except KeyboardInterrupt:
        fail(
            "interrupted. To continue from the last complete epoch in "
            f"{target}, run the same command with --resume (without --overwrite).",
            130,
        )
    print(f"Wrote {type(model).__name__} to {target}")
    if task := getattr(model, "task", None):
        out = "" if task == "score" else " --out FILE"
        print(f"To use it: kerasgan {task} {target} PICTURE{out}")
    elif getattr(model, "kind", None) == "gan":
        print(f"To generate images: kerasgan generate {target}")
    if kept := _kept(target):
        print(kept)


def _arguments(settings: list[str] | None, augmentation: str | None) -> dict:
    """Constructor arguments from NAME=VALUE: JSON, `none`, or else text."""
    arguments = {}
    for setting in settings or ():
        name, equals, value = setting.partition("=")
        if not (name and equals):
            raise ValueError(
                f"--set must be NAME=VALUE. Received: {setting!r}. For example: "
                "--set width=32 --set num_classes=10."
            )
        try:
            arguments[name] = documents.parse(value.encode(), "--set")
        except PresetConfigError:
            arguments[name] = None if value == "none" else value
    if augmentation is not None:
        arguments["augmentation"] = None if augmentation == "none" else augmentation
    return arguments


def _kept(folder: Path) -> str:
    """A sentence about the state that was kept, if the training was evaluated."""
    path = folder / "results.json"
    results = documents.read_json(path) if path.is_file() else {}
    kept = dict(results.get("training", {}).get("kept", {}))
    images = kept.pop("images", 0)
    scores = ", ".join(f"{name} {value:.3g}" for name, value in kept.items())
    return scores and f"Kept the best state, after {images:,} images: {scores}"
