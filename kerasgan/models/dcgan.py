"""DCGAN: a convolutional generator and discriminator that train stably.

Paper: Radford et al. 2015, https://arxiv.org/abs/1511.06434 (section 3, figure 1).
"""

import math

import keras
from keras import layers

from kerasgan import losses, penalties
from kerasgan.gan import GAN
from kerasgan.layers import BatchNormalization, growth
from kerasgan.registry import register
from kerasgan.validation import check_weight


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


def build_generator(image_shape, latent_dim: int, width: int) -> keras.Model:
    """Latents (N, latent_dim) to images (N, H, W, C); widths halve upwards."""
    start, widths = growth(image_shape, width)
    latents = keras.Input((latent_dim,), name="latents")
    dense = layers.Dense(
        math.prod(start), use_bias=False, kernel_initializer=initializer()
    )
    x = layers.ReLU()(batch_norm()(layers.Reshape(start)(dense(latents))))
    for filters in widths:
        x = strided(layers.Conv2DTranspose, filters, use_bias=False)(x)
        x = layers.ReLU()(batch_norm()(x))
    x = strided(layers.Conv2DTranspose, image_shape[-1])(x)
    x = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model(latents, x, name="generator")


def build_discriminator(
    image_shape, width: int, normalize: bool, noise: float
) -> keras.Model:
    """Images (N, H, W, C) to logits (N,); no normalization in the first layer."""
    images = keras.Input(image_shape, name="images")
    x = first = layers.GaussianNoise(noise)(images) if noise else images
    while min(x.shape[1:3]) > 4:
        norm = normalize and x is not first
        x = strided(layers.Conv2D, width, use_bias=not norm)(x)
        x = layers.LeakyReLU(0.2)(batch_norm()(x) if norm else x)
        width *= 2
    x = layers.Flatten()(x)
    x = layers.Dense(1, kernel_initializer=initializer(), dtype="float32")(x)
    x = layers.Reshape((), dtype="float32", name="logits")(x)
    return keras.Model(images, x, name="discriminator")


@register("dcgan")
class DCGAN(GAN):
    """Deep convolutional GAN with the non-saturating loss.

    Args:
        image_shape: (H, W, C); H and W divisible by 4 and at least 16.
        latent_dim: Length of a latent vector.
        width: Filters next to the image; they double at each halving of the sides.
        discriminator_width: The same for the discriminator; `width` if None.
        penalty_weight: DRAGAN's lambda, 10 in its paper
            (https://arxiv.org/abs/1705.07215); 0 is plain DCGAN. A penalised
            discriminator has no batch normalization.
        instance_noise: Deviation of the normal noise that training adds to all images
            that the discriminator sees (https://arxiv.org/abs/1610.04490); 0 is none.
        **kwargs: `ema_decay`, `seed`, `dtype`, ... of `kerasgan.GAN`.

    Raises:
        ValueError: If the architecture cannot make `image_shape`.

    Differs from the paper:
        Latents are normal, not uniform. Networks start at the smallest side of at
        least 4 (28 pixels: 7). Samples come from a moving average of the generator.

    Example:
        ```python
        gan = kerasgan.models.DCGAN(image_shape=(64, 64, 3))   # random weights
        gan = kerasgan.from_preset("dcgan_mnist")
        images = gan.generate(16, seed=0)                      # uint8 (16, 28, 28, 1)
        ```

    Reference: Radford et al. 2015, https://arxiv.org/abs/1511.06434.
    """

    def __init__(
        self,
        image_shape=(28, 28, 1),
        latent_dim: int = 100,
        width: int = 64,
        discriminator_width: int | None = None,
        penalty_weight: float = 0.0,
        instance_noise: float = 0.0,
        **kwargs,
    ):
        plain = penalty_weight == 0
        noise = check_weight("instance_noise", instance_noise, most=1.0)
        super().__init__(
            lambda: build_generator(image_shape, latent_dim, width),
            lambda: build_discriminator(
                image_shape, discriminator_width or width, plain, noise
            ),
            tracked=["d_real", "d_fake"] + ["gradient_penalty"] * (not plain),
            **kwargs,
        )
        self.penalty_weight = check_weight("penalty_weight", penalty_weight)

    def default_optimizer(self):
        return keras.optimizers.Adam(2e-4, beta_1=0.5, beta_2=0.999)

    def discriminator_loss(self, critic, real, fake, labels):
        real_logits, fake_logits = critic(real), critic(fake)
        self.track(d_real=real_logits, d_fake=fake_logits)
        loss = losses.non_saturating_discriminator(real_logits, fake_logits)
        if self.penalty_weight:
            around = penalties.dragan_noise(real, self.random)
            _, penalty = penalties.one_centered(critic, around)
            self.track(gradient_penalty=penalty)
            loss += self.penalty_weight * penalty
        return loss

    def generator_loss(self, critic, real, fake, labels):
        return losses.non_saturating_generator(critic(fake))
