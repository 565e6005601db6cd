"""Sub-pixel convolution against numpy, and its initial weights."""

import keras
import numpy as np
import pytest

from kerasgan.layers import ICNR, Conv2D, Input, PixelShuffle
from tests.support.checks import as_array

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(2, 4, 5, 3)).astype("float32")


@pytest.mark.parametrize("factor", [2, 3])
def test_channels_become_pixels(factor):
    features = RNG.normal(size=(2, 4, 5, 3 * factor**2)).astype("float32")
    results = as_array(PixelShuffle(factor)(features))
    blocks = features.reshape(2, 4, 5, factor, factor, 3)
    expected = blocks.transpose(0, 1, 3, 2, 4, 5).reshape(2, 4 * factor, 5 * factor, 3)
    np.testing.assert_array_equal(results, expected)


def test_a_pixel_shuffle_takes_free_sides():
    images = Input((None, None, 12))
    network = keras.Model(images, PixelShuffle(2)(images))
    assert network.output_shape == (None, None, None, 3)
    for sides in ((3, 4), (5, 2)):
        results = as_array(network(np.zeros((1, *sides, 12), "float32")))
        assert results.shape == (1, 2 * sides[0], 2 * sides[1], 3)


def test_icnr_equals_nearest_neighbors_of_a_convolution():
    initial = ICNR(2, keras.initializers.RandomNormal(seed=1))
    wide = Conv2D(4 * 6, 3, padding="same", kernel_initializer=initial)
    results = as_array(PixelShuffle(2)(wide(IMAGES)))
    narrow = Conv2D(6, 3, padding="same")
    narrow.build(IMAGES.shape)
    narrow.set_weights([wide.get_weights()[0][..., :6], np.zeros(6)])
    expected = as_array(narrow(IMAGES)).repeat(2, axis=1).repeat(2, axis=2)
    assert np.abs(expected).max() > 0.05
    np.testing.assert_allclose(results, expected, atol=1e-6)


@pytest.mark.backend_free
def test_both_survive_their_configs():
    shuffle = PixelShuffle.from_config(PixelShuffle(3).get_config())
    assert shuffle.factor == 3
    config = ICNR(2, keras.initializers.Constant(0.5)).get_config()
    drawn = as_array(ICNR.from_config(config)((1, 1, 2, 8)))
    np.testing.assert_array_equal(drawn, np.full((1, 1, 2, 8), 0.5))


@pytest.mark.backend_free
@pytest.mark.parametrize("cls", [PixelShuffle, ICNR])
def test_a_factor_below_two_is_refused(cls):
    with pytest.raises(ValueError, match="`factor` must be an integer of at least 2"):
        cls(1)
