"""Writes a dataset as one `.npz` file, for machines without TensorFlow or network."""

from pathlib import Path
from typing import Any

import numpy as np

from kerasgan.checks import check_images, check_labels
from kerasgan.data.sources import Source, read
from kerasgan.files import user_path, write_atomically


def export(source: Source, out: str | Path, **options: Any) -> Path:
    """Writes the images and labels of a source to an `.npz` file that `load` reads.

    Args:
        source: As in `load`.
        out: The file, ending in .npz. It must not exist.
        **options: Options of `load`: `split`, `size`, `channels`, ...

    Returns:
        The path of the file.

    Raises:
        FileExistsError: If the file exists.
        FileNotFoundError: If the source does not exist.
        ValueError: If the name does not end in .npz, or the data are invalid.
    """
    out = user_path(out)
    if out.suffix != ".npz":
        raise ValueError(f"`out` must end in .npz. Received: {out}.")
    if out.exists():
        raise FileExistsError(f"{out} exists. Remove it or choose another name.")
    data = read(source, **options)
    arrays = {"images": check_images(data.images)}
    if data.labels is not None:
        arrays["labels"] = check_labels(data.labels, len(data.images))
    if data.class_names:
        arrays["class_names"] = np.array(data.class_names)
    with write_atomically(out) as file:
        np.savez_compressed(file, **arrays)
    return out
