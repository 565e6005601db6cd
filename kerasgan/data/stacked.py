"""Stacked MNIST: one digit per channel, 1000 modes that can be counted.

Papers: Metz et al. 2017, https://arxiv.org/abs/1611.02163; Srivastava et al. 2017,
https://arxiv.org/abs/1705.07761.
"""

from typing import Any

import numpy as np

from kerasgan.checks import check_count
from kerasgan.data.dataset import ImageDataset
from kerasgan.data.sources import Source, load

CHANNELS = 3


def stack(
    digits: np.ndarray, labels: np.ndarray, count: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Stacks random digits.

    Args:
        digits: uint8 (N, H, W, 1).
        labels: Their classes, (N,), in [0, 10).
        count: Number of images to make.
        seed: Seed of the choice of digits.

    Returns:
        uint8 (count, H, W, 3), and the modes (count,), int32 in [0, 1000). The digit
        of the first channel is the hundreds.
    """
    rows = np.random.default_rng(seed).integers(len(digits), size=(count, CHANNELS))
    images = np.concatenate([digits[part] for part in rows.T], axis=-1)
    return images, (labels[rows] @ (100, 10, 1)).astype("int32")


class StackedMNIST(ImageDataset):
    """Batches of images of three random digits, one per channel.

    A collapsed GAN covers few of the 1000 modes. Count them with
    `metrics.stacked_labels`, `modes_covered` and `mode_kl`.

    Args:
        num_samples: Number of images, the same ones in every epoch.
        seed: Seed of the choice of digits, and of the order.
        labels: Whether batches are (images, modes).
        source: Labeled digits, as in `data.load`.
        split: Split of a TFDS dataset.
        data_dir: Folder of TFDS datasets.
        **options: `batch_size`, `shuffle`, `drop_remainder` of `ImageDataset`.

    Example:
        ```python
        dataset = kerasgan.data.StackedMNIST(batch_size=64)
        gan = kerasgan.models.DCGAN(image_shape=dataset.image_shape)
        ```

    Raises:
        ValueError: If the digits are not gray or not of ten classes.
    """

    def __init__(
        self,
        num_samples: int = 60_000,
        seed: int = 0,
        labels: bool = False,
        source: Source = "mnist",
        split: str | None = None,
        data_dir: str | None = None,
        **options: Any,
    ):
        check_count("num_samples", num_samples)
        check_count("seed", seed, least=0)
        digits = load(source, split=split, labels=True, data_dir=data_dir, batch_size=1)
        if digits.image_shape[-1] != 1 or set(digits.labels) != set(range(10)):
            raise ValueError(
                "`source` must hold gray images of digits, with labels from 0 to 9. "
                f"Received: image_shape={digits.image_shape}, labels "
                f"{np.unique(digits.labels).tolist()[:12]}. Choose another source."
            )
        images, modes = stack(digits.images, digits.labels, num_samples, seed)
        modes = modes if labels else None
        super().__init__(images, modes, seed=seed, name="stacked_mnist", **options)
