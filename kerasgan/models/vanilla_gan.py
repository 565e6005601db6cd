"""The first GAN: two multilayer perceptrons.

Paper: Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661 (Algorithm 1, section 5).
"""

import math
from typing import Literal, get_args

import keras
from keras import layers

from kerasgan import losses
from kerasgan.core.gan import GAN
from kerasgan.layers import BatchNormalization, logit, noisy
from kerasgan.registry import register
from kerasgan.checks import check_choice, check_image_shape, check_weight

Loss = Literal["minimax", "non_saturating"]


def build_generator(image_shape, latent_dim: int, width: int) -> keras.Model:
    """Latents (N, latent_dim) to images (N, H, W, C); four layers, widths doubling."""
    shape = check_image_shape(image_shape)
    x = latents = keras.Input((latent_dim,), name="latents")
    for units in (width, 2 * width, 4 * width, 8 * width):
        x = layers.Dense(units, use_bias=False)(x)
        x = layers.LeakyReLU(0.2)(BatchNormalization(momentum=0.9)(x))
    x = layers.Reshape(shape)(layers.Dense(math.prod(shape))(x))
    x = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model(latents, x, name="generator")


def build_discriminator(image_shape, width: int, noise: float) -> keras.Model:
    """Images (N, H, W, C) to logits (N,); two layers, the second of half the width."""
    images = keras.Input(image_shape, name="images")
    x = layers.Flatten()(noisy(images, noise))
    for units in (width, max(1, width // 2)):
        x = layers.LeakyReLU(0.2)(layers.Dense(units)(x))
    return keras.Model(images, logit(x), name="discriminator")


@register("vanilla_gan")
class VanillaGAN(GAN):
    """Goodfellow's GAN, with either of the paper's losses for the generator.

    Args:
        image_shape: (H, W, C), of any size.
        latent_dim: Length of a latent vector.
        width: Units of the generator's first layer; three more double it each.
        discriminator_width: Units of the discriminator's first layer.
        loss: The generator's: "minimax" is log(1 - D(G(z))), the game of eq. 1, whose
            gradient vanishes where the discriminator is sure; "non_saturating" is
            -log D(G(z)), which the paper trains with (section 3).
        label_smoothing: s, from 0 to 0.5: the discriminator's target for real images is
            1 - s (https://arxiv.org/abs/1606.03498, section 3.4), for others always 0.
        instance_noise: Deviation of the normal noise that training adds to all images
            that the discriminator sees (https://arxiv.org/abs/1610.04490); 0 is none.
        **kwargs: `ema_decay`, `seed`, `dtype`, ... of `kerasgan.GAN`.

    Raises:
        ValueError: If an argument is out of its range, or `loss` is neither.

    Differs from the paper:
        Leaky ReLU in place of ReLU, sigmoid and maxout, batch normalization in the
        generator, no dropout; images in [-1, 1] by tanh; normal latents; Adam in place
        of momentum. Samples come from a moving average of the generator.

    Example:
        ```python
        gan = kerasgan.models.VanillaGAN(image_shape=(28, 28, 1))  # random weights
        gan = kerasgan.from_preset("vanilla_gan_mnist")
        images = gan.generate(16, seed=0)                  # uint8 (16, 28, 28, 1)
        ```

    Reference: Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int] = (28, 28, 1),
        latent_dim: int = 100,
        width: int = 128,
        discriminator_width: int = 512,
        loss: Loss = "non_saturating",
        label_smoothing: float = 0.0,
        instance_noise: float = 0.0,
        **kwargs,
    ):
        noise = check_weight("instance_noise", instance_noise, most=1.0)
        super().__init__(
            lambda: build_generator(image_shape, latent_dim, width),
            lambda: build_discriminator(image_shape, discriminator_width, noise),
            tracked=["d_real", "d_fake"],
            **kwargs,
        )
        self.game = check_choice("loss", loss, get_args(Loss))
        self.label_smoothing = check_weight("label_smoothing", label_smoothing, 0.5)

    def default_optimizer(self):
        return keras.optimizers.Adam(2e-4, beta_1=0.5, beta_2=0.999)

    def discriminator_loss(self, critic, real, fake, labels):
        real_logits, fake_logits = critic(real), critic(fake)
        self.track(d_real=real_logits, d_fake=fake_logits)
        return losses.non_saturating_discriminator(
            real_logits, fake_logits, self.label_smoothing
        )

    def generator_loss(self, critic, real, fake, labels):
        if self.game == "minimax":
            return losses.minimax_generator(critic(fake))
        return losses.non_saturating_generator(critic(fake))
