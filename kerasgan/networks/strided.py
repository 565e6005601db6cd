"""DCGAN's networks, which several families share: strided convolutions both ways.

Paper: Radford et al. 2015, https://arxiv.org/abs/1511.06434 (section 3, figure 1).
"""

import math

import keras
from keras import layers

from kerasgan.layers.normalization import BatchNormalization
from kerasgan.layers.resampling import growth


def initializer() -> keras.Initializer:
    """N(0, 0.02), section 4; a new one for each layer."""
    return keras.initializers.RandomNormal(stddev=0.02)


def strided(layer: type, filters: int, **options) -> keras.Layer:
    """A convolution or its transpose, 4x4 with stride 2."""
    options |= {"padding": "same", "kernel_initializer": initializer()}
    return layer(filters, 4, strides=2, **options)


def batch_norm() -> keras.Layer:
    """Batch normalization whose scale starts at N(1, 0.02)."""
    return BatchNormalization(
        momentum=0.9, gamma_initializer=keras.initializers.RandomNormal(1.0, 0.02)
    )


def grow(x, image_shape, width: int):
    """Vectors (N, d) to images (N, H, W, C) in [-1, 1]; widths halve upwards."""
    start, widths = growth(image_shape, width)
    dense = layers.Dense(
        math.prod(start), use_bias=False, kernel_initializer=initializer()
    )
    x = layers.ReLU()(batch_norm()(layers.Reshape(start)(dense(x))))
    for filters in widths:
        x = strided(layers.Conv2DTranspose, filters, use_bias=False)(x)
        x = layers.ReLU()(batch_norm()(x))
    x = strided(layers.Conv2DTranspose, image_shape[-1])(x)
    return layers.Activation("tanh", dtype="float32", name="images")(x)


def noisy(images, deviation: float):
    """Images with normal noise on them in training, or as they are where it is 0."""
    return layers.GaussianNoise(deviation)(images) if deviation else images


def shrink(images, width: int, normalize: bool = True):
    """Images (N, H, W, C) to vectors (N, d); no normalization in the first layer."""
    x = images
    while min(x.shape[1:3]) > 4:
        norm = normalize and x is not images
        x = strided(layers.Conv2D, width, use_bias=not norm)(x)
        x = layers.LeakyReLU(0.2)(batch_norm()(x) if norm else x)
        width *= 2
    return layers.Flatten()(x)


def logit(x, **options):
    """Vectors (N, d) to logits (N,), float32; options are the dense layer's."""
    x = layers.Dense(1, dtype="float32", **options)(x)
    return layers.Reshape((), dtype="float32", name="logits")(x)


def strided_generator(image_shape, latent_dim: int, width: int) -> keras.Model:
    """Latents (N, latent_dim) to images (N, H, W, C)."""
    latents = keras.Input((latent_dim,), name="latents")
    return keras.Model(latents, grow(latents, image_shape, width), name="generator")


def strided_discriminator(
    image_shape, width: int, normalize: bool = True, noise: float = 0.0
) -> keras.Model:
    """Images (N, H, W, C) to logits (N,)."""
    images = keras.Input(image_shape, name="images")
    x = shrink(noisy(images, noise), width, normalize)
    x = logit(x, kernel_initializer=initializer())
    return keras.Model(images, x, name="discriminator")
