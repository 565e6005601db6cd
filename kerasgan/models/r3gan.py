"""R3GAN: a relativistic loss with R1 and R2, on residual networks without tricks.

Paper: Huang et al. 2024, https://arxiv.org/abs/2501.05441 (sections 2 and 3).
"""

import math

import keras
from keras import layers, ops

from kerasgan import losses, penalties
from kerasgan.core.gan import GAN
from kerasgan.layers import halvings, logit
from kerasgan.registry import register
from kerasgan.checks import check_count, check_weight

LEAK = 0.2
WIDEST = 8  # times the width next to the image


def stages(image_shape, width: int) -> list[tuple[int, int, int]]:
    """(h, w, filters) of every stage, from the smallest to the image's."""
    count = halvings(image_shape)
    height, breadth, _ = image_shape
    return [
        (height >> k, breadth >> k, width * min(2**k, WIDEST))
        for k in reversed(range(count + 1))
    ]


def initializer(gain: float = 1.0) -> keras.Initializer:
    """A normal distribution of variance gain / fan-in, or zeros."""
    if not gain:
        return keras.initializers.Zeros()
    return keras.initializers.VarianceScaling(gain, "fan_in", "untruncated_normal")


def conv(filters: int, kernel: int, gain: float = 1.0, bias: bool = False):
    """A convolution that keeps the size."""
    options = {"padding": "same", "kernel_initializer": initializer(gain)}
    return layers.Conv2D(filters, kernel, use_bias=bias, **options)


def residual_blocks(x, count: int, total: int):
    """`count` blocks 1x1, 3x3, 1x1, of a network that has `total` of them."""
    gain = 2 / (1 + LEAK**2) / math.sqrt(total)  # Fixup's L^(-1/(2m-2)), m = 3
    for _ in range(count):
        y = layers.LeakyReLU(LEAK)(conv(x.shape[-1], 1, gain, bias=True)(x))
        y = layers.LeakyReLU(LEAK)(conv(x.shape[-1], 3, gain, bias=True)(y))
        x = layers.Add()([x, conv(x.shape[-1], 1, gain=0.0)(y)])
    return x


def build_generator(
    image_shape, latent_dim: int, width: int, blocks: int
) -> keras.Model:
    """Latents (N, latent_dim) to images (N, H, W, C)."""
    first, *others = stages(image_shape, width)
    total = blocks * (1 + len(others))
    latents = keras.Input((latent_dim,), name="latents")
    options = {"use_bias": False, "kernel_initializer": initializer()}
    x = layers.Reshape(first)(layers.Dense(math.prod(first), **options)(latents))
    x = residual_blocks(x, blocks, total)
    for _, _, filters in others:
        x = conv(filters, 1)(x) if filters != x.shape[-1] else x
        x = layers.UpSampling2D(interpolation="bilinear")(x)
        x = residual_blocks(x, blocks, total)
    x = conv(image_shape[-1], 1)(x)
    x = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model(latents, x, name="generator")


def build_discriminator(image_shape, width: int, blocks: int) -> keras.Model:
    """Images (N, H, W, C) to logits (N,): the generator's mirror image."""
    first, *others = reversed(stages(image_shape, width))
    total = blocks * (1 + len(others))
    images = keras.Input(image_shape, name="images")
    x = residual_blocks(conv(first[-1], 1)(images), blocks, total)
    for _, _, filters in others:
        x = layers.AveragePooling2D(2)(x)  # bilinear, at half the side
        x = conv(filters, 1)(x) if filters != x.shape[-1] else x
        x = residual_blocks(x, blocks, total)
    return keras.Model(images, logit(layers.Flatten()(x)), name="discriminator")


@register("r3gan")
class R3GAN(GAN):
    """Regularized relativistic GAN: a pairwise loss, no normalization.

    Args:
        image_shape: (H, W, C); H and W divisible by 4 and at least 16.
        latent_dim: Length of a latent vector.
        width: Filters next to the image; they double at each halving of the sides, to
            at most 8 times as many.
        discriminator_width: The same for the discriminator; `width` if None.
        blocks: Residual blocks at each size, at most 8.
        penalty_weight: gamma; R1 and R2 (eq. 3) each weigh gamma / 2.
        final_penalty_weight: gamma at the end of a cosine; as at the start if None.
        penalty_updates: Discriminator updates until that end; a recipe's change with
            its number of updates.
        **kwargs: `ema_decay`, `seed`, `dtype`, ... of `kerasgan.GAN`.

    Raises:
        ValueError: If the architecture cannot make `image_shape`, or a count or a
            weight is out of its range.

    Differs from the paper:
        One block at each size unless `blocks` says two. Full convolutions of one width
        in place of grouped ones that are twice as wide; dense layers in place of the
        learned basis at both ends; tanh at the images. The average's decay is constant.
        Recipes of few updates have higher rates after a rise, the generator's twice the
        discriminator's, beta_2 of 0.95 and weight decay.

    Example:
        ```python
        gan = kerasgan.models.R3GAN(image_shape=(64, 64, 3))   # random weights
        gan = kerasgan.from_preset("r3gan_mnist")
        images = gan.generate(16, seed=0)                      # uint8 (16, 28, 28, 1)
        ```

    Reference: Huang et al. 2024, https://arxiv.org/abs/2501.05441.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int] = (28, 28, 1),
        latent_dim: int = 64,
        width: int = 24,
        discriminator_width: int | None = None,
        blocks: int = 1,
        penalty_weight: float = 1.0,
        final_penalty_weight: float | None = None,
        penalty_updates: int = 100_000,
        **kwargs,
    ):
        check_count("blocks", blocks, most=8)
        super().__init__(
            lambda: build_generator(image_shape, latent_dim, width, blocks),
            lambda: build_discriminator(
                image_shape, discriminator_width or width, blocks
            ),
            tracked=["d_real", "d_fake", "r1", "r2"],
            **kwargs,
        )
        self.penalty_weight = check_weight("penalty_weight", penalty_weight)
        final = penalty_weight if final_penalty_weight is None else final_penalty_weight
        self.final_penalty_weight = check_weight("final_penalty_weight", final)
        self.penalty_updates = check_count("penalty_updates", penalty_updates)

    def default_optimizer(self):
        return keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.99)

    def gamma(self):
        """The penalties' weight at this update."""
        share = ops.cast(self.step, "float32") / self.penalty_updates
        high = (1.0 + ops.cos(math.pi * ops.minimum(share, 1.0))) / 2
        fall = self.penalty_weight - self.final_penalty_weight
        return self.final_penalty_weight + high * fall

    def discriminator_loss(self, critic, real, fake, labels):
        real_logits, r1 = penalties.zero_centered(critic, real)
        fake_logits, r2 = penalties.zero_centered(critic, fake)
        self.track(d_real=real_logits, d_fake=fake_logits, r1=r1, r2=r2)
        loss = losses.relativistic_discriminator(real_logits, fake_logits)
        return loss + self.gamma() / 2 * (r1 + r2)

    def generator_loss(self, critic, real, fake, labels):
        return losses.relativistic_generator(critic(real), critic(fake))
