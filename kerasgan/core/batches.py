"""Batches: data as networks take them, and a function over many rows."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from kerasgan import backend
from kerasgan.types import Tensor


class Batch(NamedTuple):
    """Real data (N, ...), and the condition's values for them, or None."""

    real: Any
    condition: Any


def in_batches(predict: Callable, inputs: Sequence[np.ndarray], batch_size: int) -> Any:
    """`predict` over rows in batches of one size, one of few that it compiles for.

    Args:
        predict: Maps a list of arrays (n, ...) to one array (n, ...), or a dict of
            such.
        inputs: Arrays with the same number of rows.
        batch_size: The most rows of a call. A batch with fewer is filled up and cut.

    Returns:
        The results of all rows.
    """
    count = len(inputs[0])
    size = min(batch_size, count)
    if backend.auto_jit_compile():
        size = min(batch_size, 1 << (count - 1).bit_length())  # a power of 2
    results = []
    for start in range(0, count, size):
        rows = [array[start : start + size] for array in inputs]
        kept = len(rows[0])
        if kept < size:
            rows = [np.resize(array, (size, *array.shape[1:])) for array in rows]
        outputs = keras.tree.map_structure(np.asarray, predict(rows))
        results.append(keras.tree.map_structure(lambda x, n=kept: x[:n], outputs))
    return keras.tree.map_structure(lambda *parts: np.concatenate(parts), *results)


def as_float(data: Any) -> Tensor:
    """uint8 in [0, 255], or floats, as float32 in [-1, 1]."""
    if keras.backend.standardize_dtype(data.dtype) == "uint8":
        return ops.cast(data, "float32") / 127.5 - 1.0
    return ops.cast(data, "float32")
