"""ACGAN: the discriminator also tells the class.

Paper: Odena et al. 2016, https://arxiv.org/abs/1610.09585 (eq. 2 and 3).
"""

from typing import Any

import keras
from keras import layers

from kerasgan import losses
from kerasgan.checks import check_weight
from kerasgan.core.conditions import Labels
from kerasgan.core.image_gan import ImageGAN
from kerasgan.layers import Input, initializer, logit
from kerasgan.networks import conditional_generator, shrink
from kerasgan.registry import register
from kerasgan.types import Critic, Tensor


@register("acgan")
class ACGAN(ImageGAN):
    """Auxiliary classifier GAN: generates the class that it is asked for.

    Only the generator gets the class. The discriminator sees the image alone, and
    learns to classify real and generated images.

    Args:
        num_classes: Number of classes, at least 2.
        class_weight: Weight of the classes' cross-entropy, L_C, in both losses.
        **kwargs: `image_shape`, `latent_dim`, `width`, `discriminator_width`,
            `instance_noise`, `augmentation`, `loss`, ... of `kerasgan.ImageGAN`.

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

    conditional_discriminator = False
    fixed = ("condition",)
    heads = ("logits", "classes")
    logged = ("real_classes", "fake_classes")
    scheduled_weights = ("penalty_weight", "class_weight")

    def __init__(
        self, *, num_classes: int = 10, class_weight: float = 1.0, **kwargs: Any
    ):
        self.class_weight = check_weight("class_weight", class_weight)
        super().__init__(condition=Labels(num_classes), **kwargs)

    def build_generator(self) -> keras.Model:
        shape, classes = self.image_shape, self.condition.num_classes
        return conditional_generator(shape, self.latent_dim, self.width, classes)

    def build_discriminator(self) -> keras.Model:
        images = Input(self.image_shape, name="images")
        x = shrink(images, self.discriminator_width, normalize=not self.penalty)
        classes = self.condition.num_classes
        heads = {
            "logits": logit(x, kernel_initializer=initializer()),
            "classes": layers.Dense(classes, dtype="float32", name="classes")(x),
        }
        return keras.Model(images, heads, name="discriminator")

    def discriminator_loss(
        self, critic: Critic, real: Tensor, fake: Tensor, labels: Any
    ) -> Tensor:
        on_real, on_fake = critic(real), critic(fake)
        real_classes = losses.cross_entropy(on_real["classes"], labels)
        fake_classes = losses.cross_entropy(on_fake["classes"], labels)
        self.log(real_classes=real_classes, fake_classes=fake_classes)
        source = self.contest(on_real["logits"], on_fake["logits"])
        source += self.penalty_term(critic, real, fake)
        return source + self.scheduled("class_weight") * (real_classes + fake_classes)

    def generator_loss(
        self, critic: Critic, real: Tensor, fake: Tensor, labels: Any
    ) -> Tensor:
        on_fake = critic(fake)
        source = self.generator_term(critic, real, on_fake["logits"])
        classes = losses.cross_entropy(on_fake["classes"], labels)
        return source + self.scheduled("class_weight") * classes
