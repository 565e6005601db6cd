"""The inputs of a training: its images, each read once, and its complete recipe."""

import hashlib
import json
import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from kerasgan import registry
from kerasgan.checks import check_count
from kerasgan.core.image_to_image import ImageToImage
from kerasgan.data import ImageDataset, Images
from kerasgan.errors import RecipeError
from kerasgan.evaluation import real_images
from kerasgan.presets import configs, documents, recipes

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
        RecipeError: If the recipe does not match.
    """
    return recipes.check(json.loads(documents.to_json(recipe)))


def read(recipe: dict, **reading: Any) -> Inputs:
    """Reads every source of a recipe once.

    Args:
        recipe: The recipe.
        **reading: `data_dir`, `skip_unreadable` of `kerasgan.data.read`.

    Raises:
        RecipeError: If a conditional model's images have no labels, or the model
            learns from pairs of images, which recipes cannot name.
        ValueError: If the images are invalid, or fewer than a batch.
        FileNotFoundError: If a source does not exist.
    """
    cls, fields = registry.lookup(recipe["model"]["name"]), dict(recipe["data"])
    if issubclass(cls, ImageToImage):
        raise RecipeError(
            "A recipe names one set of images. Received: model "
            f"{recipe['model']['name']!r}, which needs sources and targets. Train it "
            "in Python: model.fit(sources, targets)."
        )
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
    dtype: str | None = None,
) -> dict:
    """The recipe with what only the images tell: image shape, classes, updates.

    Args:
        recipe: A recipe.
        images: The images to train on.
        epochs: Passes over the images, instead of the recipe's updates.
        dtype: Dtype policy, instead of the recipe's.

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
    options = {"arguments": arguments, "updates": updates, "dtype": dtype}
    completed = recipes.adapt(recipe, **options)
    completed.setdefault("seed", 0)
    return checked(completed)


def digest(images: ImageDataset) -> str:
    """A hash of all images and labels."""
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
            f"Received: {images.image_shape}, from {images.name}. Pass --size, or "
            "other data."
        )
    classes = images.num_classes
    if classes is not None:
        before = check_count("num_classes", given.get("num_classes", classes), least=2)
        if before != classes:
            warnings.warn(
                f"The recipe was made for {before} classes. The model will have "
                f"the {classes} classes of its images.",
                stacklevel=4,
            )
        arguments["num_classes"] = classes
    return arguments
