"""Context encoder: fills holes in images from what is around them.

Paper: Pathak et al. 2016, https://arxiv.org/abs/1604.07379 (eq. 1 to 3, section 3.3).
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasgan import losses
from kerasgan.checks import check_choice, check_count, check_image_shape, check_weight
from kerasgan.core.batches import as_float
from kerasgan.core.image_to_image import ImageToImage, Pairs
from kerasgan.core.masks import KINDS, draw_masks, with_holes
from kerasgan.core.players import Player
from kerasgan.core.tiles import Network
from kerasgan.core.using import inpaint_pictures
from kerasgan.layers import halvings
from kerasgan.networks import inpainting_network, inpainting_reach, patch_discriminator
from kerasgan.registry import register
from kerasgan.types import Tensor


@register("context_encoder")
class ContextEncoder(ImageToImage):
    """Learns from images alone to fill any hole; known pixels stay exactly.

    Training makes a random hole in each image. The generator's input is the image with
    0 in the hole, and the mask as one more channel: 1 in the hole, -1 elsewhere. It
    returns the whole image (N, H, W, C). The discriminator sees that input and the
    filled or the true image.

    `compile(players=["warmup"])` trains the generator by the distance alone, which
    takes about half the time of an update.

    Args:
        masks: The holes that training makes, each as often: some of "center", a square
            of half the sides; "boxes", one to four rectangles; and "strokes", one to
            three thin or thick lines.
        reconstruction_weight: Weight of the distance in the hole, lambda_rec in eq. 3.
        adversarial_weight: Weight of the discriminator's part in the generator's loss,
            lambda_adv in eq. 3.
        depth: Halvings in the discriminator; 3 see patches of 70 pixels, 2 see 34.
        widest: The most filters of the generator, as a multiple of `width`.
        loss: A name in `kerasgan.losses.PAIRS`, or a pair.
        **kwargs: `image_shape`, `width`, ... of `kerasgan.ImageToImage`. A `generator`
            of your own must return known pixels unchanged, as
            `kerasgan.networks.Paste` does.

    Raises:
        ValueError: If the sides are not divisible by 4, or an argument is out of its
            range.

    Differs from the paper:
        The distance is absolute, not squared, and each hole has the same weight,
        whatever its size. The mask is an input of the generator. Residual blocks, and
        sums of features of the same size, instead of a bottleneck with a channel-wise
        layer; no batch normalization. A discriminator of patches, which also sees
        what is around the hole. No overlap of the hole with the known part. The same
        learning rate for both networks, not ten times as much for the generator. Images
        come from a moving average of the generator.

    Example:
        ```python
        model = kerasgan.models.ContextEncoder(image_shape=(64, 64, 3))
        model.compile()
        model.fit(images, batch_size=16)
        filled = model.inpaint(others, masks)               # uint8 (N, 64, 64, 3)
        model = kerasgan.from_preset("context_encoder_emoji")
        ```

    Reference: Pathak et al. 2016, https://arxiv.org/abs/1604.07379.
    """

    task, learns_from = "inpaint", "images"
    stored = ("generator", "discriminator")
    averaged = ("generator",)
    phases = (("discriminator", "generator"), ("warmup",))
    fixed = ("source_shape",)
    takes = {"generator": ("source",), "discriminator": ("source", "target")}
    logged = ("l1",)
    scheduled_weights = ("adversarial_weight",)

    def __init__(
        self,
        *,
        image_shape: tuple[int, int, int] = (64, 64, 3),
        masks: str | Sequence[str] = ("center", "boxes", "strokes"),
        reconstruction_weight: float = 0.999,
        adversarial_weight: float = 0.001,
        depth: int = 3,
        widest: int = 8,
        loss: str | losses.Pair = "non_saturating",
        **kwargs: Any,
    ):
        self.masks = _kinds(masks)
        self.reconstruction_weight = check_weight(
            "reconstruction_weight", reconstruction_weight
        )
        self.adversarial_weight = check_weight("adversarial_weight", adversarial_weight)
        self.depth = check_count("depth", depth, most=8)
        self.widest = check_count("widest", widest, most=64)
        self.adversarial = losses.pair(loss)
        self.levels = halvings(image_shape)
        height, width, channels = check_image_shape(image_shape)
        shapes = {"source_shape": (height, width, channels + 1)}
        super().__init__(image_shape=image_shape, **shapes, **kwargs)

    @property
    def stride(self) -> int:
        """The sides of images must be multiples of it; others are padded."""
        return 2**self.levels

    @property
    def reach(self) -> int | None:
        """Pixels around one that its result depends on; None if unknown."""
        own = "generator" in self.arguments
        return None if own else inpainting_reach(self.levels)

    def build_generator(self) -> keras.Model:
        options = self.width, self.levels, self.widest
        return inpainting_network(self.image_shape[-1], *options)

    def build_discriminator(self) -> keras.Model:
        shapes, width = [self.source_shape, self.image_shape], self.discriminator_width
        return patch_discriminator(shapes, width, self.depth, "discriminator")

    def define_players(self) -> list[Player]:
        return [
            Player("discriminator", log_as="d_loss"),
            Player("generator", log_as="g_loss"),
            Player("warmup", ("generator",)),
        ]

    def default_optimizer(self, player: str) -> keras.optimizers.Optimizer:
        return keras.optimizers.Adam(2e-4, beta_1=0.5)

    def unpack(self, data: Any) -> Pairs:
        """Sources, each with a hole drawn at random, and the images as float32."""
        images, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        images, sides = as_float(images), self.image_shape[:2]
        masks = draw_masks(ops.shape(images)[0], sides, self.masks, self.random)
        source = ops.concatenate([images * (1 - masks), 2 * masks - 1], axis=-1)
        return Pairs(source, images)

    def inpaint(
        self, images: Any, masks: Any, *, batch_size: int = 32, tile: int | None = None
    ) -> Any:
        """Fills holes in pictures, by the moving average.

        Args:
            images: An array (N, H, W, C), a picture, or a list of pictures: arrays,
                uint8 or floats in [-1, 1], pictures of Pillow, or paths of files.
            masks: One mask for each picture, or one for all, in the same forms, with
                one channel. Arrays are bool; uint8, 255 in holes and 0 elsewhere; or
                floats from 0 to 1 (a hole).
            batch_size: The most pictures of one size that are computed at once.
            tile: The side of the pieces in which large pictures are computed; by
                default, 512 pixels or more.

        Returns:
            uint8 in the form of `images`. Known pixels are those of the pictures.

        Raises:
            ValueError: If a mask does not fit its picture, or a file is unreadable.
            TypeError: If they are no pictures.
        """
        options = {"scale": 1, "stride": self.stride, "reach": self.reach}
        network = Network(self._fill, self.image_shape[-1], **options)
        options = {"batch_size": batch_size, "tile": tile}
        return inpaint_pictures(network, images, masks, **options)

    def _fill(self, inputs):
        """Images (N, H, W, C), filled where masks (N, H, W, 1) are 1 and not -1."""
        images, masks = inputs
        known = np.where(masks > 0, np.float32(0), images)
        return self.infer("generator", [np.concatenate([known, masks], axis=-1)])

    def as_pairs(self, *images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Images with holes and their masks, and the images, uint8."""
        (target,) = images
        return with_holes(target, self.masks), target

    def shown(self, examples: Pairs) -> list[np.ndarray]:
        """The columns of the picture: input, output and truth."""
        known, masks = examples.source[..., :-1], examples.source[..., -1:]
        return [known, self.inpaint(examples.target, masks), examples.target]

    def warmup_loss(self, batch: Any) -> Tensor:
        """The mean absolute distance in the hole."""
        return self._distance(batch, self.apply("generator", batch.source))

    def discriminator_loss(self, batch: Any) -> Tensor:
        fake = ops.stop_gradient(self.apply("generator", batch.source))
        on_real = self.apply("discriminator", batch.source, batch.target)
        on_fake = self.apply("discriminator", batch.source, fake)
        return self.adversarial.discriminator(on_real, on_fake) / 2

    def generator_loss(self, batch: Any) -> Tensor:
        fake = self.apply("generator", batch.source)
        loss = self.reconstruction_weight * self._distance(batch, fake)
        logits = self.apply("discriminator", batch.source, fake)
        real_logits = partial(self.apply, "discriminator", *batch)
        term = self.adversarial.generator_term(logits, real_logits)
        return loss + self.scheduled("adversarial_weight") * term

    def _distance(self, batch, images):
        """Eq. 1, by each hole's area."""
        holes = ops.cast(batch.source[..., -1:] > 0, "float32")
        distances = ops.sum(holes * ops.abs(batch.target - images), axis=(1, 2, 3))
        area = ops.sum(holes, axis=(1, 2, 3)) * self.image_shape[-1]
        l1 = ops.mean(distances / ops.maximum(area, 1.0))
        self.log(l1=l1)
        return l1


def _kinds(masks) -> tuple[str, ...]:
    """Names of kinds of masks, each once."""
    names = (masks,) if isinstance(masks, str) else tuple(masks)
    if not names or len(set(names)) < len(names):
        raise ValueError(
            f"`masks` must be some of {', '.join(KINDS)}, each once. Received: "
            f"masks={masks!r}. Leave it out for all of them."
        )
    return tuple(check_choice("masks", name, KINDS) for name in names)
