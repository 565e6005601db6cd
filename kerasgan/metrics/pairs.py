"""How far images are from the images that they should be, pixel by pixel.

References: Wang et al. 2004 (SSIM), https://doi.org/10.1109/TIP.2003.819861;
Isola et al. 2016 (L1), https://arxiv.org/abs/1611.07004.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

WINDOW = 7  # pixels, of SSIM
RANGE = 255.0  # of pixels
# Keep the quotients of SSIM stable: (K L)^2 in section III of its paper.
C1, C2 = (0.01 * RANGE) ** 2, (0.03 * RANGE) ** 2


def l1(
    reference: np.ndarray, generated: np.ndarray, masks: np.ndarray | None = None
) -> np.ndarray:
    """The mean absolute difference of each pair; 0 is equal, 1 is white for black.

    Args:
        reference: The true images, uint8 (N, H, W, C).
        generated: The images to measure, uint8 (N, H, W, C).
        masks: Where to measure, uint8 (N, H, W, 1), not 0 there; None for everywhere.
            Each must have such a pixel.

    Returns:
        float64 (N,).

    Raises:
        TypeError: If images are not uint8.
        ValueError: If shapes differ, there is no image, or a mask is 0 everywhere.
    """
    images = list(_each(*_check(reference, generated)))
    parts = [None] * len(images) if masks is None else np.asarray(masks)
    if masks is not None:
        expected = (*np.shape(reference)[:3], 1)
        if parts.shape != expected or not parts.any(axis=(1, 2, 3)).all():
            raise ValueError(
                f"`masks` must be of shape {expected}, each not 0 somewhere. Received: "
                f"shape {parts.shape}. Leave out images without a hole."
            )
    pairs = zip(images, parts, strict=True)
    return np.array([_distance(*pair, part) for pair, part in pairs])


def _distance(x, y, mask):
    """The mean absolute difference of two images, where the mask is not 0."""
    distance = np.abs(x.astype("float64") - y)
    if mask is not None:
        distance = distance[mask[..., 0] > 0]
    return distance.mean() / RANGE


def psnr(reference: np.ndarray, generated: np.ndarray) -> np.ndarray:
    """The peak signal-to-noise ratio of each pair, in dB; infinite if they are equal.

    10 log10(255^2 / m), where m is the mean squared difference over H, W and C, as in
    scikit-image's `peak_signal_noise_ratio` with `data_range=255`.

    Args:
        reference: The true images, uint8 (N, H, W, C).
        generated: The images to measure, uint8 (N, H, W, C).

    Returns:
        float64 (N,).

    Raises:
        TypeError: If images are not uint8.
        ValueError: If shapes differ, or there is no image.
    """
    pairs = _each(*_check(reference, generated))
    squares = np.array([np.square(x.astype("float64") - y).mean() for x, y in pairs])
    with np.errstate(divide="ignore"):
        return 10.0 * np.log10(RANGE**2 / squares)


def ssim(reference: np.ndarray, generated: np.ndarray) -> np.ndarray:
    """The mean structural similarity of each pair; 1 if they are equal.

    Windows of 7x7 pixels, each pixel with the same weight, sample covariances, and the
    mean over all windows inside the image and over the channels, as in scikit-image's
    `structural_similarity` with `channel_axis=-1` and `data_range=255`. The paper's
    windows are Gaussian, and its images gray.

    Args:
        reference: The true images, uint8 (N, H, W, C); H and W at least 7.
        generated: The images to measure, uint8 (N, H, W, C).

    Returns:
        float64 (N,), at most 1.

    Raises:
        TypeError: If images are not uint8.
        ValueError: If shapes differ, images are smaller, or there is no image.

    Reference: Wang et al. 2004, https://doi.org/10.1109/TIP.2003.819861, eq. 13.
    """
    reference, generated = _check(reference, generated)
    if min(reference.shape[1:3]) < WINDOW:
        raise ValueError(
            f"`ssim` compares windows of {WINDOW}x{WINDOW} pixels. Received: images of "
            f"shape {reference.shape[1:]}. Measure larger ones, or use `psnr`."
        )
    return np.array([_similarity(x, y) for x, y in _each(reference, generated)])


def _similarity(x, y):
    """The mean SSIM of two images. All sums are of integers, and so exact."""
    x, y = x.astype("int64"), y.astype("int64")
    count = WINDOW**2
    sum_x, sum_y = _sums(x), _sums(y)
    mean_x, mean_y = sum_x / count, sum_y / count
    # Sample (co)variances: (sum xy - sum x sum y / n) / (n - 1).
    scale = 1.0 / (count * (count - 1))
    variance_x = (count * _sums(x * x) - sum_x * sum_x) * scale
    variance_y = (count * _sums(y * y) - sum_y * sum_y) * scale
    covariance = (count * _sums(x * y) - sum_x * sum_y) * scale
    luminance = (2 * mean_x * mean_y + C1) / (mean_x**2 + mean_y**2 + C1)
    structure = (2 * covariance + C2) / (variance_x + variance_y + C2)
    return (luminance * structure).mean()


def _sums(image):
    """The sum of each window, (H - 6, W - 6, C)."""
    for axis in (0, 1):
        image = sliding_window_view(image, WINDOW, axis=axis).sum(axis=-1)
    return image


def _each(reference, generated):
    """Pairs of single images, so that memory does not grow with their number."""
    return zip(reference, generated, strict=True)


def _check(reference, generated):
    images = {"reference": np.asarray(reference), "generated": np.asarray(generated)}
    for name, array in images.items():
        if array.dtype != np.uint8:
            raise TypeError(
                f"`{name}` must be uint8. Received: dtype={array.dtype}. Convert "
                "images in [-1, 1] with kerasgan.images.to_uint8."
            )
    shapes = [array.shape for array in images.values()]
    if shapes[0] != shapes[1] or len(shapes[0]) != 4 or 0 in shapes[0]:
        raise ValueError(
            "`reference` and `generated` must have one shape, (N, H, W, C). Received: "
            f"{shapes[0]} and {shapes[1]}. Resize one of them, or add the missing axis."
        )
    return images.values()
