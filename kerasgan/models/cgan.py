"""Conditional GAN: both networks see the class.

Paper: Mirza & Osindero 2014, https://arxiv.org/abs/1411.1784 (eq. 2, figure 1).
"""

import keras
from keras import layers

from kerasgan import losses
from kerasgan.core.gan import GAN
from kerasgan.layers import conditional_generator, initializer, label_planes, labels_input, logit, noisy, shrink
from kerasgan.registry import register
from kerasgan.checks import check_count, check_weight


def build_discriminator(
    image_shape, num_classes: int, width: int, noise: float
) -> keras.Model:
    """Images (N, H, W, C) and labels (N,) to logits (N,); a plane for each class."""
    images, labels = keras.Input(image_shape, name="images"), labels_input()
    planes = label_planes(labels, image_shape, num_classes)
    x = shrink(layers.Concatenate()([noisy(images, noise), planes]), width)
    x = logit(x, kernel_initializer=initializer())
    return keras.Model([images, labels], x, name="discriminator")


@register("cgan")
class CGAN(GAN):
    """Conditional GAN: draws the class that it is asked for.

    Args:
        image_shape: (H, W, C); H and W divisible by 4 and at least 16.
        num_classes: Number of classes, at least 2.
        latent_dim: Length of a latent vector.
        width: Filters next to the image; they double at each halving of the sides.
        discriminator_width: The same for the discriminator; `width` if None.
        instance_noise: Deviation of the normal noise that training adds to all images
            that the discriminator sees (https://arxiv.org/abs/1610.04490); 0 is none.
        **kwargs: `ema_decay`, `seed`, `dtype`, ... of `kerasgan.GAN`.

    Raises:
        ValueError: If the architecture cannot make `image_shape`.

    Differs from the paper:
        DCGAN's networks in place of perceptrons: the class is a one-hot vector beside
        the latents and a plane for each class beside the image. The non-saturating
        loss, Adam in place of momentum, no dropout. Samples come from a moving average
        of the generator.

    Example:
        ```python
        gan = kerasgan.models.CGAN(image_shape=(64, 64, 3), num_classes=5)
        gan = kerasgan.from_preset("cgan_mnist")
        images = gan.generate(16, labels=7, seed=0)        # uint8 (16, 28, 28, 1)
        ```

    Reference: Mirza & Osindero 2014, https://arxiv.org/abs/1411.1784.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int] = (28, 28, 1),
        num_classes: int = 10,
        latent_dim: int = 100,
        width: int = 64,
        discriminator_width: int | None = None,
        instance_noise: float = 0.0,
        **kwargs,
    ):
        check_count("num_classes", num_classes, least=2)
        noise = check_weight("instance_noise", instance_noise, most=1.0)
        super().__init__(
            lambda: conditional_generator(image_shape, latent_dim, width, num_classes),
            lambda: build_discriminator(
                image_shape, num_classes, discriminator_width or width, noise
            ),
            tracked=["d_real", "d_fake"],
            num_classes=num_classes,
            **kwargs,
        )

    def default_optimizer(self):
        return keras.optimizers.Adam(3e-4, beta_1=0.5)

    def discriminator_loss(self, critic, real, fake, labels):
        real_logits, fake_logits = critic(real), critic(fake)
        self.track(d_real=real_logits, d_fake=fake_logits)
        return losses.non_saturating_discriminator(real_logits, fake_logits)

    def generator_loss(self, critic, real, fake, labels):
        return losses.non_saturating_generator(critic(fake))
