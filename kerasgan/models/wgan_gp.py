"""WGAN-GP: a Wasserstein critic that a gradient penalty keeps 1-Lipschitz.

Paper: Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028 (Algorithm 1, eq. 3).
"""

import math
from typing import Any

import keras
from keras import layers

from kerasgan.core.image_gan import ImageGAN
from kerasgan.layers import (
    BatchNormalization,
    Conv2D,
    Flatten,
    Input,
    UpSampling2D,
    growth,
    logit,
)
from kerasgan.registry import register


@register("wgan_gp")
class WGANGP(ImageGAN):
    """Wasserstein GAN with gradient penalty.

    Args:
        penalty_weight: The penalty's weight, lambda in eq. 3.
        latent_dim: Length of a latent vector.
        discriminator_steps: Critic updates for each generator update.
        **kwargs: `image_shape`, `latent_dim`, `width`, `discriminator_width`,
            `instance_noise`, `augmentation`, `loss`, ... of `kerasgan.ImageGAN`.

    Raises:
        ValueError: If the architecture cannot make `image_shape`.

    Differs from the paper:
        Plain convolutions (5x5 in the critic, as in the authors' MNIST code) instead of
        residual networks. Samples come from a moving average of the generator.

    Example:
        ```python
        gan = kerasgan.models.WGANGP(image_shape=(64, 64, 3))  # random weights
        gan = kerasgan.from_preset("wgan_gp_mnist")
        images = gan.generate(16, seed=0)                      # uint8 (16, 28, 28, 1)
        ```

    Reference: Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028.
    """

    default_loss, default_penalty = "wasserstein", "one_centered"

    def __init__(
        self, *, latent_dim: int = 128, discriminator_steps: int = 5, **kwargs: Any
    ):
        kwargs |= {"latent_dim": latent_dim, "discriminator_steps": discriminator_steps}
        super().__init__(**kwargs)

    def build_generator(self) -> keras.Model:
        start, widths = growth(self.image_shape, self.width)
        latents = Input((self.latent_dim,), name="latents")
        x = layers.Reshape(start)(layers.Dense(math.prod(start))(latents))
        for filters in [*widths, self.width]:
            x = layers.ReLU()(BatchNormalization()(x))
            x = Conv2D(filters, 3, padding="same")(UpSampling2D()(x))
        x = layers.ReLU()(BatchNormalization()(x))
        x = Conv2D(self.image_shape[-1], 3, padding="same")(x)
        x = layers.Activation("tanh", dtype="float32", name="images")(x)
        return keras.Model(latents, x, name="generator")

    def build_discriminator(self) -> keras.Model:
        x = images = Input(self.image_shape, name="images")
        width = self.discriminator_width
        while min(x.shape[1:3]) > 4:  # no batch norm: the penalty is per image
            x = Conv2D(width, 5, strides=2, padding="same")(x)
            x = layers.LeakyReLU(0.2)(x)
            width *= 2
        return keras.Model(images, logit(Flatten()(x)), name="discriminator")

    def default_optimizer(self, player: str) -> keras.optimizers.Optimizer:
        return keras.optimizers.Adam(1e-4, beta_1=0.0, beta_2=0.9)
