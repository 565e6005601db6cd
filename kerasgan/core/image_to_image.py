"""Models from images to images, trained on pairs or on two separate sets.

Paper: Isola et al. 2016, https://arxiv.org/abs/1611.07004.
"""

import functools
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, NoReturn

import keras
import numpy as np

from kerasgan import checks, images
from kerasgan.core.adversarial import AdversarialModel
from kerasgan.core.batches import as_float
from kerasgan.core.network_checks import check_shapes
from kerasgan.core.tiles import Network
from kerasgan.core.using import translate_pictures
from kerasgan.data.dataset import in_eight_bits
from kerasgan.types import Tensor

EXAMPLES = 16  # pairs in a picture
GROUPS = 4  # of pairs beside each other in it


class Pairs(NamedTuple):
    """Source images (N, h, w, c) and target images (N, H, W, C)."""

    source: Any
    target: Any


class ImageToImage(AdversarialModel):
    """A generator of images from images; `fit` takes sources as x, targets as y.

    Networks that make images have free sides: `Input((None, None, C))`.

    Args:
        image_shape: (H, W, C) of the targets.
        source_shape: (h, w, c) of the sources; by default, `image_shape` with sides
            divided by `scale`.
        width: Filters next to the image.
        discriminator_width: The same for the discriminators; `width` if None.
        **kwargs: `ema_decay`, `networks`, `seed`, `dtype`, `name` of
            `AdversarialModel`, and the user's networks by their names in `stored`.

    Attributes:
        task: The method that uses the model: "translate", "upscale" or "inpaint".
        translators: The network for each `direction` of `translate`.
        takes: What each network takes: "source", "target" or both.
        makes: What each generator makes.
        scale: Sides of a target, divided by those of its source.
        stride: The sides of a source must be multiples of it; others are padded.
        reach: Pixels of a source around a pixel of the result that it depends on; None
            if it depends on the whole image.
    """

    takes_networks = True
    task: Literal["translate", "upscale", "inpaint"] = "translate"
    learns_from = "pairs"
    batch_size = 16
    translators = {"forward": "generator"}
    takes: dict[str, tuple[str, ...]] = {}
    makes: dict[str, str] = {"generator": "target"}
    data_limits = condition_limits = (-1.0, 1.0)
    scale: int = 1
    stride: int = 1
    reach: int | None = None

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
        height, breadth, channels = self.image_shape
        sides = height // self.scale, breadth // self.scale
        self.source_shape = checks.check_image_shape(source_shape or (*sides, channels))
        if (height, breadth) != tuple(self.scale * n for n in self.source_shape[:2]):
            times = "" if self.scale == 1 else f"{self.scale} times "
            raise ValueError(
                f"`image_shape` must have {times}the sides of `source_shape`. "
                f"Received: {self.image_shape} and {self.source_shape}. Resize the "
                "images."
            )
        self.width, self.discriminator_width = width, discriminator_width or width
        given = {name: kwargs.pop(name, None) for name in self.stored}
        super().__init__(given=given, **kwargs)
        shapes = self._shapes
        for name, network in self.networks.items():
            taken = [shapes[side] for side in self.takes[name]]
            made = shapes.get(self.makes.get(name))
            check_shapes(name, network, taken, made)
        object.__setattr__(self, "_examples", None)  # Keras would wrap it

    @property
    def _shapes(self) -> dict[str, tuple[int, int, int]]:
        """The shapes of what networks take and make, by the words for them."""
        return {"source": self.source_shape, "target": self.image_shape}

    @property
    def data_shape(self) -> tuple[int, int, int]:
        """The shape of an item of x: (h, w, c) of a source."""
        return self.image_shape if self.learns_from == "images" else self.source_shape

    def unpack(self, data: Any) -> Pairs:
        """Sources and targets as float32."""
        source, target, _ = keras.utils.unpack_x_y_sample_weight(data)
        return Pairs(as_float(source), as_float(target))

    def call(self, inputs: Any, training: bool = False) -> Tensor:
        """Translated images (N, H, W, C) in [-1, 1], from the moving average."""
        return self.stored_network("generator")(inputs, training=training)

    def check_inputs(self, x: Any) -> np.ndarray:
        """Images of `data_shape`, uint8 or floats in [-1, 1]."""
        return checks.check_images(x, self.data_shape, "x")

    def check_targets(self, y: Any, count: int, warn: bool = False) -> Any:
        """As many targets (N, H, W, C); None for a model that learns from images."""
        name = type(self).__name__
        if self.learns_from == "images":
            if y is None:
                return None
            raise ValueError(
                f"{name} learns from images alone. Received: targets too. Leave out y."
            )
        if y is None:
            raise ValueError(
                f"{name} learns from sources and targets. Received: sources alone. "
                "Pass the targets as y, or a dataset of kerasgan.data.load_"
                f"{self.learns_from}."
            )
        y = checks.check_images(y, self.image_shape, "y")
        if len(y) != count:
            unpaired = self.learns_from == "unpaired"
            remedy = (
                "Use kerasgan.data.load_unpaired(x, y)."
                if unpaired
                else "Leave some out."
            )
            raise ValueError(
                "`x` and `y` must have the same number of images. Received: "
                f"{count} and {len(y)}. {remedy}"
            )
        return y

    def learn_targets(self, y: Any, names: Sequence[str] | None = None) -> None:
        """Nothing: targets are images."""

    def translate(
        self,
        images: Any,
        direction: str = "forward",
        *,
        background: str | tuple[int, int, int] = "white",
        size: int | None = None,
        batch_size: int = 32,
        tile: int | None = None,
    ) -> Any:
        """Translates pictures by the moving average of a generator.

        Args:
            images: An array (N, H, W, C), a picture, or a list of pictures: arrays,
                uint8 or floats in [-1, 1], pictures of Pillow, or paths of files. They
                may have any size.
            direction: A key of `translators`, such as "forward".
            background: The color behind transparent pixels.
            size: The longer side in pixels to resize pictures to first. A model whose
                results depend on the whole image is best at the scale of its training.
            batch_size: The most pictures of one size that are computed at once.
            tile: The side of the pieces in which larger pictures are computed; by
                default, 1024 pixels if results depend on the whole image.

        Returns:
            uint8 in the form of `images`.

        Raises:
            ValueError: If a picture does not fit or is unreadable, or the direction is
                unknown.
            TypeError: If they are no pictures, or the model has another task.
        """
        if self.task != "translate":
            self._refuse("translate")
        self.check_direction(direction)
        network = self.applied(self.translators[direction])
        options = {"background": background, "size": size, "batch_size": batch_size}
        options |= {"tile": tile}
        if self.reach is None:
            options["trained"] = max(self.image_shape[:2])
        return translate_pictures(network, images, **options)

    def check_direction(self, direction: str) -> None:
        """Refuses a direction that the model does not know.

        Raises:
            ValueError: With the ones that it knows.
        """
        if len(self.translators) == 1 and direction not in self.translators:
            (only,) = self.translators
            raise ValueError(
                f"{type(self).__name__} translates one way only, {only!r}. Received: "
                f"direction={direction!r}. A CycleGAN translates both ways."
            )
        checks.check_choice("direction", direction, list(self.translators))

    def upscale(self, *args: Any, **kwargs: Any) -> Any:
        """Refuses what only a model with this task can do.

        Raises:
            TypeError: Always, with the remedy.
        """
        self._refuse("upscale")

    def inpaint(self, *args: Any, **kwargs: Any) -> Any:
        """Refuses what only a model with this task can do.

        Raises:
            TypeError: Always, with the remedy.
        """
        self._refuse("inpaint")

    def applied(self, name: str) -> Network:
        """A network of one input, as it is applied to pictures of any size."""
        run = functools.partial(self._run, name)
        (side,) = self.takes[name]
        channels = self._shapes[side][-1]
        return Network(run, channels, self.scale, self.stride, self.reach)

    def _run(self, name, inputs):
        """Results of a network; a user's may take images of one size only."""
        fixed = tuple(self.stored_network(name).inputs[0].shape[1:3])
        sides = tuple(inputs[0].shape[1:3])
        if None not in fixed and fixed != sides:
            raise ValueError(
                f"{name} takes images of {fixed[0]}x{fixed[1]} pixels alone. Received: "
                f"{sides[0]}x{sides[1]}. Build it with keras.Input((None, None, C)), "
                "or resize the images."
            )
        return self.infer(name, inputs)

    def signature_of(self, name: str) -> list[keras.layers.InputSpec]:
        """The images that a network takes in training: its sides are free."""
        taken = [(None, *self._shapes[side]) for side in self.takes[name]]
        return [keras.layers.InputSpec(shape=x, dtype="float32") for x in taken]

    def generate(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuses what only a GAN with latents can do.

        Raises:
            TypeError: Always, with the remedy.
        """
        self._refuse("generate, or another method of GANs from latents")

    interpolate = draw_latents = generate

    def _refuse(self, call: str) -> NoReturn:
        use = "inpaint(images, masks)" if self.task == "inpaint" else None
        raise TypeError(
            f"{type(self).__name__} makes images from images. Received: {call}. Use "
            f"{use or f'{self.task}(images)'}."
        )

    # Measuring, pictures, presets.

    def evaluate_quality(self, dataset: Any, **options: Any) -> dict[str, Any]:
        """Measures results against the true targets; see `evaluation.evaluate_pairs`.

        Args:
            dataset: Held-out pairs, such as of `kerasgan.data.load_pairs`.
            **options: Options of `kerasgan.evaluation.evaluate_pairs`.

        Returns:
            `kerasgan.evaluation.Result`s by name, such as "l1".
        """
        from kerasgan.evaluation import evaluate_pairs

        return evaluate_pairs(self, dataset, **options)

    @property
    def examples(self) -> Pairs | None:
        """Held-out pairs, uint8, that the preset's picture shows; at most 16."""
        return self._examples

    @examples.setter
    def examples(self, pairs: Sequence[Any] | None) -> None:
        if pairs is not None:
            x, y = (in_eight_bits(part[:EXAMPLES], "examples") for part in pairs)
            x = checks.check_images(x, self.source_shape, "examples[0]")
            y = checks.check_images(y, self.image_shape, "examples[1]")
            pairs = Pairs(x, y)
        object.__setattr__(self, "_examples", pairs)

    def as_pairs(self, *images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sources and targets, uint8, from what `fit` takes, uint8 too.

        A family that learns from images alone overrides this.
        """
        source, target = images
        return source, target

    def shown(self, examples: Pairs) -> list[np.ndarray]:
        """The columns of the picture: input, output and truth, each (N, H, W, C)."""
        source = examples.source.repeat(self.scale, 1).repeat(self.scale, 2)
        use = self.upscale if self.task == "upscale" else self.translate
        return [source, use(examples.source), examples.target]

    def picture(self) -> np.ndarray | None:
        """The examples with what the model makes of them; None without examples."""
        if self.examples is None:
            return None
        columns = [_in_color(column) for column in self.shown(self.examples)]
        rows = np.stack(columns, axis=1)  # (N, columns, H, W, 3)
        groups = min(GROUPS, len(rows))
        return images.make_picture(
            rows.reshape(-1, *rows.shape[2:]), groups * len(columns)
        )

    def describe(self) -> dict:
        """What the model is for, and the shapes of targets and sources."""
        shapes = {"image_shape": self.image_shape, "source_shape": self.source_shape}
        facts = {name: list(shape) for name, shape in shapes.items()}
        facts |= {"task": self.task, "learns_from": self.learns_from}
        return facts | super().describe()


def _in_color(pictures):
    """Images with 3 channels; gray is repeated, others show their first channel."""
    if pictures.shape[-1] == 3:
        return pictures
    return pictures[..., :1].repeat(3, axis=-1)
