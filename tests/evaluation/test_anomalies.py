"""How well scores tell anomalous images from normal ones."""

import types

import numpy as np
import pytest

from kerasgan.evaluation import evaluate_anomalies, examine

pytestmark = pytest.mark.backend_free

IMAGES, LABELS = np.zeros((6, 8, 8, 1), "uint8"), np.array([8, 8, 1, 1, 2, 2])
SCORES = np.array([0.1, 0.4, 0.5, 0.6, 0.3, 0.7])
MODEL = types.SimpleNamespace(
    examined="auroc", can_score=True, score=lambda images: SCORES
)


def test_each_anomalous_class_has_its_own_auroc():
    results = evaluate_anomalies(MODEL, IMAGES, LABELS, [8], "test")
    area, precision = results["auroc"], results["average_precision"]
    assert float(area) == 7 / 8 and area.details == {"classes": {"1": 1.0, "2": 0.75}}
    assert float(precision) == pytest.approx((1 + 1 + 1 + 4 / 5) / 4)
    assert area.higher_is_better and precision.higher_is_better
    assert area.protocol == {
        "task": "1 class normal, 2 classes anomalous",
        "normal": [8],
        "images": "test",
        "count": 6,
        "anomalous_count": 4,
    }


def test_a_model_is_examined_by_its_normal_classes():
    results = examine(MODEL, IMAGES, LABELS, "test", [8])
    assert set(results) == {"auroc", "average_precision"}


@pytest.mark.parametrize("normal", [None, [3], [1, 2, 8]])
def test_without_normal_and_anomalous_images_nothing_is_said(normal):
    assert examine(MODEL, IMAGES, LABELS, "test", normal) == {}
    with pytest.raises(ValueError, match="some items and not all"):
        evaluate_anomalies(MODEL, IMAGES, LABELS, normal or [])


def test_an_encoder_that_was_not_trained_is_not_examined():
    model = types.SimpleNamespace(examined="auroc", can_score=False)
    assert examine(model, IMAGES, LABELS, "test", [8]) == {}
