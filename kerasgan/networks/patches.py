"""A discriminator that classifies overlapping patches of an image.

Paper: Isola et al. 2016, https://arxiv.org/abs/1611.07004 (section 3.2, appendix 6.1).
"""

from collections.abc import Sequence

import keras
from keras import layers

from kerasgan.layers import Conv2D, Input, SpectralNorm, initializer
from kerasgan.networks.residual import plain

WIDEST = 8  # times the width next to the image


def patch_discriminator(
    shapes: Sequence[tuple[int, int, int]],
    width: int,
    depth: int,
    name: str,
    spectral_norm: bool = False,
) -> keras.Model:
    """Builds a network from images (N, H, W, C) to logits of patches (N, h, w, 1).

    Several inputs are joined by channel. There are `depth` convolutions of stride 2,
    one of stride 1, and one for the logits. With a depth of 1, 2 or 3, a patch has 16,
    34 or 70 pixels. Each image is normalized by itself, or weights are normalized. The
    sides are free.

    Args:
        shapes: (H, W, C) of each input in training; all have the same sides.
        width: Filters of the first convolution. Each further one doubles them, up to 8
            times the width.
        depth: Number of convolutions that halve the sides.
        name: The network's name.
        spectral_norm: Whether to normalize the weights of all convolutions
            (https://arxiv.org/abs/1802.05957) instead of the features. The network then
            sees how saturated the colors of an image are.

    Raises:
        ValueError: If the sides are too small for so many halvings.
    """
    smallest = min(side for shape in shapes for side in shape[:2])
    if smallest < 2 ** (depth + 1):
        raise ValueError(
            f"`depth` must leave at least 2 pixels of {smallest}. Received: "
            f"depth={depth}. Choose a smaller depth, or larger images."
        )
    wrap = SpectralNorm if spectral_norm else plain
    inputs = [Input((None, None, shape[-1])) for shape in shapes]
    x = inputs[0] if len(inputs) == 1 else layers.Concatenate()(inputs)
    for level in range(depth + 1):
        filters = width * min(2**level, WIDEST)
        x = wrap(_conv(filters, strides=2 if level < depth else 1))(x)
        x = layers.GroupNormalization(-1)(x) if level and not spectral_norm else x
        x = layers.LeakyReLU(0.2)(x)
    x = wrap(_conv(1, dtype="float32", name="logits"))(x)
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], x, name=name)


def _conv(filters: int, **options) -> keras.Layer:
    """A 4x4 convolution."""
    options |= {"padding": "same", "kernel_initializer": initializer()}
    return Conv2D(filters, 4, **options)
