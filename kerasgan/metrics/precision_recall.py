"""Precision, recall, density and coverage: likeness and variety as separate numbers.

The manifold of a set is the union of balls around its members, each with the distance
to the k-th nearest other member as its radius. Distances are computed in float64, block
by block. Whether a point is on the surface of a ball does not depend on the block size.
"""

import numpy as np
from numpy.typing import ArrayLike

from kerasgan import checks
from kerasgan.metrics.features import check_pair
from kerasgan.metrics.neighbors import BLOCK, distance_blocks


def precision_recall(
    reference: ArrayLike, generated: ArrayLike, k: int = 3, block: int = BLOCK
) -> tuple[float, float]:
    """Improved precision and recall.

    Precision is the share of generated samples on the real manifold (likeness). Recall
    is the share of real samples on the generated manifold (variety). A ball includes
    its surface. Compare only values of equal counts and equal k.

    Args:
        reference: Features of real images, (N, d).
        generated: Features of generated images, (M, d).
        k: The radius of a ball is the distance to the k-th neighbor.
        block: Rows of each set held in float64 at once. It changes speed and memory,
            not the result.

    Returns:
        Precision and recall, in [0, 1].

    Raises:
        TypeError: If the features are not numbers.
        ValueError: If a set has no more than k rows, or shapes or values are wrong.

    Reference: Kynkaanniemi et al. 2019, https://arxiv.org/abs/1904.06991, eq. 1 and 2.
    """
    reference, generated, center = _checked(reference, generated, k, block)
    _check_enough("generated", generated, k)
    real_radii = _squared_radii(reference, k, block, center)
    fake_radii = _squared_radii(generated, k, block, center)
    precise = np.zeros(len(generated), bool)
    recalled = np.zeros(len(reference), bool)
    for rows, columns, squared, rounding in distance_blocks(
        reference, generated, block, center
    ):
        nearer = squared - rounding
        precise[columns] |= (nearer <= real_radii[rows, None]).any(axis=0)
        recalled[rows] |= (nearer <= fake_radii[columns]).any(axis=1)
    return float(precise.mean()), float(recalled.mean())


def density_coverage(
    reference: ArrayLike, generated: ArrayLike, k: int = 5, block: int = BLOCK
) -> tuple[float, float]:
    """Density and coverage, which outliers affect less than precision and recall.

    Density is the average number of real balls around a generated sample, divided by k;
    it can exceed 1. Coverage is the share of real balls that contain a generated
    sample. A ball excludes its surface, as in the code of the authors.

    Args:
        reference: Features of real images, (N, d).
        generated: Features of generated images, (M, d).
        k: The radius of a ball is the distance to the k-th neighbor.
        block: Rows of each set held in float64 at once. It changes speed and memory,
            not the result.

    Returns:
        Density, at least 0, and coverage, in [0, 1]. Both are near 1 for two large
        sets from one distribution.

    Raises:
        TypeError: If the features are not numbers.
        ValueError: If `reference` has no more than k rows, or shapes or values are
            wrong.

    Reference: Naeem et al. 2020, https://arxiv.org/abs/2002.09797, section 3.
    """
    reference, generated, center = _checked(reference, generated, k, block)
    radii = _squared_radii(reference, k, block, center)
    balls = 0
    covered = np.zeros(len(reference), bool)
    for rows, _, squared, rounding in distance_blocks(
        reference, generated, block, center
    ):
        inside = squared + rounding < radii[rows, None]
        balls += int(inside.sum())
        covered[rows] |= inside.any(axis=1)
    return balls / (k * len(generated)), float(covered.mean())


def _squared_radii(features, k, block, center):
    """The squared distance of each row to its k-th nearest other row, (N,)."""
    radii, smallest = np.empty(len(features)), None
    for rows, columns, squared, _ in distance_blocks(features, features, block, center):
        # The distance of a row to itself, 0, is among the k + 1 smallest.
        if columns.start > 0:
            squared = np.concatenate([smallest, squared], axis=1)
        kept = min(k + 1, squared.shape[1])
        smallest = np.partition(squared, kept - 1, axis=1)[:, :kept]
        if columns.stop == len(features):
            radii[rows] = smallest.max(axis=1)
    return radii


def _checked(reference, generated, k, block):
    """The features, and the origin of the distances."""
    checks.check_count("k", k)
    checks.check_count("block", block)
    reference, generated = check_pair(reference, generated)
    _check_enough("reference", reference, k)
    return reference, generated, reference.mean(axis=0, dtype="float64")


def _check_enough(name, features, k):
    if len(features) <= k:
        raise ValueError(
            f"`{name}` must have more than k={k} rows, because each needs k neighbors. "
            f"Received: {len(features)}. Generate more, or lower k."
        )
