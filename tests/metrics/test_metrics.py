"""Metrics of features and labels against numbers computed by hand."""

from itertools import permutations

import numpy as np
import pytest

from kerasgan.metrics.conditional import best_match_accuracy
from kerasgan.metrics.fid import fid, frechet_distance, gaussian_distance
from kerasgan.metrics.inception_score import inception_score
from kerasgan.metrics.kid import kid, squared_mmd
from kerasgan.metrics.modes import (
    class_shares,
    diversity,
    mode_kl,
    modes_covered,
    stacked_labels,
)
from kerasgan.metrics.statistics import FeatureStatistics

pytestmark = pytest.mark.backend_free

TOLERANCE = {  # relative, unless named otherwise
    "statistics": 1e-12,  # against one pass, for all batch sizes
    "far statistics": 1e-9,  # the same, 1e6 deviations away from the origin
    "closed form": 1e-12,
    "singular": 1e-9,
    "itself": 1e-12,  # of the trace of the covariance
}


def features(seed, count=400, dimensions=8, bias=0.0):
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(0).normal(size=(dimensions, dimensions))
    return rng.normal(size=(count, dimensions)) @ mixing + bias


def within(name, expected):
    return pytest.approx(expected, rel=TOLERANCE[name])


def test_statistics_of_two_points_by_hand():
    result = FeatureStatistics.of([[0, 0], [2, 4]])
    assert result.count == 2
    assert result.mean.tolist() == [1, 2]
    assert result.covariance.tolist() == [[2, 4], [4, 8]]


@pytest.mark.parametrize("batch", [1, 7, 100, 400])
def test_every_batch_size_gives_the_statistics_of_one_pass(batch):
    """Far from the origin, sums of squares would lose all digits."""
    x = features(1) + 1e6
    result = FeatureStatistics(8)
    for start in range(0, len(x), batch):
        result.update(x[start : start + batch])
    exact, rtol = np.cov(x - 1e6, rowvar=False), TOLERANCE["far statistics"]
    assert result.count == 400
    np.testing.assert_allclose(result.mean - 1e6, (x - 1e6).mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(result.covariance, exact, rtol=rtol)


def test_more_rows_than_one_conversion_give_the_same():
    x = features(2, count=9000, dimensions=3).astype("float32")
    result = FeatureStatistics.of(x)
    exact = np.cov(x.astype("float64"), rowvar=False)
    np.testing.assert_allclose(result.covariance, exact, rtol=TOLERANCE["statistics"])


def test_merged_parts_equal_one_pass():
    x = features(3)
    whole, merged = FeatureStatistics.of(x), FeatureStatistics(8)
    part = FeatureStatistics.of(x[:1])
    merged.merge(part)
    merged.merge(FeatureStatistics.of(x[1:150]))
    merged.merge(FeatureStatistics(8))
    merged.merge(FeatureStatistics.of(x[150:]))
    rtol = TOLERANCE["statistics"]
    assert merged.count == 400 and part.count == 1
    np.testing.assert_allclose(merged.mean, whole.mean, rtol=rtol)
    np.testing.assert_allclose(merged.covariance, whole.covariance, rtol=rtol)


def test_a_covariance_is_symmetric_to_the_last_bit():
    result = FeatureStatistics.of(features(4))
    result.merge(FeatureStatistics.of(features(5, bias=3.0)))
    result.update(features(6))
    assert (result.covariance == result.covariance.T).all()


@pytest.mark.parametrize(
    "bad, error, words",
    [
        (np.zeros(8), ValueError, r"\(N, d\)"),
        (np.zeros((0, 8)), ValueError, r"\(N, d\)"),
        (np.zeros((4, 2, 2)), ValueError, "Flatten"),
        (np.zeros((4, 7)), ValueError, "8 dimensions"),
        (np.array([["a"] * 8]), TypeError, "dtype=<U1"),
        (np.zeros((2, 8), complex), TypeError, "complex128"),
        (np.array([[0.0] * 8, [np.nan] * 8]), ValueError, "first in row 1"),
    ],
)
def test_update_refuses_bad_features_and_keeps_its_state(bad, error, words):
    statistics = FeatureStatistics.of(features(1))
    with pytest.raises(error, match=words):
        statistics.update(bad)
    assert statistics.count == 400


def test_distance_of_two_normal_distributions_on_a_line():
    """Means 1 and 5, variances 2 and 8: 16 + (sqrt 8 - sqrt 2)^2."""
    assert frechet_distance([[0], [2]], [[3], [7]]) == within("closed form", 18.0)


def test_distance_of_diagonal_covariances_by_hand():
    sides = np.array([1.0, 2.0, 3.0]), np.array([4.0, 2.0, 0.5])
    a, b = (np.concatenate([np.diag(s), -np.diag(s)]) for s in sides)
    # Each variance is 2 s^2 / 5, the mean is 0.
    expected = 2 / 5 * np.square(sides[0] - sides[1]).sum()
    assert frechet_distance(a, b) == within("closed form", expected)


def test_distance_of_covariances_that_do_not_commute():
    """For 2 x 2: tr (AB)^(1/2) = (tr AB + 2 det(A)^(1/2) det(B)^(1/2))^(1/2)."""
    a, b = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[1.0, -0.5], [-0.5, 4.0]])
    root = np.sqrt(np.trace(a @ b) + 2 * np.sqrt(5.0 * 3.75))
    result = gaussian_distance(np.zeros(2), a, np.array([1.0, 2.0]), b)
    assert result == within("closed form", 5 + 5 + 5 - 2 * root)


