"""SNGAN: a discriminator kept 1-Lipschitz by its weights' largest singular values.

Papers: Miyato et al. 2018, https://arxiv.org/abs/1802.05957; with classes: Miyato &
Koyama 2018, https://arxiv.org/abs/1802.05637.
"""

import keras

from kerasgan import losses
from kerasgan.core.gan import GAN
from kerasgan.layers import residual_discriminator, residual_generator
from kerasgan.registry import register
from kerasgan.checks import check_count


@register("sngan")
class SNGAN(GAN):
    """Spectrally normalized GAN with the hinge loss.

    With `num_classes` it is conditional: batch normalization by class in the
    generator, the projection of the class in the discriminator.

    Args:
        image_shape: (H, W, C); H and W divisible by 4 and at least 16.
        num_classes: Number of classes, at least 2, or None.
        latent_dim: Length of a latent vector.
        width: Filters of each residual block of the generator.
        discriminator_width: The same for the discriminator; `width` if None.
        discriminator_steps: Discriminator updates per generator update.
        **kwargs: `ema_decay`, `seed`, `dtype`, ... of `kerasgan.GAN`.

    Raises:
        ValueError: If the architecture cannot make `image_shape`, or of one class.

    Differs from the paper:
        Networks start at the smallest side of at least 4 (28 pixels: 7), and odd sides
        are not halved. All convolutions start as Glorot's (the authors' in blocks with
        a gain of 2), and the discriminator's last layer has a bias. Samples come from a
        moving average of the generator. The recipe of `sngan_fashion_mnist` has one
        discriminator update per generator update, and rates of 1e-3.

    Example:
        ```python
        gan = kerasgan.models.SNGAN(image_shape=(32, 32, 3), num_classes=10)
        gan = kerasgan.from_preset("sngan_fashion_mnist")
        images = gan.generate(16, seed=0)                      # uint8 (16, 28, 28, 1)
        ```

    Reference: Miyato et al. 2018, https://arxiv.org/abs/1802.05957.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int] = (32, 32, 3),
        num_classes: int | None = None,
        latent_dim: int = 128,
        width: int = 256,
        discriminator_width: int | None = 128,
        discriminator_steps: int = 5,
        **kwargs,
    ):
        if num_classes is not None:
            check_count("num_classes", num_classes, least=2)
        super().__init__(
            lambda: residual_generator(image_shape, latent_dim, width, num_classes),
            lambda: residual_discriminator(
                image_shape, discriminator_width or width, num_classes
            ),
            tracked=["d_real", "d_fake"],
            num_classes=num_classes,
            discriminator_steps=discriminator_steps,
            **kwargs,
        )

    def default_optimizer(self):
        return keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.9)

    def discriminator_loss(self, critic, real, fake, labels):
        real_logits, fake_logits = critic(real), critic(fake)
        self.track(d_real=real_logits, d_fake=fake_logits)
        return losses.hinge_discriminator(real_logits, fake_logits)

    def generator_loss(self, critic, real, fake, labels):
        return losses.hinge_generator(critic(fake))
