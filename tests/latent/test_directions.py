"""Directions in latent space, ways along them, and sums of latents."""

import keras
import numpy as np
import pytest
from keras import layers

from kerasgan import GAN, latent
from tests.support import checks


def linear(matrix):
    """A GAN whose generator begins with this matrix (4, 6)."""
    z, x = keras.Input((4,)), keras.Input((6,))
    first = layers.Dense(6)
    made = layers.Activation("tanh")(layers.Dense(6)(layers.ReLU()(first(z))))
    logits = layers.Reshape(())(layers.Dense(1)(x))
    gan = GAN(keras.Model(z, made), keras.Model(x, logits))
    gan.stored_network("generator").get_layer(first.name).set_weights(
        [matrix, np.ones(6)]
    )
    return gan


def test_directions_are_singular_vectors_of_the_first_layer():
    rng = np.random.default_rng(0)
    turned, _ = np.linalg.qr(rng.standard_normal((4, 4)))
    matrix = turned @ np.diag([0.5, 4.0, 1.0, 2.0]) @ np.eye(4, 6)
    found = latent.find_directions(linear(matrix), count=3)
    assert found.strengths == pytest.approx([4.0, 2.0, 1.0], rel=1e-4)
    for vector, column in zip(found.vectors, (1, 3, 2), strict=True):
        assert abs(vector @ turned[:, column]) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("name", ["cgan", "sngan", "vanilla_gan", "infogan"])
def test_directions_of_families_have_unit_length(name):
    gan = checks.tiny(name)
    found = latent.find_directions(gan, count=2)
    assert found.vectors.shape == (2, gan.latent_dim)
    norms = np.linalg.norm(found.vectors, axis=1)
    assert norms == pytest.approx([1.0, 1.0], abs=1e-5)
    length = gan.condition.noise_length(gan.latent_dim)
    assert not found.vectors[:, length:].any() and (found.strengths > 0).all()


@pytest.mark.backend_free
def test_a_generator_that_does_not_begin_linearly_is_refused():
    z, x = keras.Input((4,)), keras.Input((6,))
    made = layers.Dense(6)(layers.Dense(6)(layers.Activation("tanh")(z)))
    logits = layers.Reshape(())(layers.Dense(1)(x))
    gan = GAN(keras.Model(z, made), keras.Model(x, logits))
    with pytest.raises(ValueError, match="begins with a linear layer"):
        latent.find_directions(gan, count=2)
    with pytest.raises(ValueError, match="`count` must be"):
        latent.find_directions(linear(np.eye(4, 6)), count=5)


@pytest.mark.backend_free
def test_a_way_leads_through_its_latents():
    gan = checks.tiny("cgan")
    start = gan.draw_latents(1, np.random.default_rng(0))[0]
    images = latent.walk(gan, start, np.eye(8)[0], [-1.0, 0.0, 1.0], labels=2)
    np.testing.assert_array_equal(images[1], gan.generate(latents=[start], labels=2)[0])
    assert (images[0] != images[2]).any()
    picture = latent.strips(gan, latent.find_directions(gan, 2), frames=3, labels=2)
    assert picture.dtype == np.uint8 and picture.ndim == 3


@pytest.mark.backend_free
def test_a_sum_of_latents_has_a_typical_norm():
    gan = checks.tiny("dcgan")
    a, b, c = np.eye(3, 8)
    made = latent.combine(gan, [a, b, c], [1, -1, 1])
    expected = 8**0.5 * np.array([1, -1, 1, 0, 0, 0, 0, 0]) / 3**0.5
    np.testing.assert_allclose(made, [expected], atol=1e-6)
    with pytest.raises(ValueError, match="must not be 0"):
        latent.combine(gan, [a, a], [1, -1])
    with pytest.raises(ValueError, match="a number for each latent, 2"):
        latent.combine(gan, [a, b], [1])


@pytest.mark.backend_free
def test_a_sum_keeps_the_codes_of_the_first_latent():
    gan = checks.tiny("infogan")
    latents = gan.draw_latents(2, np.random.default_rng(0))
    made = latent.combine(gan, latents, [1, 1])
    np.testing.assert_array_equal(made[0, 3:], latents[0, 3:])
