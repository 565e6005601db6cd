"""Networks that know captions: encoders of text and images, and those of StackGAN.

Papers: Zhang et al. 2016, https://arxiv.org/abs/1612.03242 (figure 2); modulated
residual blocks: Tao et al. 2020, https://arxiv.org/abs/2008.05865 (section 3.3);
discriminators: Miyato & Koyama 2018, https://arxiv.org/abs/1802.05637 (figure 1).
"""

import math
from collections.abc import Sequence

import keras
from keras import KerasTensor, layers

from kerasgan.layers.clip import Clip
from kerasgan.layers.dropout import Dropout
from kerasgan.layers.fixed import (
    AveragePooling2D,
    Conv2D,
    GlobalAveragePooling2D,
    Input,
    UpSampling2D,
)
from kerasgan.layers.modulation import ConditioningAugmentation, Modulation
from kerasgan.layers.normalization import BatchNormalization
from kerasgan.layers.spectral import SpectralNorm
from kerasgan.layers.sub_pixel import ICNR, PixelShuffle
from kerasgan.networks.residual import down_block

SMALLEST = 4  # side of the first features of a generator, and of the last ones
LARGEST = 32  # side of features of encoders and discriminators


def text_encoder(length: int, width: int, size: int, dropout: float) -> keras.Model:
    """Builds a network from captions (N, length) to vectors (N, size) of norm 1.

    Args:
        length: Length of the captions' vectors, see `kerasgan.data.words`.
        width: Length of the embedding of a word.
        size: Length of the result.
        dropout: Share of the words and pieces that training leaves out.
    """
    captions = Input((length,), name="captions")
    x = layers.Dense(width, use_bias=False)(Dropout(dropout)(captions))
    x = layers.Dense(2 * size)(layers.LayerNormalization()(x))
    x = layers.Dense(size)(layers.LeakyReLU(0.2)(x))
    return keras.Model(captions, _unit(x), name="text_encoder")


def image_encoder(
    image_shape: Sequence[int], width: int, size: int, dropout: float
) -> keras.Model:
    """Builds a network from images (N, H, W, C) to vectors (N, size) of norm 1.

    Args:
        image_shape: (H, W, C). Images above 32 pixels are made smaller first.
        width: Filters of the first convolution; they double with each halving of the
            sides, to four times as many.
        size: Length of the result.
        dropout: Share of the features that training leaves out.
    """
    x = images = Input(image_shape, name="images")
    while min(x.shape[1:3]) >= 2 * LARGEST:
        x = AveragePooling2D(2)(x)
    x, filters = _encoded(x, width, 3, strides=1), width
    while min(x.shape[1:3]) >= 2 * SMALLEST:
        filters = min(2 * filters, 4 * width)
        x = _encoded(x, filters, 4, strides=2)
    x = Dropout(dropout)(GlobalAveragePooling2D()(_encoded(x, filters, 3, strides=1)))
    return keras.Model(images, _unit(layers.Dense(size)(x)), name="image_encoder")


def captioned_generator(
    image_shape: Sequence[int], latent_dim: int, size: int, condition: int, width: int
) -> keras.Model:
    """Builds a network from latents (N, latent_dim) and text (N, size) to images.

    Residual blocks, modulated by latents and text, start at the smallest side of at
    least 4.

    Args:
        image_shape: (H, W, C).
        latent_dim: Length of a latent vector.
        size: Length of the text encoder's vectors.
        condition: How many latents conditioning augmentation replaces.
        width: Filters next to the image; twice as many at smaller sides.
    """
    height, breadth, channels = image_shape
    doublings = _halvings(image_shape)
    latents, text = Input((latent_dim,), name="latents"), Input((size,), name="text")
    v = ConditioningAugmentation(condition, name="condition")([text, latents])
    first = height >> doublings, breadth >> doublings, width * (2 if doublings else 1)
    x = layers.Reshape(first)(layers.Dense(math.prod(first))(v))
    x = modulated_block(x, v, first[-1])
    for level in reversed(range(doublings)):
        x = UpSampling2D()(x)
        x = modulated_block(x, v, width * (2 if level else 1))
    return keras.Model([latents, text], _images(x, channels), name="generator")


