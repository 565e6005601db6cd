"""Images in one array, refused before they take more memory than the machine has."""

import math
import os

import numpy as np

UNKNOWN = 2**36  # bytes of memory to assume if the system does not tell


def installed() -> int:
    """The memory of this machine in bytes."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # as on Windows
        return UNKNOWN


def check(count: int, shape: tuple[int, ...], itemsize: int = 1) -> None:
    """Refuses images that this machine cannot hold.

    Args:
        count: Number of images.
        shape: (H, W, C) of each.
        itemsize: Bytes of each number.

    Raises:
        ValueError: If they need more than the machine's memory.
    """
    needed, limit = count * math.prod(shape) * itemsize, installed()
    if needed > limit:
        raise ValueError(
            f"All images must fit in memory, {limit / 2**30:.1f} GiB on this machine. "
            f"Received: {count:,} images of shape {tuple(map(int, shape))}, "
            f"{needed / 2**30:,.1f} GiB. Pass a smaller size= (--size) or fewer images."
        )


class Stack:
    """Images of one size in one array, which takes their memory once.

    A gray image among colored ones becomes colored.

    Args:
        most: The largest number of images.
        size: (H, W) of all images, if it is known, to refuse too large ones at once.
    """

    def __init__(self, most: int, size: tuple[int, int] | None = None):
        self.most, self.count, self._array = most, 0, None
        if size is not None:
            check(most, (*size, 1))

    def add(self, image: np.ndarray) -> None:
        """Appends an image, uint8 (H, W, C)."""
        if self._array is None:
            check(self.most, image.shape)
            self._array = np.empty((self.most, *image.shape), "uint8")
        elif self._array.shape[-1] < image.shape[-1]:
            check(self.most, image.shape)
            self._array = self._array.repeat(image.shape[-1], axis=-1)
        self._array[self.count] = image
        self.count += 1

    @property
    def images(self) -> np.ndarray | None:
        """uint8 (N, H, W, C), or None without an image."""
        return None if self._array is None else self._array[: self.count]
