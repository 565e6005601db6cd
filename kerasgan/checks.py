"""Checks of what users hand in, once, at the public border."""

import warnings
from collections.abc import Sequence

import numpy as np

from kerasgan.presets.documents import LARGEST
from kerasgan.errors import TrainingDivergedError, did_you_mean


def check_image_shape(image_shape: Sequence[int]) -> tuple[int, int, int]:
    """(H, W, C) of positive integers, as a tuple.

    Raises:
        ValueError: If it is anything else.
    """
    try:
        shape = tuple(int(n) for n in image_shape)
    except (TypeError, ValueError):
        shape = ()
    if len(shape) != 3 or min(shape) < 1 or list(shape) != list(image_shape):
        raise ValueError(
            "`image_shape` must be (H, W, C), three positive integers. "
            f"Received: image_shape={image_shape}."
        )
    return shape


def check_images(images, image_shape=None, name: str = "images") -> np.ndarray:
    """Images as training takes them: uint8, or float32 in [-1, 1].

    Args:
        images: Array-like (N, H, W, C) of uint8, or of floats in [-1, 1].
        image_shape: The (H, W, C) that they must have, if it is known.
        name: What to call them in an error.

    Returns:
        The array, of dtype uint8 or float32.

    Raises:
        TypeError: If the dtype is neither uint8 nor a float.
        ValueError: If rank, shape, count or range are wrong, or a value is not finite.
    """
    images = np.asarray(images)
    if images.ndim != 4:
        hint = "Add the channel axis: images[..., None]." if images.ndim == 3 else ""
        raise ValueError(
            f"`{name}` must have shape (N, H, W, C). Received: {images.shape}. {hint}"
        )
    if len(images) == 0:
        raise ValueError(f"`{name}` holds no image. Received: shape {images.shape}.")
    if image_shape is not None and images.shape[1:] != tuple(image_shape):
        raise ValueError(
            f"`{name}` must have image_shape={tuple(image_shape)}, which this GAN was "
            f"built for. Received: {images.shape[1:]}. Resize or convert the images "
            "(`kerasgan.data.load(..., size=, channels=)`), or build the GAN for them."
        )
    if images.dtype == np.uint8:
        return images
    if not np.issubdtype(images.dtype, np.floating):
        raise TypeError(
            f"`{name}` must be uint8 in [0, 255] or floats in [-1, 1]. "
            f"Received: dtype={images.dtype}. {_remedy(images)}"
        )
    return _check_range(images.astype("float32", copy=False), name)


def _remedy(images):
    """How to make uint8 of images of another dtype."""
    if images.dtype == np.bool_:
        return "Convert: images.astype('uint8') * 255."
    numeric = np.issubdtype(images.dtype, np.integer)
    if numeric and images.min() >= 0 and images.max() <= 255:
        return "Convert: images.astype('uint8')."
    return "Scale them to [0, 255] and convert: images.astype('uint8')."


def _check_range(images, name):
    if not np.isfinite(images).all():
        bad = int(np.argmin(np.isfinite(images).reshape(len(images), -1).all(1)))
        raise ValueError(
            f"`{name}` must be finite. Received: NaN or infinity, first in image {bad}."
            " Remove it or repair it."
        )
    low, high = float(images.min()), float(images.max())
    if low < -1.001 or high > 1.001:
        remedy = (
            "Pass uint8, or scale: images / 127.5 - 1."
            if low >= 0.0 and high <= 255.0
            else "Scale them to that range."
        )
        raise ValueError(
            f"Floating-point `{name}` must lie in [-1, 1]. "
            f"Received: values from {low:g} to {high:g}. {remedy}"
        )
    if 0.0 <= low < high:
        warnings.warn(
            f"No value of `{name}` is negative: they look scaled to [0, 1] instead of "
            "[-1, 1]. If so, scale them: images * 2 - 1.",
            stacklevel=4,
        )
    return images