def test_distance_of_covariances_of_rank_one():
    """C1 = u u^T, C2 = v v^T: |u|^2 + |v|^2 - 2 |u.v|."""
    u, v = features(7, count=2, dimensions=60)
    zeros = np.zeros(60)
    result = gaussian_distance(zeros, np.outer(u, u), zeros, np.outer(v, v))
    assert result == within("singular", u @ u + v @ v - 2 * abs(u @ v))


def test_distance_of_a_covariance_that_rounding_made_regular():
    """For (1, 1) and (1, -1), of rank one: 2 + 2 - 0, although Cholesky succeeds."""
    a = np.array([[1.0, 1.0], [1.0, np.nextafter(1, 2)]])
    b = np.array([[1.0, -1.0], [-1.0, 1.0]])
    result = gaussian_distance(np.zeros(2), a, np.zeros(2), b)
    assert result == within("singular", 4.0)


def test_distance_of_sets_that_share_no_direction():
    """The trace of the root is 0, though both covariances are singular."""
    a, b = features(8), features(9)
    a[:, :4], b[:, 4:] = 0.0, 0.0
    total = a.var(axis=0, ddof=1).sum() + b.var(axis=0, ddof=1).sum()
    between = np.square(a.mean(axis=0) - b.mean(axis=0)).sum()
    assert frechet_distance(a, b) == within("singular", between + total)


def test_distance_to_a_set_of_one_repeated_image_is_the_spread():
    a, b = features(1), np.ones((10, 8))
    expected = np.square(a.mean(axis=0) - 1).sum() + a.var(axis=0, ddof=1).sum()
    assert frechet_distance(a, b) == within("singular", expected)


def test_distance_with_few_samples_warns_and_is_exact():
    """Against singular values of the features themselves, without covariances."""
    a, b = features(1, 20, 50), features(2, 30, 50, bias=0.2)
    with pytest.warns(UserWarning, match="`reference` has 20 samples of 50 dim"):
        with pytest.warns(UserWarning, match="`generated` has 30 .* Use more than 50"):
            result = frechet_distance(a, b)
    factors = [(x - x.mean(0)) / np.sqrt(len(x) - 1) for x in (a, b)]
    shared = np.linalg.svd(factors[0] @ factors[1].T, compute_uv=False).sum()
    traces = sum(np.square(factor).sum() for factor in factors)
    between = np.square(a.mean(0) - b.mean(0)).sum()
    assert result == within("singular", between + traces - 2 * shared)


@pytest.mark.parametrize("rank", [8, 5])
def test_distance_of_a_set_to_itself_is_zero(rank):
    x = features(1)
    x[:, rank:] = x[:, : 8 - rank]
    bound = TOLERANCE["itself"] * x.var(axis=0).sum()
    assert 0 <= frechet_distance(x, x) <= bound
    assert 0 <= frechet_distance(x, x[::-1]) <= bound


