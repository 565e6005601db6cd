"""LSGAN: least squares in place of cross-entropy.

Paper: Mao et al. 2016, https://arxiv.org/abs/1611.04076 (eq. 9, section 3.2).
"""

import keras

from kerasgan import losses
from kerasgan.core.gan import GAN
from kerasgan.layers import strided_discriminator, strided_generator
from kerasgan.registry import register
from kerasgan.checks import check_weight


@register("lsgan")
class LSGAN(GAN):
    """Convolutional GAN whose discriminator regresses on 1 and 0, without a sigmoid.

    A generated image far on the right side of the decision still has a gradient.

    Args:
        image_shape: (H, W, C); H and W divisible by 4 and at least 16.
        latent_dim: Length of a latent vector.
        width: Filters next to the image; they double at each halving of the sides.
        discriminator_width: The same for the discriminator; `width` if None.
        instance_noise: Deviation of the normal noise that training adds to all images
            that the discriminator sees (https://arxiv.org/abs/1610.04490); 0 is none.
        **kwargs: `ema_decay`, `seed`, `dtype`, ... of `kerasgan.GAN`.

    Raises:
        ValueError: If the architecture cannot make `image_shape`.

    Differs from the paper:
        DCGAN's networks, 4x4 kernels, in place of 5x5 ones with additional layers of
        stride 1; beta_1 0.5 and rates as DCGAN's. Samples come from a moving average
        of the generator.

    Example:
        ```python
        gan = kerasgan.models.LSGAN(image_shape=(64, 64, 3))   # random weights
        gan = kerasgan.from_preset("lsgan_mnist")
        images = gan.generate(16, seed=0)                      # uint8 (16, 28, 28, 1)
        ```

    Reference: Mao et al. 2016, https://arxiv.org/abs/1611.04076.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int] = (28, 28, 1),
        latent_dim: int = 100,
        width: int = 64,
        discriminator_width: int | None = None,
        instance_noise: float = 0.0,
        **kwargs,
    ):
        noise = check_weight("instance_noise", instance_noise, most=1.0)
        super().__init__(
            lambda: strided_generator(image_shape, latent_dim, width),
            lambda: strided_discriminator(
                image_shape, discriminator_width or width, noise=noise
            ),
            tracked=["d_real", "d_fake"],
            **kwargs,
        )

    def default_optimizer(self):
        return keras.optimizers.Adam(2e-4, beta_1=0.5, beta_2=0.999)

    def discriminator_loss(self, critic, real, fake, labels):
        real_logits, fake_logits = critic(real), critic(fake)
        self.track(d_real=real_logits, d_fake=fake_logits)
        return losses.least_squares_discriminator(real_logits, fake_logits)

    def generator_loss(self, critic, real, fake, labels):
        return losses.least_squares_generator(critic(fake))
