"""The inputs of a training: its images, each read once, and its complete recipe."""

import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from kerasgan import registry
from kerasgan.checks import check_count
from kerasgan.data import (
    CaptionedDataset,
    ImageDataset,
    ImagePairs,
    Images,
    PairDataset,
    UnpairedDataset,
)
from kerasgan.data.labeled import keep_labels, labeled_dataset
from kerasgan.data.look import suits_mirroring
from kerasgan.errors import RecipeError
from kerasgan.evaluation import real_images, real_pairs
from kerasgan.files import user_path
from kerasgan.presets import catalog, configs, documents, recipes, schemas

DEFAULT_EPOCHS = 50


class Inputs(NamedTuple):
    """The images of a training.

    Attributes:
        images: The images to train on, in batches, with labels if the model needs them.
        held_out: Images to evaluate or examine the model with, or None.
    """

    images: ImageDataset | PairDataset | UnpairedDataset
    held_out: Images | ImagePairs | None


def checked(recipe: Mapping) -> dict:
    """A copy of the recipe as JSON holds it, if it matches its schema.

    Raises:
        RecipeError: If the recipe does not match, or its model has no images.
    """
    recipe = recipes.check(json.loads(documents.to_json(recipe)))
    name = recipe["model"]["name"]
    cls = registry.lookup(name)
    if "image_shape" not in configs.parameters_of(cls):
        raise RecipeError(
            f"A recipe trains a model of images. Received: model {name!r}, whose "
            "constructor has no `image_shape`. Train it in Python: model.fit(data)."
        )
    if "evaluation" in recipe and (hasattr(cls, "examples") or cls.captioned):
        raise RecipeError(
            "A recipe evaluates GANs from latents. Received: `evaluation` for model "
            f"{name!r}. Leave it out, and measure the preset: kerasgan evaluate."
        )
    return recipe


def with_absolute_paths(recipe: Mapping) -> dict:
    """A copy of a recipe whose paths do not depend on the current folder."""
    recipe = {**recipe, "data": dict(recipe["data"])}
    data, evaluation = recipe["data"], recipe.get("evaluation", {})
    if user_path(data["source"]).exists():
        for field in schemas.places(data):
            data[field] = _absolute(data[field])
    features = evaluation.get("features", "")
    bundled = features in catalog.list_presets("features")
    if features and not bundled and user_path(features).is_dir():
        recipe["evaluation"] = {**evaluation, "features": _absolute(features)}
    return recipe


def _absolute(path: str) -> str:
    return os.path.abspath(user_path(path))


def read(recipe: dict, **reading: Any) -> Inputs:
    """Reads every source of a recipe once.

    Args:
        recipe: The recipe.
        **reading: `data_dir`, `skip_unreadable` of `kerasgan.data.read`.

    Raises:
        RecipeError: If a conditional model's images have no labels.
        ValueError: If the images are invalid, or fewer than a batch.
        FileNotFoundError: If a source does not exist.
    """
    cls, fields = registry.lookup(recipe["model"]["name"]), dict(recipe["data"])
    read_from = _read_images if cls.learns_from == "images" else _read_pairs
    return read_from(cls, recipe, fields, reading)


def _read_pairs(cls, recipe, fields, reading) -> Inputs:
    """Pairs, or two sets without pairs."""
    pairs, held_out = real_pairs(fields, cls.learns_from, **reading)
    dataset = PairDataset if cls.learns_from == "pairs" else UnpairedDataset
    flip = _flip(recipe, pairs.targets, name=pairs.name)
    options = {"names": pairs.names, "name": pairs.name, **_batches(recipe, flip)}
    return Inputs(dataset(pairs.sources, pairs.targets, **options), held_out)


def _batches(recipe, flip) -> dict:
    """How the data of a recipe come in batches."""
    largest = max(phase["batch_size"] for phase in recipe["phases"])
    return {"batch_size": largest, "seed": recipe.get("seed", 0), "flip": flip}


def _flip(recipe, images, class_names=None, name="") -> bool:
    """Whether to mirror images: what the recipe says, or what suits them."""
    flip = recipe["data"].get("flip", False)
    return suits_mirroring(images, class_names, name)[0] if flip == "auto" else flip


