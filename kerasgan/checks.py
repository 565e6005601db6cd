"""Checks what users pass: once, where it enters the library."""

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from kerasgan.errors import did_you_mean

LARGEST = 2**20  # of an integer among a model's arguments, which presets store
# Arguments that are objects, which no preset stores.
OBJECTS = ("generator", "discriminator", "condition", "given")


def check_data(
    data: ArrayLike, shape: tuple[int, ...] | None = None, name: str = "x"
) -> np.ndarray:
    """Returns data of any rank as training needs it: uint8, or finite float32.

    Args:
        data: (N, ...), uint8, or floats in [-1, 1].
        shape: The shape of one item, if it is known.
        name: The name of the data in messages.

    Raises:
        TypeError: If the dtype is neither uint8 nor a float.
        ValueError: If the shape is wrong, there is no item, or one is not finite.
    """
    data = np.asarray(data)
    if data.ndim < 2 or len(data) == 0:
        raise ValueError(
            f"`{name}` must have shape (N, ...) with at least one item. Received: "
            f"shape {data.shape}. Pass an array of items, such as x[None] for one."
        )
    if shape is not None and data.shape[1:] != tuple(shape):
        raise ValueError(
            f"`{name}` must hold items of shape {tuple(shape)}, which this GAN was "
            f"built for. Received: {data.shape[1:]}. Reshape the data, or build the "
            "GAN for it."
        )
    if data.dtype == np.uint8:
        return data
    if not np.issubdtype(data.dtype, np.floating):
        raise TypeError(
            f"`{name}` must be uint8 or floats in [-1, 1]. Received: "
            f"dtype={data.dtype}. Scale and convert the data first."
        )
    data = data.astype("float32", copy=False)
    _check_finite(data, name)
    return data


