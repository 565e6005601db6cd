"""Users' pictures in every form as arrays: NumPy's, Pillow's, files, lists of them."""

import os
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from kerasgan import checks, images
from kerasgan.data import pictures
from kerasgan.files import user_path

KNOWN = (1, 2, 3, 4)  # channels: gray, gray and alpha, color, color and alpha
COLORED = 32  # levels between the channels of a pixel, from which on it is no gray


class Picture(NamedTuple):
    """A picture as a network takes it, and what its result needs besides.

    Attributes:
        pixels: uint8 or float32 in [-1, 1], (H, W, C).
        is_gray: Whether the colors of the result must become gray.
        alpha: uint8 (H, W), or None without transparency. If there is one, the pixels
            are those of the picture on white.
        hidden: uint8 (H, W, C), the colors beside `alpha`.
        mask: uint8 (H, W, 1), 255 in holes and 0 elsewhere, or None.
    """

    pixels: np.ndarray
    is_gray: bool = False
    alpha: np.ndarray | None = None
    hidden: np.ndarray | None = None
    mask: np.ndarray | None = None


class Given(NamedTuple):
    """The pictures of one call, and how to return as many results.

    Attributes:
        items: Arrays (H, W, C), pictures of Pillow, and paths.
        restore: Maps a list of results (H', W', C') to the form of the call.
    """

    items: Sequence[Any]
    restore: Callable[[list[np.ndarray]], Any]


def given(pictures_in: Any) -> Given:
    """Takes apart what a user passes.

    Args:
        pictures_in: An array (N, H, W, C), one picture, or a list of pictures. A
            picture is an array (H, W, C) or (H, W), uint8 or floats in [-1, 1], a
            picture of Pillow, or the path of a file.

    Raises:
        TypeError: If it is anything else.
        ValueError: If there is no picture, or an array has another rank.
    """
    if isinstance(pictures_in, list | tuple):
        if not pictures_in:
            raise ValueError(
                "`images` must hold at least one picture. Received: an empty list."
            )
        return Given([_item(picture) for picture in pictures_in], list)
    item = _item(pictures_in, most=4)
    if getattr(item, "ndim", 3) == 4:
        return Given(item, stacked)
    return Given([item], lambda results: results[0])


def on_background(
    item: Any,
    channels: int,
    background: str | tuple[int, int, int] = "white",
    size: int | None = None,
) -> Picture:
    """An item of `Given` with the channels that a network takes.

    Args:
        item: The item.
        channels: How many channels. If they are 1 or 3, colors become gray, and gray is
            repeated.
        background: The color behind transparent pixels.
        size: The longer side in pixels to resize to; None for no change.

    Raises:
        ValueError: If it has other channels, or is no readable picture.
    """
    opened = _opened(item, channels)
    if isinstance(opened, np.ndarray):
        if size in (None, max(opened.shape[:2])):
            return Picture(opened)
        if channels not in (1, 3):
            raise ValueError(
                "`size` resizes images with 1 or 3 channels. Received: a model of "
                f"images with {channels}. Resize the arrays, and leave it out."
            )
        opened = _pillow(opened, channels)
    sides = None
    if size is not None:
        share = size / max(opened.size)
        sides = tuple(max(1, round(share * n)) for n in reversed(opened.size))
    options = {"size": sides, "channels": channels, "background": background}
    return Picture(pictures.shape(opened, **options))


def beside_alpha(item: Any, channels: int) -> Picture:
    """An item of `Given` on white, with its alpha channel beside it.

    The color of a transparent pixel means nothing, so no network should see it.

    Args:
        item: The item.
        channels: As many channels as a network takes. Gray is repeated for 3 channels;
            color keeps 3 channels for a network that takes 1.

    Raises:
        ValueError: If it has other channels, or is no readable picture.
    """
    opened = _opened(item, channels)
    if isinstance(opened, np.ndarray):
        return Picture(opened)
    is_gray = opened.mode.startswith("L")
    pixels = np.asarray(opened.convert("L" if is_gray and channels == 1 else "RGB"))
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    is_gray = is_gray and channels == 3
    if not opened.mode.endswith("A"):
        return Picture(pixels, is_gray)
    alpha = np.asarray(opened.getchannel("A"))
    on_white = pictures.shape(opened, channels=pixels.shape[-1], background="white")
    return Picture(on_white, is_gray, alpha, pixels)


