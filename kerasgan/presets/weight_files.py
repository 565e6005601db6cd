"""Weight files from anybody, checked before a byte of their data is used.

A file is HDF5 as Keras writes it. The layout that a network needs is known first; a
file that differs from it is refused. This module uses neither Keras nor the HDF5
library to read.
"""

import functools
import math
from collections.abc import Iterator
from typing import NamedTuple

import h5py
import numpy as np

from kerasgan.errors import PresetWeightsError
from kerasgan.presets import hdf5

SPARE = 2**20  # bytes that a file may have beyond its data and 5 %, and for each array
SPARE_ARRAY = 2**12
_OTHER = "The weights belong to another architecture."


class Layout(NamedTuple):
    """The content of a weight file, whose groups do not matter.

    Attributes:
        arrays: Shape and dtype of each array, by its path in the file.
    """

    arrays: dict[str, tuple[tuple[int, ...], str]]


def data_size(layout: Layout) -> int:
    """Bytes of a layout's data."""
    return sum(_size(*entry) for entry in layout.arrays.values())


def parameters(layout: Layout) -> int:
    """Numbers in a layout."""
    return sum(math.prod(shape) for shape, _ in layout.arrays.values())


def largest_file(layout: Layout) -> int:
    """The most bytes that a file of this layout may have."""
    return int(data_size(layout) * 1.05) + SPARE + SPARE_ARRAY * len(layout.arrays)


def read(data: bytes, layout: Layout, where: str) -> dict[str, np.ndarray]:
    """The arrays of a weight file, if it is exactly of this layout.

    The arrays are views of `data`.

    Args:
        data: The file.
        layout: The layout that it must have.
        where: The name of the file in messages.

    Returns:
        Read-only arrays by the layout's paths; all finite.

    Raises:
        PresetWeightsError: If anything is missing, surplus, of another shape or dtype,
            stored in another way or not finite, or the file is not HDF5.
    """
    if not data.startswith(hdf5.SIGNATURE):
        raise PresetWeightsError(
            f"{where} must be an HDF5 weight file. Received: one that begins with "
            f"{data[:16]!r}. Download the preset again."
        )
    needed = data_size(layout)
    if not needed <= len(data) <= largest_file(layout):
        raise PresetWeightsError(
            f"{where} does not fit the network, whose weights take {needed} bytes. "
            f"Received: a file of {len(data)}. {_OTHER}"
        )
    try:
        offsets = dict(_offsets(data, layout, where))
    except hdf5.Malformed as error:
        raise PresetWeightsError(
            f"{where} must be a weight file as kerasgan writes it. Received: {error}. "
            "Download the preset again."
        ) from error
    if missing := layout.arrays.keys() - offsets.keys():
        raise PresetWeightsError(
            f"{where} does not fit the network. "
            f"Missing: {', '.join(sorted(missing)[:3])}. {_OTHER}"
        )
    arrays = {
        key: _array(data, offsets[key], *entry) for key, entry in layout.arrays.items()
    }
    for key, array in arrays.items():
        if not np.isfinite(array).all():
            raise PresetWeightsError(
                f"{where}: {key} must be finite. Received: NaN or infinity."
            )
    return arrays


def _offsets(data, layout, where) -> Iterator[tuple[str, int]]:
    """Path of every array, and where its data begin; each is what the layout says.

    A group has no numbers, so a group without arrays in it changes nothing.
    """
    for path, entry in hdf5.File(data).objects():
        if entry is None:
            continue
        if path not in layout.arrays:
            raise PresetWeightsError(
                f"{where} does not fit the network. Surplus: {path[:100]!r}. {_OTHER}"
            )
        shape, dtype = layout.arrays[path]
        if not entry.datatype.startswith(_datatype(dtype)):
            raise PresetWeightsError(
                f"{where}: {path} must be {dtype}. Received: other numbers. {_OTHER}"
            )
        if entry.shape != shape or entry.size != _size(shape, dtype):
            raise PresetWeightsError(
                f"{where}: {path} must be of shape {shape}. Received: {entry.shape}, "
                f"{entry.size} bytes. {_OTHER}"
            )
        yield path, entry.start


@functools.cache
def _datatype(dtype) -> bytes:
    """HDF5's description of a dtype, of which the library's copy has a head of 2."""
    return h5py.h5t.py_create(np.dtype(dtype)).encode()[2:]


def _array(data, offset, shape, dtype):
    array = np.frombuffer(data, dtype, math.prod(shape), offset)
    return array.reshape(shape)


def _size(shape, dtype) -> int:
    return math.prod(shape) * np.dtype(dtype).itemsize
