"""How well scores rank one kind of items above another: of anomalies, for example.

References: Hanley and McNeil 1982, https://doi.org/10.1148/radiology.143.1.7063747
(AUROC); Davis and Goadrich 2006, https://doi.org/10.1145/1143844.1143874 (precision
and recall).
"""

import numpy as np
from numpy.typing import ArrayLike


def auroc(positive: ArrayLike, scores: ArrayLike) -> float:
    """The area under the ROC curve.

    The probability that a positive item has a higher score than a negative one; a tie
    counts as half. As scikit-learn's `roc_auc_score`.

    Args:
        positive: Which items should have a high score, bool or 0 and 1, (N,).
        scores: Any finite numbers, (N,).

    Returns:
        From 0 to 1; 1/2 for scores that say nothing.

    Raises:
        ValueError: If shapes differ, a score is not finite, or all items are of one
            kind.
    """
    positive, scores = _check(positive, scores)
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]  # the mean rank of a tie
    many, others = positive.sum(), (~positive).sum()
    return float((ranks[positive].sum() - many * (many + 1) / 2) / (many * others))


def average_precision(positive: ArrayLike, scores: ArrayLike) -> float:
    """The mean precision over all positive items, from the highest score down.

    The sum over thresholds of (R_n - R_n-1) P_n, without interpolation. Items of one
    score are taken together. As scikit-learn's `average_precision_score`.

    Args:
        positive: As in `auroc`.
        scores: As in `auroc`.

    Returns:
        From 0 to 1; about the share of positive items for scores that say nothing.

    Raises:
        ValueError: As `auroc`.
    """
    positive, scores = _check(positive, scores)
    _, places, counts = np.unique(-scores, return_inverse=True, return_counts=True)
    hits = np.bincount(places, weights=positive, minlength=len(counts))
    precision = np.cumsum(hits) / np.cumsum(counts)
    return float((hits * precision).sum() / hits.sum())


def _check(positive, scores):
    kinds, scores = np.asarray(positive), np.asarray(scores, "float64")
    if scores.ndim != 1 or kinds.shape != scores.shape:
        raise ValueError(
            "`positive` and `scores` must have one shape, (N,). Received: "
            f"{kinds.shape} and {scores.shape}. Pass one of each for each item."
        )
    if not np.isfinite(scores).all():
        raise ValueError(
            "`scores` must be finite. Received: NaN or infinity. Check the model that "
            "made them."
        )
    kinds = kinds.astype(bool)
    if kinds.all() or not kinds.any():
        raise ValueError(
            "`positive` must mark some items and not all. Received: "
            f"{int(kinds.sum())} of {len(kinds)}. Add items of the other kind."
        )
    return kinds, scores
