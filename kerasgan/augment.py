"""Augments all images that a discriminator sees, for training on small datasets.

DiffAugment (Zhao et al. 2020, https://arxiv.org/abs/2006.10738) and ADA (Karras et al.
2020, https://arxiv.org/abs/2006.06676). Both networks learn from augmented images only,
and gradients pass through the augmentation. Images are (N, H, W, C) in [-1, 1].
"""

import math
from collections.abc import Callable, Sequence

import keras
from keras import ops

from kerasgan import backend
from kerasgan.checks import check_choice, check_count, check_weight
from kerasgan.types import Tensor


def policy(names: str, channels: int) -> list[str]:
    """Splits a policy such as "color,translation,cutout" or "ada" into its parts.

    Args:
        names: Names, separated by commas.
        channels: Channels of the images.

    Returns:
        The names of the parts.

    Raises:
        TypeError: If `names` is not a string.
        ValueError: If a name is unknown or repeated, or if the policy changes colors
            and the images have neither 1 nor 3 channels.
    """
    if not isinstance(names, str):
        raise TypeError(
            '`augmentation` must be a string such as "color,translation,cutout", or '
            f'"ada". Received: augmentation={names!r}. Separate parts by commas.'
        )
    remedy = (
        ' Separate names by commas: DiffAugment is "color,translation,cutout". None '
        "changes nothing."
    )
    parts = [
        check_choice("augmentation", name.strip(), POLICIES, remedy)
        for name in names.split(",")
    ]
    if len(set(parts)) < len(parts):
        raise ValueError(
            "`augmentation` must name each part once. "
            f"Received: augmentation={names!r}. Remove the repeated name."
        )
    if "ada" in parts and len(parts) > 1:
        raise ValueError(
            '`augmentation` must be "ada" alone, or other names. '
            f"Received: augmentation={names!r}. ADA already changes colors and places."
        )
    if {"ada", "color"} & set(parts) and channels not in (1, 3):
        raise ValueError(
            "Changing colors needs images with 1 or 3 channels. "
            f"Received: augmentation={names!r} and {channels} channels. "
            'Use "translation,cutout".'
        )
    return parts


def diff_augment(
    images: Tensor, parts: Sequence[str], seed: keras.random.SeedGenerator
) -> Tensor:
    """DiffAugment: changes each image by every part, with new random numbers.

    Args:
        images: (N, H, W, C) in [-1, 1].
        parts: Some of "color", "translation" and "cutout".
        seed: Source of the random numbers.

    Returns:
        (N, H, W, C). Brightness may leave [-1, 1]. Pixels moved in from outside are 0.
    """
    for part in parts:
        images = PARTS[part](images, seed)
    return images


def color(images: Tensor, seed: keras.random.SeedGenerator) -> Tensor:
    """Changes brightness by up to 0.5, saturation by 0 to 2, contrast by 0.5 to 1.5."""
    images = images + _uniform(images, seed, -0.5, 0.5)
    gray = ops.mean(images, axis=-1, keepdims=True)
    images = gray + _uniform(images, seed, 0.0, 2.0) * (images - gray)
    mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
    return mean + _uniform(images, seed, 0.5, 1.5) * (images - mean)


