"""Conditioning augmentation and modulation, by hand."""

import numpy as np
import pytest
from keras import ops

from kerasgan.layers import ConditioningAugmentation, Modulation
from tests.support.checks import as_array

TEXT = np.array([[0.6, 0.8, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]], "float32")
LATENTS = np.array([[1.0, -2.0, 5.0], [0.0, 1.0, 7.0]], "float32")


@pytest.fixture
def layer():
    """Means are twice the first two numbers of the text; deviations 1 and e."""
    layer = ConditioningAugmentation(2)
    layer.build([(None, 4), (None, 3)])
    kernel = np.zeros((4, 4), "float32")
    kernel[0, 0] = kernel[1, 1] = 1.0  # times 2, the root of the length
    layer.dense.kernel.assign(kernel)
    layer.dense.bias.assign([0.0, 0.0, 0.0, 1.0])
    return layer


def test_conditioning_augmentation_replaces_the_first_latents(layer):
    made = as_array(
        layer([ops.convert_to_tensor(TEXT), ops.convert_to_tensor(LATENTS)])
    )
    e = np.e
    expected = [[1.2 + 1.0, 1.6 - 2 * e, 5.0], [0.0, e, 7.0]]
    np.testing.assert_allclose(made, expected, rtol=1e-6)


def test_divergence_is_that_of_two_normal_distributions(layer):
    """(m^2 + s^2 - 1) / 2 - log s, the mean of four."""
    last = (np.e**2 - 1) / 2 - 1
    expected = (1.2**2 / 2 + 1.6**2 / 2 + last + last) / 4
    made = as_array(layer.divergence(ops.convert_to_tensor(TEXT)))
    assert float(made) == pytest.approx(expected, rel=1e-6)


def test_modulation_scales_and_shifts_channels():
    layer = Modulation()
    features = np.random.default_rng(0).normal(size=(2, 3, 3, 2)).astype("float32")
    vectors = np.array([[1.0], [-2.0]], "float32")
    layer.build([(None, 3, 3, 2), (None, 1)])
    layer.dense.kernel.assign([[0.5, 0.0, 0.0, 3.0]])
    made = as_array(
        layer([ops.convert_to_tensor(features), ops.convert_to_tensor(vectors)])
    )
    expected = features.copy()
    expected[0, ..., 0] *= 1.5
    expected[1, ..., 0] *= 0.0
    expected[0, ..., 1] += 3.0
    expected[1, ..., 1] -= 6.0
    np.testing.assert_allclose(made, expected, rtol=1e-5, atol=1e-6)
