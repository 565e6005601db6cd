"""Pix2Pix: paired translation, by a U-Net and a discriminator of patches.

Paper: Isola et al. 2016, https://arxiv.org/abs/1611.07004 (eq. 4, section 3).
"""

from functools import partial
from typing import Any

import keras
from keras import ops

from kerasgan import losses
from kerasgan.checks import check_count, check_weight
from kerasgan.core.image_to_image import ImageToImage
from kerasgan.core.players import Player
from kerasgan.networks import patch_discriminator, u_net, u_net_levels
from kerasgan.registry import register
from kerasgan.types import Tensor


@register("pix2pix")
class Pix2Pix(ImageToImage):
    """Conditional GAN that translates an image to its partner.

    Args:
        l1_weight: Weight of the mean absolute distance to the target, lambda in eq. 4.
        adversarial_weight: Weight of the discriminator's part in the generator's loss;
            0 leaves it out, for a comparison.
        depth: Halvings in the discriminator: 3 see patches of 70 pixels, as in the
            paper; 2 see 34 pixels, enough for images of 64, and 1 see 16.
        widest: The most filters of the generator, as a multiple of `width`.
        dropout: Share of features that training drops in the generator's innermost
            three levels.
        spectral_norm: Whether the discriminator's weights are normalized instead of its
            features. It then sees how saturated colors are.
        loss: A name in `kerasgan.losses.PAIRS`, or a pair.
        **kwargs: `image_shape`, `source_shape`, `width`, ... of
            `kerasgan.ImageToImage`.

    Raises:
        ValueError: If the sides are not divisible by 4, or an argument is out of its
            range.

    Differs from the paper:
        Dropout in training alone, so a source has one translation. Each image is
        normalized by itself, as batch normalization does at the paper's batch size of
        1, except in the innermost level. Translations come from a moving average of
        the generator.

    Example:
        ```python
        model = kerasgan.models.Pix2Pix(image_shape=(64, 64, 3))
        model.compile()
        model.fit(maps, photos, batch_size=4)
        made = model.translate(maps)                        # uint8 (N, 64, 64, 3)
        model = kerasgan.models.Pix2Pix.from_preset("pix2pix_openmoji")
        ```

    Reference: Isola et al. 2016, https://arxiv.org/abs/1611.07004.
    """

    stored = ("generator", "discriminator")
    averaged = ("generator",)
    phases = (("discriminator", "generator"),)
    takes = {"generator": ("source",), "discriminator": ("source", "target")}
    logged = ("l1",)
    scheduled_weights = ("l1_weight",)

    def __init__(
        self,
        *,
        l1_weight: float = 100.0,
        adversarial_weight: float = 1.0,
        depth: int = 3,
        widest: int = 8,
        dropout: float = 0.5,
        spectral_norm: bool = False,
        loss: str | losses.Pair = "non_saturating",
        **kwargs: Any,
    ):
        self.l1_weight = check_weight("l1_weight", l1_weight)
        self.adversarial_weight = check_weight("adversarial_weight", adversarial_weight)
        self.depth = check_count("depth", depth, most=8)
        self.widest = check_count("widest", widest, most=64)
        self.dropout = check_weight("dropout", dropout, most=0.9)
        self.spectral_norm = spectral_norm
        self.adversarial = losses.pair(loss)
        super().__init__(**kwargs)

    @property
    def stride(self) -> int:
        """The sides of images must be multiples of it."""
        return 2 ** u_net_levels(self.image_shape)

    def build_generator(self) -> keras.Model:
        return u_net(
            self.source_shape[-1],
            self.image_shape[-1],
            self.width,
            u_net_levels(self.image_shape),
            self.widest,
            self.dropout,
        )

    def build_discriminator(self) -> keras.Model:
        shapes = [self.source_shape, self.image_shape]
        options = self.discriminator_width, self.depth, "discriminator"
        return patch_discriminator(shapes, *options, self.spectral_norm)

    def define_players(self) -> list[Player]:
        return [
            Player("discriminator", log_as="d_loss"),
            Player("generator", log_as="g_loss"),
        ]

    def default_optimizer(self, player: str) -> keras.optimizers.Optimizer:
        return keras.optimizers.Adam(2e-4, beta_1=0.5)

    def discriminator_loss(self, batch: Any) -> Tensor:
        fake = ops.stop_gradient(self.apply("generator", batch.source))
        on_real = self.apply("discriminator", batch.source, batch.target)
        on_fake = self.apply("discriminator", batch.source, fake)
        return self.adversarial.discriminator(on_real, on_fake) / 2  # section 3.3

    def generator_loss(self, batch: Any) -> Tensor:
        fake = self.apply("generator", batch.source)
        l1 = ops.mean(ops.abs(batch.target - fake))
        self.log(l1=l1)
        loss = self.scheduled("l1_weight") * l1
        if not self.adversarial_weight:
            return loss
        logits = self.apply("discriminator", batch.source, fake)
        real_logits = partial(self.apply, "discriminator", *batch)
        term = self.adversarial.generator_term(logits, real_logits)
        return loss + self.adversarial_weight * term
