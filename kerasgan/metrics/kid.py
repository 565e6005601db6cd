"""The Kernel Inception Distance, which is unbiased.

Reference: Binkowski et al. 2018, https://arxiv.org/abs/1801.01401.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from kerasgan import checks
from kerasgan.metrics.features import check_pair


def kid(
    reference: ArrayLike,
    generated: ArrayLike,
    subsets: int = 100,
    subset_size: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Squared maximum mean discrepancy between two sets of features.

    The kernel is (x . y / d + 1)^3. The estimate is unbiased: for two sets from one
    distribution it is near 0, and below 0 as often as above.

    Args:
        reference: Features of real images, (N, d).
        generated: Features of generated images, (M, d).
        subsets: Number of pairs of random subsets to average over.
        subset_size: Rows per subset, at least 2, drawn without replacement.
        seed: Seed of the NumPy generator that draws them.

    Returns:
        Mean and standard deviation over the subsets. The deviation is not that of the
        mean, and is divided by the number of subsets, not by one less.

    Raises:
        TypeError: If the features are not numbers.
        ValueError: If a subset would be larger than a set, or the shapes or values of
            the features are wrong.

    Reference: Binkowski et al. 2018, https://arxiv.org/abs/1801.01401.
    """
    reference, generated = check_pair(reference, generated)
    checks.check_count("subsets", subsets)
    _check_subset_size(subset_size, reference, generated)
    checks.check_count("seed", seed, least=0)
    rng = np.random.default_rng(seed)
    sides = reference, generated
    drawn = [
        tuple(rng.choice(len(side), subset_size, replace=False) for side in sides)
        for _ in range(subsets)
    ]
    return kid_on(reference, generated, drawn)


def kid_on(
    reference: np.ndarray,
    generated: np.ndarray,
    subsets: Iterable[tuple[np.ndarray, np.ndarray]],
) -> tuple[float, float]:
    """`kid` on given subsets.

    Args:
        reference: Features of real images, (N, d).
        generated: Features of generated images, (M, d).
        subsets: Pairs of indices, into `reference` and into `generated`.

    Returns:
        Mean and standard deviation over the subsets.
    """
    values = [
        squared_mmd(reference[rows], generated[others]) for rows, others in subsets
    ]
    return float(np.mean(values)), float(np.std(values))


def squared_mmd(reference: np.ndarray, generated: np.ndarray) -> float:
    """Unbiased squared MMD of (n, d) and (m, d) with the cubic kernel.

    Reference: Gretton et al. 2012, https://jmlr.org/papers/v13/gretton12a.html, eq. 3.
    """
    reference, generated = reference.astype("float64"), generated.astype("float64")
    across = _kernel(reference, generated).mean()
    return float(_mean_of_pairs(reference) + _mean_of_pairs(generated) - 2.0 * across)


def _check_subset_size(subset_size, reference, generated):
    checks.check_count("subset_size", subset_size, least=2)
    smaller = min(len(reference), len(generated))
    if subset_size > smaller:
        raise ValueError(
            "`subset_size` must not exceed the number of samples of either set. "
            f"Received: subset_size={subset_size}, {len(reference)} reference and "
            f"{len(generated)} generated samples. Pass subset_size={smaller} or less, "
            "and report it with the result."
        )


def _kernel(x, y):
    base = x @ y.T / x.shape[1] + 1.0
    return base * base * base  # ten times as fast as base**3


def _mean_of_pairs(x):
    """Mean of the kernel over pairs of different rows."""
    kernel = _kernel(x, x)
    return (kernel.sum() - np.trace(kernel)) / (len(x) * (len(x) - 1))
