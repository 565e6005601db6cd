"""Latents, truncation, interpolation, batches."""

import numpy as np
import pytest

from kerasgan.core import sampling
from kerasgan.core.batches import in_batches
from tests.support import checks


@pytest.mark.parametrize("more", [{"seed": 0}, {"truncation": 1.0}])
def test_latents_beside_what_draws_them_are_refused(gan, more):
    with pytest.raises(ValueError, match="Leave out either"):
        gan.generate(latents=np.zeros((2, 8)), **more)


@pytest.fixture(scope="module")
def gan():
    return checks.tiny("dcgan")


def test_latents_come_from_numpys_generator(gan):
    latents = np.random.default_rng(5).standard_normal((3, 8), dtype="float32")
    np.testing.assert_array_equal(
        gan.generate(3, seed=5), gan.generate(latents=latents)
    )


def test_truncation_redraws_what_is_outside():
    drawn = sampling.draw_normal((500, 8), np.random.default_rng(0), truncation=0.5)
    free = sampling.draw_normal((500, 8), np.random.default_rng(0))
    assert np.abs(drawn).max() <= 0.5
    inside = np.abs(free) <= 0.5
    np.testing.assert_array_equal(drawn[inside], free[inside])
    assert drawn[~inside].std() > 0.2  # drawn again, not clipped


@pytest.mark.parametrize("truncation", [0, -1, float("nan"), "much"])
def test_truncation_below_its_least_value_is_refused(gan, truncation):
    with pytest.raises(ValueError, match="truncation"):
        gan.generate(1, truncation=truncation)


@pytest.mark.parametrize("seed", [-1, 1.5, True, "a"])
def test_a_seed_that_is_no_whole_number_is_refused(gan, seed):
    with pytest.raises(ValueError, match="`seed` must be an integer of at least 0"):
        gan.generate(1, seed=seed)


def test_interpolation_ends_at_both_seeds(gan):
    frames = gan.interpolate(3, 4, frames=5)
    assert frames.shape == (5, *checks.SHAPE) and frames.dtype == np.uint8
    for frame, seed in ((frames[0], 3), (frames[-1], 4)):
        image = gan.generate(1, seed=seed)[0].astype(int)
        assert np.abs(frame - image).max() <= 1
    with pytest.raises(ValueError, match="at least 2"):
        gan.interpolate(3, 4, frames=1)


def test_slerp_keeps_the_norm_between_orthogonal_latents():
    points = sampling.slerp(np.array([2.0, 0.0]), np.array([0.0, 2.0]), 5)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 2.0, rtol=1e-6)
    np.testing.assert_allclose(points[2], [2**0.5, 2**0.5], rtol=1e-6)


def test_slerp_between_parallel_latents_is_straight():
    one = np.array([1.0, 1.0])
    np.testing.assert_allclose(sampling.slerp(one, one, 3), [one] * 3)


def test_batches_have_one_size_and_all_rows_come_back():
    sizes = []

    def predict(arrays):
        sizes.append(len(arrays[0]))
        return arrays[0]

    rows = np.arange(7)[:, None]
    np.testing.assert_array_equal(in_batches(predict, [rows], 3), rows)
    assert sizes == [3, 3, 3]


def test_given_latents_or_labels_tell_how_many(gan):
    assert len(gan.generate()) == 1
    assert len(gan.generate(latents=np.zeros((3, 8)))) == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "at least 1"),
        ({"n": 2.5}, "n=2.5"),
        ({"n": 2, "batch_size": 0}, "at least 1"),
        ({"latents": np.zeros((2, 5))}, r"\(2, 8\)"),
        ({"n": 3, "latents": np.zeros((2, 8))}, r"\(3, 8\)"),
        ({"latents": np.full((1, 8), np.nan)}, "finite"),
        ({"n": 2, "labels": [0, 1]}, "unconditional"),
    ],
)
def test_generate_refuses(gan, options, message):
    with pytest.raises(ValueError, match=message):
        gan.generate(**options)


def test_sampling_leaves_the_networks_alone(gan):
    before = checks.snapshot(gan)
    gan.generate(4, seed=0)
    assert checks.same(before, checks.snapshot(gan))
