"""Weight files from anybody: proven before a byte of their data is used.

A file is HDF5 as Keras writes it. What a network needs of it, its layout, is known
first; a file that differs in any respect is refused. Knows no Keras.
"""

import io
import math
from collections.abc import Iterator
from typing import NamedTuple

import h5py
import numpy as np

from kerasgan.errors import PresetWeightsError

SIGNATURE = b"\x89HDF\r\n\x1a\n"
SPARE = 2**20  # bytes that a file may have beyond its data and 5 %
_OTHER = "The weights belong to another architecture."
# Where the superblock says how long the file is, by its version.
_LENGTH_AT = {0: 40, 1: 44, 2: 28, 3: 28}


class Layout(NamedTuple):
    """What a weight file holds.

    Attributes:
        arrays: Shape and dtype of each, by its path in the file.
        groups: Paths of the groups, which need not all be there.
    """

    arrays: dict[str, tuple[tuple[int, ...], str]]
    groups: set[str]


def data_size(layout: Layout) -> int:
    """Bytes of a layout's data."""
    return sum(_size(*entry) for entry in layout.arrays.values())


def largest_file(layout: Layout) -> int:
    """Bytes that a file of this layout has at most."""
    return int(data_size(layout) * 1.05) + SPARE


def read(data: bytes, layout: Layout, where: str) -> dict[str, np.ndarray]:
    """The arrays of a weight file, if it is exactly of this layout.

    HDF5 reads the file's structure alone; the arrays are views of `data`.

    Args:
        data: The file.
        layout: What it must hold.
        where: What messages call the file.

    Returns:
        Read-only arrays by the layout's paths; all finite.

    Raises:
        PresetWeightsError: If anything is missing, surplus, of another shape or dtype,
            stored in another way or not finite, or the file is not HDF5.
    """
    _check_superblock(data, where)
    needed = data_size(layout)
    if not needed <= len(data) <= largest_file(layout):
        raise PresetWeightsError(
            f"{where} does not fit the network, whose weights take {needed} bytes. "
            f"Received: a file of {len(data)}. {_OTHER}"
        )
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            offsets = dict(_offsets(file, layout, len(data), where))
    except PresetWeightsError:
        raise
    except Exception as error:  # h5py raises a dozen kinds for broken files
        raise PresetWeightsError(
            f"{where} must be an HDF5 weight file. Received: a broken one "
            f"({type(error).__name__}: {str(error)[:100]}). Fetch the preset again."
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


def _check_superblock(data, where):
    """Signature, and the length that the file itself says it has."""
    if not data.startswith(SIGNATURE):
        raise PresetWeightsError(
            f"{where} must be an HDF5 weight file. Received: one that begins with "
            f"{data[:16]!r}. Fetch the preset again."
        )
    start = _LENGTH_AT.get(data[8] if len(data) > 8 else None, len(data))
    if int.from_bytes(data[start : start + 8], "little") != len(data):
        raise PresetWeightsError(
            f"{where} must be as long as its HDF5 header says. Received: {len(data)} "
            "bytes. It was cut short, or something was added: fetch the preset again."
        )


def _offsets(file, layout, size, where) -> Iterator[tuple[str, int]]:
    """Path and offset of every array of a file, each checked."""
    waiting, seen = [("", file)], set()
    while waiting:
        prefix, group = waiting.pop()
        for name in group:
            path = prefix + name
            if path not in layout.arrays and path not in layout.groups:
                raise PresetWeightsError(
                    f"{where} does not fit the network. Surplus: {path[:100]}. {_OTHER}"
                )
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise _unlike(where, path, "stand in the file itself", "a link")
            item = group[name]
            address = h5py.h5o.get_info(item.id).addr
            if address in seen:
                raise _unlike(where, path, "stand there once", "a copy of another")
            seen.add(address)
            if path in layout.groups and isinstance(item, h5py.Group):
                waiting.append((path + "/", item))
            else:
                yield path, _offset(item, layout.arrays.get(path), size, where)


def _offset(item, expected, size, where) -> int:
    """Where an array's data begin, if it is what is expected and stored plainly."""
    array = isinstance(item, h5py.Dataset)
    found = (item.shape, str(item.dtype)) if array else None
    if found != expected or not array:
        raise PresetWeightsError(
            f"{where}: {item.name} must be {expected or 'a group'}. "
            f"Received: {found or 'no array'}. {_OTHER}"
        )
    stored = item.id.get_create_plist()
    plain = stored.get_layout() == h5py.h5d.CONTIGUOUS and not stored.get_nfilters()
    if not plain or stored.get_external_count():
        raise _unlike(where, item.name, "be contiguous, unfiltered", "other storage")
    start = item.id.get_offset()
    if start is None or not 0 <= start <= size - _size(*expected):
        raise _unlike(where, item.name, "lie in the file", "a place outside of it")
    return start


def _array(data, offset, shape, dtype):
    array = np.frombuffer(data, dtype, math.prod(shape), offset)
    return array.reshape(shape)


def _size(shape, dtype) -> int:
    return math.prod(shape) * np.dtype(dtype).itemsize


def _unlike(where, path, expected, received):
    return PresetWeightsError(
        f"{where}: {path[:100]} must {expected}. Received: {received}. "
        "Fetch the preset again."
    )
