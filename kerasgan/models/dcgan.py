"""DCGAN: a convolutional generator and discriminator that train stably.

Paper: Radford et al. 2015, https://arxiv.org/abs/1511.06434 (section 3, figure 1).
"""

import keras

from kerasgan import losses, penalties
from kerasgan.core.gan import GAN
from kerasgan.layers import strided_discriminator, strided_generator
from kerasgan.registry import register
from kerasgan.checks import check_weight


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
        image_shape: tuple[int, int, int] = (28, 28, 1),
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
            lambda: strided_generator(image_shape, latent_dim, width),
            lambda: strided_discriminator(
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
