"""Nearest training images: has the generator memorized them?"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from kerasgan import checks
from kerasgan.metrics.features import check_features

BLOCK = 1024


def nearest_neighbors(
    training: ArrayLike, generated: ArrayLike, block: int = BLOCK
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest training item of each generated item, by Euclidean distance.

    Matrix products find candidates, which are compared again by differences. So a copy
    has a distance of exactly 0, and the first of several equally near items is chosen.

    Args:
        training: Images or features, (N, ...).
        generated: Images or features of the same shape and range, (M, ...).
        block: Rows of each set held in float64 at once. It changes speed and memory,
            not the result.

    Returns:
        Indices into `training`, int64 (M,), and distances, float64 (M,).

    Raises:
        TypeError: If they are not numbers, or one has integers and the other floats.
        ValueError: If shapes are wrong or differ, or a value is not finite.
    """
    training, generated = _flat("training", training), _flat("generated", generated)
    _check_alike(training, generated)
    block = checks.check_count("block", block)
    center = training.mean(axis=0, dtype="float64")
    indices = np.zeros(len(generated), "int64")
    best = np.full(len(generated), np.inf)
    for rows, columns, squared, rounding in distance_blocks(
        generated, training, block, center
    ):
        bound = np.minimum(squared.min(axis=1), best[rows])[:, None] + rounding
        pairs = np.argwhere(squared <= bound) + (rows.start, columns.start)
        for start in range(0, len(pairs), block):
            i, j = pairs[start : start + block].T
            exact = np.square(generated[i].astype("float64") - training[j]).sum(axis=1)
            _keep_nearest(best, indices, i, j, exact)
    return indices, np.sqrt(best)


def memorization(
    training: ArrayLike,
    held_out: ArrayLike,
    generated: ArrayLike,
    block: int = BLOCK,
) -> float:
    """How near generated images are to training images, compared with new real ones.

    The median distance of a generated item to its nearest training item, divided by
    that of held-out real items. Values well below 1 mean copying. A perfect generator
    has about 1. Values above 1 come from other flaws and do not prove originality.

    Args:
        training: The training data, (N, ...): images or, better, their features.
        held_out: Real items of the same distribution, not trained on, (K, ...).
        generated: Generated items, (M, ...).
        block: As in `nearest_neighbors`.

    Raises:
        TypeError: As `nearest_neighbors` does.
        ValueError: As there, or if half of `held_out` is in `training`.

    Reference: Meehan et al. 2020, https://arxiv.org/abs/2004.05675, compare the same
    two sets of distances, with a rank test within cells of the data space.
    """
    held_out = _flat("held_out", held_out)
    expected = np.median(nearest_neighbors(training, held_out, block)[1])
    if expected == 0:
        raise ValueError(
            "`held_out` must not be part of `training`. Received: half of it or more "
            "are copies of training items. Hold out others, or remove the duplicates."
        )
    distances = nearest_neighbors(training, generated, block)[1]
    return float(np.median(distances) / expected)


def distance_blocks(
    rows: np.ndarray, columns: np.ndarray, block: int, center: np.ndarray
) -> Iterator[tuple[slice, slice, np.ndarray, np.ndarray]]:
    """Squared distances, block by block, as |x|^2 + |y|^2 - 2 x.y in float64.

    This difference cancels if x and y are near. Moving the origin to `center` keeps the
    norms small; float32 would still have errors of 1e-4 of |x|^2, enough to confuse
    neighbors. `rounding` bounds the error in float64: two squared distances of one x
    that differ by no more may be equal, also with other block sizes.

    Args:
        rows: (N, d).
        columns: (M, d).
        block: Rows and columns per block.
        center: A point amid the data, float64 (d,).

    Yields:
        Slices of rows and columns, squared distances and `rounding`, both
        (rows, columns) of the block.
    """
    # One distance: (d + 2) eps. The distances it is compared with have up to 7x.
    unit = 8 * (rows.shape[1] + 2) * np.finfo("float64").eps
    for start in range(0, len(rows), block):
        x = rows[start : start + block].astype("float64") - center
        for left in range(0, len(columns), block):
            y = columns[left : left + block].astype("float64") - center
            sums = _squared_norms(x)[:, None] + _squared_norms(y)
            squared = np.maximum(sums - 2.0 * (x @ y.T), 0.0)
            places = slice(start, start + len(x)), slice(left, left + len(y))
            yield *places, squared, unit * sums


def _squared_norms(x):
    return np.square(x).sum(axis=1)


def _keep_nearest(best, indices, i, j, exact):
    """Keeps items that are nearer than before, the first of equally near ones."""
    order = np.lexsort((exact, i))  # stable, and j ascends
    i, j, exact = i[order], j[order], exact[order]
    nearest = np.append(True, i[1:] != i[:-1]) & (exact < best[i])
    best[i[nearest]] = exact[nearest]
    indices[i[nearest]] = j[nearest]


def _flat(name, items):
    items = np.asarray(items)
    shaped = items.reshape(len(items), -1) if items.ndim > 2 and len(items) else items
    return check_features(name, shaped)


def _check_alike(training, generated):
    """Distances between values in [0, 255] and in [-1, 1] mean nothing."""
    if training.shape[1] != generated.shape[1]:
        raise ValueError(
            "Items compared with `training` must have its shape. Received: "
            f"{generated.shape[1]} and {training.shape[1]} values per item. Resize the "
            "images, or use the same network for both."
        )
    if (training.dtype.kind == "f") != (generated.dtype.kind == "f"):
        raise TypeError(
            "Items compared with `training` must have its range, so both must be "
            f"integers or both floats. Received: {generated.dtype} and "
            f"{training.dtype}. Convert with kerasgan.images.to_uint8."
        )
