"""A network that fills a hole in an image from what is around it.

Papers: Pathak et al. 2016, https://arxiv.org/abs/1604.07379 (section 3.1); residual
blocks that start as identities: Zhang et al. 2019, https://arxiv.org/abs/1901.09321.
"""

from typing import Any

import keras
from keras import layers, ops

from kerasgan.layers import Conv2D, Input, UpSampling2D, initializer
from kerasgan.types import Tensor

BLOCKS = 2  # in the middle


@keras.saving.register_keras_serializable("kerasgan")
class Paste(layers.Layer):
    """Puts the known pixels of a source into an image, unchanged.

    Takes an image (N, H, W, C) and its source (N, H, W, C + 1), whose last channel is
    above 0 in the hole.

    Args:
        **kwargs: As in `keras.layers.Layer`.

    Example:
        ```python
        filled = Paste(dtype="float32")([made, source])  # (N, H, W, C)
        ```
    """

    def call(self, inputs: Any) -> Tensor:
        """The image in the hole, and the source elsewhere."""
        made, source = inputs
        return ops.where(source[..., -1:] > 0, made, source[..., :-1])

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """The shape of the image."""
        return input_shape[0]


def inpainting_network(
    channels: int, width: int, levels: int, widest: int = 8
) -> keras.Model:
    """Builds a network from sources (N, H, W, channels + 1) to images.

    The last channel of a source is 1 in the hole and -1 elsewhere. Convolutions halve
    the sides `levels` times; repeating pixels doubles them again. Each result is
    added to the features of the same size on the way down. There are residual blocks at
    every size. Nothing is normalized, so a result depends on the pixels within
    `inpainting_reach` alone. Known pixels are those of the source. The sides are free;
    they must be multiples of 2**levels.

    Args:
        channels: Channels of the images.
        width: Filters next to the image. Each halving doubles them, up to `widest`
            times the width.
        levels: Number of halvings.
        widest: The most filters, as a multiple of the width.
    """
    source = Input((None, None, channels + 1), name="source")
    x, kept = _conv(width, 5)(source), []
    for level in range(1, levels + 1):
        kept.append(x)
        x = _conv(width * min(2**level, widest), 4, strides=2)(_activated(x))
        for _ in range(BLOCKS if level == levels else 1):
            x = _block(x)
    for shallow in reversed(kept):
        x = UpSampling2D()(_conv(shallow.shape[-1], 1)(x))  # cheaper first
        x = _block(layers.Add()([x, shallow]))
    x = _conv(channels, 3, kernel_initializer=initializer())(_activated(x))
    x = layers.Activation("tanh", dtype="float32", name="images")(x)
    x = Paste(dtype="float32", name="filled")([x, source])
    return keras.Model(source, x, name="generator")


def inpainting_reach(levels: int) -> int:
    """How far a result depends on the source, in pixels to each side."""
    outer = 2 + 1  # the first convolution and the last one
    outer += 2  # the block at full size
    inner = sum(2**level * (1 + 1) for level in range(levels))  # down and up
    inner += sum(2**level * (2 + 2) for level in range(1, levels))  # blocks
    return outer + inner + 2**levels * 2 * BLOCKS


def _block(x):
    """A residual block whose branch starts at zero."""
    y = _conv(x.shape[-1], 3)(_activated(x))
    y = _conv(x.shape[-1], 3, kernel_initializer="zeros")(_activated(y))
    return layers.Add()([x, y])


def _activated(x):
    return layers.LeakyReLU(0.2)(x)


def _conv(filters: int, kernel: int, **options) -> keras.Layer:
    options = {"kernel_initializer": "he_normal", "padding": "same"} | options
    return Conv2D(filters, kernel, **options)
