"""Metrics by class: does a GAN generate the requested class, and how well?"""

import numpy as np
from numpy.typing import ArrayLike

from kerasgan import checks
from kerasgan.metrics.features import check_features, check_pair
from kerasgan.metrics.fid import fid
from kerasgan.metrics.statistics import FeatureStatistics


def class_accuracy(logits: ArrayLike, labels: ArrayLike) -> float:
    """The share of generated images that a classifier assigns to the requested class.

    Args:
        logits: Logits of a classifier for the generated images, (N, classes).
        labels: The requested classes, (N,).

    Raises:
        TypeError: If labels are not integers.
        ValueError: If counts differ or labels are out of range.
    """
    logits = check_features("logits", logits)
    labels = checks.check_labels(labels, len(logits), logits.shape[1])
    return float((logits.argmax(axis=1) == labels).mean())


def best_match_accuracy(
    categories: ArrayLike, labels: ArrayLike
) -> tuple[float, np.ndarray]:
    """How well categories that were learned without labels agree with the classes.

    Each category is matched with a different class, so that as many images as possible
    agree. If two categories are the same class, one of them counts as wrong.

    Args:
        categories: The category of each image, (N,).
        labels: The class of each image, (N,).

    Returns:
        The share of images whose category is matched with their class, and the class
        matched with each category, int (categories,); -1 if no class was left.

    Raises:
        TypeError: If either are not integers.
        ValueError: If counts differ, there are none, or a value is negative.

    Reference: Chen et al. 2016, https://arxiv.org/abs/1606.03657, section 7.2.
    """
    labels = np.atleast_1d(labels)
    if not labels.size:
        raise ValueError("`labels` must hold at least one label. Received: none.")
    labels = checks.check_labels(labels, len(labels))
    categories = checks.check_labels(categories, len(labels))
    num_classes, size = labels.max() + 1, max(categories.max(), labels.max()) + 1
    table = np.zeros((size, size), "int64")
    np.add.at(table, (categories, labels), 1)
    matched = _assign(-table)
    right = table[np.arange(size), matched].sum()
    matched = np.where(matched < num_classes, matched, -1)[: categories.max() + 1]
    return float(right / len(labels)), matched


def _assign(cost):
    """Assigns a different column to each row with the smallest sum; (n, n) to (n,).

    The Hungarian algorithm with shortest paths: rows are added one by one, each along
    the path over columns with the lowest cost, reduced by the potentials of rows and
    columns.
    """
    size = len(cost)
    rows, columns = np.zeros(size), np.zeros(size + 1)
    owner = np.full(size + 1, -1)  # the row of each column; the last is the start
    for row in range(size):
        owner[size], column = row, size
        least, before = np.full(size, np.inf), np.full(size, size)
        seen = np.zeros(size + 1, bool)
        while owner[column] >= 0:
            seen[column] = True
            reduced = cost[owner[column]] - rows[owner[column]] - columns[:-1]
            nearer = ~seen[:-1] & (reduced < least)
            least[nearer], before[nearer] = reduced[nearer], column
            closest = int(np.where(seen[:-1], np.inf, least).argmin())
            step = least[closest]
            rows[owner[seen]] += step
            columns[seen] -= step
            least[~seen[:-1]] -= step
            column = closest
        while column != size:
            owner[column] = owner[before[column]]
            column = before[column]
    matched = np.empty(size, int)
    matched[owner[:-1]] = np.arange(size)
    return matched


def class_fid(
    reference: ArrayLike,
    reference_labels: ArrayLike,
    generated: ArrayLike,
    generated_labels: ArrayLike,
) -> np.ndarray:
    """The Frechet distance within each class.

    These distances are more biased than `fid`, because a class has fewer images.

    Args:
        reference: Features of real images, (N, d).
        reference_labels: Their classes, (N,).
        generated: Features of generated images, (M, d).
        generated_labels: The requested classes, (M,).

    Returns:
        float64 (classes,); NaN for a class with fewer than two images in a set.

    Raises:
        TypeError: If features are not numbers or labels not integers.
        ValueError: If counts or dimensions differ.
    """
    reference, generated = check_pair(reference, generated)
    real = checks.check_labels(reference_labels, len(reference))
    fake = checks.check_labels(generated_labels, len(generated))
    distances = np.full(max(real.max(), fake.max()) + 1, np.nan)
    for label in range(len(distances)):
        sides = reference[real == label], generated[fake == label]
        if min(map(len, sides)) > 1:
            distances[label] = fid(*map(FeatureStatistics.of, sides))
    return distances
