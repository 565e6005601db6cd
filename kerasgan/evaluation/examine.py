"""Measures what a model says about labeled real images, such as its accuracy."""

from collections.abc import Sequence

import numpy as np

from kerasgan.core.zoo_model import ZooModel
from kerasgan.evaluation.anomalies import evaluate_anomalies
from kerasgan.evaluation.result import Result
from kerasgan.metrics.conditional import best_match_accuracy


def examine(
    model: ZooModel,
    images: np.ndarray,
    labels: np.ndarray,
    split: str,
    normal: Sequence[int] | None = None,
) -> dict[str, Result]:
    """The metric that a model's class names in `examined`.

    "accuracy" is the share of correct classes. "best_match_accuracy" is that of
    categories that were learned without labels, each matched with one class. "auroc"
    and the average precision beside it are of scores of anomalies.

    Args:
        model: A model, with all of its networks.
        images: Held-out real images (N, H, W, C), uint8 or floats in [-1, 1].
        labels: Their classes, (N,).
        split: Name of the images, for the protocol.
        normal: The classes that a model that scores anomalies was trained on.

    Returns:
        Results by the name of the metric. Empty if the model has no such metric, or for
        scores of anomalies without normal and anomalous images or a trained encoder.

    Raises:
        TypeError: If labels are not integers.
        ValueError: If images or labels do not fit the model.
    """
    if model.examined is None:
        return {}
    if model.examined == "auroc":
        share = 0 if normal is None else np.isin(labels, normal).mean()
        can_tell = 0 < share < 1 and model.can_score
        options = images, labels, normal, split
        return evaluate_anomalies(model, *options) if can_tell else {}
    measure = {"accuracy": _accuracy, "best_match_accuracy": _best_match}
    value, settings, details = measure[model.examined](model, images, labels)
    protocol = {"images": split, "count": len(labels), **settings}
    result = Result(model.examined, value, protocol, details=details)
    return {model.examined: result}


def _accuracy(model, images, labels):
    """Also leaves the confusion matrix in the model, whose picture shows it."""
    accuracy, confusion = model.measure(images, labels)
    return accuracy, {}, {"confusion": confusion.tolist()}


def _best_match(model, images, labels):
    accuracy, classes = best_match_accuracy(model.classify(images), labels)
    return accuracy, {"matching": "one to one"}, {"class_of_category": classes.tolist()}
