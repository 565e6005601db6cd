"""Layers that several GANs share, against Keras and against numpy."""

import keras
import numpy as np
import pytest
from keras import ops

from kerasgan import backend
from kerasgan.layers import (
    BatchNormalization,
    OneHot,
    ReplicationPadding2D,
    label_planes,
    labels_input,
)
from tests.support.checks import as_array

IMAGES = np.random.default_rng(0).normal(2.0, 3.0, (4, 3, 5, 2)).astype("float32")


def test_batch_normalization_equals_that_of_keras():
    own, keras_own = (
        BatchNormalization(momentum=0.9),
        keras.layers.BatchNormalization(momentum=0.9),
    )
    for layer in (own, keras_own):
        layer.build(IMAGES.shape)
        layer.set_weights([w + 0.5 for w in layer.get_weights()])
    for training in (True, True, False):
        outputs = [
            ops.convert_to_numpy(layer(IMAGES, training=training))
            for layer in (own, keras_own)
        ]
        np.testing.assert_allclose(*outputs, rtol=1e-4, atol=1e-5)
    for one, other in zip(own.get_weights(), keras_own.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_batch_normalization_has_the_right_gradient():
    layer = BatchNormalization()
    layer.build(IMAGES.shape)
    weights = np.random.default_rng(1).normal(size=IMAGES.shape).astype("float32")
    weights = ops.convert_to_tensor(weights)

    def value(x):
        return ops.sum(layer(x, training=True) * weights, axis=(1, 2, 3))

    _, gradient = backend.value_and_input_grad(value, ops.convert_to_tensor(IMAGES))
    direction = np.random.default_rng(2).normal(size=IMAGES.shape).astype("float32")
    step = 1e-2
    ends = [
        float(
            ops.convert_to_numpy(
                value(ops.convert_to_tensor(IMAGES + s * direction))
            ).sum()
        )
        for s in (step, -step)
    ]
    slope = (ends[0] - ends[1]) / (2 * step)
    assert slope == pytest.approx(
        float((ops.convert_to_numpy(gradient) * direction).sum()), rel=1e-2
    )


def test_batch_normalization_of_vectors_equals_keras():
    vectors = IMAGES.reshape(-1, 2)
    own, keras_own = BatchNormalization(), keras.layers.BatchNormalization()
    outputs = [
        ops.convert_to_numpy(layer(vectors, training=True))
        for layer in (own, keras_own)
    ]
    np.testing.assert_allclose(*outputs, rtol=1e-5)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_batch_statistics_are_float32_in_mixed_precision(policy):
    layer = BatchNormalization(dtype=policy, momentum=0.0)
    outputs = layer(IMAGES, training=True)
    assert keras.backend.standardize_dtype(outputs.dtype) == policy[6:]
    mean, variance = layer.get_weights()[2:]
    assert mean.dtype == np.float32
    np.testing.assert_allclose(mean, IMAGES.mean((0, 1, 2)), rtol=1e-2)
    np.testing.assert_allclose(variance, IMAGES.var((0, 1, 2)), rtol=2e-2)


def test_labels_become_vectors_and_planes():
    labels = labels_input()
    model = keras.Model(labels, [OneHot(3)(labels), label_planes(labels, (2, 4, 1), 3)])
    vectors, planes = map(as_array, model(ops.convert_to_tensor([2, 0], "int32")))
    np.testing.assert_array_equal(vectors, [[0, 0, 1], [1, 0, 0]])
    assert planes.shape == (2, 2, 4, 3)
    expected = np.broadcast_to(vectors[:, None, None], planes.shape)
    np.testing.assert_array_equal(planes, expected)


def test_a_one_hot_layer_survives_its_config():
    again = OneHot.from_config(OneHot(3).get_config())
    vectors = as_array(again(ops.convert_to_tensor([1])))
    np.testing.assert_array_equal(vectors, [[0, 1, 0]])


@pytest.mark.parametrize("images", [IMAGES, IMAGES[:, :1, :1]])
def test_replication_padding_repeats_edges_of_any_size(images):
    layer = ReplicationPadding2D(2)
    layer = ReplicationPadding2D.from_config(layer.get_config())
    made = as_array(layer(images))
    edges = (0, 0), (2, 2), (2, 2), (0, 0)
    np.testing.assert_array_equal(made, np.pad(images, edges, mode="edge"))
    assert layer.compute_output_shape((None, 3, None, 2)) == (None, 7, None, 2)