def test_distance_is_symmetric_and_moves_with_the_mean():
    x, y = features(1), features(2, bias=0.5)
    assert frechet_distance(x, y) == within("closed form", frechet_distance(y, x))
    assert frechet_distance(x, x + 2.0) == within("closed form", 8 * 4.0)


def test_distance_grows_with_noise():
    x, noise = features(1, count=2000), features(2, count=2000)
    result = [frechet_distance(x, x + t * noise) for t in (0.0, 0.1, 0.2, 0.5, 1.0)]
    assert result == sorted(result) and result[1] > 1e-6


def test_fid_of_statistics_is_the_distance_of_their_features():
    x, y = features(1), features(2, bias=0.5)
    result = fid(FeatureStatistics.of(x), FeatureStatistics.of(y))
    assert result == frechet_distance(x, y)


@pytest.mark.parametrize(
    "reference, generated, words",
    [
        (np.ones((1, 2)), np.ones((9, 2)), "`reference` .* two samples. Received: 1"),
        (np.ones((9, 2)), np.ones((1, 2)), "`generated` .* two samples. Received: 1"),
        (np.ones((9, 2)), np.ones((9, 3)), "Received: 2 and 3"),
    ],
)
def test_distance_refuses_incomparable_sets(reference, generated, words):
    with pytest.raises(ValueError, match=words):
        frechet_distance(reference, generated)
    sides = FeatureStatistics.of(reference), FeatureStatistics.of(generated)
    with pytest.raises(ValueError, match=words):
        fid(*sides)


def test_squared_mmd_by_hand():
    """Kernels of pairs: 1 and 27; across: 1, 1, 8 and 27, mean 37/4."""
    x, y = np.array([[0], [1]]), np.array([[1], [2]])
    assert squared_mmd(x, y) == 1 + 27 - 2 * 37 / 4
    assert kid(x, y, subsets=3, subset_size=2) == (9.5, 0.0)


def test_squared_mmd_divides_by_the_dimensions():
    x, y = np.array([[0], [1]]), np.array([[1], [2]])
    result = squared_mmd(x.repeat(5, axis=1), y.repeat(5, axis=1))
    assert result == within("closed form", 9.5)


def test_kid_of_one_distribution_is_zero_within_its_error():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 2000, 4))
    mean, deviation = kid(x, y, subsets=50, subset_size=40)
    assert abs(mean) < 3 * deviation / np.sqrt(50)
    assert kid(x, y + 0.5, subsets=50, subset_size=40)[0] > 10 * deviation / 50**0.5


def test_kid_draws_its_subsets_from_the_seed():
    x, y = features(1), features(2)
    first = kid(x, y, subsets=3, subset_size=20)
    assert first == kid(x, y, subsets=3, subset_size=20, seed=0)
    assert first != kid(x, y, subsets=3, subset_size=20, seed=1)


def test_kid_refuses_subsets_larger_than_a_set():
    with pytest.raises(ValueError, match="Received: subset_size=1000, 1000 .* 400 gen"):
        kid(features(1, count=1000), features(2))
    with pytest.raises(ValueError, match="at least 2"):
        kid(features(1), features(2), subset_size=1)


def test_inception_score_of_undecided_logits_is_one():
    assert inception_score(np.zeros((20, 5))) == (1.0, 0.0)


def test_inception_score_of_certain_logits_counts_classes():
    logits = 1e4 * np.tile(np.eye(4), (10, 1))  # probabilities underflow to 0
    mean, deviation = inception_score(logits, splits=2)
    assert mean == within("closed form", 4.0) and deviation == 0


def test_inception_score_by_hand():
    """Rows (.9, .1) and (.1, .9): exp of .9 log 1.8 + .1 log .2."""
    logits = np.log([[0.9, 0.1], [0.1, 0.9]])
    expected = np.exp(0.9 * np.log(1.8) + 0.1 * np.log(0.2))
    assert inception_score(logits + 3.0, splits=1)[0] == within("closed form", expected)