def translation(images: Tensor, seed: keras.random.SeedGenerator) -> Tensor:
    """Moves images by whole pixels, up to an eighth of each side."""
    sides = images.shape[1:3]
    moves = [_whole(images, seed, -((n + 4) // 8), (n + 4) // 8) for n in sides]
    return resampled(images, [1.0, 1.0], moves)


def cutout(images: Tensor, seed: keras.random.SeedGenerator) -> Tensor:
    """Sets a rectangle of half the sides to 0; its center may be anywhere."""
    kept = 1.0
    for axis, n in enumerate(images.shape[1:3]):
        size = (n + 1) // 2
        first = _whole(images, seed, -(size // 2), n - (size + 1) // 2)
        place = ops.reshape(ops.arange(n, dtype="float32"), (1, -1))
        inside = ops.logical_and(place >= first, place < first + size)
        shape = (-1, n, 1, 1) if axis == 0 else (-1, 1, n, 1)
        kept = kept * ops.reshape(ops.cast(inside, "float32"), shape)
    return images * (1.0 - kept)


def resampled(images: Tensor, scales: list, moves: list) -> Tensor:
    """Stretches images about the middle, then moves them.

    The interpolation is bilinear, with 0 around the image.

    Args:
        images: (N, H, W, C).
        scales: Factor for each side, a number or (N, 1). A negative one mirrors.
        moves: Pixels down and pixels right, (N, 1) each.

    Returns:
        (N, H, W, C).
    """
    # A product with one matrix per side: unlike keras.ops.image, it has correct first
    # and second gradients on every backend.
    rows, columns = (
        _matrix(n, scale, move)
        for n, scale, move in zip(images.shape[1:3], scales, moves, strict=True)
    )
    return ops.einsum("nyh,nhwc,nxw->nyxc", rows, images, columns)


def _matrix(n, scale, move):
    """(N, n, n): the weights of the old pixels in each new one."""
    place, middle = ops.arange(n, dtype="float32"), (n - 1) / 2
    source = (place[None] - move - middle) / scale + middle
    return ops.relu(1.0 - ops.abs(source[:, :, None] - place[None, None]))


PARTS: dict[str, Callable] = {
    "color": color,
    "translation": translation,
    "cutout": cutout,
}
POLICIES = ("ada", *sorted(PARTS))


def ada(
    images: Tensor, probability: float | Tensor, seed: keras.random.SeedGenerator
) -> Tensor:
    """Applies each of ADA's changes to an image with this probability.

    Args:
        images: (N, H, W, C) in [-1, 1], C 1 or 3.
        probability: From 0, which changes nothing, to 1.
        seed: Source of the random numbers.

    Returns:
        (N, H, W, C).

    Differs from the paper:
        There are no rotations. The changes are mirroring, translation, scale, stretch,
        brightness, contrast, luma flip, hue and saturation. The surroundings of an
        image are 0, not its reflection. Images are not filtered.
    """

    def maybe(value, neutral):
        """`value` for some images; `neutral`, which changes nothing, for others."""
        chosen = _uniform(images, seed, 0, 1) < probability
        return ops.where(chosen, *(ops.cast(x, "float32") for x in (value, neutral)))

    def power(deviation):
        return maybe(ops.exp(_normal(images, seed) * deviation * math.log(2.0)), 1.0)

    def sign():
        return maybe(ops.where(_uniform(images, seed, 0, 1) < 0.5, -1.0, 1.0), 1.0)

    both, stretch, mirrored = power(0.2), power(0.2), sign()
    scales = both * stretch, both / stretch * mirrored
    whole, part = maybe(1.0, 0.0), maybe(1.0, 0.0)
    moves = [
        whole * ops.round(_uniform(images, seed, -n / 8, n / 8))
        + part * _normal(images, seed) * n / 8
        for n in images.shape[1:3]
    ]
    flat = [ops.reshape(x, (-1, 1)) for x in (*scales, *moves)]
    images = resampled(images, flat[:2], flat[2:])
    images = images + maybe(_normal(images, seed) * 0.2, 0.0)
    images = images * power(0.5)
    gray = ops.mean(images, axis=-1, keepdims=True)
    color = hue(images - gray, maybe(_uniform(images, seed, -math.pi, math.pi), 0.0))
    return sign() * gray + power(1.0) * color


def hue(color: Tensor, angle: float | Tensor) -> Tensor:
    """Rotates images without their gray, (N, H, W, C), about the gray axis."""
    across = ops.roll(color, 1, axis=-1) - ops.roll(color, -1, axis=-1)
    return ops.cos(angle) * color + ops.sin(angle) / math.sqrt(3) * across


class Augmenter:
    """An augmentation policy and, for ADA, its probability.

    Args:
        names: As in `policy`, or None to change nothing.
        channels: Channels of the images.
        target: The mean sign of D(real) - D(fake) that ADA aims at, in [0, 1].
        images: Number of real images over which ADA's probability can move from 0 to 1.

    Attributes:
        adaptive: Whether the policy is ADA.
        states: ADA's variables, which training changes.

    Raises:
        ValueError: If an argument is out of its range.
    """

    def __init__(self, names: str | None, channels: int, target: float, images: int):
        self.parts = [] if names is None else policy(names, channels)
        self.target = check_weight("ada_target", target, most=1.0)
        self.images = check_count("ada_images", images)
        self.adaptive, self.states = "ada" in self.parts, []
        if self.adaptive:
            options = {"shape": (), "dtype": "float32", "trainable": False}
            self.probability = keras.Variable(
                "zeros", name="ada_probability", **options
            )
            self.sign = keras.Variable("zeros", name="ada_sign", **options)
            self.states = [self.probability, self.sign]

    def __call__(self, images: Tensor, seed: keras.random.SeedGenerator) -> Tensor:
        """Changes images (N, H, W, C), with new random numbers in each call."""
        if self.adaptive:
            return ada(images, self.probability.value, seed)
        return diff_augment(images, self.parts, seed)

    def observe(self, real: Tensor, fake: Tensor) -> None:
        """Adapts ADA's probability to the logits of augmented images.

        Args:
            real: Logits (N,) of real images.
            fake: Logits (N,) of generated images.

        Differs from the paper:
            It uses the sign of a real image's logit minus a generated one's, because
            many losses do not fix the zero of the logits. It averages the sign over
            about four batches and adapts with every batch, not with every fourth.
        """
        sign = ops.mean(ops.sign(ops.stop_gradient(real - fake)))
        sign = backend.mean_of_replicas(sign)
        self.sign.assign(self.sign.value + 0.25 * (sign - self.sign.value))
        count = ops.shape(real)[0] * backend.replica_count()
        step = ops.cast(count, "float32") / self.images
        step = step * ops.sign(self.sign.value - self.target)
        self.probability.assign(ops.clip(self.probability.value + step, 0.0, 1.0))


def _uniform(images, seed, low, high):
    """One number per image, (N, 1, 1, 1)."""
    numbers = backend.uniform((ops.shape(images)[0], 1, 1, 1), seed)
    return low + (high - low) * numbers


def _normal(images, seed):
    return backend.normal((ops.shape(images)[0], 1, 1, 1), seed)


def _whole(images, seed, low, high):
    """One whole number per image from `low` to `high`, (N, 1)."""
    number = ops.floor(_uniform(images, seed, low, high + 1))
    return ops.reshape(ops.minimum(number, high), (-1, 1))
