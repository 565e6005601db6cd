"""Layers of StyleGAN2 against numpy, and against convolutions without tricks."""

import keras
import numpy as np
import pytest
from keras import ops

from kerasgan import backend
from kerasgan.layers import mix_styles
from kerasgan.layers.equalized import EqualizedConv2D, EqualizedDense
from kerasgan.layers.style import (
    Constant,
    Doubling,
    MinibatchDeviation,
    ModulatedConv2D,
    MovingMean,
    Noise,
    UnitLength,
)
from tests.support.checks import as_array

RNG = np.random.default_rng(0)
IMAGES = RNG.standard_normal((3, 6, 5, 4)).astype("float32")
STYLES = RNG.standard_normal((3, 2, 7)).astype("float32")


def tensors(*arrays):
    return [ops.convert_to_tensor(x) for x in arrays]


@pytest.mark.parametrize("demodulate", [True, False])
@pytest.mark.parametrize("side", [1, 3])
def test_modulation_equals_weights_of_each_images_own(side, demodulate):
    layer = ModulatedConv2D(6, side, 1, demodulate, gain=1.5, bias=0.25)
    results = as_array(layer(tensors(IMAGES, STYLES)))
    kernel, affine = as_array(layer.kernel), as_array(layer.affine.kernel)
    scales = STYLES[:, 1] @ affine / np.sqrt(7) + 1.0
    for image, scale, result in zip(IMAGES, scales, results, strict=True):
        own = kernel * scale[:, None]
        if demodulate:
            own = own / np.sqrt((own**2).sum((0, 1, 2)) + 1e-8)
        else:
            own = own / np.sqrt(side * side * 4)
        own = tensors((1.5 * own).astype("float32"), image[None])
        expected = ops.conv(*own[::-1], padding="same", data_format="channels_last")
        np.testing.assert_allclose(result, as_array(expected)[0] + 0.25, atol=2e-5)


def test_equalized_weights_start_alike_and_are_scaled_in_use():
    dense, conv = EqualizedDense(400, gain=3.0, rate=0.01), EqualizedConv2D(64, 3)
    rows = RNG.standard_normal((50, 100)).astype("float32")
    outputs = as_array(dense(ops.convert_to_tensor(rows)))
    kernel = as_array(dense.kernel)
    assert kernel.std() == pytest.approx(100.0, rel=0.03)
    np.testing.assert_allclose(
        outputs, rows @ kernel * 0.03 / 10.0, rtol=1e-4, atol=1e-4
    )
    assert outputs.std() == pytest.approx(3.0, rel=0.05)
    conv.build((None, 8, 8, 16))
    assert as_array(conv.kernel).std() == pytest.approx(1.0, rel=0.05)
    dense.bias.assign(np.full(400, 2.0))
    more = as_array(dense(ops.convert_to_tensor(rows))) - outputs
    np.testing.assert_allclose(more, 0.02, rtol=1e-2)


@pytest.mark.parametrize(
    ("strides", "padding"), [(1, "same"), (2, "same"), (2, "valid")]
)
def test_an_equalized_convolution_is_one_of_keras(strides, padding):
    layer = EqualizedConv2D(5, 3, strides=strides, padding=padding, gain=2.0, bias=0.5)
    results = as_array(layer(ops.convert_to_tensor(IMAGES)))
    options = {"strides": strides, "padding": padding, "data_format": "channels_last"}
    plain = keras.layers.Conv2D(5, 3, **options)
    plain.build(IMAGES.shape)
    plain.set_weights([2.0 / 6.0 * as_array(layer.kernel), np.full(5, 0.5)])
    expected = as_array(plain(ops.convert_to_tensor(IMAGES)))
    np.testing.assert_allclose(results, expected, rtol=1e-4, atol=1e-5)
    assert layer.compute_output_shape(IMAGES.shape) == results.shape


