"""The inputs of a training: its images, each read once, and its complete recipe."""

import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from kerasgan import registry
from kerasgan.checks import check_count
from kerasgan.core.image_to_image import ImageToImage
from kerasgan.data import ImageDataset, Images
from kerasgan.errors import RecipeError
from kerasgan.evaluation import real_images
from kerasgan.files import user_path
from kerasgan.presets import catalog, configs, documents, recipes

DEFAULT_EPOCHS = 50


class Inputs(NamedTuple):
    """The images of a training.

    Attributes:
        images: The images to train on, in batches, with labels if the model needs them.
        held_out: Images to evaluate or examine the model with, or None.
    """

    images: ImageDataset
    held_out: Images | None


def checked(recipe: Mapping) -> dict:
    """A copy of the recipe as JSON holds it, if it matches its schema.

    Raises:
        RecipeError: If the recipe does not match, or its model does not learn from one
            set of images.
    """
    recipe = recipes.check(json.loads(documents.to_json(recipe)))
    name = recipe["model"]["name"]
    cls = registry.lookup(name)
    if issubclass(cls, ImageToImage):
        raise RecipeError(
            f"A recipe names one set of images. Received: model {name!r}, which needs "
            "sources and targets. Train it in Python: model.fit(sources, targets)."
        )
    if "image_shape" not in configs.parameters_of(cls):
        raise RecipeError(
            f"A recipe trains a model of images. Received: model {name!r}, whose "
            "constructor has no `image_shape`. Train it in Python: model.fit(data)."
        )
    return recipe


def with_absolute_paths(recipe: Mapping) -> dict:
    """A copy of a recipe whose paths do not depend on the current folder."""
    recipe = {**recipe, "data": dict(recipe["data"])}
    data, evaluation = recipe["data"], recipe.get("evaluation", {})
    if user_path(data["source"]).exists():
        for field in data.keys() & {"source", "held_out"}:
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
    if not (recipe.get("evaluation") or cls.examined):
        fields.pop("held_out", None)
    conditional = _num_classes(cls, recipe) is not None
    real, held_out = real_images(fields, labels=conditional, **reading)
    if conditional and real.labels is None:
        raise RecipeError(
            "A model with classes needs images with labels. Received: "
            f"{real.name}, which has none. Use an image folder with a subfolder for "
            "each class, or an .npz file with the key `labels`."
        )
    images = ImageDataset(
        real.images,
        real.labels if conditional else None,
        batch_size=max(phase["batch_size"] for phase in recipe["phases"]),
        seed=recipe.get("seed", 0),
        class_names=real.class_names if conditional else None,
        name=real.name,
    )
    return Inputs(images, held_out)


def complete(
    recipe: dict,
    images: ImageDataset,
    *,
    epochs: int | None = None,
) -> dict:
    """The recipe with what only the images tell: image shape, classes, updates.

    Args:
        recipe: A recipe.
        images: The images to train on.
        epochs: Passes over the images, instead of the recipe's updates.

    Raises:
        RecipeError: If the recipe does not match its schema or the images.
    """
    arguments = _arguments(recipe, images)
    missing = ["updates" not in phase for phase in recipe["phases"]]
    if any(missing) and not all(missing):
        raise RecipeError(
            "Either all phases of a recipe have `updates`, or none. Received: some."
        )
    batches = len(images.images) // recipe["phases"][0]["batch_size"]
    if epochs is None and all(missing):
        epochs = DEFAULT_EPOCHS
    updates = None if epochs is None else epochs * batches
    completed = recipes.adapt(recipe, arguments=arguments, updates=updates)
    completed.setdefault("seed", 0)
    return checked(completed)


def digest(images: ImageDataset | Images | None) -> str | None:
    """A hash of all images and labels; None without images."""
    if images is None:
        return None
    sha256 = hashlib.sha256(np.ascontiguousarray(images.images))
    if images.labels is not None:
        sha256.update(np.ascontiguousarray(images.labels))
    return sha256.hexdigest()


def _num_classes(cls, recipe) -> int | None:
    """The recipe's number of classes: the argument, or the constructor's default."""
    given = recipe["model"].get("arguments", {})
    _, parameter = configs.parameters_of(cls).get("num_classes", (None, None))
    return given.get("num_classes", parameter.default if parameter else None)


def _arguments(recipe, images) -> dict:
    """Image shape and number of classes, as the images have them."""
    given = recipe["model"].get("arguments", {})
    arguments = {"image_shape": list(images.image_shape)} | given
    if tuple(arguments["image_shape"]) != images.image_shape:
        raise RecipeError(
            f"The recipe needs images of shape {tuple(arguments['image_shape'])}. "
            f"Received: {images.image_shape}, from {images.name}. Pass --size "
            f"{arguments['image_shape'][0]}, or other data."
        )
    classes = images.num_classes
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
