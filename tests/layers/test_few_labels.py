"""Layers of the semi-supervised GAN: noise and weight normalization."""

import keras
import numpy as np
import pytest

from kerasgan.layers import Conv2D, GaussianNoise, WeightNorm
from tests.support.checks import as_array

INPUTS = np.random.default_rng(0).standard_normal((400, 5)).astype("float32")


def test_noise_has_its_deviation_in_training_alone():
    layer = GaussianNoise(0.5, seed=1)
    noise = as_array(layer(INPUTS, training=True)) - INPUTS
    assert abs(noise.mean()) < 0.05 and noise.std() == pytest.approx(0.5, rel=0.1)
    assert not np.allclose(noise, as_array(layer(INPUTS, training=True)) - INPUTS)
    np.testing.assert_array_equal(as_array(layer(INPUTS)), INPUTS)


def test_weights_have_the_length_of_the_gain():
    layer = WeightNorm(keras.layers.Dense(3), gain=2.0)
    layer.build((None, 5))
    layer.layer.bias.assign([1.0, 2.0, 3.0])
    kernel = as_array(layer.layer.kernel)
    expected = INPUTS @ (2 * kernel / np.linalg.norm(kernel, axis=0)) + [1, 2, 3]
    np.testing.assert_allclose(as_array(layer(INPUTS)), expected, atol=1e-4)
    layer.layer.kernel.assign(7 * kernel)
    np.testing.assert_allclose(as_array(layer(INPUTS)), expected, atol=1e-4)


def test_a_convolutions_filters_have_the_length_of_the_gain():
    plain = Conv2D(4, 3, strides=2, padding="same", use_bias=False)
    layer, images = WeightNorm(plain, gain=1.0), INPUTS[:16].reshape(2, 4, 5, 2)
    outputs = as_array(layer(images))
    kernel = as_array(plain.kernel)
    lengths = np.sqrt(np.square(kernel).sum(axis=(0, 1, 2)))
    np.testing.assert_allclose(outputs, as_array(plain(images)) / lengths, atol=1e-5)


def test_weight_norm_refuses_layers_that_are_not_linear():
    with pytest.raises(ValueError, match="`layer` must be a keras.layers.Dense"):
        WeightNorm(keras.layers.ReLU())


@pytest.mark.parametrize(
    "layer", [GaussianNoise(0.5), WeightNorm(keras.layers.Dense(3), 2.0)]
)
def test_a_layer_comes_back_from_its_config(layer):
    config = keras.saving.serialize_keras_object(layer)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == layer.get_config()


def test_mixed_precision_normalizes_in_float32():
    policy = {"dtype": "mixed_bfloat16"}
    layer = WeightNorm(keras.layers.Dense(3, **policy), **policy)
    outputs = layer(INPUTS)
    assert keras.backend.standardize_dtype(outputs.dtype) == "bfloat16"
    assert {keras.backend.standardize_dtype(w.dtype) for w in layer.weights} == {
        "float32"
    }