def test_inception_score_shuffles_only_with_a_seed():
    """Sorted by class, each part holds one class and scores 1."""
    logits = 50.0 * np.eye(4).repeat(25, axis=0)
    assert inception_score(logits, splits=4)[0] == within("closed form", 1.0)
    shuffled = inception_score(logits, splits=4, seed=0)
    assert 3.5 < shuffled[0] <= 4 and shuffled == inception_score(logits, 4, 0)


def test_inception_score_refuses_bad_logits():
    with pytest.raises(ValueError, match="splits=10, 5 images"):
        inception_score(np.zeros((5, 3)))
    with pytest.warns(UserWarning, match="look like probabilities"):
        inception_score(np.full((10, 4), 0.25))


def test_modes_by_hand():
    labels = [0, 0, 1, 3]
    assert modes_covered(labels, 5) == 3
    assert class_shares(labels, 5).tolist() == [0.5, 0.25, 0, 0.25, 0]
    expected = 0.5 * np.log(2.5) + 2 * 0.25 * np.log(1.25)
    assert mode_kl(labels, 5) == within("closed form", expected)


def test_digits_in_three_channels_make_modes():
    """With 4 classes: the class of a channel is its brightness in steps of 64."""

    def classify(images):
        return -np.abs(images.mean(axis=(1, 2)) / 64 - np.arange(4))

    digits = np.array([[0, 1, 2], [3, 3, 3], [0, 0, 0]])
    images = np.repeat((64 * digits)[:, None, None], 4, axis=1).astype("uint8")
    np.testing.assert_array_equal(stacked_labels(images, classify), [6, 63, 0])
    assert modes_covered(stacked_labels(images, classify), 4**3) == 3
    with pytest.raises(ValueError, match=r"\(N, H, W, C\)"):
        stacked_labels(images[0], classify)
    with pytest.raises(ValueError, match="`classify` must return logits"):
        stacked_labels(images, lambda x: x)


def test_mode_kl_runs_from_zero_to_the_logarithm_of_the_modes():
    assert mode_kl(np.arange(3000) % 1000, 1000) == pytest.approx(0.0, abs=1e-12)
    assert mode_kl(np.zeros(7, int), 1000) == within("closed form", np.log(1000))


@pytest.mark.parametrize("measure", [modes_covered, mode_kl, class_shares])
def test_modes_refuse_bad_labels(measure):
    for bad in ([], [0, 5], [-1]):
        with pytest.raises(ValueError, match="`labels` must"):
            measure(bad, 5)
    with pytest.raises(TypeError, match="integers"):
        measure([0.5], 5)


def test_best_match_by_hand():
    """Categories 0, 1, 2 are classes 2, 0, 1, with 2, 2 and 1 images."""
    categories = [0, 0, 0, 1, 1, 2, 2]
    labels = [2, 2, 1, 0, 0, 2, 1]
    accuracy, matched = best_match_accuracy(categories, labels)
    assert accuracy == within("closed form", 5 / 7)
    assert matched.tolist() == [2, 0, 1]


def test_two_categories_of_one_class_match_it_once():
    accuracy, matched = best_match_accuracy([0, 1, 0, 1], [0, 0, 0, 0])
    assert accuracy == 0.5 and sorted(matched.tolist()) == [-1, 0]


def test_best_match_is_the_best_of_all_permutations():
    rng = np.random.default_rng(0)
    for size in (1, 2, 5, 6):
        categories, labels = rng.integers(size, size=(2, 40))
        table = np.zeros((size, size), int)
        np.add.at(table, (categories, labels), 1)
        rows = list(range(size))
        best = max(table[rows, p].sum() for p in map(list, permutations(rows)))
        assert best_match_accuracy(categories, labels)[0] == best / 40


def test_best_match_refuses_bad_labels():
    with pytest.raises(ValueError, match="at least one"):
        best_match_accuracy([], [])
    with pytest.raises(ValueError, match="one for each image"):
        best_match_accuracy([0], [0, 1])


def test_diversity_by_hand():
    """Pixels 0 and 20 differ by a deviation of 10; half of the pixels do."""
    images = np.zeros((2, 1, 2, 1), "uint8")
    images[1, 0, 0, 0] = 20
    assert diversity(images) == within("closed form", 50**0.5)
    assert diversity(images[:1].repeat(3, axis=0)) == 0.0
    with pytest.raises(ValueError, match="at least two"):
        diversity(images[:1])
