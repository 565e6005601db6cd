"""Evaluations of conditional models generate labels in the shares of the data."""

import numpy as np
import pytest

from kerasgan.core.conditions import Labels
from kerasgan.evaluation import Evaluation, Extractor
from kerasgan.evaluation.quality import Collected
from tests.evaluation.helpers import PerfectGAN

pytestmark = pytest.mark.backend_free

NAME = "fid_brightness"


def brightness(images):
    """Two numbers per image, in [0, 1]."""
    return images[..., 0].mean(axis=1) / 255


@pytest.fixture(scope="module")
def unbalanced():
    """2000 images of 90 % dark and 10 % light ones, and their labels."""
    rng = np.random.default_rng(0)
    labels = (np.arange(2000) % 10 == 0).astype("int32")
    noise = rng.integers(0, 40, (2000, 2, 2, 1))
    return (noise + 200 * labels[:, None, None, None]).astype("uint8"), labels


@pytest.fixture
def perfect(unbalanced):
    """A perfect conditional model of these data."""
    return PerfectGAN(*unbalanced, condition=Labels(2))


def measure(gan, dataset):
    """The Frechet distance of a GAN to a dataset, given as one batch."""
    evaluation = Evaluation([dataset], brightness, num_samples=2000, metrics=["fid"])
    return evaluation.of_gan(gan)[NAME]


def test_labels_follow_the_shares_of_the_reference(perfect, unbalanced):
    result = measure(perfect, unbalanced)
    assert float(result) < 1e-4
    assert result.protocol["labels"] == "in the reference's shares"


def test_labels_follow_the_training_data_without_labels(perfect, unbalanced):
    perfect.condition.shares = [0.9, 0.1]
    result = measure(perfect, unbalanced[0])
    assert float(result) < 1e-4
    assert result.protocol["labels"] == "in the training data's shares"


def test_without_known_shares_all_classes_are_alike(perfect, unbalanced):
    result = measure(perfect, unbalanced[0])
    assert float(result) > 0.1
    assert result.protocol["labels"] == "all classes alike"


def test_classes_that_a_model_lacks_do_not_count(perfect, unbalanced):
    perfect.condition.shares = [0.9, 0.1]
    result = measure(perfect, (unbalanced[0], unbalanced[1] + 1))
    assert result.protocol["labels"] == "in the training data's shares"


def test_absent_classes_get_no_images(unbalanced):
    images, labels = unbalanced
    gan = PerfectGAN(images, labels, Labels(5))
    result = measure(gan, unbalanced)  # class 4 of `gan` has no image to return
    assert float(result) < 1e-4


def test_protocols_of_unconditional_models_name_no_labels(unbalanced):
    result = measure(PerfectGAN(unbalanced[0]), unbalanced)
    assert "labels" not in result.protocol and float(result) < 1e-3


def test_label_counts_are_those_of_all_batches():
    batches = [
        (np.zeros((3, 1)), np.array(labels)) for labels in ([0, 0, 1], [3, 3, 0])
    ]
    collected = Collected(batches, lambda x: {"pool": x}, kept=2)
    assert collected.label_counts.tolist() == [3, 1, 0, 2]
    assert Collected([np.zeros((3, 1))], lambda x: {"pool": x}).label_counts.size == 0


def classifier(num_classes, names=None):
    """Features of two classes, dark and light, and of empty ones."""

    def compute(images):
        light = images.mean(axis=(1, 2, 3)) > 127
        columns = [~light, light, *[0 * light] * (num_classes - 2)]
        logits = np.stack(columns, axis=1).astype("float32") * 9
        return {"pool": brightness(images), "logits": logits}

    return Extractor(compute, "shades", num_classes=num_classes, class_names=names)


CLASSIFIED = {"class_accuracy_shades", "class_share_error_shades"}


@pytest.mark.parametrize(
    ("network", "names", "same"),
    [
        (classifier(2), ["dark", "light"], True),
        (classifier(2, ["Dark", "Light"]), ["dark", "light"], True),
        (classifier(2, ["dark", "light"]), None, True),
        (classifier(3), None, False),
        (classifier(2, ["cat", "dog"]), ["dark", "light"], False),
    ],
)
def test_only_a_classifier_of_the_same_classes_counts(
    perfect, unbalanced, network, names, same
):
    perfect.condition.class_names = names
    evaluation = Evaluation([unbalanced], network, num_samples=200)
    results = evaluation.of_gan(perfect)
    assert CLASSIFIED & results.keys() == (CLASSIFIED if same else set())
    assert results.keys() == {*evaluation.names_for(perfect)}
    evaluation.metrics = ["class_accuracy"]
    if not same:
        with pytest.raises(ValueError, match="classifier of the GAN's own classes"):
            evaluation.of_gan(perfect)
