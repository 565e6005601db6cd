"""DCGAN's networks of strided and transposed convolutions.

Paper: Radford et al. 2015, https://arxiv.org/abs/1511.06434 (section 3, figure 1).
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers

from kerasgan.layers.conditioning import OneHot, labels_input
from kerasgan.layers.fixed import Conv2D, Conv2DTranspose, Flatten, Input
from kerasgan.layers.heads import initializer, logit
from kerasgan.layers.normalization import BatchNormalization
from kerasgan.layers.resampling import growth


def strided(layer: Callable, filters: int, **options: Any) -> keras.Layer:
    """Returns a convolution or its transpose, 4x4 with stride 2."""
    options |= {"padding": "same", "kernel_initializer": initializer()}
    return layer(filters, 4, strides=2, **options)


def batch_norm() -> keras.Layer:
    """Returns a batch normalization whose scale starts at N(1, 0.02)."""
    return BatchNormalization(
        momentum=0.9, gamma_initializer=keras.initializers.RandomNormal(1.0, 0.02)
    )


def grow(
    x: keras.KerasTensor, image_shape: Sequence[int], width: int
) -> keras.KerasTensor:
    """Maps vectors (N, d) to images (N, H, W, C) in [-1, 1].

    Each doubling of the sides halves the filters, down to `width`.
    """
    start, widths = growth(image_shape, width)
    dense = layers.Dense(
        math.prod(start), use_bias=False, kernel_initializer=initializer()
    )
    x = layers.ReLU()(batch_norm()(layers.Reshape(start)(dense(x))))
    for filters in widths:
        x = strided(Conv2DTranspose, filters, use_bias=False)(x)
        x = layers.ReLU()(batch_norm()(x))
    x = strided(Conv2DTranspose, image_shape[-1])(x)
    return layers.Activation("tanh", dtype="float32", name="images")(x)


def shrink(
    images: keras.KerasTensor, width: int, normalize: bool = True
) -> keras.KerasTensor:
    """Maps images (N, H, W, C) to vectors (N, d); never normalizes the first layer."""
    x = images
    while min(x.shape[1:3]) > 4:
        norm = normalize and x is not images
        x = strided(Conv2D, width, use_bias=not norm)(x)
        x = layers.LeakyReLU(0.2)(batch_norm()(x) if norm else x)
        width *= 2
    return Flatten()(x)


def strided_generator(
    image_shape: Sequence[int], latent_dim: int, width: int
) -> keras.Model:
    """Builds a network from latents (N, latent_dim) to images (N, H, W, C)."""
    latents = Input((latent_dim,), name="latents")
    return keras.Model(latents, grow(latents, image_shape, width), name="generator")


def conditional_generator(
    image_shape: Sequence[int], latent_dim: int, width: int, num_classes: int
) -> keras.Model:
    """Builds DCGAN's generator with labels (N,) as a second input."""
    latents, labels = Input((latent_dim,), name="latents"), labels_input()
    x = layers.Concatenate()([latents, OneHot(num_classes)(labels)])
    return keras.Model([latents, labels], grow(x, image_shape, width), name="generator")


def strided_discriminator(
    image_shape: Sequence[int], width: int, normalize: bool = True
) -> keras.Model:
    """Builds a network from images (N, H, W, C) to logits (N,)."""
    images = Input(image_shape, name="images")
    x = logit(shrink(images, width, normalize), kernel_initializer=initializer())
    return keras.Model(images, x, name="discriminator")