def _read_images(cls, recipe, fields, reading) -> Inputs:
    """Images, with labels for a model with classes."""
    if not (recipe.get("evaluation") or cls.examined or hasattr(cls, "examples")):
        fields.pop("held_out", None)
    conditional = _num_classes(cls, recipe) is not None
    real, held_out = real_images(fields, labels=conditional, **reading)
    if conditional and real.labels is not None and "labeled" in fields:
        few = fields["labeled"], fields.get("labeled_seed", 0)
        real = real._replace(labels=keep_labels(real.labels, *few))
    if conditional and real.labels is None:
        raise RecipeError(
            "A model with classes needs images with labels. Received: "
            f"{real.name}, which has none. Use an image folder with a subfolder for "
            "each class, or an .npz file with the key `labels`."
        )
    flip = _flip(recipe, real.images, real.class_names, real.name)
    if cls.captioned:
        options = {"name": real.name, **_batches(recipe, flip)}
        dataset = CaptionedDataset(real.images, _captions(real), **options)
        return Inputs(dataset, held_out)
    images = labeled_dataset(
        real.images,
        real.labels if conditional else None,
        class_names=real.class_names if conditional else None,
        name=real.name,
        **_batches(recipe, flip),
    )
    return Inputs(images, held_out)


def _captions(real) -> list[list[str]]:
    """The captions of images, which the recipe must name."""
    if real.captions is None:
        raise RecipeError(
            "A model of captions needs `data.captions`, a CSV file with names of the "
            f"images. Received: none, with {real.name}. Pass --captions."
        )
    return real.captions


def complete(
    recipe: dict, images: ImageDataset | PairDataset | UnpairedDataset
) -> dict:
    """The recipe with what only the images tell: image shape, classes, flip, updates.

    Args:
        recipe: A recipe. Without updates, it takes 50 epochs.
        images: The images to train on.

    Raises:
        RecipeError: If the recipe does not match its schema or the images.
    """
    arguments = _arguments(recipe, images)
    missing = ["updates" not in phase for phase in recipe["phases"]]
    if any(missing) and not all(missing):
        raise RecipeError(
            "Either all phases of a recipe have `updates`, or none. Received: some."
        )
    batches = images.count // recipe["phases"][0]["batch_size"]
    updates = DEFAULT_EPOCHS * batches if all(missing) else None
    completed = recipes.adapt(recipe, arguments=arguments, updates=updates)
    if "flip" in completed["data"]:
        completed["data"]["flip"] = images.flip
    completed.setdefault("seed", 0)
    return checked(completed)


def digest(images: Any) -> str | None:
    """A hash of images, labels and captions of a set or dataset; None without one."""
    if images is None:
        return None
    sha256 = hashlib.sha256()
    for name in ("images", "labels", "sources", "targets"):
        if (array := getattr(images, name, None)) is not None:
            sha256.update(np.ascontiguousarray(array))
    if captions := getattr(images, "captions", None):
        sha256.update(json.dumps(captions).encode())
    return sha256.hexdigest()


def _num_classes(cls, recipe) -> int | None:
    """The recipe's number of classes: the argument, or the constructor's default."""
    given = recipe["model"].get("arguments", {})
    _, parameter = configs.parameters_of(cls).get("num_classes", (None, None))
    return given.get("num_classes", parameter.default if parameter else None)


def _arguments(recipe, images) -> dict:
    """Shapes and number of classes, as the images have them."""
    given = recipe["model"].get("arguments", {})
    shapes = {"image_shape": images.image_shape}
    cls = registry.lookup(recipe["model"]["name"])
    if "source_shape" in configs.parameters_of(cls):
        shapes["source_shape"] = images.source_shape
    arguments = {name: list(shape) for name, shape in shapes.items()} | given
    for name, shape in shapes.items():
        if tuple(arguments[name]) != shape:
            raise RecipeError(
                f"The recipe has {name}={tuple(arguments[name])}. Received: images of "
                f"{shape}, from {images.name}. Pass --size {arguments[name][0]}, or "
                "other data."
            )
    classes = getattr(images, "num_classes", None)
    if classes is not None:
        stated = check_count("num_classes", given.get("num_classes", classes), least=2)
        if stated != classes:
            raise RecipeError(
                f"The recipe has num_classes={stated}. Received: images of {classes} "
                f"classes, from {images.name}. Pass --set num_classes={classes}, or "
                "other data."
            )
        arguments["num_classes"] = classes
    return arguments
