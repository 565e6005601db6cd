"""Makes images smaller by averaging areas, to measure them at another size."""

from collections.abc import Iterable, Iterator

import numpy as np

METHOD = "by area"


def shape_at(
    size: tuple[int, int] | None, image_shape: tuple[int, ...]
) -> tuple[int, ...]:
    """The shape of images (H, W, C) at a smaller size; None for no change.

    Raises:
        ValueError: If the images are smaller than that.
    """
    if size is None:
        return tuple(image_shape)
    if any(new > old for new, old in zip(size, image_shape, strict=False)):
        raise ValueError(
            f"`size` must not exceed the images. Received: size={size}, images of "
            f"shape {tuple(image_shape)}. Pass a smaller size, or leave it out."
        )
    return *size, *image_shape[2:]


def smaller(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Averages the area of each new pixel, weighted by overlap.

    Args:
        images: uint8 (N, H, W, C).
        size: (H', W'), at most (H, W).

    Returns:
        uint8 (N, H', W', C).

    Raises:
        ValueError: If the images are smaller than that.
    """
    before, after = images.shape[1:3], shape_at(size, images.shape[1:])[:2]
    if after == before:
        return images
    rows, columns = (_shares(*sides) for sides in zip(before, after, strict=True))
    values = np.tensordot(rows, images.astype("float32"), (1, 1))  # (H', N, W, C)
    values = np.tensordot(columns, values, (1, 2))  # (W', H', N, C)
    return np.rint(values).astype("uint8").transpose(2, 1, 0, 3)


def all_smaller(batches: Iterable, size: tuple[int, int]) -> Iterator:
    """Batches of images, or (images, labels), with smaller images."""
    for batch in batches:
        if isinstance(batch, tuple):
            yield smaller(batch[0], size), *batch[1:]
        else:
            yield smaller(batch, size)


def _shares(before, after):
    """How much each old pixel counts for each new one, (after, before)."""
    edges = np.arange(after + 1) * (before / after)
    pixels = np.arange(before)
    ends = np.minimum(edges[1:, None], pixels + 1)
    overlap = ends - np.maximum(edges[:-1, None], pixels)
    return (np.clip(overlap, 0, None) * (after / before)).astype("float32")
