"""The classifier whose features measure GANs."""

import keras
import numpy as np
import pytest

import kerasgan
from kerasgan.models import FeatureClassifier
from tests.support import checks

SMALL = {"image_shape": (16, 16, 3), "num_classes": 3, "width": 2}
IMAGES, LABELS = checks.pictures(6), np.arange(6) % 3


@pytest.fixture(scope="module")
def classifier():
    keras.utils.set_random_seed(0)
    return FeatureClassifier(**SMALL)


def test_one_optimizer_or_one_by_its_player_compiles(classifier):
    for given in (keras.optimizers.SGD(0.5), {"classifier": keras.optimizers.SGD(0.5)}):
        classifier.compile(given)
        assert float(np.array(classifier.optimizer.learning_rate)) == 0.5
    classifier.compile(players=["classifier"])
    assert float(np.array(classifier.optimizer.learning_rate)) == pytest.approx(2e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"optimizers": {"generator": "adam"}}, "`optimizers` must be one of 'class"),
        ({"players": ["generator"]}, "`players` must be one of 'classifier'"),
        ({"schedules": {"penalty_weight": None}}, "`schedules` must be one of"),
    ],
)
def test_other_players_and_schedules_are_refused(classifier, arguments, message):
    with pytest.raises(ValueError, match=message):
        classifier.compile(**arguments)


@pytest.mark.backend_free
def test_it_learns_classes():
    classifier = FeatureClassifier(**SMALL, shift=1, flip=True, seed=0)
    classifier.compile(keras.optimizers.Adam(1e-2))
    before = checks.snapshot(classifier.classifier)
    history = classifier.fit(IMAGES, LABELS, batch_size=6, epochs=8, verbose=0).history
    assert history["loss"][-1] < history["loss"][0] and int(classifier.step) == 8
    assert not checks.same(before, checks.snapshot(classifier.classifier))


def test_measuring_gives_accuracy_and_confusion(classifier):
    answers = classifier.classify(IMAGES)
    accuracy, confusion = classifier.measure(IMAGES, LABELS)
    assert accuracy == np.mean(answers == LABELS) and confusion.sum() == 6
    assert confusion[LABELS[0], answers[0]] >= 1
    assert classifier.picture().ndim == 3
    assert FeatureClassifier(**SMALL).picture() is None


def test_a_preset_keeps_weights_and_class_names(classifier, tmp_path):
    classifier.class_names = ["cat", "dog", "owl"]
    classifier.save_to_preset(tmp_path / "features_mine")
    again = kerasgan.from_preset(tmp_path / "features_mine")
    assert again.class_names == ["cat", "dog", "owl"]
    np.testing.assert_array_equal(again.classify(IMAGES), classifier.classify(IMAGES))
    networks = again.classifier, classifier.classifier
    assert checks.same(*map(checks.snapshot, networks))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_shape": (4, 16, 3)}, "at least 8 pixels high and wide"),
        ({"image_shape": (16, 16)}, "three positive integers"),
        ({"num_classes": 1}, "`num_classes` must be"),
        ({"width": 0}, "`width` must be"),
        ({"blocks": 9}, "`blocks` must be an integer from 1 to 8"),
        ({"shift": -1}, "`shift` must be"),
        ({"networks": "none"}, "`networks` must be one of"),
    ],
)
def test_feature_classifier_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        FeatureClassifier(**SMALL | arguments)


def test_images_that_do_not_fit_are_refused(classifier):
    with pytest.raises(ValueError, match="image_shape"):
        classifier.classify(IMAGES[:, :8])
    with pytest.raises(ValueError, match=r"lie in \[0, 2\]"):
        classifier.measure(IMAGES, LABELS + 1)
