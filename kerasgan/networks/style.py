"""StyleGAN2's networks: mapping and synthesis, and a residual discriminator.

Paper: Karras et al. 2020, https://arxiv.org/abs/1912.04958 (sections 2 and 4).
"""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import KerasTensor, layers

from kerasgan.layers.conditioning import OneHot, labels_input
from kerasgan.layers.equalized import EqualizedConv2D, EqualizedDense
from kerasgan.layers.fixed import AveragePooling2D, Flatten, Input
from kerasgan.layers.resampling import stages
from kerasgan.layers.style import (
    Constant,
    Doubling,
    MinibatchDeviation,
    ModulatedConv2D,
    MovingMean,
    Noise,
    UnitLength,
)

LEAK, GAIN = 0.2, math.sqrt(2.0)  # the gain makes up for the leaky ReLU
MAPPING_RATE = 0.01  # a factor on the learning rate of the mapping
WIDE = {"dtype": "float32"}  # the mapping, and both ends of the networks


def mapped(
    latents: KerasTensor,
    labels: KerasTensor | None,
    num_classes: int | None,
    depth: int,
    style_dim: int,
) -> KerasTensor:
    """Maps latents (N, latent_dim) to styles (N, style_dim), and keeps their mean."""
    x = UnitLength(**WIDE)(latents)
    if labels is not None:
        vectors = OneHot(num_classes, **WIDE)(labels)
        vectors = EqualizedDense(latents.shape[-1], **WIDE)(vectors)
        x = layers.Concatenate(**WIDE)([x, UnitLength(**WIDE)(vectors)])
    for _ in range(depth):
        x = EqualizedDense(style_dim, gain=GAIN, rate=MAPPING_RATE, **WIDE)(x)
        x = layers.LeakyReLU(LEAK, **WIDE)(x)
    return MovingMean(name="mean_style", **WIDE)(x)


def styled(
    x: KerasTensor, styles: KerasTensor, filters: int, index: int, double: bool = False
) -> KerasTensor:
    """Applies a modulated convolution, noise and a leaky ReLU; it may double sides."""
    x = ModulatedConv2D(filters, 3, index, gain=GAIN)([x, styles])
    x = Doubling()(x) if double else x
    return layers.LeakyReLU(LEAK)(Noise()(x))


def style_generator(
    image_shape: Sequence[int],
    latent_dim: int,
    width: int,
    style_dim: int,
    mapping_layers: int,
    num_classes: int | None = None,
) -> keras.Model:
    """Builds a network from latents (N, latent_dim) to images (N, H, W, C).

    With classes, it has labels (N,) as a second input. The output of its layer "styles"
    is what the mapping gives to the synthesis: a style for each index of the modulated
    convolutions, (N, layers, style_dim), all equal.

    Args:
        image_shape: (H, W, C).
        latent_dim: Length of a latent vector.
        width: Filters next to the image; each halving doubles them, up to 8 times.
        style_dim: Length of a style.
        mapping_layers: Dense layers of the mapping.
        num_classes: Number of classes, or None.

    Raises:
        ValueError: If repeated doubling cannot reach `image_shape`.
    """
    first, *others = stages(image_shape, width)
    latents = Input((latent_dim,), name="latents")
    labels = None if num_classes is None else labels_input()
    x = mapped(latents, labels, num_classes, mapping_layers, style_dim)
    count = 2 * (1 + len(others))
    styles = layers.RepeatVector(count, name="styles", **WIDE)(x)
    x = styled(Constant(first)(styles), styles, first[-1], 0)
    images = to_images(x, styles, image_shape[-1], 1)
    for stage, (_, _, filters) in enumerate(others):
        x = styled(x, styles, filters, 2 * stage + 1, double=True)
        x = styled(x, styles, filters, 2 * stage + 2)
        images = Doubling(**WIDE)(images)
        more = to_images(x, styles, image_shape[-1], 2 * stage + 3)
        images = layers.Add(**WIDE)([images, more])
    images = layers.Activation("tanh", name="images", **WIDE)(images)
    inputs = latents if labels is None else [latents, labels]
    return keras.Model(inputs, images, name="generator")


def to_images(
    x: KerasTensor, styles: KerasTensor, channels: int, index: int
) -> KerasTensor:
    """Maps features to a part of the images, by their style."""
    return ModulatedConv2D(channels, 1, index, demodulate=False)([x, styles])


def convolved(
    x: KerasTensor,
    filters: int,
    kernel_size: int = 3,
    gain: float = GAIN,
    **options: Any,
) -> KerasTensor:
    """Applies a convolution and a leaky ReLU."""
    x = EqualizedConv2D(filters, kernel_size, gain=gain, **options)(x)
    return layers.LeakyReLU(LEAK)(x)


def halving_block(x: KerasTensor, filters: int) -> KerasTensor:
    """Applies a residual block that halves the sides.

    Both of its paths have the variance 1/2, so that their sum has the variance 1.
    """
    y = convolved(x, x.shape[-1])
    y = AveragePooling2D(2, strides=1, padding="same")(y)  # a filter against aliases
    y = convolved(y, filters, gain=1.0, strides=2)
    x = AveragePooling2D(2)(x)
    x = EqualizedConv2D(filters, 1, gain=1.0 / GAIN, bias=None)(x)
    return layers.Add()([x, y])


def style_discriminator(
    image_shape: Sequence[int], width: int, num_classes: int | None = None
) -> keras.Model:
    """Builds a network from images (N, H, W, C) to logits (N,).

    With classes, it has labels (N,) as a second input, and adds the product of the
    features and the class's vector.

    Args:
        image_shape: (H, W, C).
        width: Filters next to the image; each halving doubles them, up to 8 times.
        num_classes: Number of classes, or None.

    Raises:
        ValueError: If repeated halving cannot take `image_shape`.
    """
    first, *others = reversed(stages(image_shape, width))
    inputs = images = Input(image_shape, name="images")
    x = convolved(images, first[-1], 1)
    for _, _, filters in others:
        x = halving_block(x, filters)
    x = convolved(MinibatchDeviation()(x), x.shape[-1])
    x = convolved(x, x.shape[-1], strides=2, padding="valid")
    x = Flatten(**WIDE)(x)
    logits = EqualizedDense(1, **WIDE)(x)
    if num_classes is not None:
        inputs = [images, labels := labels_input()]
        gain = math.sqrt(num_classes / x.shape[-1])  # of the product, 1
        vectors = EqualizedDense(x.shape[-1], gain=gain, bias=None, **WIDE)
        vectors = vectors(OneHot(num_classes, **WIDE)(labels))
        product = layers.Dot(1, **WIDE)([x, vectors])
        logits = layers.Add(**WIDE)([logits, product])
    logits = layers.Reshape((), name="logits", **WIDE)(logits)
    return keras.Model(inputs, logits, name="discriminator")
