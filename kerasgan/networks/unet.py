"""A U-Net from images to images of the same size.

Paper: Isola et al. 2016, https://arxiv.org/abs/1611.07004 (section 3.2, appendix 6.1).
"""

from collections.abc import Callable, Sequence

import keras
from keras import layers

from kerasgan.layers import Conv2D, Conv2DTranspose, Dropout, Input, initializer

DROPPED = 3  # innermost levels with dropout


def u_net_levels(image_shape: Sequence[int]) -> int:
    """How often both sides of an image can be halved, down to one pixel.

    Args:
        image_shape: (H, W, C); H and W divisible by 4 and at least 16.

    Raises:
        ValueError: If the sides cannot be halved twice.
    """
    height, width = image_shape[:2]
    if any(side % 4 or side < 16 for side in (height, width)):
        raise ValueError(
            "`image_shape` must be (H, W, C) with H and W divisible by 4 and at least "
            f"16. Received: {tuple(image_shape)}. Pad or resize the images first."
        )
    levels = 0
    while not any(side % 2 ** (levels + 1) for side in (height, width)):
        levels += 1
    return levels


def u_net(
    source_channels: int,
    channels: int,
    width: int,
    levels: int,
    widest: int = 8,
    dropout: float = 0.0,
) -> keras.Model:
    """Builds a network from images (N, H, W, C) to images (N, H, W, channels).

    Convolutions halve the sides `levels` times. Transposed convolutions double them
    again; each result is joined with the features of the same size on the way down.
    Each image is normalized by itself, so a batch may be one image, and the network
    computes the same in training and in use, except for dropout. The results are in
    [-1, 1]. The sides are free; they must be multiples of 2**levels.

    Args:
        source_channels: Channels of the images.
        channels: Channels of the results.
        width: Filters of the first convolution. Each further one doubles them, up to
            `widest` times the width.
        levels: Number of halvings, from `u_net_levels`.
        widest: The most filters, as a multiple of the width.
        dropout: Share of features that training drops after the three innermost
            transposed convolutions.
    """
    x = images = Input((None, None, source_channels), name="source")
    kept: list = []
    for level in range(levels):
        x = _conv(Conv2D, width * min(2**level, widest))(x)
        outermost, innermost = level == 0, level == levels - 1  # perhaps one pixel
        x = x if outermost or innermost else layers.GroupNormalization(-1)(x)
        x = layers.LeakyReLU(0.2)(x)
        kept.append(x)
    for index, shallow in enumerate(reversed(kept[:-1])):
        x = _conv(Conv2DTranspose, shallow.shape[-1])(x)
        x = layers.GroupNormalization(-1)(x)
        if dropout and index < DROPPED:
            x = Dropout(dropout)(x)
        x = layers.Concatenate()([layers.ReLU()(x), shallow])
    x = _conv(Conv2DTranspose, channels)(x)
    x = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model(images, x, name="generator")


def _conv(layer: Callable, filters: int) -> keras.Layer:
    """A convolution or its transpose, 4x4 with stride 2."""
    options = {"padding": "same", "kernel_initializer": initializer()}
    return layer(filters, 4, strides=2, **options)
