"""Reads `.npz` files, and refuses bombs before they take memory."""

import math
import zipfile
import zlib
from pathlib import Path

import numpy as np

from kerasgan.data import memory
from kerasgan.errors import did_you_mean

KEYS = ("images", "labels", "class_names")
# An array above `LARGE` bytes that is compressed to less than 1/`RATIO` is no images.
LARGE, RATIO = 2**30, 100


def read(path: Path, split: str | None = None) -> dict[str, np.ndarray]:
    """The arrays `images`, `labels` and `class_names` of a file, as far as present.

    Args:
        path: The file.
        split: The part of a file in MedMNIST's form, which has the keys
            `<split>_images` and `<split>_labels`; by default "train".

    Raises:
        ValueError: If the file is damaged, has no such split or no images, or they do
            not fit in memory.
    """
    try:
        if not zipfile.is_zipfile(path):
            raise zipfile.BadZipFile("another kind of file")
        with open(path, "rb") as raw, np.load(raw, allow_pickle=False) as file:
            present = file.files
            keys = _keys(present, split)
            for key in keys.values():
                _check(file.zip, key, path.stat().st_size)
            arrays = {name: file[key] for name, key in keys.items()}
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
        if split is not None:
            raise _no_split(path, split, present)
        raise ValueError(
            f"{path} must hold the key `images` (uint8, NHWC), and `labels` if there "
            f"are any. Received: {', '.join(present) or 'nothing'}."
        )
    if keys["images"] != "images" and arrays["images"].ndim == 3:  # MedMNIST's gray
        arrays["images"] = arrays["images"][..., None]
    return arrays


def _keys(present, split) -> dict[str, str]:
    """The key of each array in a file that has these keys."""
    split = split or ("" if "images" in present else "train")
    prefix = f"{split}_" if split else ""
    keys = {name: f"{prefix}{name}" for name in KEYS[:2]} | {KEYS[2]: KEYS[2]}
    return {name: key for name, key in keys.items() if key in present}


def _no_split(path, split, present) -> ValueError:
    known = [k.removesuffix("_images") for k in present if k.endswith("_images")]
    if not known:
        return ValueError(
            "Only TFDS datasets have splits, and .npz files with keys such as "
            f"train_images and train_labels. Received: split={split!r} for {path}, "
            f"which has the keys {', '.join(present) or 'nothing'}. Leave it out."
        )
    return ValueError(
        f"{path} has the splits {', '.join(known)}. Received: split={split!r}."
        f"{did_you_mean(split, known)}"
    )


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
