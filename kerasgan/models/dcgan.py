"""DCGAN: a convolutional generator and discriminator that train stably.

Paper: Radford et al. 2015, https://arxiv.org/abs/1511.06434 (section 3, figure 1).
"""

from typing import Any

import keras

from kerasgan.core.image_gan import ImageGAN
from kerasgan.networks import strided_discriminator, strided_generator
from kerasgan.registry import register


@register("dcgan")
class DCGAN(ImageGAN):
    """Deep convolutional GAN with the non-saturating loss.

    Args:
        penalty_weight: DRAGAN's lambda, 10 in its paper
            (https://arxiv.org/abs/1705.07215); 0 is plain DCGAN. A penalized
            discriminator has no batch normalization.
        **kwargs: `image_shape`, `latent_dim`, `width`, `discriminator_width`,
            `instance_noise`, `augmentation`, `loss`, ... of `kerasgan.ImageGAN`.

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

    default_penalty = "dragan"

    def __init__(self, *, penalty_weight: float = 0.0, **kwargs: Any):
        super().__init__(penalty_weight=penalty_weight, **kwargs)

    def build_generator(self) -> keras.Model:
        return strided_generator(self.image_shape, self.latent_dim, self.width)

    def build_discriminator(self) -> keras.Model:
        shape, width = self.image_shape, self.discriminator_width
        return strided_discriminator(shape, width, normalize=not self.penalty)
