"""Real images for an evaluation: arrays, datasets, iterables, and a recipe's data."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kerasgan import checks, data
from kerasgan import images as pictures
from kerasgan.core.datasets import as_tuple, is_endless
from kerasgan.data.sources import of_classes
from kerasgan.presets.schemas import to_read

# An array (N, H, W, C), a `kerasgan.data` dataset, or an iterable of batches.
Dataset = np.ndarray | data.ImageDataset | Iterable
CHUNK = 500  # images at a time
MOST = 2_000_000  # images of a dataset; more are taken for endless
HELD_OUT = 5  # without held-out images, every 5th image is held out


def real_images(
    fields: dict, labels: bool = False, **reading: Any
) -> tuple[data.Images, data.Images | None]:
    """Reads the images that the `data` of a recipe name, and the held-out ones.

    Args:
        fields: The `data` of a recipe. Its `held_out` is another split of a TFDS
            dataset, or of an `.npz` file if `split` is given; or else another file or
            folder. Held-out images are of all classes, whatever `classes` says.
        labels: Whether to read labels too.
        **reading: `data_dir`, `skip_unreadable` of `kerasgan.data.read`.

    Returns:
        The images, and the held-out images or None.
    """
    fields = to_read(fields)
    held_out, file = fields.pop("held_out", None), is_file(fields["source"])
    fields = fields if file else {"split": "train"} | fields
    classes, by_split = fields.pop("classes", None), "split" in fields
    labels = labels or classes is not None
    other = {"split" if by_split else "source": held_out}

    def read(part, **chosen):
        images = data.read(**part, labels=labels, **chosen, **reading)
        name = f"{images.name} {part['split']}" if by_split else images.name
        return images._replace(name=name)

    return read(fields, classes=classes), read(fields | other) if held_out else None


def in_classes(images: data.Images | None, classes: Any) -> data.Images | None:
    """Those of held-out images that are of a recipe's `classes`, as its training's are.

    All of them, if the recipe names no classes or the images have no labels.
    """
    if images is None or images.labels is None or not classes:
        return images
    return of_classes(images, classes)


def is_file(source: str) -> bool:
    """Whether a source is a file or folder, which have no splits."""
    return Path(source).expanduser().exists()


def in_memory(dataset: Dataset) -> tuple[np.ndarray, np.ndarray | None] | None:
    """Images and labels of an array or a `kerasgan.data` dataset; None of others.

    A dataset of another class may serve other images than its attributes hold.
    """
    own = data.ImageDataset
    if isinstance(dataset, own) and type(dataset).__getitem__ is own.__getitem__:
        partly = dataset.labels is not None and dataset.labels.min() < 0
        return dataset.images, None if partly else dataset.labels
    if isinstance(dataset, data.Images):
        images, labels = checks.check_images(dataset.images), dataset.labels
        known = None if labels is None else checks.check_labels(labels, len(images))
        return images, known
    if hasattr(dataset, "__array__"):
        return checks.check_images(dataset), None
    return None


def batches_of(dataset: Dataset) -> Iterator:
    """Yields batches of uint8 images, or (images, labels).

    Raises:
        TypeError: If the dataset or a batch has another type.
        ValueError: If images or labels are invalid, or the dataset is endless.
    """
    arrays = in_memory(dataset)
    if arrays is not None:
        images, labels = arrays
        for start in range(0, len(images), CHUNK):
            rows = slice(start, start + CHUNK)
            part = as_uint8(images[rows])
            yield part if labels is None else (part, labels[rows])
        return
    if not isinstance(dataset, Iterable) or isinstance(dataset, str | dict):
        raise TypeError(
            "Expected an array of images (N, H, W, C), a dataset of "
            "kerasgan.data.load, or an iterable of batches. "
            f"Received: {type(dataset).__name__}."
        )
    if is_endless(dataset):
        raise _endless("a dataset without an end", dataset)
    count = 0
    for batch in dataset:
        images, labels = _unpacked(batch)
        count += len(images)
        if count > MOST:
            raise _endless(f"more than {MOST:,} images", dataset)
        if labels is None:
            yield images
        else:
            yield images, checks.check_labels(labels, len(images))


def _endless(received, dataset):
    return ValueError(
        f"An evaluation needs a dataset that ends, of at most {MOST:,} images. "
        f"Received: {received}, from a {type(dataset).__name__}. Leave out repeat(), "
        "or pass a part of it, such as dataset.take(100)."
    )


def _unpacked(batch):
    """Images, uint8, and labels or None, of a batch in one of the forms of Keras."""
    images, *rest = as_tuple(batch) or (None,)
    if len(rest) > 2 or images is None or isinstance(images, dict | tuple | list):
        raise TypeError(
            "A batch must be images (N, H, W, C), or (images, labels). Received: "
            f"{type(images).__name__}, and {len(rest)} more. Map the dataset to these."
        )
    if np.ndim(images) == 3:
        raise ValueError(
            "A dataset must have batches of images, (N, H, W, C). Received: one of "
            f"shape {tuple(images.shape)}. Group them, such as by dataset.batch(64)."
        )
    return as_uint8(checks.check_images(images)), rest[0] if rest else None


def as_uint8(images: np.ndarray) -> np.ndarray:
    """Images in uint8."""
    return images if images.dtype == np.uint8 else pictures.to_uint8(images)


class Part:
    """Some of the images of a set, in batches, as often as they are wanted.

    Args:
        images: All images, (N, H, W, C).
        labels: Their labels, (N,), or None.
        rows: Which of them.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray | None, rows: np.ndarray):
        self.images, self.labels, self.rows = images, labels, rows

    def __iter__(self) -> Iterator:
        for start in range(0, len(self.rows), CHUNK):
            taken = self.rows[start : start + CHUNK]
            images = self.images[taken]
            yield images if self.labels is None else (images, self.labels[taken])


def is_repeatable(dataset: Dataset) -> bool:
    """Whether `batches_of` gives the same images each time, and costs little."""
    return isinstance(dataset, Part) or in_memory(dataset) is not None


def hold_out(images: np.ndarray, labels: np.ndarray | None) -> tuple[Part, Part]:
    """All but every fifth image, and every fifth image, as batches.

    Raises:
        ValueError: If there are too few images.
    """
    if len(images) < 2 * HELD_OUT:
        raise ValueError(
            f"An evaluation needs at least {2 * HELD_OUT} real images, better "
            f"thousands. Received: {len(images)}. Pass more."
        )
    held_out = np.arange(len(images)) % HELD_OUT == HELD_OUT - 1
    rows = np.flatnonzero(~held_out), np.flatnonzero(held_out)
    return Part(images, labels, rows[0]), Part(images, labels, rows[1])


def name_of(dataset: Dataset) -> str:
    """The name of a dataset, for the protocol."""
    name = getattr(dataset, "name", None)
    return name if isinstance(name, str) else type(dataset).__name__