def check_labels(labels, count: int, num_classes: int | None = None) -> np.ndarray:
    """Class labels as int32 (N,).

    Args:
        labels: Array-like of integers, (N,) or (N, 1).
        count: How many there must be.
        num_classes: They must lie in [0, num_classes), if it is known.

    Raises:
        TypeError: If they are not integers.
        ValueError: If count or range are wrong.
    """
    labels = np.asarray(labels)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.shape != (count,):
        one_hot = labels.ndim == 2 and len(labels) == count
        raise ValueError(
            f"`labels` must have shape ({count},), one for each image. Received: "
            f"{labels.shape}." + " One-hot: labels.argmax(axis=1)." * one_hot
        )
    if not np.issubdtype(labels.dtype, np.integer):
        raise TypeError(
            "`labels` must be integers, not one-hot or text. "
            f"Received: dtype={labels.dtype}. Convert: labels.astype('int32')."
        )
    top = (2**31 if num_classes is None else num_classes) - 1  # int32
    if count and (labels.min() < 0 or labels.max() > top):
        raise ValueError(
            f"`labels` must lie in [0, {top}]. "
            f"Received: values from {labels.min()} to {labels.max()}."
        )
    return labels.astype("int32")


def check_codes(codes, count: int | None, categories: int, continuous: int):
    """Codes of an InfoGAN as float64 (N, 1) or (N, 1 + continuous).

    Args:
        codes: Categories (N,), or rows of a category and the continuous codes.
        count: How many there must be, if it is known.
        categories: The category lies in [0, categories).
        continuous: How many continuous codes there are.

    Raises:
        ValueError: If they have another shape, or a category is none.
    """
    try:
        found = np.asarray(codes, "float64")
    except (ValueError, TypeError):
        found = np.empty(0)
    sizes = (1, 1 + continuous)
    flat = continuous and found.shape == sizes[1:]
    hint = f" One row is [{found.tolist()}]." if flat else ""
    found = found[:, None] if found.ndim == 1 else found
    if (
        found.ndim != 2
        or found.shape[1] not in sizes
        or len(found) != (len(found) if count is None else count)
    ):
        raise ValueError(
            "`codes` must be categories (n,), or rows (n, "
            f"{1 + continuous}) of a category and {continuous} continuous codes"
            f"{'' if count is None else f', with n={count}'}. "
            f"Received: {ascii(codes)[:80]}.{hint}"
        )
    category = found[:, 0]
    whole = np.isfinite(found).all() and (category == category.round()).all()
    if (
        not len(found)
        or not whole
        or category.min() < 0
        or category.max() >= categories
    ):
        raise ValueError(
            f"`codes` must begin with a category, an integer in [0, {categories - 1}], "
            f"and be finite. Received: categories {category.tolist()[:5]}.{hint}"
        )
    return found


def check_weight(
    name: str,
    weight: float,
    most: float = float("inf"),
    zero: str = "0 leaves it out.",
) -> float:
    """The weight of a loss term and the like: a finite number from 0 to `most`.

    Raises:
        ValueError: If it is anything else.
    """
    number = isinstance(weight, int | float | np.number) and not isinstance(
        weight, bool
    )
    if not number or not 0.0 <= weight <= most or weight == float("inf"):
        limit = "of at least 0" if most == float("inf") else f"from 0 to {most:g}"
        raise ValueError(
            f"`{name}` must be a number {limit}. Received: {name}={weight!r}. {zero}"
        )
    return float(weight)


def check_choice(
    name: str, value: str, choices: Sequence[str], remedy: str = ""
) -> str:
    """One of a few names.

    Raises:
        ValueError: If it is another; the list is in the message.
    """
    if value not in choices:
        near = did_you_mean(value, choices) if isinstance(value, str) else ""
        raise ValueError(
            f"`{name}` must be one of {', '.join(map(repr, choices))}. "
            f"Received: {name}={value!r}.{near}{remedy}"
        )
    return value


