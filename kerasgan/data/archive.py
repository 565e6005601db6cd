"""Reads `.npz` files, and refuses bombs before they take memory."""

import math
import zipfile
import zlib
from pathlib import Path

import numpy as np

from kerasgan.data import memory

KEYS = ("images", "labels", "class_names")
# An array above `LARGE` bytes that is compressed to less than 1/`RATIO` is no images.
LARGE, RATIO = 2**30, 100


def read(path: Path) -> dict[str, np.ndarray]:
    """The arrays `images`, `labels` and `class_names` of a file, as far as present.

    Raises:
        ValueError: If the file is damaged, has no images, or they do not fit in memory.
    """
    try:
        if not zipfile.is_zipfile(path):
            raise zipfile.BadZipFile("another kind of file")
        with open(path, "rb") as raw, np.load(raw, allow_pickle=False) as file:
            present = file.files
            wanted = [key for key in KEYS if key in present]
            for key in wanted:
                _check(file.zip, key, path.stat().st_size)
            arrays = {key: file[key] for key in wanted}
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        ValueError,
        TypeError,
        KeyError,
        NotImplementedError,  # an encrypted archive, or an unknown compression
        MemoryError,
    ) as error:
        raise ValueError(
            f"{path} must be a readable .npz file. Received: {error}. Write it with "
            "np.savez_compressed(path, images=..., labels=...)."
        ) from error
    if "images" not in arrays:
        raise ValueError(
            f"{path} must hold the key `images` (uint8, NHWC), and `labels` if there "
            f"are any. Received: {', '.join(present) or 'nothing'}."
        )
    return arrays


def _check(archive, key, size):
    """Compares what an array's header declares with what its file can hold."""
    entry = archive.getinfo(f"{key}.npy")
    with archive.open(entry) as file:
        version = np.lib.format.read_magic(file)
        readers = {(1, 0): np.lib.format.read_array_header_1_0}
        readers[2, 0] = np.lib.format.read_array_header_2_0
        if version not in readers:
            raise ValueError(f"`{key}` of an unknown version")
        shape, _, dtype = readers[version](file)
        held = entry.file_size - file.tell()
    declared = math.prod(shape) * dtype.itemsize
    if declared != held and not dtype.hasobject:
        raise ValueError(f"`{key}` of {held:,} bytes that declares {declared:,}")
    compressed = min(entry.compress_size, size)
    if declared > LARGE and declared > RATIO * compressed:
        raise ValueError(
            f"`{key}` that expands from {compressed:,} to {declared:,} bytes, as no "
            "images do"
        )
    memory.check(math.prod(shape[:1]), shape[1:], dtype.itemsize)
