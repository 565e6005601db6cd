"""SAGAN: self-attention in both networks, both spectrally normalized.

Paper: Zhang et al. 2018, https://arxiv.org/abs/1805.08318 (sections 3 and 4).
"""

from typing import Any

import keras

from kerasgan.checks import check_count
from kerasgan.core.conditions import labels_if
from kerasgan.core.image_gan import ImageGAN
from kerasgan.layers import SpectralNorm
from kerasgan.networks import residual_discriminator, residual_generator
from kerasgan.registry import register


@register("sagan")
class SAGAN(ImageGAN):
    """Self-attention GAN with the hinge loss; conditional with `num_classes`.

    Args:
        num_classes: Number of classes, at least 2, or None.
        image_shape: (H, W, C); H and W divisible by 4 and at least 16.
        latent_dim: Length of a latent vector.
        width: Filters of each residual block of the generator, at least 8.
        discriminator_width: The same for the discriminator, at least 8; `width` if
            None.
        **kwargs: `discriminator_steps`, `instance_noise`, `augmentation`, `loss`, ...
            of `kerasgan.ImageGAN`.

    Raises:
        ValueError: If the architecture cannot make `image_shape`, for one class, or if
            a width is too small for attention.

    Differs from the paper:
        SNGAN's residual networks of one width. Attention is at half the images' side
        (paper: at a quarter, 32 of 128 pixels). The preset's recipe has one rate for
        both networks, 1e-3 falling to 0; the defaults are the paper's two, 1e-4 and
        4e-4. Samples come from a moving average of the generator.

    Example:
        ```python
        gan = kerasgan.models.SAGAN(image_shape=(32, 32, 3), num_classes=10)
        gan = kerasgan.from_preset("sagan_fashion_mnist")
        images = gan.generate(16, seed=0)                      # uint8 (16, 28, 28, 1)
        ```

    Reference: Zhang et al. 2018, https://arxiv.org/abs/1805.08318.
    """

    fixed = ("condition",)
    default_loss = "hinge"

    def __init__(
        self,
        *,
        num_classes: int | None = None,
        image_shape: tuple[int, int, int] = (32, 32, 3),
        latent_dim: int = 128,
        width: int = 256,
        discriminator_width: int | None = 128,
        **kwargs: Any,
    ):
        self.num_classes = num_classes
        if kwargs.get("generator") is None:  # attention has an eighth of the filters
            check_count("width", width, least=8)
        if kwargs.get("discriminator") is None:
            check_count("discriminator_width", discriminator_width or width, least=8)
        super().__init__(
            condition=labels_if(num_classes),
            image_shape=image_shape,
            latent_dim=latent_dim,
            width=width,
            discriminator_width=discriminator_width,
            **kwargs,
        )

    def build_generator(self) -> keras.Model:
        shape, options = self.image_shape, {"attention": self.image_shape[0] // 2}
        options |= {"num_classes": self.num_classes, "wrap": SpectralNorm}
        return residual_generator(shape, self.latent_dim, self.width, **options)

    def build_discriminator(self) -> keras.Model:
        shape, options = self.image_shape, {"attention": self.image_shape[0] // 2}
        options |= {"num_classes": self.num_classes}
        return residual_discriminator(shape, self.discriminator_width, **options)

    def default_optimizer(self, player: str) -> keras.optimizers.Optimizer:
        rate = 4e-4 if player == "discriminator" else 1e-4
        return keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.9)
