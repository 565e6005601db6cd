"""How sharp images are, by their smallest details."""

import numpy as np


def sharpness(images: np.ndarray) -> np.ndarray:
    """The mean absolute Laplacian of each image, on a scale of pixels from 0 to 1.

    0 if nothing changes from pixel to pixel but in straight slopes; noise has a large
    one, too. So it is compared with that of real images.

    Args:
        images: uint8 (N, H, W, C); H and W at least 3.

    Returns:
        float64 (N,).

    Raises:
        TypeError: If images are not uint8.
        ValueError: If the shape is wrong.

    Reference: Pech-Pacheco et al. 2000, https://doi.org/10.1109/ICPR.2000.903548, with
    the absolute value instead of the variance.
    """
    images = np.asarray(images)
    if images.dtype != np.uint8:
        raise TypeError(f"`images` must be uint8. Received: {images.dtype}.")
    if images.ndim != 4 or min(images.shape[1:3]) < 3:
        raise ValueError(
            "`images` must be (N, H, W, C) of at least 3x3 pixels. Received: shape "
            f"{images.shape}."
        )
    x = images.astype("float64") / 255.0
    around = x[:, 2:, 1:-1] + x[:, :-2, 1:-1] + x[:, 1:-1, 2:] + x[:, 1:-1, :-2]
    return np.abs(around - 4.0 * x[:, 1:-1, 1:-1]).mean(axis=(1, 2, 3))
