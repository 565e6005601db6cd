"""`kerasgan train`."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from kerasgan.cli import train_options as of
from kerasgan.cli.app import app, fail, import_keras, import_modules
from kerasgan.cli.options import (
    Background,
    Channels,
    Crop,
    DataDir,
    Size,
    SkipUnreadable,
    Split,
    check_source,
)
from kerasgan.cli.proposals import agreed, is_proposed
from kerasgan.errors import PresetConfigError, RecipeError
from kerasgan.files import recovered
from kerasgan.presets import documents, recipes, starts
from kerasgan.presets.folders import Folder
from kerasgan.presets.metadata import check_license
from kerasgan.training import private
from kerasgan.training.budget import KINDS, Budget
from kerasgan.training.target import check_target

# Options that are fields of `data`, and arguments of `runner.train`, as they are.
FIELDS = "split size channels background targets make source_side source_channels"
FIELDS = *FIELDS.split(), "captions", "labeled", "labeled_seed"
OPTIONS = "resume overwrite finish start_from freeze_layers data_dir license"
OPTIONS = *OPTIONS.split(), "skip_unreadable", "tensorboard"


@app.command()
def train(
    start: of.Start = None,
    data: of.Data = None,
    family: of.Family = None,
    hours: of.Hours = None,
    images: of.Images = None,
    updates: of.Updates = None,
    epochs: of.Epochs = None,
    yes: of.Yes = False,
    size: Size = None,
    crop: Crop = False,
    channels: Channels = None,
    background: Background = None,
    split: Split = None,
    flip: of.Flip = None,
    batch_size: of.BatchSize = None,
    augmentation: of.Augmentation = None,
    settings: of.Settings = None,
    start_from: of.StartFrom = None,
    freeze_layers: of.FreezeLayers = 0,
    targets: of.Targets = None,
    make: of.Make = None,
    source_side: of.SourceSide = None,
    source_channels: of.SourceChannels = None,
    captions: of.Captions = None,
    classes: of.Classes = None,
    labeled: of.Labeled = None,
    labeled_seed: of.LabeledSeed = None,
    data_dir: DataDir = None,
    seed: of.Seed = None,
    out_path: of.Out = None,
    resume: of.Resume = False,
    finish: of.Finish = False,
    overwrite: of.Overwrite = False,
    dtype: of.Precision = None,
    license: of.License = None,
    skip_unreadable: SkipUnreadable = False,
    tensorboard: of.Tensorboard = False,
    modules: of.Modules = None,
) -> None:
    """Train a GAN on your images. The result is a complete preset folder."""
    _train(SimpleNamespace(**locals()))


def _train(given: SimpleNamespace) -> None:
    """Trains as the options ask; `given` has one attribute for each."""
    budget = _budget(**{kind: getattr(given, kind) for kind in KINDS})
    check_license(given.license)
    if given.modules:
        import_keras()
        import_modules(given.modules)
    recipe, source = _meant(given.start, given.data, given.family)
    name = Path(recipe or source).absolute().stem
    target = given.out_path or Path("runs") / name
    flip, dtype = given.flip, given.dtype
    fields = {"source": source, "crop": given.crop or None}
    fields |= {name: getattr(given, name) for name in FIELDS}
    fields |= {"flip": flip and flip.value_in_recipe}
    fields |= {"classes": _classes(given.classes)}
    changes = {"batch_size": given.batch_size, "seed": given.seed, "data": fields}
    changes["arguments"] = _arguments(given.settings, given.augmentation)
    options = {name: getattr(given, name) for name in OPTIONS}
    options |= {"dtype": dtype and dtype.value, "budget": budget}
    _check_places(recipe, source, target, options)
    made = _made(recipe, given.family, target, changes, options, given.yes)
    _run(made, target, options)


def _made(recipe, family, target: Path, changes, options, yes: bool) -> dict:
    """The recipe to train by: a recorded, a proposed or an adapted one."""
    import_keras()
    resume, source = options["resume"] or options["finish"], changes["data"]["source"]
    if resume and (recipe is None or family is not None):
        return _resumed(target, changes)
    if is_proposed(recipe, family, source, changes["data"]):
        return agreed(family, changes, options, yes)
    return _adapted(recipe, changes, target, options)


def _budget(**given: Any) -> Budget | None:
    """The budget of the options, if one is given."""
    return Budget(**given) if any(v is not None for v in given.values()) else None


def _meant(start, data, family) -> tuple[str | None, str | None]:
    """The recipe that is meant, and the images; None for either one.

    Raises:
        ValueError: If it is not clear, or there is neither.
    """
    if start is None or family is not None:
        if start and data:
            raise ValueError(
                f"With --family, images are given once. Received: {start!r} and --data "
                f"{data!r}. Leave one out."
            )
        source = start or data
        if not source and not family:
            raise ValueError(
                "`kerasgan train` needs images, or a recipe. Received: neither. Pass a "
                "folder: kerasgan train photos/"
            )
        return family, source
    if not starts.holds_images(start):
        return start, data
    if data is not None:
        if starts.is_known(start):
            return start, data
        raise ValueError(
            f"Images are given once. Received: the folder {start!r} and --data "
            f"{data!r}. Leave one out, or name a family: --family r3gan."
        )
    if starts.is_known(start):
        raise ValueError(
            f"{start!r} is a folder here and the name of a GAN. To train on the images "
            f"in the folder, write ./{start}; for the GAN, pass --data too."
        )
    return None, start


def _classes(text: str | None) -> list[int | str] | None:
    """Numbers and names of classes, separated by commas."""
    parts = [part.strip() for part in (text or "").split(",")]
    return [int(p) if p.isdecimal() else p for p in parts if p] or None


def _check_places(recipe, source, target: Path, options: dict[str, Any]) -> None:
    """Refuses wrong names, files and folders, before Keras is imported."""
    place = recipe and recipes.locate(recipe)
    resume = options["resume"] or options["finish"]
    more = options["budget"] is not None
    out = recovered(Path(os.path.abspath(target)))
    check_target(out, source or "", resume, options["overwrite"], more)
    if source is not None:
        check_source(source)
    elif isinstance(place, str) and not (resume and private.read(target)):
        raise RecipeError(
            f"A training of {place} needs images. Received: none. Pass --data: an "
            "image folder, an .npz file or the name of a dataset."
        )


def _resumed(target: Path, changes: dict[str, Any]) -> dict:
    """The recipe of the training in a folder, with the changes of the options."""
    recorded = private.read(target)
    if recorded is None:
        raise FileNotFoundError(
            f"{target} must hold a training to continue. Received: none. Leave out "
            "--resume to start one, or pass its folder (--out)."
        )
    given = {k: v for k, v in changes["data"].items() if v is not None}
    changed = recorded | {"data": recorded["data"] | given}
    return recipes.check(recipes.adapt(changed, **changes | {"data": None}), target)


def _adapted(recipe: str, changes: dict, target: Path, options: dict) -> dict:
    """The recipe with the changes that the options ask for, and with its images."""
    loaded, data = recipes.load(recipe), changes["data"]
    resume = options["resume"] or options["finish"]
    if data["source"] is None:
        place = target if resume else _folder_of(recipe)
        loaded = private.with_paths(loaded, place) if place else loaded
    if not loaded["data"]:  # of a family
        if data["source"] is None:  # resumed
            recorded = private.read(target)["data"]
            data |= recorded | {k: v for k, v in data.items() if v is not None}
        data["flip"] = "auto" if data["flip"] is None else data["flip"]
    if options["start_from"]:
        start = starts.arguments_of(options["start_from"], loaded["model"]["name"])
        changes["arguments"] = start | changes["arguments"]
        if data["source"] is not None and data["size"] is None:
            data["size"] = start["image_shape"][:2]
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
            f"interrupted. To continue from the last checkpoint in {target}, run the "
            "same command with --resume (without --overwrite). To make a preset of it "
            "now, with --finish.",
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
