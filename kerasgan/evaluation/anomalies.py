"""Measures scores of anomalies on held-out images, some of which are normal."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasgan import checks
from kerasgan.evaluation.result import Result
from kerasgan.metrics.ranking import auroc, average_precision


def evaluate_anomalies(
    model: Any,
    images: np.ndarray,
    labels: np.ndarray,
    normal: Sequence[int],
    split: str = "the given images",
) -> dict[str, Result]:
    """Measures how well a model's scores tell anomalous images from normal ones.

    Args:
        model: A model with a method `score`, such as an `FAnoGAN`.
        images: Held-out images (N, H, W, C), uint8 or floats in [-1, 1].
        labels: Their classes, (N,).
        normal: The classes that are normal, usually those of the training.
        split: Name of the images, for the protocol.

    Returns:
        "auroc" and "average_precision"; see `measure_scores`.

    Raises:
        TypeError: If labels are not integers.
        ValueError: If images or labels do not fit, or there is no normal or no
            anomalous image.

    Example:
        ```python
        test = kerasgan.data.read("mnist", split="test")
        results = evaluate_anomalies(model, test.images, test.labels, normal=[8])
        ```
    """
    return measure_scores(model.score(images), labels, normal, split)


def measure_scores(
    scores: np.ndarray, labels: np.ndarray, normal: Sequence[int], split: str
) -> dict[str, Result]:
    """AUROC and average precision of scores; a higher score is more anomalous.

    Args:
        scores: (N,), a model's or a baseline's.
        labels: As in `evaluate_anomalies`, like the others.
        normal: As in `evaluate_anomalies`.
        split: As in `evaluate_anomalies`.

    Returns:
        The results by name. The `details` of "auroc" have that of each anomalous class
        against all normal images.

    Raises:
        ValueError: As `evaluate_anomalies`.
    """
    labels = checks.check_labels(labels, len(scores))
    anomalous = ~np.isin(labels, normal)
    others = np.unique(labels[anomalous]).tolist()
    kinds = [f"{len(c)} class{'es'[: 2 * (len(c) > 1)]}" for c in (normal, others)]
    protocol = {
        "task": f"{kinds[0]} normal, {kinds[1]} anomalous",
        "normal": list(map(int, normal)),
        "images": split,
        "count": len(labels),
        "anomalous_count": int(anomalous.sum()),
    }
    values = {
        "auroc": auroc(anomalous, scores),
        "average_precision": average_precision(anomalous, scores),
    }
    details = {"auroc": {"classes": _each(scores, labels, anomalous, others)}}
    return {
        name: Result(name, value, protocol, details=details.get(name, {}))
        for name, value in values.items()
    }


def _each(scores, labels, anomalous, others) -> dict[str, float]:
    """The AUROC of each anomalous class against the normal images."""
    parts = {c: ~anomalous | (labels == c) for c in others}
    return {str(c): auroc(anomalous[p], scores[p]) for c, p in parts.items()}
