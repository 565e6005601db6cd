"""Conditional GAN: both networks see the class.

Paper: Mirza & Osindero 2014, https://arxiv.org/abs/1411.1784 (eq. 2, figure 1).
"""

from typing import Any

import keras
from keras import layers

from kerasgan.core.conditions import Labels
from kerasgan.core.image_gan import ImageGAN
from kerasgan.layers import Input, initializer, label_planes, labels_input, logit
from kerasgan.networks import conditional_generator, shrink
from kerasgan.registry import register


@register("cgan")
class CGAN(ImageGAN):
    """Conditional GAN: generates the class that it is asked for.

    Args:
        num_classes: Number of classes, at least 2.
        **kwargs: `image_shape`, `latent_dim`, `width`, `discriminator_width`,
            `instance_noise`, `augmentation`, `loss`, ... of `kerasgan.ImageGAN`.

    Raises:
        ValueError: If the architecture cannot make `image_shape`.

    Differs from the paper:
        DCGAN's networks instead of perceptrons: the class is a one-hot vector beside
        the latents, and a plane for each class beside the image. The non-saturating
        loss, Adam instead of momentum, no dropout. Samples come from a moving average
        of the generator.

    Example:
        ```python
        gan = kerasgan.models.CGAN(image_shape=(64, 64, 3), num_classes=5)
        gan = kerasgan.from_preset("cgan_mnist")
        images = gan.generate(16, labels=7, seed=0)        # uint8 (16, 28, 28, 1)
        ```

    Reference: Mirza & Osindero 2014, https://arxiv.org/abs/1411.1784.
    """

    fixed = ("condition",)

    def __init__(self, *, num_classes: int = 10, **kwargs: Any):
        super().__init__(condition=Labels(num_classes), **kwargs)

    def build_generator(self) -> keras.Model:
        shape, classes = self.image_shape, self.condition.num_classes
        return conditional_generator(shape, self.latent_dim, self.width, classes)

    def build_discriminator(self) -> keras.Model:
        images, labels = Input(self.image_shape, name="images"), labels_input()
        planes = label_planes(labels, self.image_shape, self.condition.num_classes)
        x = layers.Concatenate()([images, planes])
        x = shrink(x, self.discriminator_width, normalize=not self.penalty)
        x = logit(x, kernel_initializer=initializer())
        return keras.Model([images, labels], x, name="discriminator")

    def default_optimizer(self, player: str) -> keras.optimizers.Optimizer:
        return keras.optimizers.Adam(3e-4, beta_1=0.5)
