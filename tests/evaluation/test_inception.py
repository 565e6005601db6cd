"""Inception 2015-12-05 against torch-fidelity."""

import sys
import types

import keras
import numpy as np
import pytest
from keras import layers, ops

from kerasgan.evaluation import inception, inception_weights
from tests.evaluation.helpers import random_state

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 12, 20, 3)).astype("uint8")


@pytest.fixture(scope="module")
def network():
    """The network with random weights."""
    network = inception.build_inception()
    inception_weights.assign(network, random_state(network))
    return network


@pytest.fixture(scope="module")
def outputs(network):
    return network.predict_on_batch(IMAGES)


# The network


def test_features_and_logits_have_their_shapes(outputs):
    assert outputs["pool"].shape == (2, 2048)
    assert outputs["logits"].shape == (2, 1008)
    assert {value.dtype for value in outputs.values()} == {np.dtype("float32")}


def test_logits_have_a_kernel_and_no_bias(network, outputs):
    (kernel,) = network.get_layer("fc").get_weights()
    expected = outputs["pool"] @ kernel
    np.testing.assert_allclose(outputs["logits"], expected, rtol=1e-4, atol=1e-4)


def test_network_has_the_parameters_of_inception_v3():
    """Counts of `keras.applications.InceptionV3(include_top=False)`.

    Its 21 802 784 hold kernels and three numbers for each of 17 216 channels. This
    network has one, a bias, and 2048 x 1008 logits.
    """
    expected = 21_802_784 - 2 * 17_216 + 2048 * 1008
    assert inception.build_inception().count_params() == expected


def test_network_computes_in_float32_under_mixed_precision(network, outputs):
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        other = inception.build_inception()
        other.set_weights(network.get_weights())
        result = other.predict_on_batch(IMAGES)
    finally:
        keras.config.set_dtype_policy(policy)
    assert result["pool"].dtype == np.float32
    np.testing.assert_allclose(result["pool"], outputs["pool"], rtol=1e-5)


@pytest.mark.parametrize(
    ("block", "kind"),
    [("5b", "average"), ("6e", "average"), ("7b", "average"), ("7c", "max")],
)
def test_only_the_last_block_pools_by_maximum(network, block, kind):
    after = network.get_layer(f"Mixed_{block}-branch_pool")
    assert after.input._keras_history.operation.name.startswith(kind)


def test_average_pooling_does_not_count_padding():
    images = ops.reshape(ops.array([1.0, 2.0, 3.0, 6.0]), (1, 2, 2, 1))
    result = ops.convert_to_numpy(inception.pool(images, "average"))
    np.testing.assert_allclose(result, np.full((1, 2, 2, 1), 3.0), rtol=1e-6)


def test_maximum_pooling_does_not_count_padding():
    result = ops.convert_to_numpy(inception.pool(ops.full((1, 3, 3, 1), -2.0), "max"))
    np.testing.assert_array_equal(result, np.full((1, 3, 3, 1), -2.0))


def test_preparation_maps_0_128_and_255_as_in_training():
    images = np.array([0, 128, 255], "uint8").reshape(3, 1, 1, 1)
    result = inception.Preparation(dtype="float32")(ops.convert_to_tensor(images))
    result = ops.convert_to_numpy(result)
    assert result.shape == (3, 299, 299, 1)
    assert result[:, 7, 8, 0].tolist() == [-1.0, 0.0, 127 / 128]


# Resizing


def resized_by_hand(images, size):
    """Row i of the result is at row i * H / size; the last row repeats."""
    _, height, width, _ = images.shape
    y, x = np.arange(size) * height / size, np.arange(size) * width / size
    top, left = y.astype(int), x.astype(int)
    below, right = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    y, x = (y - top)[:, None, None], (x - left)[:, None]
    upper = images[:, top][:, :, left] * (1 - x) + images[:, top][:, :, right] * x
    lower = images[:, below][:, :, left] * (1 - x) + images[:, below][:, :, right] * x
    return upper * (1 - y) + lower * y


@pytest.mark.parametrize("sides", [(12, 20), (28, 28), (299, 299), (400, 310), (1, 3)])
def test_resizing_equals_tensorflow_1(sides):
    images = np.random.default_rng(1).random((2, *sides, 3)).astype("float32")
    result = ops.convert_to_numpy(inception.resize_tf1(ops.array(images)))
    expected = resized_by_hand(images.astype("float64"), 299)
    # A row's position is a float32 below 512: wrong by 3e-5 at most.
    np.testing.assert_allclose(result, expected, atol=1e-5 if max(sides) < 99 else 6e-5)


def test_resizing_two_pixels_to_four_repeats_the_last():
    images = np.array([0, 100], "uint8").reshape(1, 1, 2, 1)
    result = ops.convert_to_numpy(inception.resize_tf1(ops.array(images), 4))
    assert result[0, 0, :, 0].tolist() == [0.0, 50.0, 100.0, 100.0]


