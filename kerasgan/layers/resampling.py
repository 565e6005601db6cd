"""Sizes of networks that halve the sides of an image, or double them."""

from collections.abc import Sequence

from kerasgan.checks import check_image_shape

WIDEST = 8  # times the width next to the image


def halvings(image_shape: Sequence[int]) -> int:
    """Counts how often both sides can be halved while they stay whole and at least 4.

    28 pixels become 7, 32 become 4, 48 become 6, and 64 become 4.

    Args:
        image_shape: (H, W, C).

    Returns:
        The number of halvings, at least 2.

    Raises:
        ValueError: If the number would be less than 2.
    """
    height, width, _ = check_image_shape(image_shape)
    k = 0
    while all(
        n % 2 ** (k + 1) == 0 and n // 2 ** (k + 1) >= 4 for n in (height, width)
    ):
        k += 1
    if k < 2:
        raise ValueError(
            "`image_shape` must be (H, W, C) with H and W divisible by 4 and at least "
            f"16. Received: image_shape={tuple(image_shape)}. "
            "Pad or resize the images first: size=64 (--size 64)."
        )
    return k


def growth(
    image_shape: Sequence[int], width: int
) -> tuple[tuple[int, int, int], list[int]]:
    """Returns a generator's first shape, and the filters after each doubling.

    Args:
        image_shape: (H, W, C) of its images.
        width: Filters of the layer before the image; each halving doubles them.

    Returns:
        (h, w, filters) of the first layer, and the filters of the layers between it and
        the image.

    Raises:
        ValueError: If repeated doubling cannot reach `image_shape`.
    """
    k = halvings(image_shape)
    widths = [int(width) * 2**stage for stage in reversed(range(k))]
    start = (int(image_shape[0]) >> k, int(image_shape[1]) >> k, widths[0])
    return start, widths[1:]


def stages(image_shape: Sequence[int], width: int) -> list[tuple[int, int, int]]:
    """Returns (h, w, filters) of every size, from the smallest to the image's.

    Args:
        image_shape: (H, W, C).
        width: Filters next to the image; each halving doubles them, up to 8 times.

    Raises:
        ValueError: If repeated doubling cannot reach `image_shape`.
    """
    count = halvings(image_shape)
    height, breadth, _ = image_shape
    return [
        (height >> k, breadth >> k, width * min(2**k, WIDEST))
        for k in reversed(range(count + 1))
    ]
