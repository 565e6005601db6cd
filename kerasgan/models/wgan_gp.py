"""WGAN-GP: a Wasserstein critic kept 1-Lipschitz by a gradient penalty.

Paper: Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028 (Algorithm 1, eq. 3).
"""

import math

import keras
from keras import layers

from kerasgan import losses, penalties
from kerasgan.core.gan import GAN
from kerasgan.layers import BatchNormalization, growth, logit
from kerasgan.registry import register
from kerasgan.checks import check_weight


def build_generator(image_shape, latent_dim: int, width: int) -> keras.Model:
    """Latents (N, latent_dim) to images (N, H, W, C); widths halve upwards."""
    start, widths = growth(image_shape, width)
    latents = keras.Input((latent_dim,), name="latents")
    x = layers.Reshape(start)(layers.Dense(math.prod(start))(latents))
    for filters in [*widths, width]:
        x = layers.ReLU()(BatchNormalization()(x))
        x = layers.Conv2D(filters, 3, padding="same")(layers.UpSampling2D()(x))
    x = layers.ReLU()(BatchNormalization()(x))
    x = layers.Conv2D(image_shape[-1], 3, padding="same")(x)
    x = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model(latents, x, name="generator")


def build_discriminator(image_shape, width: int) -> keras.Model:
    """Images (N, H, W, C) to logits (N,). No batch norm: the penalty is per image."""
    x = images = keras.Input(image_shape, name="images")
    while min(x.shape[1:3]) > 4:
        x = layers.Conv2D(width, 5, strides=2, padding="same")(x)
        x = layers.LeakyReLU(0.2)(x)
        width *= 2
    return keras.Model(images, logit(layers.Flatten()(x)), name="discriminator")


@register("wgan_gp")
class WGANGP(GAN):
    """Wasserstein GAN with gradient penalty.

    Args:
        image_shape: (H, W, C); H and W divisible by 4 and at least 16.
        latent_dim: Length of a latent vector.
        width: Filters next to the image; they double at each halving of the sides.
        discriminator_width: The same for the critic; `width` if None.
        penalty_weight: The penalty's weight, lambda in eq. 3.
        discriminator_steps: Critic updates per generator update, n_critic in
            Algorithm 1; each on a batch of its own.
        **kwargs: `ema_decay`, `seed`, `dtype`, ... of `kerasgan.GAN`.

    Raises:
        ValueError: If the architecture cannot make `image_shape`.

    Differs from the paper:
        Plain convolutions (5x5 in the critic, as in the authors' MNIST code) in place
        of residual networks. Samples come from a moving average of the generator.

    Example:
        ```python
        gan = kerasgan.models.WGANGP(image_shape=(64, 64, 3))  # random weights
        gan = kerasgan.from_preset("wgan_gp_mnist")
        images = gan.generate(16, seed=0)                      # uint8 (16, 28, 28, 1)
        ```

    Reference: Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int] = (28, 28, 1),
        latent_dim: int = 128,
        width: int = 64,
        discriminator_width: int | None = None,
        penalty_weight: float = 10.0,
        discriminator_steps: int = 5,
        **kwargs,
    ):
        super().__init__(
            lambda: build_generator(image_shape, latent_dim, width),
            lambda: build_discriminator(image_shape, discriminator_width or width),
            tracked=["d_real", "d_fake", "gradient_penalty"],
            discriminator_steps=discriminator_steps,
            **kwargs,
        )
        self.penalty_weight = check_weight("penalty_weight", penalty_weight)

    def default_optimizer(self):
        return keras.optimizers.Adam(1e-4, beta_1=0.0, beta_2=0.9)

    def discriminator_loss(self, critic, real, fake, labels):
        real_logits, fake_logits = critic(real), critic(fake)
        mixed = penalties.mix(real, fake, self.random)
        _, penalty = penalties.one_centered(critic, mixed)
        self.track(d_real=real_logits, d_fake=fake_logits, gradient_penalty=penalty)
        loss = losses.wasserstein_discriminator(real_logits, fake_logits)
        return loss + self.penalty_weight * penalty

    def generator_loss(self, critic, real, fake, labels):
        return losses.wasserstein_generator(critic(fake))
