"""A Keras dataset of images in memory, with the same batches on every backend."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from kerasgan.checks import check_count, check_images, check_labels
from kerasgan.images import from_uint8, to_uint8


class Batches(keras.utils.PyDataset):
    """Base of the datasets: how large their batches are, and in which order.

    The order depends only on `seed` and `epoch`, so a resumed training gets the same
    batches as an uninterrupted one.

    Args:
        count: Items per epoch.
        batch_size: Items per batch.
        shuffle: Whether each epoch has a new order.
        drop_remainder: Whether to drop a last, smaller batch.
        seed: Seed of the order.
        name: Name of the data, used by cards and progress bars.

    Attributes:
        count: As passed.
        items: What a batch consists of, for messages.
        skipped: Batches at the start of this epoch that are left out, because an
            interrupted training has had them. Later epochs are whole.

    Raises:
        ValueError: If there is less than one batch.
    """

    items = "images"

    def __init__(
        self,
        count: int,
        *,
        batch_size: int = 64,
        shuffle: bool = True,
        drop_remainder: bool = True,
        seed: int = 0,
        name: str = "images",
    ):
        super().__init__(workers=2, max_queue_size=8)  # threads that prefetch
        most = count if drop_remainder else np.inf
        check_count("seed", seed, least=0)
        if not isinstance(batch_size, int | np.integer) or not 1 <= batch_size <= most:
            raise ValueError(
                f"`batch_size` must be an integer from 1 to the number of {self.items}."
                f" Received: batch_size={batch_size}, {count} {self.items}. "
                f"Pass another batch_size (--batch-size), or more {self.items}."
            )
        self.count, self._cached = count, (None, None)
        self.batch_size, self.shuffle, self.seed = batch_size, shuffle, seed
        self.drop_remainder, self.name = drop_remainder, name
        self.epoch, self.skipped = 0, 0

    @property
    def epoch(self) -> int:
        """Number of finished epochs; with `seed`, it determines the order."""
        return self._epoch

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        self._epoch, self._begun = epoch, False

    @property
    def num_batches(self) -> int:
        """Batches per epoch; of this one, those that are not skipped."""
        full, rest = divmod(self.count, self.batch_size)
        whole = full if self.drop_remainder or not rest else full + 1
        return whole - self.skipped

    def __len__(self) -> int:
        return self.num_batches

    def __repr__(self) -> str:
        parts = [f"{self.count:,} {self.items}", *self._contents()]
        order = "shuffled" if self.shuffle else "in order"
        batches = f"{self.num_batches:,} batches of {self.batch_size}, {order}"
        return f"<{type(self).__name__} {self.name}: {', '.join(parts)}; {batches}>"

    def _contents(self) -> list[str]:
        """What the items are, in words, for `repr`."""
        return []

    def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
        if not 0 <= index < self.num_batches:
            raise IndexError(f"Batch {index} of {self.num_batches}.")
        start = (self.skipped + index) * self.batch_size
        return self._batch(self._plan(), slice(start, start + self.batch_size))

    def on_epoch_begin(self) -> None:
        """Hook of Keras: an epoch starts."""
        self._begun = True

    def on_epoch_end(self) -> None:
        """Hook of Keras: the next epoch has another order.

        `fit` also calls this once before its first epoch; that call changes nothing.
        """
        if self._begun:
            self.skipped = 0
        self.epoch += self._begun

    def _plan(self):
        """What `_draw` returns for this epoch."""
        key, cached = (self.seed, self.epoch, self.shuffle), self._cached
        if cached[0] != key:
            cached = self._cached = key, self._draw(key[:2])
        return cached[1]

    def _order(self, count: int, key: tuple[int, ...]) -> np.ndarray:
        """The order of items, (count,)."""
        if not self.shuffle:
            return np.arange(count)
        return np.random.default_rng(key).permutation(count)

    def _draw(self, key: tuple[int, int]) -> Any:
        """All that is random in an epoch, from its key alone."""
        raise NotImplementedError

    def _batch(self, plan: Any, part: slice) -> tuple[np.ndarray, ...]:
        """A part of an epoch."""
        raise NotImplementedError


class ImageDataset(Batches):
    """Batches of float32 images in [-1, 1], with int32 labels if there are any.

    The order of the batches depends only on `seed` and `epoch`, so a resumed training
    gets the same batches as an uninterrupted one.

    Args:
        images: uint8, or floats in [-1, 1], (N, H, W, C).
        labels: Integers (N,), -1 for an image without a label, or None.
        flip: Whether to mirror every second image at random, in each epoch other ones.
        class_names: Names of the classes, by label.
        name: Name of the data, used by cards and progress bars.
        **options: `batch_size`, `shuffle`, `drop_remainder` and `seed` of `load`.

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
        flip: bool = False,
        class_names: Sequence[str] | None = None,
        name: str = "images",
        **options: Any,
    ):
        self.images = check_images(images, name=name)
        self.labels = None
        if labels is not None:
            self.labels = check_labels(labels, len(self.images), least=-1)
        super().__init__(len(self.images), name=name, **options)
        self.flip = flip
        self.class_names = list(class_names) if class_names else None

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

    def _contents(self):
        parts = [*described(self.images), *["mirrored"] * self.flip]
        if self.labels is not None:
            counts = np.bincount(self.labels[self.labels >= 0])
            names = self.class_names or range(len(counts))
            listed = [f"{n} {c:,}" for n, c in zip(names, counts, strict=False)]
            more = ", ..." * (len(listed) > 5)
            parts.append(f"{self.num_classes} classes ({', '.join(listed[:5])}{more})")
        return parts

    def _draw(self, key):
        order = self._order(self.count, key)
        return order, coins(self.count, key)[order]

    def _batch(self, plan, part):
        order, mirrored = plan
        rows = order[part]
        images = mirror(self.images[rows], mirrored[part] & self.flip)
        if images.dtype == np.uint8:
            images = from_uint8(images)
        return (images,) if self.labels is None else (images, self.labels[rows])


