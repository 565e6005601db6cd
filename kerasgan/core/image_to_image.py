"""Models from images to images, trained on pairs or on two separate sets.

Paper: Isola et al. 2016, https://arxiv.org/abs/1611.07004.
"""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple, NoReturn

import keras
import numpy as np
from keras import ops

from kerasgan import backend, checks, images
from kerasgan.core.adversarial import AdversarialModel
from kerasgan.core.batches import as_float, in_batches
from kerasgan.core.network_checks import check_shapes
from kerasgan.types import Tensor


class Pairs(NamedTuple):
    """Source images and target images, both (N, H, W, C) in [-1, 1]."""

    source: Any
    target: Any


class ImageToImage(AdversarialModel):
    """A generator of images from images; `fit` takes sources as x, targets as y.

    Args:
        image_shape: (H, W, C) of the targets.
        source_shape: (H, W, C) of the sources; `image_shape` if None. The sides are
            the same.
        width: Filters next to the image.
        discriminator_width: The same for the discriminators; `width` if None.
        **kwargs: `ema_decay`, `networks`, `seed`, `dtype`, `name` of
            `AdversarialModel`, and the user's networks by their names in `stored`.

    Attributes:
        translators: The network for each `direction` of `translate`.
        takes: What each network takes: "source", "target" or both.
        makes: What each generator makes.
    """

    takes_networks = True
    translators = {"forward": "generator"}
    takes: dict[str, tuple[str, ...]] = {}
    makes: dict[str, str] = {"generator": "target"}
    data_limits = condition_limits = (-1.0, 1.0)

    def __init__(
        self,
        *,
        image_shape: tuple[int, int, int] = (256, 256, 3),
        source_shape: tuple[int, int, int] | None = None,
        width: int = 64,
        discriminator_width: int | None = None,
        **kwargs: Any,
    ):
        self.image_shape = checks.check_image_shape(image_shape)
        self.source_shape = checks.check_image_shape(source_shape or image_shape)
        if self.source_shape[:2] != self.image_shape[:2]:
            raise ValueError(
                "`source_shape` must have the sides of `image_shape`. Received: "
                f"{self.source_shape} and {self.image_shape}. Resize the sources."
            )
        self.width, self.discriminator_width = width, discriminator_width or width
        given = {name: kwargs.pop(name, None) for name in self.stored}
        super().__init__(given=given, **kwargs)
        shapes = {"source": self.source_shape, "target": self.image_shape}
        for name, network in self.networks.items():
            taken = [shapes[side] for side in self.takes[name]]
            made = shapes.get(self.makes.get(name))
            check_shapes(name, network, taken, made)

    @property
    def data_shape(self) -> tuple[int, int, int]:
        """(H, W, C) of a source."""
        return self.source_shape

    def unpack(self, data: Any) -> Pairs:
        """Sources and targets as float32."""
        source, target, _ = keras.utils.unpack_x_y_sample_weight(data)
        return Pairs(as_float(source), as_float(target))

    def call(self, inputs: Any, training: bool = False) -> Tensor:
        """Translated images (N, H, W, C) in [-1, 1], from the moving average."""
        return self.stored_network("generator")(inputs, training=training)

    def check_inputs(self, x: Any) -> np.ndarray:
        """Sources (N, H, W, C), uint8 or floats in [-1, 1]."""
        return checks.check_images(x, self.source_shape, "x")

    def check_targets(self, y: Any, count: int, warn: bool = False) -> Any:
        """As many targets (N, H, W, C)."""
        if y is None:
            raise ValueError(
                f"{type(self).__name__} learns from sources and targets. Received: "
                "sources alone. Pass the targets as y, or a dataset of "
                "(source, target)."
            )
        y = checks.check_images(y, self.image_shape, "y")
        if len(y) != count:
            raise ValueError(
                "`x` and `y` must have the same number of images. Received: "
                f"{count} and {len(y)}. Leave some out."
            )
        return y

    def learn_targets(self, y: Any, names: Sequence[str] | None = None) -> None:
        """Nothing: targets are images."""

    def translate(
        self, sources: Any, direction: str = "forward", batch_size: int = 32
    ) -> np.ndarray:
        """What source images become, from the moving average.

        Args:
            sources: Images (N, H, W, C), uint8 or floats in [-1, 1].
            direction: A key of `translators`, such as "forward".
            batch_size: Images computed at once.

        Returns:
            uint8 (N, H, W, C).

        Raises:
            ValueError: If the images do not fit, or the direction is unknown.
        """
        checks.check_choice("direction", direction, list(self.translators))
        checks.check_count("batch_size", batch_size)
        shape = self.source_shape if direction == "forward" else self.image_shape
        sources = checks.check_images(sources, shape, "sources")
        if sources.dtype == np.uint8:
            sources = images.from_uint8(sources)
        network = self.translators[direction]
        infer = functools.partial(self.infer, network)
        made = in_batches(infer, [sources], batch_size)
        return images.to_uint8(made)

    def generate(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuses what only a GAN with latents can do.

        Raises:
            TypeError: Always, with the remedy.
        """
        raise TypeError(
            f"{type(self).__name__} makes images from images. Received: a call of a "
            "method of GANs from latents, such as generate or evaluate_quality. Use "
            "translate(sources), and compare the results with the targets."
        )

    evaluate_quality = interpolate = draw_latents = generate

    def describe(self) -> dict:
        """The shapes of targets and sources."""
        shapes = {"image_shape": self.image_shape, "source_shape": self.source_shape}
        return {k: list(v) for k, v in shapes.items()} | super().describe()


class ImagePool:
    """Generated images of earlier batches, half of which a discriminator sees again.

    Args:
        model: The model that owns the pool.
        image_shape: (H, W, C).
        size: How many images it holds, at least those of a batch.
        name: The prefix of its variables' names.

    Reference: Shrivastava et al. 2016, https://arxiv.org/abs/1612.07828, section 2.3.
    """

    def __init__(
        self,
        model: AdversarialModel,
        image_shape: tuple[int, int, int],
        size: int,
        name: str,
    ):
        self.images = model.add_state(f"{name}_images", (size, *image_shape))
        self.count = model.add_state(f"{name}_count", (), "int32")
        self.states = [self.images, self.count]  # so that Keras finds them

    def __call__(self, images: Tensor, seed: Any) -> Tensor:
        """The images while the pool fills; then half of them, and old ones instead."""
        size, added = self.images.shape[0], ops.shape(images)[0]
        kept, count = self.images.value, self.count.value
        places = ops.arange(size, dtype="int32")
        # Empty places come first, in their order, then the others at random.
        turn = ops.cast(places, "float32") / size - 1.0
        order = ops.where(places >= count, turn, backend.uniform((size,), seed))
        slots = ops.cast(ops.argsort(order)[:added], "int32")
        shape = (added, *[1] * (len(images.shape) - 1))
        empty = ops.reshape(slots >= count, shape)
        coin = backend.uniform(shape, seed) < 0.5
        swapped = ops.logical_and(coin, ops.logical_not(empty))
        old = ops.take(kept, slots, axis=0)
        stored = ops.logical_or(swapped, empty)
        new = ops.stop_gradient(ops.where(stored, images, old))
        self.images.assign(ops.scatter_update(kept, slots[:, None], new))
        self.count.assign(ops.cast(ops.minimum(count + added, size), "int32"))
        return ops.where(swapped, old, images)
