"""How networks grow an image from a small start."""

from collections.abc import Sequence

from kerasgan.checks import check_image_shape


def halvings(image_shape: Sequence[int]) -> int:
    """How often both sides can be halved while they stay whole and at least 4.

    28 pixels start at 7, 32 at 4, 48 at 6, 64 at 4.

    Args:
        image_shape: (H, W, C).

    Returns:
        The number of halvings, at least 2.

    Raises:
        ValueError: If it would be less than 2.
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
    """Where a generator starts and how many filters each doubling leaves.

    Args:
        image_shape: (H, W, C) of its images.
        width: Filters next to the image; they double at each halving of the sides.

    Returns:
        (h, w, filters) of the start, and the filters after it, without the image's.

    Raises:
        ValueError: If an architecture of halvings cannot make `image_shape`.
    """
    k = halvings(image_shape)
    widths = [int(width) * 2**stage for stage in reversed(range(k))]
    start = (int(image_shape[0]) >> k, int(image_shape[1]) >> k, widths[0])
    return start, widths[1:]
