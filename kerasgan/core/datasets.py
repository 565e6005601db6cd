"""Datasets as users have them, and as `fit` takes them: batches as tuples."""

import copy
import types
from collections.abc import Callable
from typing import Any

import keras

INFINITE = -1  # the cardinality of endless datasets of TensorFlow
KINDS = "a Keras PyDataset, a tf.data.Dataset, a torch DataLoader or a generator"


def as_tuple(batch: Any) -> tuple:
    """A batch as (data,) or (data, condition).

    Args:
        batch: An array, a tuple or list, or a dictionary with "image" and, optionally,
            "label", as `tfds.load` gives.

    Raises:
        ValueError: If a dictionary has no "image".
    """
    if isinstance(batch, dict):
        if "image" not in batch:
            raise ValueError(
                "Batches that are dictionaries must have 'image' and may have 'label'. "
                f"Received: the keys {', '.join(map(repr, batch))}. Map them to "
                "(image, label), such as by `dataset.map`."
            )
        return tuple(batch[name] for name in ("image", "label") if name in batch)
    return tuple(batch) if isinstance(batch, list | tuple) else (batch,)


def checked_dataset(data: Any, check: Callable) -> Any:
    """A dataset whose batches are tuples, with its first batch checked.

    Args:
        data: A `PyDataset`, `tf.data.Dataset`, torch `DataLoader` or generator.
        check: Called with the first batch, a tuple.

    Returns:
        The dataset itself if its batches are tuples; otherwise one that converts them.
        A generator still begins with its first batch.

    Raises:
        TypeError: If it is none of these.
        ValueError: If there is no batch.
    """
    convert = _converter(data)
    first, data = _first(data)
    check(as_tuple(first))
    return data if isinstance(first, tuple) else convert(data)


def _converter(data) -> Callable:
    """A function that makes the dataset's batches tuples."""
    if isinstance(data, keras.utils.PyDataset):
        return _TupleDataset
    if isinstance(data, types.GeneratorType):
        return lambda data: (as_tuple(batch) for batch in data)
    if hasattr(data, "element_spec") and hasattr(data, "map"):
        return lambda data: data.map(as_tuple)
    if hasattr(data, "collate_fn") and hasattr(data, "batch_sampler"):
        return _with_tuples
    raise TypeError(
        f"Expected an array of images (N, H, W, C), {KINDS}. Received: "
        f"{type(data).__name__}. See kerasgan.data.load."
    )


def is_endless(data: Any) -> bool:
    """Whether Keras or TensorFlow know that a dataset has no end."""
    if isinstance(data, keras.utils.PyDataset):
        return data.num_batches is None
    cardinality = getattr(data, "cardinality", None)
    return callable(cardinality) and int(cardinality()) == INFINITE


def _first(data):
    """The first batch, and the data that still have it."""
    if isinstance(data, keras.utils.PyDataset) and data.num_batches is not None:
        batches = (data[i] for i in range(min(1, data.num_batches)))
    else:
        batches = iter(data)
    for batch in batches:
        if batches is data:
            data = _again(batch, data)
        return batch, data
    raise ValueError(
        f"The dataset must have a batch. Received: a {type(data).__name__} without "
        "one. A batch size above the number of items gives none."
    )


def _again(batch, rest):
    yield batch
    yield from rest


class _TupleDataset(keras.utils.PyDataset):
    """A `PyDataset` whose batches are tuples."""

    def __init__(self, dataset):
        options = "workers", "use_multiprocessing", "max_queue_size"
        super().__init__(**{name: getattr(dataset, name) for name in options})
        self.dataset = dataset

    @property
    def num_batches(self):
        return self.dataset.num_batches

    def __getitem__(self, index):
        return as_tuple(self.dataset[index])

    def on_epoch_begin(self):
        self.dataset.on_epoch_begin()

    def on_epoch_end(self):
        self.dataset.on_epoch_end()


class _Collated:
    """A `collate_fn` whose batches are tuples; a class, so that workers can load it."""

    def __init__(self, collate):
        self.collate = collate

    def __call__(self, items):
        return as_tuple(self.collate(items))


def _with_tuples(loader):
    loader = copy.copy(loader)
    loader._iterator = None  # persistent workers have the old function
    loader.collate_fn = _Collated(loader.collate_fn)
    return loader
