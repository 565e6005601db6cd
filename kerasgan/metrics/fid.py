"""The Frechet distance between two sets of features, taken as Gaussians.

Reference: Heusel et al. 2017, https://arxiv.org/abs/1706.08500, eq. 6.
"""

import warnings

import numpy as np

from kerasgan.metrics.features import check_pair
from kerasgan.metrics.statistics import FeatureStatistics


def frechet_distance(reference, generated) -> float:
    """`fid`, from the features themselves.

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

    |m1 - m2|^2 + tr C1 + tr C2 - 2 tr (C1 C2)^(1/2), right for singular covariances
    too. Called FID only where the features are those of the Inception network that
    Heusel et al. used; with others it is a figure of its own and comparable only to
    its like. It is biased: it falls with the number of samples, so compare figures of
    equal counts.

    Args:
        reference: Statistics of real images' features.
        generated: Statistics of generated images' features.

    Returns:
        The distance, at least 0. That of a set to itself is below 1e-12 of the trace
        of its covariance.

    Raises:
        ValueError: If a set has fewer than two samples, the dimensions differ, or
            statistics that were loaded are of different networks.

    Reference: Heusel et al. 2017, https://arxiv.org/abs/1706.08500, eq. 6.
    """
    _check_networks(reference.protocol, generated.protocol)
    _check_counts(reference, generated)
    return gaussian_distance(
        reference.mean, reference.covariance, generated.mean, generated.covariance
    )


def gaussian_distance(mean_a, covariance_a, mean_b, covariance_b) -> float:
    """The squared Frechet distance of two Gaussians.

    With C1 = A A^T and C2 = B B^T the trace of (C1 C2)^(1/2) is the sum of the
    singular values of A^T B. No root of a non-symmetric matrix is needed, and small
    singular values come out as exact as large ones, relative to the largest.

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
    """A (d, r) with A A^T = C: Cholesky's, or for a singular C by eigenvectors.

    Eigenvalues below d eps of the largest are rounding errors of zeros; their roots
    would be 1e8 times larger, relative to the other roots.
    """
    rounding = len(covariance) * np.finfo("float64").eps
    try:
        factor = np.linalg.cholesky(covariance)
        pivots = np.square(np.diagonal(factor))
        if pivots.min() > rounding * pivots.max():
            return factor
    except np.linalg.LinAlgError:
        pass  # singular, or not quite positive by rounding
    values, vectors = np.linalg.eigh(covariance)
    kept = values > rounding * values[-1]
    return vectors[:, kept] * np.sqrt(values[kept])


def _check_networks(reference, generated):
    for key in ("features", "features_sha256", "resize"):
        pair = reference.get(key), generated.get(key)
        if None not in pair and pair[0] != pair[1]:
            raise ValueError(
                "`reference` and `generated` must be statistics of one network. "
                f"Received: {key} {pair[0]!r} and {pair[1]!r}. Measure one anew."
            )


def _check_counts(reference, generated):
    if reference.dimensions != generated.dimensions:
        raise ValueError(
            "`reference` and `generated` must have as many dimensions. Received: "
            f"{reference.dimensions} and {generated.dimensions}. Use the same network "
            "for both."
        )
    for name, statistics in (("reference", reference), ("generated", generated)):
        count, dimensions = statistics.count, statistics.dimensions
        if count < 2:
            raise ValueError(
                f"`{name}` must hold at least two samples. Received: {count}. "
                "Generate more; 10000 or 50000 are customary."
            )
        if count <= dimensions:
            warnings.warn(
                f"`{name}` has {count} samples of {dimensions} dimensions: its "
                "covariance is singular and the distance strongly biased. Use more "
                f"than {dimensions} samples, or `kid`, which is unbiased.",
                stacklevel=3,
            )