def captioned_refiner(
    image_shape: Sequence[int],
    scale: int,
    latent_dim: int,
    size: int,
    condition: int,
    width: int,
) -> keras.Model:
    """Builds a network from small images, latents and text to larger images.

    Modulated residual blocks at the small sides and up to half of the large ones; a
    sub-pixel convolution makes the last doubling. The result, which starts at zero, is
    added to the small images, enlarged bilinearly.

    Args:
        image_shape: (H, W, C) of the larger images.
        scale: Their sides divided by those of the small ones, a power of 2.
        latent_dim: Length of a latent vector.
        size: Length of the text encoder's vectors.
        condition: How many latents conditioning augmentation replaces.
        width: Filters of blocks above the small sides; twice as many at these, and half
            as many next to the larger images.
    """
    height, breadth, channels = image_shape
    small = Input((height // scale, breadth // scale, channels), name="small")
    latents, text = Input((latent_dim,), name="latents"), Input((size,), name="text")
    v = ConditioningAugmentation(condition, name="condition")([text, latents])
    x = _conv(2 * width, 3)(small)
    for _ in range(2):
        x = modulated_block(x, v, 2 * width)
    for _ in range(scale.bit_length() - 2):
        x = modulated_block(UpSampling2D()(x), v, width)
    filters = max(1, width // 2)
    x = layers.LeakyReLU(0.2)(x)
    x = PixelShuffle(2)(_conv(4 * filters, 3, kernel_initializer=ICNR(2))(x))
    x = Conv2D(channels, 3, padding="same", kernel_initializer="zeros")(
        layers.LeakyReLU(0.2)(x)
    )
    large = {"interpolation": "bilinear", "dtype": "float32"}
    x = layers.Add(dtype="float32")([UpSampling2D(scale, **large)(small), x])
    x = Clip(dtype="float32", name="images")(x)
    return keras.Model([small, latents, text], x, name="refiner")


def captioned_discriminator(
    image_shape: Sequence[int], size: int, width: int, widest: int, name: str
) -> keras.Model:
    """Builds a network from images and text (N, size) to logits and their parts.

    Spectrally normalized residual blocks halve the sides to 4 pixels or more; above 32
    pixels, convolutions of stride 2 do so first. Features are summed over positions.
    The logits are a function of the features plus their product with a vector of the
    caption; so other captions need the image only once.

    Args:
        image_shape: (H, W, C).
        size: Length of the text encoder's vectors.
        width: Filters of the first block; each halving doubles them.
        widest: The most filters.
        name: The network's name.

    Returns:
        A network with the outputs "logits" (N,), "features" (N, d) and "caption"
        (N, d): the part of the logits that depends on the caption is their product.
    """
    images, text = Input(image_shape, name="images"), Input((size,), name="text")
    x, filters = images, min(width, widest)
    while min(x.shape[1:3]) > LARGEST:
        x = SpectralNorm(Conv2D(filters, 4, 2, padding="same"))(x)
        x = x if min(x.shape[1:3]) <= LARGEST else layers.ReLU()(x)
    for _ in range(_halvings(x.shape[1:])):
        x = down_block(x, filters, halve=True, first=x is images)
        filters = min(2 * filters, widest)
    x = layers.ReLU()(down_block(x, filters, halve=False, first=x is images))
    positions = math.prod(x.shape[1:3])
    x = GlobalAveragePooling2D()(x)
    x = layers.Rescaling(positions, dtype="float32", name="features")(x)  # the sum
    alone = SpectralNorm(layers.Dense(1, dtype="float32"), dtype="float32")(x)
    vector = layers.Dense(filters, use_bias=False, dtype="float32")
    vector = SpectralNorm(vector, dtype="float32", name="caption")(text)
    logits = layers.Add(dtype="float32")(
        [alone, layers.Dot(1, dtype="float32")([x, vector])]
    )
    logits = layers.Reshape((), dtype="float32", name="logits")(logits)
    outputs = {"logits": logits, "features": x, "caption": vector}
    return keras.Model([images, text], outputs, name=name)


def modulated_block(x: KerasTensor, v: KerasTensor, filters: int) -> KerasTensor:
    """Applies a residual block that vectors (N, d) modulate; its branch starts at 0."""
    y = layers.LeakyReLU(0.2)(Modulation()([x, v]))
    y = layers.LeakyReLU(0.2)(Modulation()([_conv(filters, 3)(y), v]))
    y = _conv(filters, 3, kernel_initializer="zeros")(y)
    x = _conv(filters, 1, use_bias=False)(x) if filters != x.shape[-1] else x
    return layers.Add()([x, y])


def _halvings(image_shape) -> int:
    """How often both sides can be halved while they are whole and at least 4."""
    count, sides = 0, image_shape[:2]
    while all(n % 2 == 0 and n // 2 >= SMALLEST for n in sides):
        count, sides = count + 1, [n // 2 for n in sides]
    return count


def _images(x, channels):
    """Images in [-1, 1] from feature maps."""
    x = Conv2D(channels, 3, padding="same")(layers.LeakyReLU(0.2)(x))
    return layers.Activation("tanh", dtype="float32", name="images")(x)


def _encoded(x, filters, kernel, strides):
    options = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal"}
    x = BatchNormalization(momentum=0.9)(Conv2D(filters, kernel, strides, **options)(x))
    return layers.LeakyReLU(0.2)(x)


def _unit(x):
    """Vectors of norm 1, float32."""
    return layers.UnitNormalization(dtype="float32", name="vectors")(x)


def _conv(filters, kernel, **options):
    options = {"kernel_initializer": "he_normal", "padding": "same"} | options
    return Conv2D(filters, kernel, **options)
