"""Which modes a generator covers, and how evenly, from the labels of a classifier.

The protocol of Stacked MNIST: three digits in three channels make 1000 modes, and 26000
generated images are classified digit by digit. With fewer images the results differ: N
images drawn evenly from K modes have an expected divergence of about (K - 1) / 2N.

References: Metz et al. 2017, https://arxiv.org/abs/1611.02163;
Srivastava et al. 2017 (VEEGAN), https://arxiv.org/abs/1705.07761;
Lin et al. 2018 (PacGAN), https://arxiv.org/abs/1712.04086.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from kerasgan import checks


def modes_covered(labels: ArrayLike, num_modes: int) -> int:
    """The number of modes with at least one image.

    Args:
        labels: The mode of each generated image, (N,), in [0, num_modes).
        num_modes: Number of modes, K.

    Raises:
        TypeError: If the labels are not integers.
        ValueError: If there are no labels, or one is out of range.
    """
    return int(np.count_nonzero(class_shares(labels, num_modes)))


def mode_kl(labels: ArrayLike, num_modes: int) -> float:
    """KL(generated || uniform) over the modes, in nats.

    0 if all modes are equally frequent, log K if there is only one.

    Args:
        labels: The mode of each generated image, (N,), in [0, num_modes).
        num_modes: Number of modes, K, all equally frequent in the data.

    Raises:
        TypeError: If the labels are not integers.
        ValueError: If there are no labels, or one is out of range.
    """
    shares = class_shares(labels, num_modes)
    shares = shares[shares > 0]  # 0 log 0 = 0
    return max(float((shares * np.log(shares * num_modes)).sum()), 0.0)


def diversity(images: np.ndarray, labels: ArrayLike | None = None) -> float:
    """How much images differ from each other, pixel by pixel.

    The root of the mean variance of the pixels over the images, in levels of 255. It is
    0 if all images are equal.

    Args:
        images: uint8 (N, H, W, C).
        labels: Classes (N,). If given, the variance is that within each class, so the
            result is 0 if all images of each class are equal.

    Raises:
        ValueError: If there are fewer than two images.
    """
    images = checks.check_images(images)
    if len(images) < 2:
        raise ValueError(
            f"`images` must hold at least two images. Received: {len(images)}. "
            "Generate more."
        )
    images = images.astype("float64")
    labels = np.zeros(len(images)) if labels is None else np.asarray(labels)
    groups = [images[labels == label] for label in np.unique(labels)]
    squares = sum(len(group) * group.var(axis=0).mean() for group in groups)
    return float(np.sqrt(squares / len(images)))


def stacked_labels(images: np.ndarray, classify: Callable) -> np.ndarray:
    """The modes of images with a digit in each channel, such as Stacked MNIST.

    Args:
        images: uint8 (N, H, W, C).
        classify: Maps uint8 images (N, H, W, 1) to logits (N, K) of any classifier.

    Returns:
        int64 (N,) in [0, K^C); the first channel is the leading digit.

    Raises:
        ValueError: If a shape is different.
    """
    images = np.asarray(images)
    if images.ndim != 4 or not len(images):
        raise ValueError(
            "`images` must have shape (N, H, W, C), with a digit in each channel. "
            f"Received: {images.shape}. Stack them into one array."
        )
    modes = np.zeros(len(images), "int64")
    for channel in range(images.shape[-1]):
        logits = np.asarray(classify(images[..., channel : channel + 1]))
        if logits.ndim != 2 or len(logits) != len(images):
            raise ValueError(
                f"`classify` must return logits ({len(images)}, K). Received: shape "
                f"{logits.shape}. Return one row per image."
            )
        modes = modes * logits.shape[1] + logits.argmax(axis=1)
    return modes


def class_shares(labels: ArrayLike, num_classes: int) -> np.ndarray:
    """The share of each class, float64 (num_classes,), with sum 1.

    Args:
        labels: The class of each image, (N,), in [0, num_classes).
        num_classes: Number of classes.

    Raises:
        TypeError: If the labels are not integers.
        ValueError: If there are no labels, or one is out of range.
    """
    num_classes = checks.check_count("num_classes", num_classes)
    labels = np.atleast_1d(labels)
    if labels.size == 0:
        raise ValueError("`labels` must hold at least one label. Received: none.")
    labels = checks.check_labels(labels, len(labels), num_classes)
    return np.bincount(labels, minlength=num_classes) / len(labels)
