"""R3GAN: a relativistic loss with R1 and R2, residual networks without tricks.

Paper: Huang et al. 2024, https://arxiv.org/abs/2501.05441 (sections 2 and 3).
"""

import math
from typing import Any

import keras
from keras import layers

from kerasgan import penalties
from kerasgan.checks import check_count
from kerasgan.core.conditions import labels_if
from kerasgan.core.image_gan import ImageGAN
from kerasgan.layers import (
    AveragePooling2D,
    Conv2D,
    Flatten,
    Input,
    OneHot,
    UpSampling2D,
    labels_input,
    logit,
    stages,
)
from kerasgan.registry import register
from kerasgan.types import Critic, Tensor

LEAK = 0.2


def initializer(gain: float = 1.0) -> keras.Initializer:
    """A normal distribution of variance gain / fan-in, or zeros."""
    if not gain:
        return keras.initializers.Zeros()
    return keras.initializers.VarianceScaling(gain, "fan_in", "untruncated_normal")


def conv(
    filters: int, kernel: int, gain: float = 1.0, bias: bool = False
) -> keras.Layer:
    """A convolution that keeps the size."""
    options = {"padding": "same", "kernel_initializer": initializer(gain)}
    return Conv2D(filters, kernel, use_bias=bias, **options)


def residual_blocks(x: Any, count: int, total: int) -> Tensor:
    """`count` blocks 1x1, 3x3, 1x1, of a network that has `total` of them."""
    gain = 2 / (1 + LEAK**2) / math.sqrt(total)  # Fixup's L^(-1/(2m-2)), m = 3
    for _ in range(count):
        y = layers.LeakyReLU(LEAK)(conv(x.shape[-1], 1, gain, bias=True)(x))
        y = layers.LeakyReLU(LEAK)(conv(x.shape[-1], 3, gain, bias=True)(y))
        x = layers.Add()([x, conv(x.shape[-1], 1, gain=0.0)(y)])
    return x


@register("r3gan")
class R3GAN(ImageGAN):
    """Regularized relativistic GAN: a pairwise loss; conditional with `num_classes`.

    With classes, the generator gets the vector of a class beside its latents, and the
    logit is the product of the discriminator's features and the vector of the class.

    Args:
        num_classes: Number of classes, at least 2, or None.
        latent_dim: Length of a latent vector.
        width: Filters next to the image; they double at each halving of the sides, to
            at most 8 times as many.
        blocks: Residual blocks at each size, at most 8.
        penalty_weight: gamma; R1 and R2 (eq. 3) each weigh gamma / 2. A schedule may
            change it: `compile(schedules={"penalty_weight": ...})`.
        **kwargs: `image_shape`, `latent_dim`, `width`, `discriminator_width`,
            `instance_noise`, `augmentation`, `loss`, ... of `kerasgan.ImageGAN`.

    Raises:
        ValueError: If the architecture cannot make `image_shape`, or a count or a
            weight is out of its range.

    Differs from the paper:
        One block at each size unless `blocks` says otherwise. Full convolutions of one
        width instead of grouped ones that are twice as wide; dense layers instead of
        the learned basis at both ends; tanh at the images. The decay of the average is
        constant. Recipes of few updates have higher rates after a rise, the
        generator's twice the discriminator's, beta_2 of 0.95 and weight decay.

    Example:
        ```python
        gan = kerasgan.models.R3GAN(image_shape=(64, 64, 3))   # random weights
        gan = kerasgan.from_preset("r3gan_mnist")
        images = gan.generate(16, seed=0)                      # uint8 (16, 28, 28, 1)
        ```

    Reference: Huang et al. 2024, https://arxiv.org/abs/2501.05441.
    """

    # Always R1 and R2, at every batch.
    fixed = ("condition", "penalty", "penalty_every")
    default_loss = "relativistic"
    logged = ("r1", "r2")

    def __init__(
        self,
        *,
        num_classes: int | None = None,
        latent_dim: int = 64,
        width: int = 24,
        blocks: int = 1,
        penalty_weight: float = 1.0,
        **kwargs: Any,
    ):
        self.blocks = check_count("blocks", blocks, most=8)
        self.num_classes = num_classes
        kwargs |= {"latent_dim": latent_dim, "width": width}
        kwargs |= {"condition": labels_if(num_classes)}
        super().__init__(penalty_weight=penalty_weight, **kwargs)

    def build_generator(self) -> keras.Model:
        first, *others = stages(self.image_shape, self.width)
        total = self.blocks * (1 + len(others))
        latents = Input((self.latent_dim,), name="latents")
        inputs, x = latents, latents
        if self.num_classes is not None:
            inputs = [latents, labels_input()]
            x = layers.Concatenate()([latents, self._vector(inputs[1])])
        options = {"use_bias": False, "kernel_initializer": initializer()}
        x = layers.Reshape(first)(layers.Dense(math.prod(first), **options)(x))
        x = residual_blocks(x, self.blocks, total)
        for _, _, filters in others:
            x = conv(filters, 1)(x) if filters != x.shape[-1] else x
            x = UpSampling2D(interpolation="bilinear")(x)
            x = residual_blocks(x, self.blocks, total)
        x = conv(self.image_shape[-1], 1)(x)
        x = layers.Activation("tanh", dtype="float32", name="images")(x)
        return keras.Model(inputs, x, name="generator")

    def build_discriminator(self) -> keras.Model:
        first, *others = reversed(stages(self.image_shape, self.discriminator_width))
        total = self.blocks * (1 + len(others))
        images = Input(self.image_shape, name="images")
        x = residual_blocks(conv(first[-1], 1)(images), self.blocks, total)
        for _, _, filters in others:
            x = AveragePooling2D(2)(x)  # bilinear, at half the side
            x = conv(filters, 1)(x) if filters != x.shape[-1] else x
            x = residual_blocks(x, self.blocks, total)
        if self.num_classes is None:
            return keras.Model(images, logit(Flatten()(x)), name="discriminator")
        inputs, wide = [images, labels_input()], {"dtype": "float32"}
        features = layers.Dense(self.latent_dim, **wide)(Flatten()(x))
        product = layers.Dot(1, **wide)([features, self._vector(inputs[1])])
        logits = layers.Reshape((), name="logits", **wide)(product)
        return keras.Model(inputs, logits, name="discriminator")

    def _vector(self, labels: Tensor) -> Tensor:
        """The learned vector (N, latent_dim) of each label (N,)."""
        options = {"use_bias": False, "kernel_initializer": initializer()}
        return layers.Dense(self.latent_dim, **options)(
            OneHot(self.num_classes)(labels)
        )

    def default_optimizer(self, player: str) -> keras.optimizers.Optimizer:
        return keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.99)

    def discriminator_loss(
        self, critic: Critic, real: Tensor, fake: Tensor, condition: Any
    ) -> Tensor:
        real_logits, r1 = penalties.zero_centered(critic, real)
        fake_logits, r2 = penalties.zero_centered(critic, fake)
        self.log(r1=r1, r2=r2)
        loss = self.contest(real_logits, fake_logits)
        return loss + self.scheduled("penalty_weight") / 2 * (r1 + r2)
