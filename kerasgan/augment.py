"""Augmentation of all that a discriminator sees, so that few images are enough.

DiffAugment (Zhao et al. 2020, https://arxiv.org/abs/2006.10738) and ADA (Karras et al.
2020, https://arxiv.org/abs/2006.06676): both networks are told about changed images
only, and gradients pass through the changes. Images are (N, H, W, C) in [-1, 1].
"""

import contextlib
import math
from collections.abc import Callable, Sequence

import keras
from keras import ops

from kerasgan.types import Tensor
from kerasgan.checks import check_choice, check_count, check_weight

FOLLOWED = ("d_real", "d_fake")  # what ADA looks at, among what losses track
TRACK = "In `discriminator_loss`: self.track(d_real=real_logits, d_fake=fake_logits)."


def policy(names: str, channels: int) -> list[str]:
    """The parts of a policy such as "color,translation,cutout", or of "ada".

    Args:
        names: Names, separated by commas.
        channels: Channels of the images.

    Raises:
        TypeError: If `names` is no text.
        ValueError: If one is unknown or there twice, or colour is changed where there
            is none.
    """
    if not isinstance(names, str):
        raise TypeError(
            '`augmentation` must be a text such as "color,translation,cutout", or '
            f'"ada". Received: augmentation={names!r}. Separate parts by commas.'
        )
    remedy = (
        ' Part names by commas: DiffAugment is "color,translation,cutout"; None '
        "changes nothing."
    )
    parts = [
        check_choice("augmentation", name.strip(), POLICIES, remedy)
        for name in names.split(",")
    ]
    if len(set(parts)) < len(parts):
        raise ValueError(
            "`augmentation` must name each part once. "
            f"Received: augmentation={names!r}. Remove what is there twice."
        )
    if "ada" in parts and len(parts) > 1:
        raise ValueError(
            '`augmentation` must be "ada" alone, or others. '
            f"Received: augmentation={names!r}. ADA changes colours and places itself."
        )
    if {"ada", "color"} & set(parts) and channels not in (1, 3):
        raise ValueError(
            "Colours change only of images with 1 or 3 channels. "
            f"Received: augmentation={names!r} and {channels} channels. "
            'Use "translation,cutout".'
        )
    return parts


def diff_augment(images: Tensor, parts: list[str], seed) -> Tensor:
    """DiffAugment: each image is changed by every part, each time anew.

    Args:
        images: (N, H, W, C) in [-1, 1].
        parts: Of "color", "translation" and "cutout".
        seed: A `keras.random.SeedGenerator`.

    Returns:
        (N, H, W, C); brightness may leave [-1, 1], and what is moved in is 0.
    """
    for part in parts:
        images = PARTS[part](images, seed)
    return images


def color(images: Tensor, seed) -> Tensor:
    """Brightness by up to 0.5, saturation by 0 to 2, contrast by 0.5 to 1.5."""
    images = images + _uniform(images, seed, -0.5, 0.5)
    grey = ops.mean(images, axis=-1, keepdims=True)
    images = grey + _uniform(images, seed, 0.0, 2.0) * (images - grey)
    mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
    return mean + _uniform(images, seed, 0.5, 1.5) * (images - mean)


