"""A residual network that enlarges images.

Papers: Ledig et al. 2016, https://arxiv.org/abs/1609.04802 (section 2.1.1, figure 4);
without batch normalization: Lim et al. 2017, https://arxiv.org/abs/1707.02921.
"""

import keras
from keras import layers

from kerasgan.layers import (
    ICNR,
    Clip,
    Conv2D,
    Input,
    PixelShuffle,
    ReplicationPadding2D,
    UpSampling2D,
)

END, INNER = 9, 3  # pixels of the first and last kernels, and of all others


def enlarging_network(
    channels: int, width: int, blocks: int, scale: int, name: str
) -> keras.Model:
    """Builds a network from images (N, h, w, C) to images (N, scale h, scale w, C).

    Residual blocks work on the pixels of the input. Sub-pixel convolutions then double
    the sides. The network adds its result to the input's nearest pixels, which it
    resembles before any training. Except in training, results are clipped to [-1, 1].
    The sides are free. A pixel of a result depends on few pixels of the input; see
    `reach_of`.

    Args:
        channels: Channels of the images.
        width: Filters of the blocks.
        blocks: Number of residual blocks.
        scale: Sides of a result, divided by those of an input: a power of 2.
        name: The network's name.

    Differs from the papers:
        No batch normalization, which would let a pixel depend on all others in
        training. LeakyReLU instead of PReLU, which takes a third longer on a CPU. The
        last convolutions of blocks and network start small. The network adds to
        nearest-neighbor upsampling. Edges are repeated instead of padded by zeros,
        which show as a frame around images unlike those of the training.
    """
    source = Input((None, None, channels), name="source")
    x = first = _activated(_conv(source, width, END))
    for _ in range(blocks):
        y = _conv(_activated(_conv(x, width)), width, scale=0.2)
        x = layers.Add()([x, y])
    x = layers.Add()([first, _conv(x, width, scale=0.2)])
    for _ in range(scale.bit_length() - 1):
        initial = ICNR(2, keras.initializers.HeNormal())
        x = _conv(x, 4 * width, initial=initial)
        x = _activated(PixelShuffle(2)(x))
    x = _conv(x, channels, END, scale=0.01)
    nearest = UpSampling2D(scale, dtype="float32")(source)
    x = layers.Add(dtype="float32")([x, nearest])
    return keras.Model(source, Clip(dtype="float32", name="images")(x), name=name)


def reach_of(blocks: int, scale: int) -> int:
    """The reach of `enlarging_network`, in pixels of its input.

    A pixel of the result depends on no pixel of the input that is farther from it, in
    rows or columns.

    Args:
        blocks: Number of residual blocks.
        scale: Sides of a result, divided by those of an input.
    """
    # The first and the last pixel that the result's pixels 0 to scale - 1 depend on.
    low, high = -(END // 2), scale - 1 + END // 2
    for _ in range(scale.bit_length() - 1):
        low, high = low // 2 - INNER // 2, high // 2 + INNER // 2
    return max(-low, high) + END // 2 + (2 * blocks + 1) * (INNER // 2)


def _activated(x):
    """LeakyReLU with the slope at which the paper's PReLU starts."""
    return layers.LeakyReLU(0.25)(x)


def _conv(x, filters, kernel=INNER, scale=2.0, initial=None):
    """A convolution; its weights start with a variance of `scale` / inputs."""
    initial = initial or keras.initializers.VarianceScaling(scale)
    x = ReplicationPadding2D(kernel // 2)(x)
    return Conv2D(filters, kernel, kernel_initializer=initial)(x)
