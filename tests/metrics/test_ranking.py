"""AUROC and average precision: by hand, and by counting pairs and thresholds."""

import numpy as np
import pytest

from kerasgan.metrics import auroc, average_precision

pytestmark = pytest.mark.backend_free

KINDS = np.array([0, 0, 1, 1])
SCORES = np.array([0.1, 0.4, 0.35, 0.8])  # the example of scikit-learn's docstrings


def test_values_are_those_of_scikit_learns_examples():
    assert auroc(KINDS, SCORES) == 0.75
    assert average_precision(KINDS, SCORES) == pytest.approx(0.8333333)


@pytest.mark.parametrize(
    ("scores", "area", "precision"),
    [
        ([0, 1, 2, 3], 1.0, 1.0),
        ([3, 2, 1, 0], 0.0, (1 / 3 + 2 / 4) / 2),
        ([5, 5, 5, 5], 0.5, 0.5),
        ([0, 1, 1, 2], 3.5 / 4, (1 + 2 / 3) / 2),  # one tie of both kinds
    ],
)
def test_ties_count_as_half_and_come_together(scores, area, precision):
    assert auroc(KINDS.astype(bool), scores) == area
    assert average_precision(KINDS, scores) == pytest.approx(precision)


def test_random_scores_with_ties_agree_with_counting():
    rng = np.random.default_rng(0)
    positive, scores = rng.random(200) < 0.3, rng.integers(0, 20, 200) + 0.5
    above = np.sign(scores[positive][:, None] - scores[~positive])
    assert auroc(positive, scores) == pytest.approx((1 + above.mean()) / 2, abs=1e-12)
    expected, before = 0.0, 0.0
    for threshold in np.unique(scores)[::-1]:
        taken = scores >= threshold
        recall = positive[taken].sum() / positive.sum()
        expected += (recall - before) * positive[taken].mean()
        before = recall
    assert average_precision(positive, scores) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("metric", [auroc, average_precision])
@pytest.mark.parametrize(
    ("positive", "scores", "message"),
    [
        ([1, 0, 1], [1.0, 2.0], "one shape"),
        ([[1, 0]], [[1.0, 2.0]], "one shape"),
        ([1, 0], [1.0, np.nan], "finite"),
        ([1, 1], [1.0, 2.0], "some items and not all. Received: 2 of 2"),
        ([0, 0], [1.0, 2.0], "Received: 0 of 2"),
    ],
)
def test_scores_without_an_answer_are_refused(metric, positive, scores, message):
    with pytest.raises(ValueError, match=message):
        metric(positive, scores)
