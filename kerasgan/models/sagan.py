"""SAGAN: self-attention in both networks, both spectrally normalized.

Paper: Zhang et al. 2018, https://arxiv.org/abs/1805.08318 (sections 3 and 4).
"""

import keras

from kerasgan import losses
from kerasgan.core.gan import GAN
from kerasgan.layers import SpectralNorm, residual_discriminator, residual_generator
from kerasgan.registry import register
from kerasgan.checks import check_count, check_image_shape


@register("sagan")
class SAGAN(GAN):
    """Self-attention GAN with the hinge loss; conditional with `num_classes`.

    Args:
        image_shape: (H, W, C); H and W divisible by 4 and at least 16.
        num_classes: Number of classes, at least 2, or None.
        latent_dim: Length of a latent vector.
        width: Filters of each residual block of the generator, at least 8.
        discriminator_width: The same for the discriminator, at least 8; `width` if
            None.
        discriminator_steps: Discriminator updates per generator update.
        **kwargs: `ema_decay`, `seed`, `dtype`, ... of `kerasgan.GAN`.

    Raises:
        ValueError: If the architecture cannot make `image_shape`, or of one class, or
            if a width is too small for attention.

    Differs from the paper:
        SNGAN's residual networks of one width. Attention is at half the images' side
        (paper: at a quarter, 32 of 128 pixels). One learning rate for both networks,
        not two (1e-4 and 4e-4): SNGAN's 2e-4; the preset's recipe has 1e-3, falling
        to 0. Samples come from a moving average of the generator.

    Example:
        ```python
        gan = kerasgan.models.SAGAN(image_shape=(32, 32, 3), num_classes=10)
        gan = kerasgan.from_preset("sagan_fashion_mnist")
        images = gan.generate(16, seed=0)                      # uint8 (16, 28, 28, 1)
        ```

    Reference: Zhang et al. 2018, https://arxiv.org/abs/1805.08318.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int] = (32, 32, 3),
        num_classes: int | None = None,
        latent_dim: int = 128,
        width: int = 256,
        discriminator_width: int | None = 128,
        discriminator_steps: int = 1,
        **kwargs,
    ):
        half = check_image_shape(image_shape)[0] // 2
        check_count("width", width, least=8)  # attention has an eighth
        check_count("discriminator_width", discriminator_width or width, least=8)
        if num_classes is not None:
            check_count("num_classes", num_classes, least=2)
        super().__init__(
            lambda: residual_generator(
                image_shape,
                latent_dim,
                width,
                num_classes,
                wrap=SpectralNorm,
                attention=half,
            ),
            lambda: residual_discriminator(
                image_shape, discriminator_width or width, num_classes, attention=half
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
