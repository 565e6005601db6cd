"""Metrics of nearest neighbors, by hand and by brute force, in every block size."""

import tracemalloc

import numpy as np
import pytest

from kerasgan.metrics.neighbors import memorization, nearest_neighbors
from kerasgan.metrics.precision_recall import density_coverage, precision_recall

pytestmark = pytest.mark.backend_free

TOLERANCE = {"distance": 1e-12}  # relative
BLOCKS = [1, 7, 64, 1000]
LINE = np.array([[0.0], [1.0], [2.0], [3.0]])


@pytest.fixture(scope="module")
def lattice():
    """Integer points of a lattice, with many equal distances and points."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 3, (90, 5)), rng.integers(0, 4, (80, 5))


def squared(x, y):
    """Between all pairs, exact for integers."""
    return np.square(x[:, None] - y[None]).sum(axis=-1)


def brute_force(x, y, k):
    """Precision, recall, density and coverage of integers, without rounding."""
    real = np.sort(squared(x, x), axis=1)[:, k, None]
    fake = np.sort(squared(y, y), axis=1)[None, :, k]
    across = squared(x, y)
    inside = across < real
    return (
        (across <= real).any(axis=0).mean(),
        (across <= fake).any(axis=1).mean(),
        inside.sum() / (k * len(y)),
        inside.any(axis=1).mean(),
    )


def test_precision_and_recall_by_hand():
    """Real balls have radius 1, generated ones .25, .25, .5 and .5."""
    generated = np.array([[0.5], [0.75], [10.0], [10.5]])
    assert precision_recall(LINE, generated, k=1) == (0.5, 0.25)


def test_precision_counts_the_surface_of_a_ball():
    assert precision_recall(LINE, np.array([[4.0], [4.5]]), k=1)[0] == 0.5


def test_density_and_coverage_by_hand():
    """0.5 is in two balls, and 1 only in its own, not in those whose surface it is on.

    So there are 3 in 3, and 2 of 4 balls are covered.
    """
    generated = np.array([[0.5], [1.0], [10.0]])
    assert density_coverage(LINE, generated, k=1) == (1.0, 0.5)


def test_a_set_with_itself_has_everything():
    x = np.random.default_rng(0).normal(size=(300, 16)).astype("float32")
    assert precision_recall(x, x) == (1.0, 1.0)
    assert density_coverage(x, x) == (1.0, 1.0)


def test_a_collapsed_generator_is_precise_and_recalls_nothing():
    x = np.random.default_rng(0).normal(size=(300, 16))
    assert precision_recall(x, x[:1].repeat(50, axis=0)) == (1.0, 1 / 300)


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("scale, offset", [(1, 0), (0.1, 0.7), (2**-10, 4096)])
def test_every_block_size_gives_exact_results(lattice, block, scale, offset):
    """Also for numbers that binary fractions only approximate, and far from 0."""
    x, y = (points * scale + offset for points in lattice)
    for k in (3, 5):
        result = *precision_recall(x, y, k, block), *density_coverage(x, y, k, block)
        assert result == pytest.approx(brute_force(*lattice, k), abs=1e-12)


@pytest.mark.parametrize("block", BLOCKS)
def test_nearest_neighbors_are_exact_in_every_block_size(lattice, block):
    indices, distances = nearest_neighbors(*lattice, block)
    exact = squared(lattice[1], lattice[0])
    assert indices.tolist() == exact.argmin(axis=1).tolist()
    assert distances.tolist() == np.sqrt(exact.min(axis=1)).tolist()


def test_a_near_copy_far_from_the_origin_is_not_a_copy():
    """With |x|^2 + |y|^2 - 2 x.y alone both would have distance 0, or NaN."""
    rng = np.random.default_rng(0)
    x = 1e3 + rng.normal(size=(50, 30))
    training = np.concatenate([x + 1e-9, x])
    indices, distances = nearest_neighbors(training, x)
    assert indices.tolist() == list(range(50, 100))
    assert (distances == 0).all()
    _, distances = nearest_neighbors(training[:50], x)
    exact = np.linalg.norm(training[:50] - x, axis=1)
    np.testing.assert_allclose(distances, exact, rtol=TOLERANCE["distance"])


def test_nearest_neighbors_of_images_are_taken_over_all_pixels():
    levels = np.array([0, 200, 255], "uint8").reshape(3, 1, 1, 1)
    training = levels * np.ones((3, 2, 2, 3), "uint8")
    indices, distances = nearest_neighbors(training, training[[2, 0]] // 2 * 2)
    assert indices.tolist() == [2, 0] and indices.dtype == "int64"
    assert distances.tolist() == [np.sqrt(12), 0.0]


def test_memorization_by_hand():
    """Held-out images have distance 2, generated ones 1."""
    training = np.array([[0.0], [10.0]])
    assert memorization(training, training + 2.0, [[1.0], [9.0]]) == 0.5


def test_memorization_of_copies_is_zero_and_of_new_images_one():
    training, held_out, new = np.random.default_rng(0).normal(size=(3, 400, 8))
    assert memorization(training, held_out, training[:99]) == 0
    assert memorization(training, held_out, new) == pytest.approx(1.0, abs=0.05)


def test_memorization_refuses_training_images_as_held_out():
    with pytest.raises(ValueError, match="`held_out` must not be part of `training`"):
        memorization(LINE, LINE[:2], LINE + 0.5)


@pytest.mark.parametrize(
    "generated, error, words",
    [
        (np.zeros((2, 4, 4, 3), "uint8"), ValueError, "Received: 48 and 12 values"),
        (np.zeros((2, 2, 2, 3)), TypeError, "float64 and uint8.*to_uint8"),
        (np.full((2, 2, 2, 3), np.inf), ValueError, "`generated` must be finite"),
        (np.zeros(12, "uint8"), ValueError, r"must have shape \(N, d\)"),
        (np.zeros((0, 2, 2, 3), "uint8"), ValueError, r"must have shape \(N, d\)"),
    ],
)
def test_nearest_neighbors_refuse_what_cannot_be_compared(generated, error, words):
    with pytest.raises(error, match=words):
        nearest_neighbors(np.zeros((3, 2, 2, 3), "uint8"), generated)


def test_manifolds_need_more_rows_than_neighbors():
    with pytest.raises(ValueError, match="`reference` must have more than k=3 rows"):
        precision_recall(LINE[:3], LINE)
    with pytest.raises(ValueError, match="`generated` .* Received: 3"):
        precision_recall(LINE, LINE[:3])
    with pytest.raises(ValueError, match="`reference` must have more than k=5 rows"):
        density_coverage(LINE, LINE)
    assert density_coverage(LINE, LINE[:1], k=1) == (1.0, 0.25)


@pytest.mark.parametrize("measure", [precision_recall, density_coverage])
def test_manifolds_refuse_bad_arguments(measure):
    for arguments in ({"k": 0}, {"block": 0}, {"k": 2.0}):
        with pytest.raises(ValueError, match="must be an integer of at least 1"):
            measure(LINE, LINE, **arguments)
    with pytest.raises(ValueError, match="Received: 1 and 2"):
        measure(LINE, np.zeros((9, 2)))


def test_memory_depends_on_the_block_not_on_the_sets():
    """The whole matrix of distances would take 32 MB."""
    x = np.random.default_rng(0).normal(size=(2000, 16)).astype("float32")
    tracemalloc.start()
    precision_recall(x, x, block=128)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2e6
