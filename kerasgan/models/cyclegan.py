"""CycleGAN: translation both ways between two sets of images without pairs.

Paper: Zhu et al. 2017, https://arxiv.org/abs/1703.10593 (eq. 3, section 4).
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from kerasgan import losses
from kerasgan.checks import check_count, check_weight
from kerasgan.core.image_pool import ImagePool
from kerasgan.core.image_to_image import ImageToImage, Pairs
from kerasgan.core.players import Player
from kerasgan.networks import patch_discriminator, residual_translator
from kerasgan.registry import register
from kerasgan.types import Tensor


@register("cyclegan")
class CycleGAN(ImageToImage):
    """Two generators that undo each other, and a discriminator for each set.

    Args:
        cycle_weight: Weight of the way there and back, lambda in eq. 3.
        identity_weight: Weight of leaving images alone that are of the target set
            already, as a share of `cycle_weight` (section 5.2).
        blocks: Residual blocks of a generator: 6 in the paper at 128 pixels, 9 from 256
            on.
        depth: Halvings in the discriminators; 3 see patches of 70 pixels.
        skips: Whether the generators have skip connections, which keep small details.
        spectral_norm: Whether the discriminators' weights are normalized instead of
            their features. They then see how saturated colors are.
        pool: Generated images that are kept for the discriminators, at least a batch;
            0 for none.
        **kwargs: `image_shape`, `source_shape`, `width`, ... of
            `kerasgan.ImageToImage`.

    Raises:
        ValueError: If the sides are not divisible by 4, or an argument is out of its
            range.

    Differs from the paper:
        Discriminators see translations made after the generators' update, not before
        it. Zero padding instead of reflection, nearest neighbors and a convolution
        instead of a transposed convolution. Instance normalization has a scale and a
        shift. Rates are constant by default. Translations come from a moving average of
        the generators.

    Example:
        ```python
        model = kerasgan.models.CycleGAN(image_shape=(128, 128, 3), blocks=6)
        model.compile()
        model.fit(horses, zebras, batch_size=1)
        striped = model.translate(horses)                   # uint8 (N, 128, 128, 3)
        plain = model.translate(zebras, direction="backward")
        model = kerasgan.models.CycleGAN.from_preset("cyclegan_emoji")
        ```

    Reference: Zhu et al. 2017, https://arxiv.org/abs/1703.10593.
    """

    learns_from, stride = "unpaired", 4
    stored = (
        "generator",
        "backward_generator",
        "discriminator",
        "source_discriminator",
    )
    averaged = sampled = ("generator", "backward_generator")
    translators = {"forward": "generator", "backward": "backward_generator"}
    takes = {
        "generator": ("source",),
        "backward_generator": ("target",),
        "discriminator": ("target",),
        "source_discriminator": ("source",),
    }
    makes = {"generator": "target", "backward_generator": "source"}
    phases = (("generators", "discriminators"),)
    logged = ("cycle",)
    scheduled_weights = ("cycle_weight",)

    def __init__(
        self,
        *,
        cycle_weight: float = 10.0,
        identity_weight: float = 0.5,
        blocks: int = 9,
        depth: int = 3,
        skips: bool = False,
        spectral_norm: bool = False,
        pool: int = 50,
        **kwargs: Any,
    ):
        self.cycle_weight = check_weight("cycle_weight", cycle_weight)
        self.identity_weight = check_weight("identity_weight", identity_weight)
        self.blocks = check_count("blocks", blocks, most=32)
        self.depth = check_count("depth", depth, most=8)
        self.skips, self.spectral_norm = skips, spectral_norm
        self.pool_size = check_count("pool", pool, least=0, most=4096)
        super().__init__(**kwargs)
        if identity_weight and self.source_shape[-1] != self.image_shape[-1]:
            raise ValueError(
                "`identity_weight` needs sources and targets of the same shape. "
                f"Received: {self.source_shape} and {self.image_shape}. Pass "
                "identity_weight=0."
            )
        self.pools = {}
        if pool:
            shapes = {"target": self.image_shape, "source": self.source_shape}
            for side, shape in shapes.items():
                self.pools[side] = ImagePool(self, shape, pool, f"{side}_pool")
        self.pool_states = [v for p in self.pools.values() for v in p.states]

    def build_generator(self) -> keras.Model:
        shape, channels = self.source_shape, self.image_shape[-1]
        options = self.width, self.blocks, "generator", self.skips
        return residual_translator(shape, channels, *options)

    def build_backward_generator(self) -> keras.Model:
        shape, channels = self.image_shape, self.source_shape[-1]
        options = self.width, self.blocks, "backward_generator", self.skips
        return residual_translator(shape, channels, *options)

    def build_discriminator(self) -> keras.Model:
        options = self.discriminator_width, self.depth, "discriminator"
        return patch_discriminator([self.image_shape], *options, self.spectral_norm)

    def build_source_discriminator(self) -> keras.Model:
        options = self.discriminator_width, self.depth, "source_discriminator"
        return patch_discriminator([self.source_shape], *options, self.spectral_norm)

    def define_players(self) -> list[Player]:
        generators = "generator", "backward_generator"
        discriminators = "discriminator", "source_discriminator"
        return [
            Player("generators", generators, log_as="g_loss"),
            Player("discriminators", discriminators, log_as="d_loss"),
        ]

    def default_optimizer(self, player: str) -> keras.optimizers.Optimizer:
        return keras.optimizers.Adam(2e-4, beta_1=0.5)

    def check_batch(self, size: int) -> None:
        """A pool must hold at least a batch, and replicas have no common pool."""
        if self.pools and size > self.pool_size:
            raise ValueError(
                f"`pool` must hold at least a batch of {size}. Received: "
                f"pool={self.pool_size}. Use a smaller batch_size, or a larger pool."
            )
        if self.pools and self.replica_count > 1:
            raise ValueError(
                "CycleGAN's pool of earlier images needs one device. Received: a "
                f"tf.distribute strategy with {self.replica_count} replicas, each of "
                "which would keep another pool. Build the model with pool=0."
            )

    def generators_loss(self, batch: Any) -> Tensor:
        there = "generator", "backward_generator", "discriminator"
        back = "backward_generator", "generator", "source_discriminator"
        loss = self._translation_loss(batch.source, batch.target, *there)
        return loss + self._translation_loss(batch.target, batch.source, *back)

    def shown(self, examples: Pairs) -> list[np.ndarray]:
        """Each set, translated to the other one."""
        there = self.translate(examples.source)
        back = self.translate(examples.target, direction="backward")
        return [examples.source, there, examples.target, back]

    def _translation_loss(self, source, target, generator, inverse, discriminator):
        """One generator's loss: fool, come back, leave alone."""
        fake = self.apply(generator, source)
        cycle = _distance(self.apply(inverse, fake), source)
        self.log(cycle=cycle)
        logits = self.apply(discriminator, fake)
        loss = 2.0 * losses.least_squares_generator(logits)  # without LSGAN's half
        weight = self.scheduled("cycle_weight")
        loss += weight * cycle
        if self.identity_weight:
            same = _distance(self.apply(generator, target), target)
            loss += weight * self.identity_weight * same
        return loss

    def discriminators_loss(self, batch: Any) -> Tensor:
        fakes = {
            "target": self.apply("generator", batch.source),
            "source": self.apply("backward_generator", batch.target),
        }
        if self.learning:
            for side, pool in self.pools.items():
                fakes[side] = pool(fakes[side], self.random)
        loss = self._decision_loss("discriminator", batch.target, fakes["target"])
        others = "source_discriminator", batch.source, fakes["source"]
        return loss + self._decision_loss(*others)

    def _decision_loss(self, discriminator, real, fake):
        on_real = self.apply(discriminator, real)
        on_fake = self.apply(discriminator, ops.stop_gradient(fake))
        return losses.least_squares_discriminator(on_real, on_fake)


def _distance(images, target):
    return ops.mean(ops.abs(images - target))
