"""SNGAN: a discriminator kept 1-Lipschitz by its weights' largest singular values.

Papers: Miyato et al. 2018, https://arxiv.org/abs/1802.05957; with classes: Miyato &
Koyama 2018, https://arxiv.org/abs/1802.05637.
"""

from typing import Any

import keras

from kerasgan.core.conditions import labels_if
from kerasgan.core.image_gan import ImageGAN
from kerasgan.networks import residual_discriminator, residual_generator
from kerasgan.registry import register


@register("sngan")
class SNGAN(ImageGAN):
    """Spectrally normalized GAN with the hinge loss; conditional with `num_classes`.

    With classes, the generator has batch normalization by class and the discriminator
    a projection of the class.

    Args:
        num_classes: Number of classes, at least 2, or None.
        image_shape: (H, W, C); H and W divisible by 4 and at least 16.
        latent_dim: Length of a latent vector.
        width: Filters of each residual block of the generator.
        discriminator_width: The same for the discriminator; `width` if None.
        discriminator_steps: Discriminator updates for each generator update.
        **kwargs: `instance_noise`, `augmentation`, `loss`, ... of `kerasgan.ImageGAN`.

    Raises:
        ValueError: If the architecture cannot make `image_shape`, or for one class.

    Differs from the paper:
        Networks start at the smallest side of at least 4 (28 pixels: 7), and odd sides
        are not halved. All convolutions start as Glorot's (the authors' in blocks with
        a gain of 2), and the discriminator's last layer has a bias. Samples come from a
        moving average of the generator. The recipe of `sngan_fashion_mnist` has one
        discriminator update for each generator update, and rates of 1e-3.

    Example:
        ```python
        gan = kerasgan.models.SNGAN(image_shape=(32, 32, 3), num_classes=10)
        gan = kerasgan.from_preset("sngan_fashion_mnist")
        images = gan.generate(16, seed=0)                      # uint8 (16, 28, 28, 1)
        ```

    Reference: Miyato et al. 2018, https://arxiv.org/abs/1802.05957.
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
        discriminator_steps: int = 5,
        **kwargs: Any,
    ):
        self.num_classes = num_classes
        super().__init__(
            condition=labels_if(num_classes),
            image_shape=image_shape,
            latent_dim=latent_dim,
            width=width,
            discriminator_width=discriminator_width,
            discriminator_steps=discriminator_steps,
            **kwargs,
        )

    def build_generator(self) -> keras.Model:
        shape, classes = self.image_shape, self.num_classes
        return residual_generator(shape, self.latent_dim, self.width, classes)

    def build_discriminator(self) -> keras.Model:
        shape, classes = self.image_shape, self.num_classes
        return residual_discriminator(shape, self.discriminator_width, classes)

    def default_optimizer(self, player: str) -> keras.optimizers.Optimizer:
        return keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.9)