def translation(images: Tensor, seed) -> Tensor:
    """By whole pixels, up to an eighth of each side."""
    sides = images.shape[1:3]
    moves = [_whole(images, seed, -((n + 4) // 8), (n + 4) // 8) for n in sides]
    return resampled(images, [1.0, 1.0], moves)


def cutout(images: Tensor, seed) -> Tensor:
    """A rectangle of half the sides becomes 0; its centre is anywhere."""
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
    """Stretched about the middle, then moved; bilinear, with 0 around the image.

    Args:
        images: (N, H, W, C).
        scales: Factor for each side, a number or (N, 1); below 0 mirrors.
        moves: Pixels down and right, (N, 1) each.

    Returns:
        (N, H, W, C).
    """
    # As a product with a matrix for each side: its gradient, and that of its gradient,
    # is right on every backend, which is not so of keras.ops.image.
    rows, columns = (
        _matrix(n, scale, move)
        for n, scale, move in zip(images.shape[1:3], scales, moves, strict=True)
    )
    return ops.einsum("nyh,nhwc,nxw->nyxc", rows, images, columns)


def _matrix(n, scale, move):
    """(N, n, n): of each new pixel, the weights of the old ones."""
    place, middle = ops.arange(n, dtype="float32"), (n - 1) / 2
    source = (place[None] - move - middle) / scale + middle
    return ops.relu(1.0 - ops.abs(source[:, :, None] - place[None, None]))


PARTS: dict[str, Callable] = {
    "color": color,
    "translation": translation,
    "cutout": cutout,
}
POLICIES = ("ada", *sorted(PARTS))


def ada(images: Tensor, probability, seed) -> Tensor:
    """ADA's changes, each of an image with this probability.

    Args:
        images: (N, H, W, C) in [-1, 1], C 1 or 3.
        probability: From 0, where nothing changes, to 1.
        seed: A `keras.random.SeedGenerator`.

    Returns:
        (N, H, W, C).

    Differs from the paper:
        No turns: mirroring, moves, a scale, a stretch, brightness, contrast, luma flip,
        hue and saturation. Around the image is 0 (not its reflection), and nothing is
        filtered.
    """

    def maybe(value, neutral):
        """The value for some images, what changes nothing for the others."""
        return ops.where(_uniform(images, seed, 0, 1) < probability, value, neutral)

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
    grey = ops.mean(images, axis=-1, keepdims=True)
    colour = hue(images - grey, maybe(_uniform(images, seed, -math.pi, math.pi), 0.0))
    return sign() * grey + power(1.0) * colour


def hue(colour: Tensor, angle) -> Tensor:
    """Images without their grey, (N, H, W, C), turned about the axis of grey."""
    across = ops.roll(colour, 1, axis=-1) - ops.roll(colour, -1, axis=-1)
    return ops.cos(angle) * colour + ops.sin(angle) / math.sqrt(3) * across


class Augmenter:
    """A policy, and where it is ADA, its probability.

    Args:
        names: As `policy`, or None to change nothing.
        channels: Channels of the images.
        target: What ADA holds the mean sign of D(real) - D(fake) at.
        images: Real images in which ADA's probability can go from 0 to 1.
        tracked: Names of what the losses track.

    Raises:
        ValueError: If an argument is unfit, or ADA has nothing to follow.
    """

    def __init__(
        self,
        names: str | None,
        channels: int,
        target: float,
        images: int,
        tracked: Sequence[str] = FOLLOWED,
    ):
        self.parts = [] if names is None else policy(names, channels)
        self.target = check_weight("ada_target", target, most=1.0)
        self.images = check_count("ada_images", images)
        self.states, self.watching, self.followed = [], True, False
        if "ada" in self.parts:
            if not set(FOLLOWED) <= set(tracked):
                raise ValueError(
                    "ADA follows the logits of real and generated images. Received: a "
                    f"GAN that tracks {', '.join(tracked) or 'nothing'}. Pass "
                    f'tracked=["d_real", "d_fake"] to super().__init__. {TRACK}'
                )
            options = {"dtype": "float32", "trainable": False}
            self.probability = keras.Variable(0.0, name="ada_probability", **options)
            self.sign = keras.Variable(0.0, name="ada_sign", **options)
            self.states = [self.probability, self.sign]

    def __call__(self, images: Tensor, seed) -> Tensor:
        """Images (N, H, W, C), changed; each call draws anew."""
        if self.states:
            return ada(images, self.probability.value, seed)
        return diff_augment(images, self.parts, seed)

    def follows(self, values: dict[str, Tensor]) -> bool:
        """Whether values that a loss tracks move ADA's probability.

        Raises:
            ValueError: If they should, but are not the logits of two batches.
        """
        if not self.states:
            return False
        found = {n: tuple(ops.shape(values[n])) for n in FOLLOWED if n in values}
        if not found:
            return False
        if len(found) < 2 or () in found.values():
            raise ValueError(
                "ADA follows the logits (N,) of real and of generated images, tracked "
                f"together. Received: {', '.join(map(str, found.items()))}. {TRACK}"
            )
        self.followed = True
        return True

    def check_followed(self) -> None:
        """After a discriminator's loss.

        Raises:
            ValueError: If ADA has seen no logits.
        """
        if self.states and not self.followed:
            raise ValueError(
                "ADA follows d_real and d_fake. Received: a discriminator's loss that "
                f"tracks neither. {TRACK}"
            )

    def observe(self, real: Tensor, fake: Tensor) -> None:
        """Moves ADA's probability by the logits (N,) of changed images.

        Args:
            real: Of real images.
            fake: Of generated ones.

        Differs from the paper:
            The sign is that of a real image's logit against a generated one's, for many
            losses leave open where their logits' 0 is. Its mean moves by a quarter with
            each batch, instead of every fourth.
        """
        if not self.watching:
            return
        sign = ops.mean(ops.sign(ops.stop_gradient(real - fake)))
        self.sign.assign(self.sign.value + 0.25 * (sign - self.sign.value))
        step = ops.cast(ops.shape(real)[0], "float32") / self.images
        step = step * ops.sign(self.sign.value - self.target)
        self.probability.assign(ops.clip(self.probability.value + step, 0.0, 1.0))

    @contextlib.contextmanager
    def paused(self):
        """Logits that are seen inside do not move the probability."""
        self.watching = False
        try:
            yield
        finally:
            self.watching = True


def _uniform(images, seed, low, high):
    """A number for each image, (N, 1, 1, 1)."""
    shape = (ops.shape(images)[0], 1, 1, 1)
    return keras.random.uniform(shape, low, high, seed=seed)


def _normal(images, seed):
    return keras.random.normal((ops.shape(images)[0], 1, 1, 1), seed=seed)


def _whole(images, seed, low, high):
    """A whole number from `low` to `high` for each image, (N, 1)."""
    number = ops.floor(_uniform(images, seed, low, high + 1))
    return ops.reshape(ops.minimum(number, high), (-1, 1))