class TranslationBatches(Batches):
    """Base of the datasets of (source, target), float32 images in [-1, 1].

    Args:
        sources: (N, h, w, c), uint8, or floats in [-1, 1], which become uint8.
        targets: (M, H, W, C), alike.
        flip: Whether to mirror every second image, chosen at random in each epoch.
        names: Names of the pairs, or None.
        **options: As of `Batches`.
    """

    def __init__(
        self,
        sources: np.ndarray,
        targets: np.ndarray,
        *,
        flip: bool = False,
        names: Sequence[str] | None = None,
        **options: Any,
    ):
        self.sources = in_eight_bits(sources, "sources")
        self.targets = in_eight_bits(targets, "targets")
        super().__init__(max(len(self.sources), len(self.targets)), **options)
        self.flip, self.names = flip, None if names is None else list(names)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(H, W, C) of the targets."""
        return self.targets.shape[1:]

    @property
    def source_shape(self) -> tuple[int, int, int]:
        """(h, w, c) of the sources."""
        return self.sources.shape[1:]

    def _contents(self):
        parts = "from", *described(self.sources), "to", *described(self.targets)
        return [" ".join(parts), *["mirrored"] * self.flip]

    def _batch(self, plan, part):
        batch = []
        for images, (order, mirrored) in zip(
            (self.sources, self.targets), plan, strict=True
        ):
            images = mirror(images[order[part]], mirrored[part] & self.flip)
            batch.append(from_uint8(images))
        return tuple(batch)


def described(images: np.ndarray) -> list[str]:
    """Size, channels and memory of images (N, H, W, C), in words."""
    _, height, width, channels = images.shape
    size = f"{images.nbytes / 2**20:,.1f} MiB"
    return [
        f"{width}x{height} pixels",
        f"{channels} channels",
        f"{images.dtype} {size}",
    ]


def in_eight_bits(images: np.ndarray, name: str) -> np.ndarray:
    """Returns images as uint8 (N, H, W, C); floats in [-1, 1] are rounded.

    Raises:
        ValueError: If shape or range are wrong.
        TypeError: If the dtype is wrong.
    """
    images = check_images(images, name=name)
    return images if images.dtype == np.uint8 else to_uint8(images)


def mirror(images: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Returns images (N, H, W, C), those of `chosen` mirrored in place."""
    images[chosen] = images[chosen, :, ::-1]
    return images


def coins(count: int, key: tuple[int, ...]) -> np.ndarray:
    """Which of `count` items an epoch mirrors, bool (count,)."""
    return np.random.default_rng((*key, 1)).random(count) < 0.5