def without_white(pixels: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The colors that a picture on white must have beside its alpha channel.

    Args:
        pixels: uint8 (H, W, C).
        alpha: uint8 (H, W).

    Returns:
        uint8 (H, W, C), white where nothing can be seen.
    """
    share = np.maximum(alpha, 1)[..., None] / np.float32(255)
    colors = 255 + (pixels - np.float32(255)) / share
    return np.rint(colors.clip(0, 255)).astype("uint8")


def read_file(path: str | os.PathLike) -> Any:
    """A picture file as Pillow's "L", "LA", "RGB" or "RGBA", upright, with 8 bits.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no readable picture.
    """
    file = user_path(path)
    if not file.is_file():
        kind = "a folder" if file.is_dir() else "no such file"
        raise FileNotFoundError(
            f"A path must be a picture file. Received: {str(path)!r}, {kind}. For a "
            "folder, pass a list of its files. Paths are relative to the current "
            "folder."
        )
    try:
        return pictures.decode(file, {*pictures.formats().values()})
    except Exception as error:  # decoders raise all kinds of errors
        raise ValueError(
            f"{file} must be a readable picture. Received: {error}."
        ) from error


def stacked(images: Sequence[np.ndarray]) -> np.ndarray:
    """Images (H, W, C) as (N, H, W, C); a single one is not copied."""
    return images[0][None] if len(images) == 1 else np.stack(images)


def masks_of(masks: Any, count: int) -> list[np.ndarray]:
    """As many masks as pictures, each (H, W, 1), of any dtype.

    Args:
        masks: An array (N, H, W) or (N, H, W, 1), one mask (H, W) or (H, W, 1) for all
            pictures, a picture of Pillow, a path, or a list of these.
        count: The number of pictures.

    Raises:
        ValueError: If the count is wrong, or a file is no readable picture.
    """
    if isinstance(masks, list | tuple):
        items = [_mask(mask) for mask in masks]
    else:
        mask = _mask(masks)
        if not 2 <= mask.ndim <= 4:
            raise ValueError(
                "`masks` must say which pixels to fill: 255 in holes and 0 elsewhere, "
                f"(N, H, W) or (H, W). Received: {type(masks).__name__} of shape "
                f"{mask.shape}."
            )
        if mask.ndim == 3 and mask.shape[-1] in (3, 4) and len(mask) != count:
            raise ValueError(
                f"`masks` must have one channel. Received: shape {mask.shape}. Pass "
                "one of its channels, mask[..., 0]."
            )
        alone = mask.ndim == 2 or mask.ndim == 3 and mask.shape[-1] == 1
        items = [mask] if alone else list(mask)
    if len(items) not in (1, count):
        raise ValueError(
            "`masks` must be one mask, or one for each picture. Received: "
            f"{len(items)} masks, {count} pictures."
        )
    items = [mask[..., None] if mask.ndim == 2 else mask for mask in items]
    return items * count if len(items) == 1 else items


def _mask(item):
    """A mask as an array; transparent parts of pictures are black."""
    if not _is_path(item) and not _is_pillow(item):
        return np.asarray(item)
    opened = _opened(item, 1)
    colors = np.asarray(opened.convert("RGB")).astype("int16")
    if (np.ptp(colors, axis=-1) > COLORED).mean() > 0.01:
        raise ValueError(
            "A mask must be black and white: white in holes. Received: a picture in "
            "color. Are picture and mask swapped?"
        )
    levels = pictures.shape(opened, channels=1, background="black")
    if opened.mode.endswith("A") and levels.any() and colors.min() > 127:
        warnings.warn(
            "A mask is white, and its transparent part is no hole: white is filled, "
            "and what is transparent stays as it is. If the hole is the transparent "
            "part, invert the mask's alpha channel.",
            stacklevel=5,
        )
    return levels * (levels > 1)  # a file has 255 in holes, and only an array has 1


def _opened(item, channels):
    """An array that has these channels, or a picture of Pillow of 8 bits."""
    if _is_path(item):
        opened = read_file(item)
    elif _is_pillow(item):
        opened = pictures.standardize(item)
    elif item.shape[-1] == channels:
        return item
    else:
        opened = _pillow(item, channels)
    if channels not in (1, 3):
        raise ValueError(
            f"`images` must be arrays with the model's {channels} channels. Received: "
            f"a picture of mode {opened.mode}. Pass arrays (H, W, {channels})."
        )
    return opened


def _pillow(array, channels):
    """An array as a picture of Pillow."""
    from PIL import Image

    if array.shape[-1] not in KNOWN:
        raise ValueError(
            f"`images` must have 1, 2, 3 or 4 channels, or the model's {channels}. "
            f"Received: shape {array.shape}. Move the channels last, or add the "
            "missing axis: images[..., None]."
        )
    array = array if array.dtype == np.uint8 else images.to_uint8(array)
    return Image.fromarray(array[..., 0] if array.shape[-1] == 1 else array)


def _item(item, most=3):
    """A path, a picture of Pillow, or an array (H, W, C) with values in its range.

    With `most` 4, an array may also be (N, H, W, C).
    """
    if _is_path(item) or _is_pillow(item):
        return item
    array = np.asarray(item)
    if array.dtype == object or array.ndim == 0:
        raise TypeError(
            "`images` must be an array, a picture of Pillow, a path, or a list of "
            f"these. Received: {type(item).__name__}."
        )
    if not 2 <= array.ndim <= most:
        batch = "(N, H, W, C), " * (most == 4)
        raise ValueError(
            f"`images` must have shape {batch}(H, W, C) or (H, W). Received: "
            f"{array.shape}. Pass a list for pictures of different sizes."
        )
    if array.ndim == 4:
        return checks.check_images(array)
    return checks.check_images(
        array[None] if array.ndim == 3 else array[None, ..., None]
    )[0]


def _is_path(item):
    return isinstance(item, str | os.PathLike)


def _is_pillow(item):
    return hasattr(item, "getbands") and hasattr(item, "getexif")
