"""The first GAN: two multilayer perceptrons.

Paper: Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661 (Algorithm 1, section 5).
"""

import math
from typing import Any

import keras
from keras import layers, ops

from kerasgan.checks import check_weight
from kerasgan.core.image_gan import ImageGAN
from kerasgan.layers import BatchNormalization, Flatten, Input, logit
from kerasgan.registry import register
from kerasgan.types import Tensor


@register("vanilla_gan")
class VanillaGAN(ImageGAN):
    """Goodfellow's GAN, with either of the paper's losses for the generator.

    Args:
        width: Units of the generator's first layer; three more double it each.
        discriminator_width: Units of the discriminator's first layer.
        loss: "minimax" is log(1 - D(G(z))) for the generator, the game of eq. 1, whose
            gradient vanishes if the discriminator is sure; "non_saturating" is
            -log D(G(z)), which the paper trains with (section 3). Others of
            `kerasgan.losses.PAIRS` work too.
        label_smoothing: s, from 0 to 0.5: the discriminator's target for real images is
            1 - s (https://arxiv.org/abs/1606.03498, section 3.4), 0 for generated ones.
        **kwargs: `image_shape` (of any size), `latent_dim`, `instance_noise`,
            `augmentation`, ... of `kerasgan.ImageGAN`.

    Raises:
        ValueError: If an argument is out of its range, or `label_smoothing` meets a
            loss that is no cross-entropy.

    Differs from the paper:
        Leaky ReLU instead of ReLU, sigmoid and maxout, batch normalization in the
        generator, no dropout; images in [-1, 1] by tanh; normal latents; Adam instead
        of momentum. Samples come from a moving average of the generator.

    Example:
        ```python
        gan = kerasgan.models.VanillaGAN(image_shape=(28, 28, 1))  # random weights
        gan = kerasgan.from_preset("vanilla_gan_mnist")
        images = gan.generate(16, seed=0)                  # uint8 (16, 28, 28, 1)
        ```

    Reference: Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661.
    """

    def __init__(
        self,
        *,
        width: int = 128,
        discriminator_width: int | None = 512,
        loss: str | None = "non_saturating",
        label_smoothing: float = 0.0,
        **kwargs: Any,
    ):
        self.label_smoothing = check_weight("label_smoothing", label_smoothing, 0.5)
        if label_smoothing and loss not in (None, "minimax", "non_saturating"):
            raise ValueError(
                '`label_smoothing` needs loss="minimax" or "non_saturating". '
                f"Received: loss={loss!r}. Leave one of them out."
            )
        kwargs |= {"width": width, "discriminator_width": discriminator_width}
        super().__init__(loss=loss, **kwargs)

    def build_generator(self) -> keras.Model:
        x = latents = Input((self.latent_dim,), name="latents")
        for factor in (1, 2, 4, 8):
            x = layers.Dense(factor * self.width, use_bias=False)(x)
            x = layers.LeakyReLU(0.2)(BatchNormalization(momentum=0.9)(x))
        x = layers.Dense(math.prod(self.image_shape))(x)
        x = layers.Reshape(self.image_shape)(x)
        x = layers.Activation("tanh", dtype="float32", name="images")(x)
        return keras.Model(latents, x, name="generator")

    def build_discriminator(self) -> keras.Model:
        images = Input(self.image_shape, name="images")
        x, width = Flatten()(images), self.discriminator_width
        for units in (width, max(1, width // 2)):
            x = layers.LeakyReLU(0.2)(layers.Dense(units)(x))
        return keras.Model(images, logit(x), name="discriminator")

    def contest(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        loss = super().contest(real_logits, fake_logits)
        return loss + self.label_smoothing * ops.mean(real_logits)
