"""LSGAN: least squares instead of cross-entropy.

Paper: Mao et al. 2016, https://arxiv.org/abs/1611.04076 (eq. 9, section 3.2).
"""

import keras

from kerasgan.core.image_gan import ImageGAN
from kerasgan.networks import strided_discriminator, strided_generator
from kerasgan.registry import register


@register("lsgan")
class LSGAN(ImageGAN):
    """Convolutional GAN whose discriminator regresses on 1 and 0, without a sigmoid.

    A generated image far on the right side of the decision still has a gradient.

    Args:
        **kwargs: `image_shape`, `latent_dim`, `width`, `discriminator_width`,
            `instance_noise`, `augmentation`, `loss`, ... of `kerasgan.ImageGAN`.

    Raises:
        ValueError: If the architecture cannot make `image_shape`.

    Differs from the paper:
        DCGAN's networks with 4x4 kernels, instead of 5x5 ones with additional layers of
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

    default_loss = "least_squares"

    def build_generator(self) -> keras.Model:
        return strided_generator(self.image_shape, self.latent_dim, self.width)

    def build_discriminator(self) -> keras.Model:
        shape, width = self.image_shape, self.discriminator_width
        return strided_discriminator(shape, width, normalize=not self.penalty)
