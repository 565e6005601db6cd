"""How often an image's sides can be halved."""

from kerasgan.validation import check_image_shape


def halvings(image_shape) -> int:
    """K such that a network starts at sides / 2^k, none of them below 4.

    28 pixels start at 7, 32 at 4, 48 at 6, 64 at 4.

    Args:
        image_shape: (H, W, C).

    Returns:
        The largest k for which both sides are multiples of 2^k and stay at least 4.

    Raises:
        ValueError: If k would be less than 2.
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
            "Pad or resize the images first."
        )
    return k
