"""A U-Net from images to images of the same size.

Paper: Isola et al. 2016, https://arxiv.org/abs/1611.07004 (section 3.2, appendix 6.1).
"""

from collections.abc import Callable, Sequence

import keras
from keras import layers

from kerasgan.layers import Conv2D, Conv2DTranspose, Input, initializer

WIDEST = 8  # times the width next to the image


def u_net(source_shape: Sequence[int], channels: int, width: int) -> keras.Model:
    """Builds a network from images (N, H, W, C) to images (N, H, W, channels).

    Convolutions halve the sides while both are even. Transposed convolutions double
    them again; each result is joined with the features of the same size on the way
    down. Each image is normalized by itself, so a batch may be one image, and the
    network computes the same in training and in use. The results are in [-1, 1].

    Args:
        source_shape: (H, W, C); H and W divisible by 4 and at least 16.
        channels: Channels of the results.
        width: Filters of the first convolution. Each further one doubles them, up to 8
            times the width.

    Raises:
        ValueError: If the sides cannot be halved twice.
    """
    _check_sides(source_shape)
    x = images = Input(source_shape, name="source")
    kept: list = []
    while min(x.shape[1:3]) > 1 and not any(side % 2 for side in x.shape[1:3]):
        filters = width * min(2 ** len(kept), WIDEST)
        x = _conv(Conv2D, filters)(x)
        x = layers.LeakyReLU(0.2)(normalized(x) if kept else x)
        kept.append(x)
    for shallow in reversed(kept[:-1]):
        x = normalized(_conv(Conv2DTranspose, shallow.shape[-1])(x))
        x = layers.Concatenate()([layers.ReLU()(x), shallow])
    x = _conv(Conv2DTranspose, channels)(x)
    x = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model(images, x, name="generator")


def normalized(x: keras.KerasTensor) -> keras.KerasTensor:
    """Applies instance normalization, except to one pixel, which would become 0."""
    single = x.shape[1] == x.shape[2] == 1
    return x if single else layers.GroupNormalization(-1)(x)


def _conv(layer: Callable, filters: int) -> keras.Layer:
    """A convolution or its transpose, 4x4 with stride 2."""
    options = {"padding": "same", "kernel_initializer": initializer()}
    return layer(filters, 4, strides=2, **options)


def _check_sides(shape):
    if any(side % 4 or side < 16 for side in shape[:2]):
        raise ValueError(
            "`image_shape` must be (H, W, C) with H and W divisible by 4 and at least "
            f"16. Received: {tuple(shape)}. Pad or resize the images first."
        )
