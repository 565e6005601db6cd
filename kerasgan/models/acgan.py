"""ACGAN: the discriminator also tells the class.

Paper: Odena et al. 2016, https://arxiv.org/abs/1610.09585 (eq. 2 and 3).
"""

import keras
from keras import layers

from kerasgan import losses
from kerasgan.core.gan import GAN
from kerasgan.layers import conditional_generator, initializer, logit, noisy, shrink
from kerasgan.registry import register
from kerasgan.checks import check_count, check_weight


def build_discriminator(
    image_shape, num_classes: int, width: int, noise: float
) -> keras.Model:
    """Images (N, H, W, C) to logits (N,) and logits of classes (N, num_classes)."""
    images = keras.Input(image_shape, name="images")
    x = shrink(noisy(images, noise), width)
    classes = layers.Dense(num_classes, dtype="float32", name="classes")(x)
    heads = {"logits": logit(x, kernel_initializer=initializer()), "classes": classes}
    return keras.Model(images, heads, name="discriminator")


@register("acgan")
class ACGAN(GAN):
    """Auxiliary classifier GAN: draws the class that it is asked for.

    Only the generator is told the class. The discriminator, which sees the image alone,
    learns to tell it, of real and of generated images.

    Args:
        image_shape: (H, W, C); H and W divisible by 4 and at least 16.
        num_classes: Number of classes, at least 2.
        latent_dim: Length of a latent vector.
        width: Filters next to the image; they double at each halving of the sides.
        discriminator_width: The same for the discriminator; `width` if None.
        class_weight: Weight of the classes' cross-entropy, L_C, in both losses.
        instance_noise: Deviation of the normal noise that training adds to all images
            that the discriminator sees (https://arxiv.org/abs/1610.04490); 0 is none.
        **kwargs: `ema_decay`, `seed`, `dtype`, ... of `kerasgan.GAN`.

    Raises:
        ValueError: If the architecture cannot make `image_shape`.

    Differs from the paper:
        DCGAN's networks, without the discriminator's dropout; the non-saturating loss.
        Samples come from a moving average of the generator.

    Example:
        ```python
        gan = kerasgan.models.ACGAN(image_shape=(64, 64, 3), num_classes=5)
        gan = kerasgan.from_preset("acgan_fashion_mnist")
        images = gan.generate(16, labels=7, seed=0)        # uint8 (16, 28, 28, 1)
        ```

    Reference: Odena et al. 2016, https://arxiv.org/abs/1610.09585.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int] = (28, 28, 1),
        num_classes: int = 10,
        latent_dim: int = 100,
        width: int = 64,
        discriminator_width: int | None = None,
        class_weight: float = 1.0,
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
            tracked=["d_real", "d_fake", "real_classes", "fake_classes"],
            num_classes=num_classes,
            **kwargs,
        )
        self.class_weight = check_weight("class_weight", class_weight)

    def default_optimizer(self):
        return keras.optimizers.Adam(2e-4, beta_1=0.5, beta_2=0.999)

    def discriminator_loss(self, critic, real, fake, labels):
        on_real, on_fake = critic(real), critic(fake)
        real_classes = losses.cross_entropy(on_real["classes"], labels)
        fake_classes = losses.cross_entropy(on_fake["classes"], labels)
        self.track(d_real=on_real["logits"], d_fake=on_fake["logits"])
        self.track(real_classes=real_classes, fake_classes=fake_classes)
        source = losses.non_saturating_discriminator(
            on_real["logits"], on_fake["logits"]
        )
        return source + self.class_weight * (real_classes + fake_classes)

    def generator_loss(self, critic, real, fake, labels):
        on_fake = critic(fake)
        source = losses.non_saturating_generator(on_fake["logits"])
        classes = losses.cross_entropy(on_fake["classes"], labels)
        return source + self.class_weight * classes
