"""Latents that are found for given images."""

import numpy as np
import pytest

from kerasgan.images import from_uint8
from tests.support import checks


def varied(name):
    """A tiny GAN whose images differ much."""
    gan = checks.tiny(name)
    for network in (gan.generator, gan.generator_ema):
        for weight in network.weights:
            if len(weight.shape) > 1:
                weight.assign(8.0 * weight.value)
    return gan


@pytest.mark.parametrize(
    ("name", "share"), [("dcgan", 0.7), ("cgan", 0.7), ("infogan", 0.9)]
)
def test_an_inversion_comes_nearer_to_the_images(name, share):
    gan = varied(name)
    labels = {"labels": [0, 2, 1]} if name == "cgan" else {}
    targets = gan.generate(3, seed=5, **labels)
    before = [checks.snapshot(network) for network in gan.networks.values()]
    found = gan.invert(targets, steps=60, progress=False, **labels)
    assert found.latents.shape == (3, gan.latent_dim)
    assert found.distances.mean() < share * found.first_distances.mean()
    again = gan.generate(latents=found.latents, **labels)
    assert np.abs(again.astype(int) - found.images).max() <= 1
    squares = np.square(from_uint8(again) - from_uint8(targets))
    expected = np.sqrt(squares.mean(axis=(1, 2, 3)))
    np.testing.assert_allclose(found.distances, expected, atol=0.005)
    for old, network in zip(before, gan.networks.values(), strict=True):
        assert checks.same(old, checks.snapshot(network))


@pytest.mark.backend_free
def test_an_inversion_is_repeatable():
    gan = checks.tiny("dcgan")
    first, second = (
        gan.invert(checks.pictures(2), steps=3, progress=False) for _ in range(2)
    )
    np.testing.assert_array_equal(first.latents, second.latents)


@pytest.mark.backend_free
def test_inversions_need_labels_and_fitting_images():
    with pytest.raises(ValueError, match="without labels.*Pass labels="):
        checks.tiny("cgan").invert(checks.pictures(2))
    gan = checks.tiny("dcgan")
    with pytest.raises(ValueError, match="16, 16, 3"):
        gan.invert(np.zeros((2, 8, 8, 3), "uint8"))
    with pytest.raises(ValueError, match="`steps` must be"):
        gan.invert(checks.pictures(2), steps=0)
    with pytest.raises(ValueError, match="codes"):
        checks.tiny("infogan").invert(checks.pictures(2), codes=1)


def test_an_encoder_gives_a_start():
    gan = checks.tiny("f_anogan")
    found = gan.invert(checks.pictures(2), steps=1, progress=False)
    assert (found.distances <= found.first_distances).all()
