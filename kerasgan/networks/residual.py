"""Residual networks of spectrally normalized GANs, with or without classes.

Papers: Miyato et al. 2018, https://arxiv.org/abs/1802.05957 (table 4, figure 8);
classes: Miyato & Koyama 2018, https://arxiv.org/abs/1802.05637.
"""

import math
from collections.abc import Callable, Sequence

import keras
from keras import KerasTensor, layers

from kerasgan.layers.attention import SelfAttention
from kerasgan.layers.conditioning import ClassAffine, OneHot, labels_input
from kerasgan.layers.fixed import (
    AveragePooling2D,
    Conv2D,
    GlobalAveragePooling2D,
    Input,
    UpSampling2D,
)
from kerasgan.layers.normalization import BatchNormalization
from kerasgan.layers.resampling import growth
from kerasgan.layers.spectral import SpectralNorm

Wrap = Callable[[keras.Layer], keras.Layer]


def plain(layer: keras.Layer) -> keras.Layer:
    """Returns the layer unchanged, instead of in `SpectralNorm`."""
    return layer


def conv(filters: int, kernel: int, wrap: Wrap, bias: bool = True) -> keras.Layer:
    """Returns a convolution that keeps the sides."""
    return wrap(Conv2D(filters, kernel, padding="same", use_bias=bias))


def normalized(
    x: KerasTensor, labels: KerasTensor | None, num_classes: int | None
) -> KerasTensor:
    """Applies batch normalization, conditional if there are labels, and ReLU."""
    if labels is None:
        return layers.ReLU()(BatchNormalization()(x))
    x = BatchNormalization(center=False, scale=False)(x)
    return layers.ReLU()(ClassAffine(num_classes)([x, labels]))


def up_block(
    x: KerasTensor,
    filters: int,
    labels: KerasTensor | None,
    num_classes: int | None,
    wrap: Wrap,
) -> KerasTensor:
    """Applies a residual block that doubles the sides.

    Its convolutions have no biases, because the next normalization would remove them.
    """
    y = UpSampling2D()(normalized(x, labels, num_classes))
    y = normalized(conv(filters, 3, wrap, bias=False)(y), labels, num_classes)
    y = conv(filters, 3, wrap, bias=False)(y)
    x = UpSampling2D()(conv(filters, 1, wrap, bias=False)(x))  # cheaper first
    return layers.Add()([x, y])


def down_block(
    x: KerasTensor, filters: int, halve: bool, first: bool = False
) -> KerasTensor:
    """Applies a spectrally normalized residual block; a `first` one omits one ReLU."""
    y = x if first else layers.ReLU()(x)
    y = layers.ReLU()(conv(filters, 3, SpectralNorm)(y))
    y = conv(filters, 3, SpectralNorm)(y)
    if halve:
        x, y = AveragePooling2D(2)(x), AveragePooling2D(2)(y)
    if halve or filters != x.shape[-1]:
        x = conv(filters, 1, SpectralNorm)(x)  # cheaper after the pooling
    return layers.Add()([x, y])


def residual_generator(
    image_shape: Sequence[int],
    latent_dim: int,
    width: int,
    num_classes: int | None = None,
    wrap: Wrap = plain,
    attention: int | None = None,
) -> keras.Model:
    """Builds a network from latents (N, latent_dim) to images (N, H, W, C).

    With classes, it has labels (N,) as a second input.

    Args:
        image_shape: (H, W, C).
        latent_dim: Length of a latent vector.
        width: Filters of every block.
        num_classes: Number of classes, or None.
        wrap: A function applied to each linear layer, such as `SpectralNorm`.
        attention: The height of feature maps with self-attention, or None.

    Raises:
        ValueError: If blocks that double the sides cannot reach `image_shape`.
    """
    (height, breadth, _), others = growth(image_shape, width)
    latents = Input((latent_dim,), name="latents")
    labels = None if num_classes is None else labels_input()
    x = wrap(layers.Dense(height * breadth * width))(latents)
    x = layers.Reshape((height, breadth, width))(x)
    for _ in range(len(others) + 1):
        x = up_block(x, width, labels, num_classes, wrap)
        x = SelfAttention()(x) if x.shape[1] == attention else x
    x = layers.ReLU()(BatchNormalization()(x))
    x = conv(image_shape[-1], 3, wrap)(x)
    x = layers.Activation("tanh", dtype="float32", name="images")(x)
    inputs = latents if labels is None else [latents, labels]
    return keras.Model(inputs, x, name="generator")


def residual_discriminator(
    image_shape: Sequence[int],
    width: int,
    num_classes: int | None = None,
    attention: int | None = None,
) -> keras.Model:
    """Builds a network from images (N, H, W, C) to logits (N,).

    Blocks halve the sides while both are even and above 8; two more blocks keep them.
    Features are summed over all positions. With classes, the network has labels (N,) as
    a second input, and adds the product of the features and the class's vector.

    Args:
        image_shape: (H, W, C).
        width: Filters of every block.
        num_classes: Number of classes, or None.
        attention: The height of feature maps with self-attention, or None.
    """
    x = images = Input(image_shape, name="images")
    while min(x.shape[1:3]) > 8 and not any(side % 2 for side in x.shape[1:3]):
        x = down_block(x, width, halve=True, first=x is images)
        x = SelfAttention()(x) if x.shape[1] == attention else x
    for _ in range(2):
        x = down_block(x, width, halve=False)
    positions = math.prod(x.shape[1:3])
    x = GlobalAveragePooling2D()(layers.ReLU()(x))
    x = layers.Rescaling(positions, dtype="float32")(x)  # the sum
    logits = SpectralNorm(layers.Dense(1, dtype="float32"), dtype="float32")(x)
    if num_classes is None:
        logits = layers.Reshape((), dtype="float32", name="logits")(logits)
        return keras.Model(images, logits, name="discriminator")
    labels = labels_input()
    embedding = layers.Dense(width, use_bias=False, dtype="float32")
    vector = OneHot(num_classes, dtype="float32")(labels)
    vector = SpectralNorm(embedding, dtype="float32")(vector)
    product = layers.Dot(1, dtype="float32")([x, vector])
    logits = layers.Add(dtype="float32")([logits, product])
    logits = layers.Reshape((), dtype="float32", name="logits")(logits)
    return keras.Model([images, labels], logits, name="discriminator")
