"""R-precision: does an image retrieve its own caption among others?

Paper: Xu et al. 2017, https://arxiv.org/abs/1711.10485 (section 4, evaluation).
"""

import numpy as np
from numpy.typing import ArrayLike

CANDIDATES = 100


def r_precision(
    images: ArrayLike,
    captions: ArrayLike,
    groups: ArrayLike,
    candidates: int = CANDIDATES,
    seed: int = 0,
) -> float:
    """The share of images whose own caption is nearer than 99 captions of other groups.

    The other captions are drawn for each image, one of each of 99 other groups. Nearest
    is the largest product; an equal one of another caption counts as a miss.

    Args:
        images: Vectors of the images, (N, d), of an image-text model.
        captions: Those of their captions, (N, d), in the same order.
        groups: What the images show, (N,). Captions of one group, such as variants of
            one glyph, never compete.
        candidates: Captions for each image, its own included; at least 2.
        seed: Seed of their choice.

    Returns:
        From 0 to 1. By chance, it is 1 / candidates.

    Raises:
        ValueError: If the shapes do not fit, or there are fewer groups than candidates.

    Reference: Xu et al. 2017, https://arxiv.org/abs/1711.10485, section 4.
    """
    images, captions = np.asarray(images, "float64"), np.asarray(captions, "float64")
    groups = np.asarray(groups)
    if images.ndim != 2 or images.shape != captions.shape or len(images) != len(groups):
        raise ValueError(
            "R-precision needs vectors of images and of captions (N, d), and groups "
            f"(N,). Received: {images.shape}, {captions.shape} and {groups.shape}."
        )
    _, numbers = np.unique(groups, return_inverse=True)
    rows = [np.flatnonzero(numbers == n) for n in range(numbers.max(initial=-1) + 1)]
    if not 2 <= candidates <= len(rows):
        raise ValueError(
            "`candidates` must be from 2 to the number of groups. Received: "
            f"candidates={candidates}, {len(rows)} groups. Pass fewer candidates."
        )
    rng, products = np.random.default_rng(seed), images @ captions.T
    hits = 0
    for image, group in enumerate(numbers):
        others = rng.permutation(len(rows) - 1)[: candidates - 1]
        others += others >= group  # all groups but its own
        drawn = [rows[n][rng.integers(len(rows[n]))] for n in others]
        hits += products[image, image] > products[image, drawn].max()
    return float(hits / len(images))