def check_image_shape(image_shape: Sequence[int]) -> tuple[int, int, int]:
    """Returns (H, W, C), three positive integers, as a tuple.

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
            f"Received: image_shape={image_shape}. Pass for example (64, 64, 3)."
        )
    return shape


def check_images(
    images: ArrayLike, image_shape: Sequence[int] | None = None, name: str = "images"
) -> np.ndarray:
    """Returns images as training needs them: uint8, or float32 in [-1, 1].

    Args:
        images: (N, H, W, C), uint8, or floats in [-1, 1].
        image_shape: The (H, W, C) that they must have, if it is known.
        name: The name of the images in messages.

    Returns:
        The array, of dtype uint8 or float32.

    Raises:
        TypeError: If the dtype is neither uint8 nor a float.
        ValueError: If rank, shape, count or range are wrong, or a value is not finite.
    """
    images = np.asarray(images)
    if images.ndim != 4:
        remedy = "Pass all images as one array, with their channels last."
        if images.ndim == 3:
            index = "None" if images.shape[-1] in (1, 3) else "..., None"
            remedy = f"Add the missing axis: images[{index}]."
        raise ValueError(
            f"`{name}` must have shape (N, H, W, C). Received: {images.shape}. {remedy}"
        )
    if not images.size:
        least = "pixel" if len(images) else "image"
        raise ValueError(
            f"`{name}` must hold at least one {least}. Received: shape {images.shape}. "
            "Check how the images were read or selected."
        )
    if image_shape is not None and images.shape[1:] != tuple(image_shape):
        first = (*images.shape[2:], images.shape[1]) == tuple(image_shape)
        remedy = (
            "Move the channels last: images.transpose(0, 2, 3, 1)."
            if first
            else "Resize or convert the images (`kerasgan.data.load(..., size=, "
            "channels=)`), or build the GAN for them."
        )
        raise ValueError(
            f"`{name}` must have image_shape={tuple(image_shape)}, which this GAN was "
            f"built for. Received: {images.shape[1:]}. {remedy}"
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
    """How to convert images of another dtype to uint8."""
    if images.dtype == np.bool_:
        return "Convert: images.astype('uint8') * 255."
    numeric = np.issubdtype(images.dtype, np.integer)
    if numeric and images.min() >= 0 and images.max() <= 255:
        return "Convert: images.astype('uint8')."
    return "Scale them to [0, 255] and convert: images.astype('uint8')."


def _check_finite(items, name):
    if not np.isfinite(items).all():
        bad = int(np.argmin(np.isfinite(items).reshape(len(items), -1).all(1)))
        raise ValueError(
            f"`{name}` must be finite. Received: NaN or infinity, first in item {bad}. "
            "Remove or repair it."
        )


def _check_range(images, name):
    _check_finite(images, name)
    low, high = float(images.min()), float(images.max())
    if low < -1.001 or high > 1.001:
        remedy = "Scale them to that range."
        if low >= 0.0 and high <= 255.0:
            remedy = "Pass uint8, or scale: images / 127.5 - 1."
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


def check_labels(
    labels: ArrayLike, count: int, num_classes: int | None = None, least: int = 0
) -> np.ndarray:
    """Returns class labels as int32 (N,).

    Args:
        labels: Integers, (N,) or (N, 1).
        count: The number of labels that there must be.
        num_classes: Labels must be in [0, num_classes), if it is known.
        least: The least label; -1 allows images without one.

    Raises:
        TypeError: If they are not integers.
        ValueError: If count or range are wrong.
    """
    labels = np.asarray(labels)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.shape != (count,):
        one_hot = labels.ndim == 2 and len(labels) == count
        remedy = "One-hot: labels.argmax(axis=1)" if one_hot else "Pass as many labels"
        raise ValueError(
            f"`labels` must have shape ({count},), one for each image. "
            f"Received: {labels.shape}. {remedy}."
        )
    if not np.issubdtype(labels.dtype, np.integer):
        text = labels.dtype.kind in "USO"
        numbers = "np.unique(labels, return_inverse=True)[1]"
        remedy = numbers if text else "labels.astype('int32')"
        raise TypeError(
            "`labels` must be integers, not one-hot or text. "
            f"Received: dtype={labels.dtype}. Convert: {remedy}."
        )
    top = (2**31 if num_classes is None else num_classes) - 1  # int32
    if count and (labels.min() < least or labels.max() > top):
        raise ValueError(
            f"`labels` must lie in [{least}, {top}]. Received: values from "
            f"{labels.min()} to "
            f"{labels.max()}. Number the classes from 0, or build for more classes."
        )
    return labels.astype("int32")


def check_codes(
    codes: ArrayLike, count: int | None, categories: int, continuous: int
) -> np.ndarray:
    """Returns codes of an InfoGAN as float64 (N, 1) or (N, 1 + continuous).

    Args:
        codes: Categories (N,), or rows of a category and the continuous codes.
        count: The number of rows that there must be, if it is known.
        categories: Categories must be in [0, categories).
        continuous: The number of continuous codes.

    Raises:
        ValueError: If the shape is wrong, or a category is out of its range.
    """
    try:
        text = np.asarray(codes).dtype.kind in "USO"
        rows = np.empty(0) if text else np.asarray(codes, "float64")
    except (ValueError, TypeError):
        rows = np.empty(0)
    sizes = (1, 1 + continuous)
    flat = continuous and rows.shape == sizes[1:]
    hint = f" One row is [{rows.tolist()}]." if flat else ""
    rows = rows[:, None] if rows.ndim == 1 else rows
    fits = rows.ndim == 2 and rows.shape[1] in sizes
    if not fits or count not in (None, len(rows)):
        raise ValueError(
            "`codes` must be categories (n,), or rows (n, "
            f"{1 + continuous}) of a category and {continuous} continuous codes"
            f"{'' if count is None else f', with n={count}'}. "
            f"Received: {ascii(codes)[:80]}.{hint}"
        )
    category = rows[:, 0]
    whole = np.isfinite(rows).all() and (category == category.round()).all()
    if not len(rows) or not whole or category.min() < 0 or category.max() >= categories:
        raise ValueError(
            f"`codes` must begin with a category, an integer in [0, {categories - 1}], "
            f"and be finite. Received: categories {category.tolist()[:5]}.{hint}"
        )
    return rows


def check_weight(
    name: str, weight: float, most: float = np.inf, zero: str = "0 leaves it out."
) -> float:
    """Returns the weight of a loss, or the like: a finite number from 0 to `most`.

    Raises:
        ValueError: If it is anything else.
    """
    numbers = int | float | np.number
    number = isinstance(weight, numbers) and not isinstance(weight, bool)
    if not number or not 0.0 <= weight <= most or weight == np.inf:
        limit = "of at least 0" if most == np.inf else f"from 0 to {most:g}"
        raise ValueError(
            f"`{name}` must be a number {limit}. Received: {name}={weight!r}. {zero}"
        )
    return float(weight)


def check_choice(
    name: str, value: str, choices: Iterable[str], remedy: str = ""
) -> str:
    """Returns one of a few names.

    Raises:
        ValueError: If it is another; the message lists the names.
    """
    if value not in choices:
        near = did_you_mean(value, choices) if isinstance(value, str) else ""
        raise ValueError(
            f"`{name}` must be one of {', '.join(map(repr, choices))}. "
            f"Received: {name}={value!r}.{near}{remedy}"
        )
    return value


def check_sizes(arguments: dict) -> None:
    """Checks the counts among a model's constructor arguments.

    Raises:
        ValueError: If one is not an integer of at least 1, or too large for a preset.
    """
    for name in ("latent_dim", "width", "discriminator_width"):
        if arguments.get(name) is not None:
            check_count(name, arguments[name])
    for name, value in arguments.items():
        if isinstance(value, int) and value > LARGEST and name != "seed":
            raise ValueError(
                f"`{name}` must be at most {LARGEST}, the largest integer that a "
                f"preset stores. Received: {name}={value}. Choose a smaller one."
            )


def check_options(ema_decay: float, networks: str) -> None:
    """Checks options that every adversarial model takes.

    Raises:
        ValueError: If one is out of its range.
    """
    check_choice("networks", networks, ("all", "sampler"), " Only 'all' trains.")
    if not isinstance(ema_decay, int | float) or not 0.0 <= ema_decay < 1.0:
        raise ValueError(
            f"`ema_decay` must lie in [0, 1). Received: ema_decay={ema_decay!r}. "
            "0 uses the generator itself; 0.999 is usual."
        )


def check_variable_dtype(variable_dtype: str, dtype: Any) -> None:
    """Checks that weights are float32, whatever dtype networks compute in.

    Raises:
        ValueError: If a dtype policy stores weights in another dtype.
    """
    if variable_dtype != "float32":
        half = variable_dtype in ("float16", "bfloat16")
        remedy = f"mixed_{variable_dtype}" if half else "float32"
        raise ValueError(
            "`dtype` must keep weights in float32. "
            f"Received: dtype={dtype!r}. Use {remedy!r}."
        )


def plain(value: Any) -> Any:
    """Converts an argument to what JSON can hold: NumPy's values become Python's."""
    return value.tolist() if hasattr(value, "tolist") else value


def check_count(name: str, value: Any, least: int = 1, most: int | None = None) -> int:
    """Returns a whole number of at least `least` and, if given, at most `most`.

    Raises:
        ValueError: If it is not an integer in this range.
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
