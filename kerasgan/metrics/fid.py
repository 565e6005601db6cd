"""The Frechet distance between two sets of features, treated as Gaussians.

Reference: Heusel et al. 2017, https://arxiv.org/abs/1706.08500, eq. 6.
"""

import warnings

import numpy as np
from numpy.typing import ArrayLike

from kerasgan.metrics.features import check_pair
from kerasgan.metrics.statistics import FeatureStatistics


def frechet_distance(reference: ArrayLike, generated: ArrayLike) -> float:
    """`fid`, computed from features instead of statistics.

    Args:
        reference: Features of real images, (N, d).
        generated: Features of generated images, (M, d).

    Returns:
        The distance, at least 0.

    Raises:
        TypeError: If they are not numbers.
        ValueError: If a set has fewer than two rows, the dimensions differ, or a value
            is not finite.

    Reference: Heusel et al. 2017, https://arxiv.org/abs/1706.08500, eq. 6.
    """
    reference, generated = check_pair(reference, generated)
    return fid(FeatureStatistics.of(reference), FeatureStatistics.of(generated))


def fid(reference: FeatureStatistics, generated: FeatureStatistics) -> float:
    """The squared Frechet distance between two Gaussians with these statistics.

    |m1 - m2|^2 + tr C1 + tr C2 - 2 tr (C1 C2)^(1/2), exact for singular covariances
    too. It is called FID only with the features of the Inception network that Heusel et
    al. used. Distances with other features are comparable only to each other. The
    distance is biased: it falls with the number of samples. Compare only values of
    equal counts.

    Args:
        reference: Statistics of real images' features.
        generated: Statistics of generated images' features.

    Returns:
        The distance, at least 0. The distance of a set to itself is below 1e-12 of the
        trace of its covariance.

    Raises:
        ValueError: If a set has fewer than two samples, the dimensions differ, or
            loaded statistics come from different networks.

    Reference: Heusel et al. 2017, https://arxiv.org/abs/1706.08500, eq. 6.
    """
    _check_networks(reference.protocol, generated.protocol)
    _check_counts(reference, generated)
    return gaussian_distance(
        reference.mean, reference.covariance, generated.mean, generated.covariance
    )


def gaussian_distance(
    mean_a: np.ndarray,
    covariance_a: np.ndarray,
    mean_b: np.ndarray,
    covariance_b: np.ndarray,
) -> float:
    """The squared Frechet distance between two Gaussians.

    If C1 = A A^T and C2 = B B^T, the trace of (C1 C2)^(1/2) is the sum of the singular
    values of A^T B. This needs no root of a non-symmetric matrix, and the error of
    small singular values is no larger than that of large ones.

    Args:
        mean_a: (d,).
        covariance_a: (d, d), symmetric and positive semi-definite.
        mean_b: (d,).
        covariance_b: (d, d), symmetric and positive semi-definite.

    Reference: Dowson and Landau 1982, https://doi.org/10.1016/0047-259X(82)90077-X.
    """
    product = _factor(covariance_a).T @ _factor(covariance_b)
    shared = np.linalg.svd(product, compute_uv=False).sum()
    traces = np.trace(covariance_a) + np.trace(covariance_b)
    between = np.square(mean_a - mean_b).sum()
    # Rounding can leave -1e-13 of the traces.
    return max(float(between + traces - 2.0 * shared), 0.0)


def _factor(covariance):
    """A (d, r) with A A^T = C, from Cholesky, or from eigenvectors if C is singular.

    Eigenvalues below d eps of the largest are rounding errors of zeros. Their roots
    would be 1e8 times larger, relative to the other roots.
    """
    rounding = len(covariance) * np.finfo("float64").eps
    try:
        factor = np.linalg.cholesky(covariance)
        pivots = np.square(np.diagonal(factor))
        if pivots.min() > rounding * pivots.max():
            return factor
    except np.linalg.LinAlgError:
        pass  # singular, or not quite positive because of rounding
    values, vectors = np.linalg.eigh(covariance)
    kept = values > rounding * values[-1]
    return vectors[:, kept] * np.sqrt(values[kept])


def _check_networks(reference, generated):
    for key in ("features", "features_sha256", "resize"):
        pair = reference.get(key), generated.get(key)
        if None not in pair and pair[0] != pair[1]:
            raise ValueError(
                "`reference` and `generated` must be statistics of one network. "
                f"Received: {key} {pair[0]!r} and {pair[1]!r}. Measure both again."
            )


def _check_counts(reference, generated):
    if reference.dimensions != generated.dimensions:
        raise ValueError(
            "`reference` and `generated` must have the same dimensions. Received: "
            f"{reference.dimensions} and {generated.dimensions}. Use the same network "
            "for both."
        )
    for name, statistics in (("reference", reference), ("generated", generated)):
        count, dimensions = statistics.count, statistics.dimensions
        if count < 2:
            raise ValueError(
                f"`{name}` must hold at least two samples. Received: {count}. "
                "Generate more; 10000 or 50000 are common."
            )
        if count <= dimensions:
            warnings.warn(
                f"`{name}` has {count} samples of {dimensions} dimensions, so its "
                "covariance is singular and the distance is strongly biased. Use more "
                f"than {dimensions} samples, or `kid`, which is unbiased.",
                stacklevel=3,
            )