def test_doubling_is_bilinear_and_has_second_derivatives():
    images = ops.convert_to_tensor(IMAGES)
    options = {"interpolation": "bilinear", "data_format": "channels_last"}
    expected = keras.layers.UpSampling2D(2, **options)(images)
    results = as_array(Doubling()(images))
    np.testing.assert_allclose(results, as_array(expected), atol=1e-5)

    def cubes(x):
        return ops.sum(Doubling()(x) ** 3, axis=(1, 2, 3))

    def lengths(x):
        _, gradient = backend.value_and_input_grad(cubes, x)
        return ops.sum(gradient**2, axis=(1, 2, 3))

    _, gradient = backend.value_and_input_grad(lengths, images)
    # Homogeneous of degree 4: <x, gradient> is 4 times the value.
    slope = (as_array(gradient) * IMAGES).sum((1, 2, 3))
    np.testing.assert_allclose(slope, 4 * as_array(lengths(images)), rtol=1e-4)


def test_noise_is_new_in_training_and_stored_otherwise():
    layer, images = Noise(), ops.convert_to_tensor(IMAGES)
    np.testing.assert_array_equal(as_array(layer(images, training=True)), IMAGES)
    layer.strength.assign(2.0)
    one, other = (as_array(layer(images, training=True)) - IMAGES for _ in range(2))
    assert not np.array_equal(one, other) and not np.allclose(one[0], one[1])
    np.testing.assert_allclose(one[..., 0], one[..., 3], atol=1e-5)
    stored = as_array(layer(images)) - IMAGES
    expected = np.broadcast_to(2.0 * as_array(layer.map), IMAGES.shape)
    np.testing.assert_allclose(stored, expected, atol=1e-5)


def test_the_moving_mean_follows_training_alone():
    layer = MovingMean(decay=0.75)
    rows = ops.convert_to_tensor(STYLES[:, 0])
    for training in (True, False, True):
        results = as_array(layer(rows, training=training))
        np.testing.assert_array_equal(results, STYLES[:, 0])
    expected = (0.25 + 0.75 * 0.25) * STYLES[:, 0].mean(0)
    np.testing.assert_allclose(as_array(layer.mean), expected, rtol=1e-5)


def test_the_minibatch_deviation_is_a_last_channel():
    results = as_array(MinibatchDeviation()(ops.convert_to_tensor(IMAGES)))
    np.testing.assert_array_equal(results[..., :4], IMAGES)
    expected = np.sqrt(IMAGES.var(axis=0) + 1e-8).mean()
    np.testing.assert_allclose(results[..., 4], expected, rtol=1e-5)


def test_mixing_at_probability_zero_changes_nothing():
    seed, pair = keras.random.SeedGenerator(0), tensors(STYLES, STYLES + 9.0)
    np.testing.assert_array_equal(as_array(mix_styles(*pair, 0.0, seed)), STYLES)


def test_mixed_styles_change_once_after_the_first_layer():
    first, second = np.zeros((500, 5, 2), "float32"), np.ones((500, 5, 2), "float32")
    seed = keras.random.SeedGenerator(0)
    results = as_array(mix_styles(*tensors(first, second), 1.0, seed))
    assert (np.diff(results[..., 0], axis=1) >= 0).all()
    counts = np.bincount(results[..., 0].sum(1).astype(int), minlength=6)
    assert counts[0] == counts[5] == 0 and counts[1:5].min() > 80
    results = as_array(mix_styles(*tensors(first, second), 0.4, seed))
    assert results.max((1, 2)).mean() == pytest.approx(0.4, abs=0.08)


def test_lengths_become_one():
    results = as_array(UnitLength()(ops.convert_to_tensor(STYLES[:, 0])))
    np.testing.assert_allclose((results**2).mean(1), 1.0, rtol=1e-5)


def test_layers_survive_their_configs():
    for layer in (
        ModulatedConv2D(6, 1, 2, False, gain=2.0),
        EqualizedConv2D(5, 3, strides=2, padding="valid", rate=0.1, bias=None),
        EqualizedDense(4, gain=2.0, rate=0.5, bias=1.0),
        Constant((4, 4, 2)),
        MovingMean(0.5),
    ):
        config = layer.get_config()
        assert type(layer).from_config(config).get_config() == config
