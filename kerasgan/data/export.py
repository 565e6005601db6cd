"""A data set as one `.npz` file, for machines without TensorFlow or network."""

from pathlib import Path

import numpy as np

from kerasgan.data.sources import read
from kerasgan.files import write_atomically
from kerasgan.checks import check_images, check_labels


def export(source, out: str | Path, **options) -> Path:
    """Writes a source's images and labels to an `.npz` file that `load` reads.

    Args:
        source: As in `load`.
        out: The file, ending in .npz; it must not exist.
        **options: `split`, `size`, `channels`, ... of `load`.

    Returns:
        The file's path.

    Raises:
        FileExistsError: If the file exists.
        FileNotFoundError: If there is no such source.
        ValueError: If its name does not end in .npz, or the data are unfit.
    """
    out = Path(out)
    if out.suffix != ".npz":
        raise ValueError(f"`out` must end in .npz. Received: {out}.")
    if out.exists():
        raise FileExistsError(f"{out} exists. Remove it or choose another name.")
    found = read(source, **options)
    arrays = {"images": check_images(found.images)}
    if found.labels is not None:
        arrays["labels"] = check_labels(found.labels, len(found.images))
    if found.class_names:
        arrays["class_names"] = np.array(found.class_names)
    with write_atomically(out) as file:
        np.savez_compressed(file, **arrays)
    return out