def test_one_network_takes_images_of_several_sizes():
    """TensorFlow compiles the later ones for unknown sides."""
    images = keras.Input((None, None, 3))
    model = keras.Model(images, inception.Preparation(dtype="float32")(images))
    for side in (5, 6, 7, 9):
        batch = np.random.default_rng(side).integers(0, 256, (1, side, side + 1, 3))
        expected = (resized_by_hand(batch.astype("float64"), 299) - 128) / 128
        result = model.predict_on_batch(batch.astype("uint8"))
        np.testing.assert_allclose(result, expected, atol=1e-5)


# Against torch-fidelity


@pytest.fixture(scope="module")
def fidelity():
    """torch-fidelity, with a stub of torchvision, which it imports."""
    pytest.importorskip("torch", reason="PyTorch is not installed")
    functional = types.ModuleType("torchvision.transforms.functional")
    transforms = types.ModuleType("torchvision.transforms")
    datasets = types.ModuleType("torchvision.datasets")
    vision = types.ModuleType("torchvision")
    vision.transforms, vision.datasets = transforms, datasets
    transforms.functional = functional
    for name in ("CIFAR10", "CIFAR100", "STL10"):
        setattr(datasets, name, type(name, (), {}))
    with pytest.MonkeyPatch.context() as patch:
        for stub in (functional, transforms, datasets, vision):
            patch.setitem(sys.modules, stub.__name__, stub)
        module = pytest.importorskip(
            "torch_fidelity", reason="torch-fidelity is not installed"
        )
        yield module
        for name in [n for n in sys.modules if n.startswith("torch_fidelity")]:
            patch.delitem(sys.modules, name)


def channels_first(images):
    import torch

    return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))


@pytest.mark.parametrize("sides", [(12, 20), (32, 32), (64, 48)])
def test_resizing_equals_torch_fidelity(fidelity, sides):
    images = np.random.default_rng(2).random((2, *sides, 3)).astype("float32")
    module = sys.modules["torch_fidelity.interpolate_compat_tensorflow"]
    expected = module.interpolate_bilinear_2d_like_tensorflow1x(
        channels_first(images), size=(299, 299), align_corners=False
    )
    result = ops.convert_to_numpy(inception.resize_tf1(ops.array(images)))
    expected = expected.numpy().transpose(0, 2, 3, 1)
    np.testing.assert_allclose(result, expected, atol=1e-5)


def test_features_and_logits_equal_torch_fidelity(fidelity, network, outputs, tmp_path):
    """Up to rounding: 1e-4 of the value, or of the mean for small values."""
    import torch

    path = tmp_path / "random.pth"
    state = random_state(network)
    torch.save({name: torch.from_numpy(value) for name, value in state.items()}, path)
    module = sys.modules["torch_fidelity.feature_extractor_inceptionv3"]
    extractor = module.FeatureExtractorInceptionV3(
        "inception",
        ["2048", "logits_unbiased"],
        feature_extractor_weights_path=str(path),
    )
    for key, tensor in zip(
        ("pool", "logits"), extractor(channels_first(IMAGES)), strict=True
    ):
        expected = tensor.numpy()
        assert 0.01 < expected.std() < 100.0
        scale = 1e-4 * np.abs(expected).mean()
        np.testing.assert_allclose(outputs[key], expected, rtol=1e-4, atol=scale)


# Features in batches


@pytest.fixture
def features(monkeypatch):
    """`InceptionFeatures` with means over the image in place of the network."""
    images = keras.Input((None, None, 3), dtype="float32")
    means = layers.GlobalAveragePooling2D()(images)
    model = keras.Model(images, {"pool": means, "logits": means * 2.0})
    monkeypatch.setattr(inception, "build_inception", lambda: model)
    monkeypatch.setattr(inception_weights, "load", lambda network, path: None)
    return inception.InceptionFeatures(batch_size=3)


@pytest.mark.parametrize("count", [1, 3, 7])
def test_batches_give_each_image_its_features(features, count):
    images = np.random.default_rng(3).integers(0, 256, (count, 4, 5, 3)).astype("uint8")
    result = features(images)
    expected = images.mean((1, 2))
    np.testing.assert_allclose(result["pool"], expected, rtol=1e-5)
    np.testing.assert_allclose(result["logits"], 2 * expected, rtol=1e-5)
    assert features.note == ""


def test_gray_images_are_repeated_and_the_note_says_so(features):
    images = IMAGES[..., :1]
    np.testing.assert_array_equal(
        features(images)["pool"], features(images.repeat(3, axis=-1))["pool"]
    )
    assert "repeated" in features.note


def test_features_refuse_floats_and_name_the_remedy(features):
    with pytest.raises(TypeError, match="to_uint8"):
        features(np.zeros((2, 4, 4, 3), "float32"))


@pytest.mark.parametrize("shape", [(4, 4, 3), (2, 4, 4, 4), (0, 4, 4, 3)])
def test_features_refuse_what_is_not_a_batch_of_images(features, shape):
    with pytest.raises(ValueError, match="at least one image"):
        features(np.zeros(shape, "uint8"))
