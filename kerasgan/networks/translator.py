"""A residual network from images to images of the same size.

Papers: Johnson et al. 2016, https://arxiv.org/abs/1603.08155; Zhu et al. 2017,
https://arxiv.org/abs/1703.10593 (appendix 7.2).
"""

from collections.abc import Sequence

import keras
from keras import layers

from kerasgan.layers import Conv2D, Input, UpSampling2D, initializer


def residual_translator(
    source_shape: Sequence[int],
    channels: int,
    width: int,
    blocks: int,
    name: str,
    skips: bool = False,
) -> keras.Model:
    """Builds a network from images (N, H, W, C) to images (N, H, W, channels).

    The network halves the sides twice, applies residual blocks, and doubles the sides
    twice. Each image is normalized by itself. The results are in [-1, 1]. The sides
    are free; they must be multiples of 4.

    Args:
        source_shape: (H, W, C) in training; H and W divisible by 4.
        channels: Channels of the results.
        width: Filters of the outermost layers. The blocks have four times as many.
        blocks: Number of residual blocks: in the paper 6 at 128 pixels, 9 from 256 on.
        name: The network's name.
        skips: Whether the layers that double the sides also see the features that had
            these sides before, as in a U-Net. Small details of the source then survive.

    Raises:
        ValueError: If the sides are not divisible by 4.

    Differs from the papers:
        Zero padding instead of reflection. Sides are doubled by nearest neighbors and a
        convolution, because a transposed convolution leaves a checkerboard.
    """
    if any(side % 4 for side in source_shape[:2]):
        raise ValueError(
            "`image_shape` must be (H, W, C) with H and W divisible by 4. "
            f"Received: {tuple(source_shape)}. Pad or resize the images first."
        )
    images = Input((None, None, source_shape[-1]), name="source")
    x = _block(_conv(width, 7)(images))
    large = []
    for factor in (2, 4):
        large.append(x)
        x = _block(_conv(factor * width, 3, strides=2)(x))
    for _ in range(blocks):
        y = _conv(4 * width, 3)(_block(_conv(4 * width, 3)(x)))
        x = layers.Add()([x, layers.GroupNormalization(-1)(y)])
    for factor in (2, 1):
        x = _block(_conv(factor * width, 3)(UpSampling2D()(x)))
        x = layers.Concatenate()([x, large.pop()]) if skips else x
    x = _conv(channels, 7, use_bias=True)(x)
    x = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model(images, x, name=name)


def _block(x):
    """Instance normalization and ReLU."""
    return layers.ReLU()(layers.GroupNormalization(-1)(x))


def _conv(filters: int, kernel: int, **options):
    options = {"use_bias": False, **options, "padding": "same"}
    return Conv2D(filters, kernel, kernel_initializer=initializer(), **options)
