"""Features of real images on disk, from one evaluation to the next."""

import contextlib
import hashlib
import json
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kerasgan import __version__
from kerasgan.evaluation.inception_weights import cache_folder
from kerasgan.evaluation.quality import KEPT, WHOLE, Collected
from kerasgan.files import write_atomically

FORMAT = 1  # of files and computations: a change of either needs another number
MOST = 2**31  # bytes of all files; the ones that were not used for longest are removed


def features_folder() -> Path:
    """The folder of the files, in the cache folder."""
    return cache_folder() / "features"


def collected(
    batches: Iterable, protocol: dict, measure: Callable[[], Collected]
) -> Collected:
    """What `measure` returns, from disk if the same images were measured before.

    The key is a hash of the images and labels, of the protocol, and of the versions and
    the backend that computed the features. A file that is damaged or has another key
    is measured again. If no file can be written, a warning says so.

    Args:
        batches: uint8 images, or (images, labels), as they are measured.
        protocol: How features are computed and collected, as JSON.
        measure: Computes the features of these images.
    """
    key = _versions() | _content_of(batches) | protocol
    digest, arrays = _kept(key, lambda: measure().to_arrays())
    return Collected.from_arrays(arrays, key=digest)


def scores(
    sets: Sequence[Collected], protocol: dict, measure: Callable[[], dict[str, float]]
) -> dict[str, float]:
    """What `measure` returns, from disk as in `collected`.

    Args:
        sets: All features that the scores depend on. Without a key, nothing is kept.
        protocol: How the scores are computed, as JSON.
        measure: Computes the scores by name.
    """
    if any(features.key is None for features in sets):
        return measure()
    key = _versions() | {"sets": [features.key for features in sets]} | protocol
    _, arrays = _kept(key, lambda: {k: np.array(v) for k, v in measure().items()})
    return {name: float(value) for name, value in arrays.items()}


def _kept(key: dict, measure: Callable[[], dict]) -> tuple[str, dict]:
    """The hash of a key, and the arrays in its file, which `measure` makes."""
    key = json.loads(json.dumps(key))
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
    path = features_folder() / f"{digest[:32]}.npz"
    arrays = _read(path, key)
    if arrays is None:
        arrays = measure()
        _write(path, key, arrays)
    return digest, arrays


def _versions() -> dict:
    """What may change features besides images and protocol."""
    return {
        "format": FORMAT,
        "kerasgan": __version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
        "backend": keras.backend.backend(),
        "dtype": keras.config.dtype_policy().name,
    }


def _content_of(batches) -> dict:
    """A hash of images and labels, and how many features are kept of them."""
    digest, shapes = hashlib.sha256(), []
    for batch in batches:
        for part in batch if isinstance(batch, tuple) else (batch,):
            digest.update(np.ascontiguousarray(part))
            shapes.append([str(part.dtype), *part.shape])
    digest.update(json.dumps(shapes).encode())
    return {"images": digest.hexdigest(), "kept": KEPT, "whole": WHOLE}


def _read(path: Path, key: dict) -> dict[str, np.ndarray] | None:
    """The arrays in a file; None if there is none, or not of this key."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        if json.loads(arrays.pop("key").item()) != key:
            return None
        path.touch()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except Exception as error:  # a damaged file may raise anything
        warnings.warn(
            f"{path}, which an earlier evaluation of real images left, cannot be read "
            f"({type(error).__name__}). They are measured again.",
            stacklevel=5,
        )
        return None
    return arrays


def _write(path: Path, key: dict, arrays: dict[str, np.ndarray]) -> None:
    try:
        with write_atomically(path) as file:
            np.savez(file, key=np.array(json.dumps(key)), **arrays)
        _remove_oldest(path)
    except OSError as error:
        warnings.warn(
            f"The features of real images cannot be kept for the next time ({error}). "
            "Set KERASGAN_CACHE to a folder that can be written.",
            stacklevel=5,
        )


def _remove_oldest(newest: Path) -> None:
    """Removes files until all together have at most `MOST` bytes."""
    found: list[tuple[float, int, Any]] = []
    for path in newest.parent.glob("*.npz"):
        with contextlib.suppress(FileNotFoundError):  # another process removes too
            status = path.stat()
            found.append((status.st_mtime, status.st_size, path))
    total = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if total <= MOST or path == newest:
            return
        path.unlink(missing_ok=True)
        total -= size