def check_networks(generator, discriminator, num_classes=None) -> None:
    """Shapes that the losses rely on; a wrong one would broadcast in silence.

    Args:
        generator: Built.
        discriminator: Built, or None.
        num_classes: Number of classes of a conditional GAN, or None.

    Raises:
        ValueError: If a network takes or returns another shape.
    """
    if (num_classes is not None) != (len(generator.inputs) > 1):
        raise ValueError(
            "`num_classes` belongs to a conditional GAN, whose generator takes "
            f"[latents, labels]. Received: num_classes={num_classes} and a generator "
            f"of {len(generator.inputs)} input(s). Leave it out, or use a CGAN, ACGAN, "
            "SNGAN or SAGAN."
        )
    if generator.inputs[0].shape[-1] < 1:
        raise ValueError("`latent_dim` must be at least 1. Received: latent_dim=0.")
    if len(generator.output_shape) != 4:
        raise ValueError(
            "A generator must return images (N, H, W, C). "
            f"Received: output_shape={generator.output_shape}."
        )
    outputs = None if discriminator is None else discriminator.output
    if isinstance(outputs, dict) and "logits" not in outputs:
        raise ValueError(
            'A discriminator of several heads must name one "logits". '
            f"Received: {', '.join(outputs)}."
        )
    outputs = outputs["logits"] if isinstance(outputs, dict) else outputs
    shapes = () if outputs is None else outputs.shape
    if len(shapes) not in (0, 1, 4):
        raise ValueError(
            "A discriminator must return logits (N,), or (N, h, w, 1) for patches. "
            f"Received: output_shape={shapes}. End it with keras.layers.Reshape(())."
        )


def check_sizes(arguments: dict) -> None:
    """The counts among a GAN's constructor arguments, where it has them.

    Raises:
        ValueError: If one is no integer of at least 1, or a preset could not hold it.
    """
    for name in ("latent_dim", "width", "discriminator_width"):
        if arguments.get(name) is not None:
            check_count(name, arguments[name])
    for name, value in arguments.items():
        if isinstance(value, int) and value > LARGEST and name != "seed":
            raise ValueError(
                f"`{name}` must be at most {LARGEST}, the largest integer that a "
                f"preset holds. Received: {name}={value}. Choose a smaller one."
            )


def check_options(discriminator_steps: int, ema_decay: float, networks: str) -> None:
    """Options that every GAN takes.

    Raises:
        ValueError: If one is out of its range.
    """
    check_count("discriminator_steps", discriminator_steps)
    check_choice("networks", networks, ("all", "sampler"), " Only 'all' trains.")
    if not isinstance(ema_decay, int | float) or not 0.0 <= ema_decay < 1.0:
        raise ValueError(
            f"`ema_decay` must lie in [0, 1). Received: ema_decay={ema_decay!r}. "
            "0 samples from the generator itself, 0.999 is usual."
        )


def check_finite_logs(logs: dict, epoch: int) -> None:
    """Stops a training whose losses are no numbers any more.

    Raises:
        TrainingDivergedError: Naming them.
    """
    bad = [name for name, value in logs.items() if not np.isfinite(float(value))]
    if bad:
        raise TrainingDivergedError(
            f"Losses must stay finite. Received: {', '.join(bad)} of NaN or infinity "
            f"in epoch {epoch + 1}. Look for NaN in the data, or train again from the "
            "last checkpoint or preset, with lower learning rates or in float32."
        )


def plain(value):
    """An argument as JSON can hold it: numpy's scalars and arrays as Python's."""
    return value.tolist() if hasattr(value, "tolist") else value


def check_count(name: str, value, least: int = 1, most: int | None = None) -> int:
    """A whole number of at least `least` and, if given, at most `most`.

    Raises:
        ValueError: If it is another, or no integer at all.
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < least or (most is not None and value > most):
        limit = f"of at least {least}" if most is None else f"from {least} to {most}"
        kind = "whole" if not whole else "larger" if value < least else "smaller"
        raise ValueError(
            f"`{name}` must be an integer {limit}. Received: {name}={value!r}. "
            f"Pass a {kind} number."
        )
    return int(value)
