"""SRGAN: images enlarged 2 or 4 times, with details that a discriminator believes.

Paper: Ledig et al. 2016, https://arxiv.org/abs/1609.04802 (eq. 3, section 2).
"""

from functools import partial
from typing import Any

import keras
from keras import ops

from kerasgan import losses
from kerasgan.checks import check_choice, check_count, check_image_shape, check_weight
from kerasgan.core.features import FeatureMaps
from kerasgan.core.image_to_image import ImageToImage
from kerasgan.core.players import Player
from kerasgan.core.using import upscale_pictures
from kerasgan.networks import enlarging_network, patch_discriminator, reach_of
from kerasgan.registry import register
from kerasgan.types import Tensor


@register("srgan")
class SRGAN(ImageToImage):
    """Super-resolution: a network that enlarges, and a discriminator of patches.

    First the generator learns alone to come near the targets (player "warmup"), then
    against the discriminator: `compile(players=["discriminator", "generator"])`.

    Args:
        image_shape: (H, W, C) of the targets; H and W divisible by `scale`.
        scale: Sides of a target, divided by those of its source: 2 or 4.
        blocks: Residual blocks of the generator.
        depth: Halvings in the discriminator; 2 see patches of 34 pixels, 3 of 70.
        pixel_weight: Weight of the mean squared difference of pixels.
        content: Name or folder of a classifier preset whose feature maps are compared,
            such as "features_cifar10"; None for pixels alone. `compile` reads it.
        content_weight: Weight of the mean squared difference of feature maps.
        adversarial_weight: Weight of the discriminator's opinion, 1e-3 in eq. 3.
        loss: A name in `kerasgan.losses.PAIRS`, or a pair.
        **kwargs: `width`, `discriminator_width`, ... of `kerasgan.ImageToImage`.

    Raises:
        ValueError: If an argument is out of its range.

    Differs from the paper:
        The generator has no batch normalization, and LeakyReLU instead of PReLU. It
        adds to nearest-neighbor upsampling; in use, results are clipped to [-1, 1]. The
        discriminator classifies patches. No VGG: by default, content is compared by
        pixels, as in the paper's SRGAN-MSE. Results come from a moving average of the
        generator.

    Example:
        ```python
        data = kerasgan.data.load_pairs("photos", make="downscale:4", size=96)
        model = kerasgan.models.SRGAN(content="features_cifar10", pixel_weight=0.1)
        model.compile()                                     # the warm-up
        model.fit(data, epochs=100)
        model.compile(players=["discriminator", "generator"])
        model.fit(data, epochs=100)
        large = model.upscale("small.png")
        model = kerasgan.models.SRGAN.from_preset("srgan_emoji")
        ```

    Reference: Ledig et al. 2016, https://arxiv.org/abs/1609.04802.
    """

    stored = ("generator", "discriminator")
    averaged = ("generator",)
    phases = (("warmup",), ("discriminator", "generator"))
    task = "upscale"
    scales = 2, 4
    fixed = ("source_shape",)
    takes = {"generator": ("source",), "discriminator": ("target",)}
    logged = ("pixel",)
    scheduled_weights = ("pixel_weight", "content_weight", "adversarial_weight")

    def __init__(
        self,
        *,
        image_shape: tuple[int, int, int] = (96, 96, 3),
        scale: int = 4,
        blocks: int = 16,
        depth: int = 3,
        pixel_weight: float = 1.0,
        content: str | None = None,
        content_weight: float = 1.0,
        adversarial_weight: float = 1e-3,
        loss: str | losses.Pair = "non_saturating",
        **kwargs: Any,
    ):
        self.scale = check_choice("scale", check_count("scale", scale), self.scales)
        if any(side % scale for side in check_image_shape(image_shape)[:2]):
            raise ValueError(
                f"`image_shape` must be (H, W, C) with H and W divisible by {scale}, "
                f"the scale. Received: {image_shape}. Crop or resize the images first."
            )
        self.blocks = check_count("blocks", blocks, most=64)
        self.depth = check_count("depth", depth, most=8)
        self.pixel_weight = check_weight("pixel_weight", pixel_weight)
        self.content_weight = check_weight("content_weight", content_weight)
        self.adversarial_weight = check_weight("adversarial_weight", adversarial_weight)
        self.adversarial = losses.pair(loss)
        super().__init__(image_shape=image_shape, **kwargs)
        self.content = None
        if content is not None:
            policy = self.dtype_policy.name
            self.content = FeatureMaps(content, self.image_shape[-1], policy)

    @property
    def reach(self) -> int | None:
        """Source pixels around one that its result depends on; None if unknown."""
        own = "generator" in self.arguments
        return None if own else reach_of(self.blocks, self.scale)

    def build_generator(self) -> keras.Model:
        options = self.width, self.blocks, self.scale, "generator"
        return enlarging_network(self.image_shape[-1], *options)

    def build_discriminator(self) -> keras.Model:
        options = self.discriminator_width, self.depth, "discriminator"
        return patch_discriminator([self.image_shape], *options)

    def define_players(self) -> list[Player]:
        return [
            Player("warmup", ("generator",)),
            Player("discriminator", log_as="d_loss"),
            Player("generator", log_as="g_loss"),
        ]

    def default_optimizer(self, player: str) -> keras.optimizers.Optimizer:
        return keras.optimizers.Adam(1e-4)

    def compile(self, optimizers: Any = None, **options: Any) -> None:
        """As in `AdversarialModel`; reads `content` if its loss will need it."""
        super().compile(optimizers, **options)
        if self.content is not None and self.players["generator"] in self.playing:
            self.content.read()  # a compiled step cannot make its weights

    def upscale(
        self, images: Any, *, batch_size: int = 32, tile: int | None = None
    ) -> Any:
        """Enlarges pictures, by the moving average.

        Args:
            images: An array (N, H, W, C), a picture, or a list of pictures: arrays,
                uint8 or floats in [-1, 1], pictures of Pillow, or paths of files. They
                may have any size.
            batch_size: The most pictures of one size that are computed at once.
            tile: The side of the pieces in which larger pictures are computed, in
                pixels of the source. It changes the result by at most 1 of 255.

        Returns:
            uint8 in the form of `images`, with their channels. Gray pictures stay gray.
            Transparency is enlarged by Lanczos.

        Raises:
            ValueError: If a picture is unreadable, or `tile` is too small.
            TypeError: If they are no pictures.
        """
        options = {"batch_size": batch_size, "tile": tile}
        return upscale_pictures(self.applied("generator"), images, **options)

    def warmup_loss(self, batch: Any) -> Tensor:
        """The mean squared difference of pixels, eq. 4."""
        fake = self.apply("generator", batch.source)
        return self._pixel_distance(fake, batch.target)

    def discriminator_loss(self, batch: Any) -> Tensor:
        fake = ops.stop_gradient(self.apply("generator", batch.source))
        on_real = self.apply("discriminator", batch.target)
        return self.adversarial.discriminator(
            on_real, self.apply("discriminator", fake)
        )

    def generator_loss(self, batch: Any) -> Tensor:
        fake = self.apply("generator", batch.source)
        pixel = self._pixel_distance(fake, batch.target)
        loss = self.scheduled("pixel_weight") * pixel
        if self.content is not None:
            content = self.content.distance(fake, batch.target)
            loss += self.scheduled("content_weight") * content
        logits = self.apply("discriminator", fake)
        real_logits = partial(self.apply, "discriminator", batch.target)
        term = self.adversarial.generator_term(logits, real_logits)
        return loss + self.scheduled("adversarial_weight") * term

    def _pixel_distance(self, images, targets):
        distance = ops.mean(ops.square(targets - images))
        self.log(pixel=distance)
        return distance
