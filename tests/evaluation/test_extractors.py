"""Extractors: which features a name, a model or a function gives."""

import keras
import numpy as np
import pytest

import kerasgan
from kerasgan import data
from kerasgan.errors import InceptionUnavailableError
from kerasgan.evaluation import evaluate_quality, extractor, features_for
from kerasgan.models.feature_classifier import FeatureClassifier
from tests.evaluation.helpers import PerfectGAN, mean_colors, photos

pytestmark = pytest.mark.backend_free


@pytest.fixture
def gan():
    """A stub, whose origin a test may change."""
    return PerfectGAN(photos())


def test_a_classifier_preset_gives_its_features(tmp_path):
    classifier = FeatureClassifier((16, 16, 3), num_classes=4, width=2)
    classifier.save_to_preset(tmp_path / "features_tiny")
    network = extractor(str(tmp_path / "features_tiny"))
    outputs = network(photos(5))
    scaled = kerasgan.images.from_uint8(photos(5))
    expected = classifier.classifier.predict(scaled, verbose=0)
    for name in ("pool", "logits"):
        np.testing.assert_allclose(outputs[name], expected[name], rtol=1e-4, atol=1e-6)
    assert network.suffix == "_features_tiny" and network.num_classes == 4


def test_a_keras_model_gets_images_in_its_range():
    inputs = keras.Input((16, 16, 3))
    pooled = keras.layers.GlobalMaxPooling2D()(inputs)
    network = extractor(keras.Model(inputs, pooled, name="maxima"), batch_size=7)
    outputs = network(np.full((20, 16, 16, 3), 255, "uint8"))
    np.testing.assert_array_equal(outputs["pool"], np.ones((20, 3)))
    assert network.suffix == "_maxima"
    assert len(network.protocol["features_sha256"]) == 12


def test_features_that_are_not_rows_are_refused():
    with pytest.raises(ValueError, match=r"one row of numbers per image, \(5, d\)"):
        extractor(lambda images: images)(photos(5))


@pytest.mark.parametrize(
    ("features", "error", "message"),
    [
        (3, TypeError, 'must be "inception"'),
        ("featurs_mnist", ValueError, "the preset of a classifier"),
    ],
)
def test_unknown_features_are_refused(features, error, message):
    with pytest.raises(error, match=message):
        extractor(features)


@pytest.mark.parametrize(
    ("shape", "remedy"),
    [((64, 64, 3), "32 .--size 32"), ((16, 16, 3), ""), ((64, 64, 1), "")],
)
def test_a_smaller_size_is_offered_only_if_it_helps(shape, remedy):
    with pytest.raises(ValueError, match="measures images of shape") as raised:
        extractor("features_cifar10")(np.zeros((2, *shape), "uint8"))
    assert ("--size 32" in str(raised.value)) == bool(remedy)


@pytest.mark.parametrize(
    ("side", "channels", "offered"),
    [
        (64, 3, {"features_cifar10 with size=32 (--size 32)"}),
        (28, 1, {"features_mnist", "features_fashion_mnist"}),
        (16, 3, set()),
    ],
)
def test_only_fitting_classifiers_are_offered(
    monkeypatch, side, channels, offered, tmp_path
):
    monkeypatch.setenv("KERASGAN_INCEPTION", str(tmp_path / "nowhere.pth"))
    images = np.zeros((12, side, side, channels), "uint8")
    with pytest.raises(InceptionUnavailableError) as raised:
        features_for(PerfectGAN(images), images)
    text = str(raised.value)
    named = text.split("(--features): ")[1].split("or in Python")[0]
    assert {part for part in named.split(", ") if part} >= offered
    assert ("features_" in text) == bool(offered)
    assert ("features_mnist" in text) == (channels == 1)


def test_images_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"images of shape \(28, 28, 1\)"):
        extractor("features_mnist")(photos(5))


def test_features_of_one_network_have_one_hash(tmp_path):
    FeatureClassifier((16, 16, 3), width=1).save_to_preset(tmp_path / "tiny")
    first, second = (extractor(str(tmp_path / "tiny")).protocol for _ in range(2))
    assert first == second and len(first["features_sha256"]) == 12


def test_functions_are_distinguished_by_their_code():
    half, double = (lambda x: x / 2), (lambda x: x * 2)
    digests = [extractor(f).protocol["features_sha256"] for f in (half, double)]
    assert digests[0] != digests[1] and None not in digests
    factor = 3
    assert extractor(lambda x: x * factor).protocol["features_sha256"] is None


def test_only_the_standard_network_is_called_fid():
    def inception_2015_12_05(images):
        return mean_colors(images)

    assert extractor(inception_2015_12_05).suffix == "_inception_2015_12_05"


def test_automatic_features_follow_the_name_of_the_data(gan):
    named = data.load(photos(), batch_size=10)
    named.name = "mnist train"
    assert features_for(gan, named) == "features_mnist"


def test_automatic_features_are_those_of_the_recipe(gan):
    gan.origin = {"recipe": {"evaluation": {"features": "mine"}}}
    assert features_for(gan, photos()) == "mine"


def test_automatic_features_of_a_recipe_never_call_the_hub(gan):
    evaluation = {"features": "hf://somebody/features"}
    gan.origin = {"recipe": {"evaluation": evaluation, "data": {"source": "mnist"}}}
    assert features_for(gan, photos()) == "features_mnist"


def test_without_automatic_features_the_remedy_is_named(gan, monkeypatch, tmp_path):
    monkeypatch.setenv("KERASGAN_INCEPTION", str(tmp_path / "none.pth"))
    with pytest.raises(kerasgan.errors.InceptionUnavailableError, match="--features"):
        evaluate_quality(gan, photos())
