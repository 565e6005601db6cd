"""Datasets in which few images have a label; -1 stands for none."""

from typing import Any

import numpy as np

from kerasgan.checks import check_count
from kerasgan.data.dataset import ImageDataset

UNLABELED = -1


def keep_labels(labels: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Removes all labels but a few, drawn at random, as many of each class.

    Args:
        labels: Integers (N,).
        count: Labels to keep, a multiple of the number of classes.
        seed: Seed of the draw.

    Returns:
        int32 (N,), -1 for a label that was removed.

    Raises:
        ValueError: If there are too few labels, or classes cannot have as many each.
    """
    check_count("labeled", count)
    check_count("labeled_seed", seed, least=0)
    labels = np.reshape(labels, -1).astype("int32")
    classes, present = np.unique(labels[labels >= 0], return_counts=True)
    each, rest = divmod(count, max(1, len(classes)))
    if rest or not len(classes) or each > present.min():
        most = len(classes) * present.min() if len(classes) else 0
        raise ValueError(
            f"`labeled` must be a multiple of {len(classes)}, the number of classes, "
            f"and at most {most}, so that each class keeps as many labels. Received: "
            f"labeled={count}. Choose another number."
        )
    rng = np.random.default_rng(seed)
    rows = [rng.choice(np.flatnonzero(labels == c), each, False) for c in classes]
    kept = np.full_like(labels, UNLABELED)
    kept[np.concatenate(rows)] = labels[np.concatenate(rows)]
    return kept


def labeled_dataset(
    images: np.ndarray, labels: np.ndarray | None, **options: Any
) -> ImageDataset:
    """An `ImageDataset`, or a `PartlyLabeled` one if a label is -1 and another is not.

    Arguments as in `ImageDataset`.
    """
    known = np.asarray(0 if labels is None else labels)
    some = known.dtype.kind == "i" and known.size and known.min() < 0 <= known.max()
    return (PartlyLabeled if some else ImageDataset)(images, labels, **options)


class PartlyLabeled(ImageDataset):
    """Batches of which the first half has labels, and the other half has -1.

    The images with labels repeat as often as needed, each time in a new order. The
    others come from all images. Arguments as in `ImageDataset`; labels may be -1.

    Example:
        ```python
        dataset = kerasgan.data.load("mnist", labeled=100, batch_size=100)
        images, labels = dataset[0]  # 50 labels, then 50 times -1
        ```
    """

    def _draw(self, key):
        labeled = np.flatnonzero(self.labels >= 0)
        passes = -(-self.count // len(labeled))
        orders = [self._order(len(labeled), (*key, 2, i)) for i in range(passes)]
        return *super()._draw(key), labeled[np.concatenate(orders)]

    def _batch(self, plan, part):
        order, mirrored, labeled = plan
        half = -(-(part.stop - part.start) // 2)
        rows = order[part].copy()
        rows[:half] = labeled[part][:half]
        images, labels = super()._batch((rows, mirrored[part]), slice(None))
        labels[half:] = UNLABELED
        return images, labels
