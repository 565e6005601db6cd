"""Stacked MNIST: a digit in each of three channels, 1000 modes that can be counted.

Papers: Metz et al. 2017, https://arxiv.org/abs/1611.02163; Srivastava et al. 2017,
https://arxiv.org/abs/1705.07761.
"""

import numpy as np

from kerasgan.data.dataset import ImageDataset
from kerasgan.data.sources import load
from kerasgan.checks import check_count

CHANNELS = 3


def stack(digits, labels, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Random digits on top of each other.

    Args:
        digits: uint8 (N, H, W, 1).
        labels: Their classes, (N,), in [0, 10).
        count: How many images to make.
        seed: Seed of the drawing.

    Returns:
        uint8 (count, H, W, 3), and the modes (count,), int32 in [0, 1000): the digit
        of the first channel counts hundreds.
    """
    rows = np.random.default_rng(seed).integers(len(digits), size=(count, CHANNELS))
    images = np.concatenate([digits[part] for part in rows.T], axis=-1)
    return images, (labels[rows] @ (100, 10, 1)).astype("int32")


class StackedMNIST(ImageDataset):
    """Images of three random digits, one a channel, in batches.

    A GAN that has collapsed covers few of the 1000 modes: count them by
    `metrics.stacked_labels`, `modes_covered` and `mode_kl`.

    Args:
        count: Images in an epoch; the same in each.
        seed: Seed of which digits are stacked, and of the order.
        labels: Whether batches are (images, modes).
        source: Where the digits come from, with labels, as in `data.load`.
        split: Of a TensorFlow data set.
        data_dir: Where TensorFlow data sets lie.
        **options: `batch_size`, `shuffle`, `drop_remainder` of `ImageDataset`.

    Example:
        ```python
        dataset = kerasgan.data.StackedMNIST(batch_size=64)
        gan = kerasgan.models.DCGAN(image_shape=dataset.image_shape)
        ```

    Raises:
        ValueError: If the digits are not grey or not of ten classes.
    """

    def __init__(
        self,
        count: int = 60_000,
        seed: int = 0,
        labels: bool = False,
        source="mnist",
        split: str = "train",
        data_dir: str | None = None,
        **options,
    ):
        check_count("count", count)
        check_count("seed", seed, least=0)
        found = load(source, split=split, labels=True, data_dir=data_dir, batch_size=1)
        if found.image_shape[-1] != 1 or set(found.labels) != set(range(10)):
            raise ValueError(
                "`source` must hold grey images of digits, with labels from 0 to 9. "
                f"Received: image_shape={found.image_shape}, labels "
                f"{np.unique(found.labels).tolist()[:12]}. Choose another source."
            )
        images, modes = stack(found.images, found.labels, count, seed)
        modes = modes if labels else None
        super().__init__(images, modes, seed=seed, name="stacked_mnist", **options)
