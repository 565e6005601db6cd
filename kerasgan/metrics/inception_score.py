"""The Inception Score: certain for each image, varied over all images.

Reference: Salimans et al. 2016, https://arxiv.org/abs/1606.03498, section 4.
"""

import warnings

import numpy as np
from numpy.typing import ArrayLike

from kerasgan import checks
from kerasgan.metrics.features import check_features


def inception_score(
    logits: ArrayLike, splits: int = 10, seed: int | None = None
) -> tuple[float, float]:
    """The exponential of the mean KL divergence between p(y | x) and p(y), in nats.

    It ranges from 1 to the number of classes. It uses no real image, so it cannot
    detect a generator that has memorized one image per class. Scores with another
    network than Inception are comparable only to each other.

    Args:
        logits: (N, classes), before the softmax.
        splits: Number of equal parts; the score is computed on each.
        seed: Seed of the NumPy generator that shuffles the rows first. None keeps
            their order, which must then be random.

    Returns:
        Mean and standard deviation over the parts.

    Raises:
        TypeError: If the logits are not numbers.
        ValueError: If there are fewer rows than parts, the rank is not 2, or a value is
            not finite.
    """
    logits = check_features("logits", logits)
    checks.check_count("splits", splits)
    if splits > len(logits):
        raise ValueError(
            "`splits` must not exceed the number of images. Received: "
            f"splits={splits}, {len(logits)} images. Generate more, or lower `splits`."
        )
    _warn_of_probabilities(logits)
    order = np.arange(len(logits))
    if seed is not None:
        checks.check_count("seed", seed, least=0)
        order = np.random.default_rng(seed).permutation(len(logits))
    bounds = np.arange(splits + 1) * len(logits) // splits
    scores = [
        _score(logits[order[start:stop]].astype("float64"))
        for start, stop in zip(bounds[:-1], bounds[1:], strict=True)
    ]
    return float(np.mean(scores)), float(np.std(scores))


def _warn_of_probabilities(logits):
    if logits.min() >= 0 and np.allclose(logits.sum(axis=1), 1.0, atol=1e-3):
        warnings.warn(
            "`logits` look like probabilities: every row sums to 1. If they are, pass "
            "np.log(probabilities + 1e-12).",
            stacklevel=3,
        )


def _score(logits):
    """The score of one part, in logarithms, so that probabilities do not underflow."""
    conditional = logits - _log_sum_exp(logits, axis=1)
    marginal = _log_sum_exp(conditional, axis=0) - np.log(len(logits))
    divergences = (np.exp(conditional) * (conditional - marginal)).sum(axis=1)
    return np.exp(divergences.mean())


def _log_sum_exp(x, axis):
    top = x.max(axis=axis, keepdims=True)
    return top + np.log(np.exp(x - top).sum(axis=axis, keepdims=True))
