"""A Keras dataset of images in memory, with the same batches on every backend."""

from collections.abc import Sequence

import keras
import numpy as np

from kerasgan.checks import check_count, check_images, check_labels
from kerasgan.images import from_uint8


class ImageDataset(keras.utils.PyDataset):
    """Batches of float32 images in [-1, 1], with int32 labels if there are any.

    The order of the batches depends only on `seed` and `epoch`, so a resumed training
    gets the same batches as an uninterrupted one.

    Args:
        images: uint8, or floats in [-1, 1], (N, H, W, C).
        labels: Integers (N,), or None.
        batch_size: Images per batch.
        shuffle: Whether each epoch has a new order.
        drop_remainder: Whether to drop a last, smaller batch.
        seed: Seed of the order.
        class_names: Names of the classes, by label.
        name: Name of the data, used by cards and progress bars.

    Raises:
        ValueError: If images or labels are invalid, or fewer than one batch.
        TypeError: If a dtype is wrong.

    Example:
        ```python
        dataset = ImageDataset(images, labels, batch_size=32)
        gan.fit(dataset)
        ```
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray | None = None,
        *,
        batch_size: int = 64,
        shuffle: bool = True,
        drop_remainder: bool = True,
        seed: int = 0,
        class_names: Sequence[str] | None = None,
        name: str = "images",
    ):
        super().__init__(workers=2, max_queue_size=8)  # threads that prefetch
        self.images = check_images(images, name=name)
        self.labels = None
        if labels is not None:
            self.labels = check_labels(labels, len(self.images))
        most = len(self.images) if drop_remainder else np.inf
        check_count("seed", seed, least=0)
        if not isinstance(batch_size, int | np.integer) or not 1 <= batch_size <= most:
            raise ValueError(
                "`batch_size` must be an integer from 1 to the number of images. "
                f"Received: batch_size={batch_size}, {len(self.images)} images. "
                "Pass another batch_size (--batch-size), or more images."
            )
        self.batch_size, self.shuffle, self.seed = batch_size, shuffle, seed
        self.drop_remainder, self.name = drop_remainder, name
        self.class_names = list(class_names) if class_names else None
        self.epoch = 0

    @property
    def epoch(self) -> int:
        """Number of finished epochs; with `seed`, it determines the order."""
        return self._epoch

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        self._epoch, self._begun = epoch, False

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(H, W, C)."""
        return self.images.shape[1:]

    @property
    def num_classes(self) -> int | None:
        """Number of classes, or None without labels."""
        if self.labels is None:
            return None
        return len(self.class_names or ()) or int(self.labels.max()) + 1

    @property
    def num_batches(self) -> int:
        """Batches per epoch."""
        full, rest = divmod(len(self.images), self.batch_size)
        return full if self.drop_remainder or not rest else full + 1

    def __len__(self) -> int:
        return self.num_batches

    def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
        if not 0 <= index < self.num_batches:
            raise IndexError(f"Batch {index} of {self.num_batches}.")
        rows = self._order()[index * self.batch_size :][: self.batch_size]
        images = self.images[rows]
        if images.dtype == np.uint8:
            images = from_uint8(images)
        return (images,) if self.labels is None else (images, self.labels[rows])

    def on_epoch_begin(self) -> None:
        """Hook of Keras: an epoch starts."""
        self._begun = True

    def on_epoch_end(self) -> None:
        """Hook of Keras: the next epoch has another order.

        `fit` also calls this once before its first epoch; that call changes nothing.
        """
        self.epoch += self._begun

    def _order(self):
        if not self.shuffle:
            return np.arange(len(self.images))
        key = (self.seed, self.epoch)
        if getattr(self, "_cached", (None,))[0] != key:
            order = np.random.default_rng(key).permutation(len(self.images))
            self._cached = (key, order)
        return self._cached[1]
