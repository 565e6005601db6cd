"""Does a conditional GAN draw the class that it was asked for, and how well?"""

import numpy as np

from kerasgan import validation
from kerasgan.metrics.features import check_features, check_pair
from kerasgan.metrics.fid import fid
from kerasgan.metrics.statistics import FeatureStatistics


def class_accuracy(logits, labels) -> float:
    """The share of generated images that a classifier takes for the class asked for.

    Args:
        logits: A classifier's, of the generated images, (N, classes).
        labels: The classes asked for, (N,).

    Raises:
        TypeError: If labels are not integers.
        ValueError: If counts differ or labels are out of range.
    """
    logits = check_features("logits", logits)
    labels = validation.check_labels(labels, len(logits), logits.shape[1])
    return float((logits.argmax(axis=1) == labels).mean())


def class_fid(reference, reference_labels, generated, generated_labels) -> np.ndarray:
    """The Frechet distance within each class.

    A class has fewer images than the whole, so these are more biased than `fid`.

    Args:
        reference: Features of real images, (N, d).
        reference_labels: Their classes, (N,).
        generated: Features of generated images, (M, d).
        generated_labels: The classes asked for, (M,).

    Returns:
        float64 (classes,); NaN for a class with fewer than two images in a set.

    Raises:
        TypeError: If features are not numbers or labels not integers.
        ValueError: If counts or dimensions do not fit.
    """
    reference, generated = check_pair(reference, generated)
    real = validation.check_labels(reference_labels, len(reference))
    fake = validation.check_labels(generated_labels, len(generated))
    distances = np.full(max(real.max(), fake.max()) + 1, np.nan)
    for label in range(len(distances)):
        sides = reference[real == label], generated[fake == label]
        if min(map(len, sides)) > 1:
            distances[label] = fid(*map(FeatureStatistics.of, sides))
    return distances
