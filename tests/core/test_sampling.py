"""Latents, truncation, interpolation, batches."""

import numpy as np
import pytest
from PIL import Image

from kerasgan import images
from kerasgan.core import sampling
from kerasgan.core.batches import in_batches
from tests.support import checks, parity


@pytest.mark.parametrize("more", [{"seed": 0}, {"truncation": 1.0}])
def test_latents_beside_what_draws_them_are_refused(gan, more):
    with pytest.raises(ValueError, match="both `latents` and one of them. Leave out"):
        gan.generate(latents=np.zeros((2, 8)), **more)


def test_latents_come_from_numpys_generator(gan):
    latents = np.random.default_rng(5).standard_normal((3, 8), dtype="float32")
    images = gan.generate(latents=latents)
    np.testing.assert_array_equal(gan.generate(3, seed=5), images)


def test_truncation_redraws_what_is_outside():
    drawn = sampling.draw_normal((500, 8), np.random.default_rng(0), truncation=0.5)
    free = sampling.draw_normal((500, 8), np.random.default_rng(0))
    assert np.abs(drawn).max() <= 0.5
    inside = np.abs(free) <= 0.5
    np.testing.assert_array_equal(drawn[inside], free[inside])
    assert drawn[~inside].std() > 0.2  # drawn again, not clipped


def test_truncation_changes_the_noise_and_not_the_codes():
    gan = checks.tiny("infogan")
    latents = gan.draw_latents(200, np.random.default_rng(0), truncation=0.5)
    assert np.abs(latents[:, :3]).max() <= 0.5
    assert latents[:, 3:6].max() == 1.0 and np.abs(latents[:, 6:]).max() > 0.5


@pytest.mark.parametrize("truncation", [0, -1, float("nan"), "much"])
def test_a_truncation_below_its_least_value_is_refused(gan, truncation):
    with pytest.raises(ValueError, match="truncation"):
        gan.generate(1, truncation=truncation)


@pytest.mark.parametrize("seed", [-1, 1.5, True, "a"])
def test_a_seed_must_be_a_whole_number(gan, seed):
    with pytest.raises(ValueError, match="`seed` must be an integer of at least 0"):
        gan.generate(1, seed=seed)


def test_interpolation_ends_at_both_seeds(gan):
    frames = gan.interpolate(3, 4, frames=5)
    assert frames.shape == (5, *checks.SHAPE) and frames.dtype == np.uint8
    for frame, seed in ((frames[0], 3), (frames[-1], 4)):
        image = gan.generate(1, seed=seed)[0].astype(int)
        assert np.abs(frame - image).max() <= 1


def test_interpolation_passes_every_seed(gan):
    frames = gan.interpolate(3, 4, 5, frames=5)
    for frame, seed in zip(frames[::2], (3, 4, 5), strict=True):
        image = gan.generate(1, seed=seed)[0].astype(int)
        assert np.abs(frame - image).max() <= 1
    latents = [gan.draw_latents(1, np.random.default_rng(n))[0] for n in (3, 4, 5)]
    again = gan.interpolate(latents=latents, frames=5)
    np.testing.assert_array_equal(frames, again)


@pytest.mark.parametrize(
    ("seeds", "options", "message"),
    [
        ((3, 4, 5), {"frames": 2}, "`frames` must be an integer of at least 3"),
        ((-3, 4), {}, "`seeds` must be"),
        ((3, 0.5), {}, "`seeds` must be"),
        ((3,), {}, "two or more seeds.*Received: 1 seeds and no latents"),
        ((), {"latents": np.zeros((1, 8))}, "0 seeds and 1 latents"),
        ((1, 2), {"latents": np.zeros((2, 8))}, "2 seeds and 2 latents"),
        ((), {"latents": np.zeros((2, 5))}, r"\(2, 8\)"),
        ((1, 2), {"output": "jpeg"}, "`output` must be one of"),
    ],
)
def test_interpolation_refuses(gan, seeds, options, message):
    with pytest.raises(ValueError, match=message):
        gan.interpolate(*seeds, **options)


def test_slerp_keeps_the_norm_between_orthogonal_latents():
    points = sampling.slerp(np.array([2.0, 0.0]), np.array([0.0, 2.0]), 5)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 2.0, rtol=1e-6)
    np.testing.assert_allclose(points[2], [2**0.5, 2**0.5], rtol=1e-6)


def test_a_way_is_spaced_evenly_over_all_its_legs():
    stops = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    points = sampling.way_through(stops, 7)
    angles = np.linspace(0, np.pi, 7)
    expected = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    np.testing.assert_allclose(points, expected, atol=1e-6)
    straight = sampling.way_through(stops, 5, straight=True)
    np.testing.assert_allclose(straight[1], [0.5, 0.5])


def test_slerp_between_parallel_latents_is_straight():
    one = np.array([1.0, 1.0])
    np.testing.assert_allclose(sampling.slerp(one, one, 3), [one] * 3)


def test_batches_have_one_size_and_all_rows_come_back():
    sizes = []

    def predict(arrays):
        sizes.append(len(arrays[0]))
        return {"a": arrays[0], "b": 2 * arrays[0]}

    rows = np.arange(7)[:, None]
    results = in_batches(predict, [rows], 3)
    np.testing.assert_array_equal(results["a"], rows)
    np.testing.assert_array_equal(results["b"], 2 * rows)
    assert sizes == [3, 3, 3]


def test_the_number_of_samples_follows_latents(gan):
    assert len(gan.generate()) == 1
    assert len(gan.generate(latents=np.zeros((3, 8)))) == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_samples": 0}, "at least 1"),
        ({"num_samples": 2.5}, "num_samples=2.5"),
        ({"num_samples": 2, "batch_size": 0}, "at least 1"),
        ({"latents": np.zeros((2, 5))}, r"\(2, 8\)"),
        ({"num_samples": 3, "latents": np.zeros((2, 8))}, r"\(3, 8\)"),
        ({"latents": np.full((1, 8), np.nan)}, "finite"),
        ({"num_samples": 2, "labels": [0, 1]}, "DCGAN is unconditional.*labels"),
    ],
)
def test_generate_refuses(gan, options, message):
    with pytest.raises(ValueError, match=message):
        gan.generate(**options)


def test_images_come_in_three_forms(gan):
    pixels, floats, pictures = (
        gan.generate(3, seed=0, output=form) for form in ("uint8", "float", "pil")
    )
    assert floats.dtype == np.float32 and len(np.unique(floats)) > 256
    np.testing.assert_array_equal(images.to_uint8(floats), pixels)
    for picture, image in zip(pictures, pixels, strict=True):
        np.testing.assert_array_equal(np.asarray(picture), image.squeeze())
    assert isinstance(gan.interpolate(0, 1, output="pil")[0], Image.Image)


def test_generation_leaves_the_networks_alone(gan):
    before = checks.snapshot(gan)
    gan.generate(4, seed=0)
    assert checks.same(before, checks.snapshot(gan))


def test_data_that_are_no_images_are_generated_as_floats():
    gan = parity.wave_gan()
    samples = gan.generate(3, seed=0)
    assert samples.shape == (3, 32, 1) and samples.dtype == np.float32
    np.testing.assert_array_equal(samples, gan.generate(3, seed=0))
    assert gan.interpolate(0, 1, frames=4).shape == (4, 32, 1)
    with pytest.raises(ValueError, match=r"shape \(H, W, C\).*\(32, 1\)"):
        gan.generate(1, output="pil")
    assert gan.picture() is None
