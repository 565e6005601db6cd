"""What a model says about labelled real images."""

import types

import numpy as np
import pytest

from kerasgan.evaluation import examine

pytestmark = pytest.mark.backend_free

IMAGES, LABELS = np.zeros((4, 8, 8, 1), "uint8"), np.array([2, 2, 0, 1])


def test_best_match_accuracy_comes_from_classify():
    model = types.SimpleNamespace(
        examined="best_match_accuracy", classify=lambda images: np.array([0, 0, 1, 1])
    )
    result = examine(model, IMAGES, LABELS, "test")["best_match_accuracy"]
    assert float(result) == 0.75 and result.higher_is_better
    assert result.details == {"class_of_category": [2, 0]}
    protocol = {"images": "test", "count": 4, "matching": "one to one"}
    assert result.protocol == protocol


def test_accuracy_comes_with_the_confusion_matrix():
    confusion = np.array([[1, 1], [0, 2]])
    model = types.SimpleNamespace(
        examined="accuracy", measure=lambda images, labels: (0.75, confusion)
    )
    result = examine(model, IMAGES, LABELS, "test")["accuracy"]
    assert float(result) == 0.75 and result.higher_is_better
    assert result.details == {"confusion": [[1, 1], [0, 2]]}
    assert result.protocol == {"images": "test", "count": 4}


def test_a_model_without_such_a_metric_has_no_results():
    assert examine(types.SimpleNamespace(examined=None), IMAGES, LABELS, "test") == {}


def test_a_classifier_is_examined():
    from kerasgan.models.feature_classifier import FeatureClassifier

    classifier = FeatureClassifier((8, 8, 1), num_classes=3, width=1)
    result = examine(classifier, IMAGES, LABELS, "test")["accuracy"]
    answers = classifier.classify(IMAGES)
    assert float(result) == (answers == LABELS).mean()
    np.testing.assert_array_equal(classifier.confusion, result.details["confusion"])
    assert np.sum(result.details["confusion"]) == 4
