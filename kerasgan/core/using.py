"""Users' pictures through a network: translated, upscaled, filled in."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasgan import checks
from kerasgan.core import pictures_in, tiles
from kerasgan.core.masks import as_holes, check_hole
from kerasgan.core.pictures_in import Picture
from kerasgan.core.tiles import Network
from kerasgan.data.pictures import check_background
from kerasgan.images import to_uint8


def translate_pictures(
    network: Network,
    images: Any,
    *,
    background: str | tuple[int, int, int] = "white",
    size: int | None = None,
    trained: int | None = None,
    batch_size: int = 32,
    tile: int | None = None,
) -> Any:
    """Applies a network to pictures of any size.

    Args:
        network: The network.
        images: As in `pictures_in.given`.
        background: The color behind transparent pixels.
        size: The longer side in pixels to resize pictures to; None for no change.
        trained: The longer side of the training's images. Much larger pictures bring
            a warning, if no size is given.
        batch_size: The most pictures of one size that are computed at once.
        tile: The side of the pieces of large pictures, in pixels of the source.

    Returns:
        uint8 in the form of `images`.

    Raises:
        ValueError: If a picture does not fit or cannot be read, or an argument is
            invalid.
        TypeError: If they are no pictures.
    """
    check_background(background)
    if size is not None:
        checks.check_count("size", size)
    warned = size is not None or trained is None

    def read(index, item):
        nonlocal warned
        picture = pictures_in.on_background(item, network.channels, background, size)
        warned = warned or _warn_of_scale(picture.pixels.shape, trained)
        return picture

    def finish(made, picture):
        return made

    return _each(network, images, read, finish, batch_size, tile)


def upscale_pictures(
    network: Network, images: Any, *, batch_size: int = 32, tile: int | None = None
) -> Any:
    """Larger pictures. Gray ones stay gray; transparency is enlarged by Lanczos.

    Args:
        network: The network, whose scale is above 1.
        images: As in `translate_pictures`, like the others.
        batch_size: As in `translate_pictures`.
        tile: As in `translate_pictures`.

    Returns:
        uint8 in the form of `images`.

    Raises:
        ValueError: As `translate_pictures`.
        TypeError: As `translate_pictures`.
    """

    def read(index, item):
        return pictures_in.beside_alpha(item, network.channels)

    def finish(made, picture):
        return _with_alpha(made, picture.alpha)

    return _each(network, images, read, finish, batch_size, tile)


def inpaint_pictures(
    network: Network,
    images: Any,
    masks: Any,
    *,
    batch_size: int = 32,
    tile: int | None = None,
) -> Any:
    """Pictures whose holes are filled; all other pixels stay the same.

    Args:
        network: The network. It takes images, and masks (N, H, W, 1): 1 in holes, -1
            elsewhere.
        images: As in `translate_pictures`, like the others.
        masks: As in `pictures_in.masks_of`; `as_holes` says what a hole is.
        batch_size: As in `translate_pictures`.
        tile: As in `translate_pictures`.

    Returns:
        uint8 in the form of `images`, with their channels.

    Raises:
        ValueError: As `translate_pictures`, or if a mask does not fit its picture.
        TypeError: As `translate_pictures`.
    """
    count = len(pictures_in.given(images).items)
    holes = as_holes(pictures_in.masks_of(masks, count))

    def read(index, item):
        picture = pictures_in.beside_alpha(item, network.channels)
        mask = check_hole(holes[index], picture.pixels.shape[:2])
        return picture._replace(mask=mask.astype("uint8") * np.uint8(255))

    def finish(made, picture):
        made = _with_alpha(made, picture.alpha)
        pixels = picture.pixels if picture.hidden is None else picture.hidden
        pixels = pixels if pixels.dtype == np.uint8 else to_uint8(pixels)
        colors = made[..., : made.shape[-1] - (picture.alpha is not None)]
        pixels = pixels[..., : colors.shape[-1]]  # gray was repeated
        np.copyto(colors, pixels, where=picture.mask == 0)
        return made

    return _each(network, images, read, finish, batch_size, tile)


def _each(
    network: Network,
    images: Any,
    read: Callable[[int, Any], Picture],
    finish: Callable[[np.ndarray, Picture], np.ndarray],
    batch_size: int,
    tile: int | None,
) -> Any:
    """The results of all pictures; those of one size are computed together."""
    checks.check_count("batch_size", batch_size)
    items, restore = pictures_in.given(images)
    side = tiles.side_of(network, tile)
    results: list = [None] * len(items)
    waiting: dict[tuple, list[int]] = {}
    read_pictures: dict[int, Picture] = {}
    warned = False

    def compute(indices):
        group = [read_pictures.pop(index) for index in indices]
        made = _apply(network, group, side, batch_size)
        for index, picture, result in zip(indices, group, made, strict=True):
            results[index] = finish(result, picture)

    for index, item in enumerate(items):
        picture = read_pictures[index] = read(index, item)
        shape = picture.pixels.shape
        warned = warned or _warn_of_tiles(network, shape, side)
        key = shape, picture.pixels.dtype, picture.is_gray
        waiting.setdefault(key, []).append(index)
        if len(waiting[key]) == tiles.batch_of(shape, side, batch_size):
            compute(waiting.pop(key))
    for indices in waiting.values():
        compute(indices)
    return restore(results)


def _warn_of_tiles(network, shape, side) -> bool:
    """Warns of tiles that change the result; returns whether it did."""
    if network.reach is not None or tiles.is_whole(network, shape, side):
        return False
    warnings.warn(
        f"Pictures larger than {side}x{side} pixels are computed in overlapping tiles. "
        "This model's results depend on the whole image, so tiles may differ in color. "
        "To avoid tiles, pass a larger `tile` (--tile).",
        stacklevel=5,
    )
    return True


def _warn_of_scale(shape, trained) -> bool:
    """Warns of a picture whose scale the model does not know; returns whether it did.

    Twice the side is still near.
    """
    if max(shape[:2]) <= 2 * trained:
        return False
    warnings.warn(
        f"A picture is more than twice as large as the {trained} pixels of the "
        "training, and this model only knows things at that scale. For a better "
        f"result, pass size={trained} (--size {trained}), the longer side to resize "
        "to.",
        stacklevel=6,
    )
    return True


def _apply(network, group: Sequence[Picture], side, batch_size):
    """Results (N, H, W, C) of pictures of one size."""
    inputs = [pictures_in.stacked([picture.pixels for picture in group])]
    if group[0].mask is not None:
        inputs.append(pictures_in.stacked([picture.mask for picture in group]))
    channels = inputs[0].shape[-1]
    if channels != network.channels:
        network = network._replace(run=_by_channel(network.run, channels))
    if group[0].is_gray:
        network = network._replace(run=_gray(network.run))
    return tiles.apply(network, inputs, side, batch_size)


def _by_channel(run, channels):
    """A network for gray images, applied to each channel."""

    def run_each(inputs):
        images, *masks = inputs
        parts = [run([images[..., i : i + 1], *masks]) for i in range(channels)]
        return np.concatenate(parts, axis=-1)

    return run_each


def _gray(run):
    """A network for color, whose results become gray."""
    return lambda inputs: run(inputs).mean(axis=-1, keepdims=True)


def _with_alpha(made, alpha):
    """An image on white with alpha (H, W), enlarged to its sides, beside its colors."""
    from PIL import Image

    if alpha is None:
        return made
    sides = made.shape[1], made.shape[0]
    if alpha.shape != made.shape[:2]:
        enlarged = Image.fromarray(alpha).resize(sides, Image.Resampling.LANCZOS)
        alpha = np.asarray(enlarged)
    colors = pictures_in.without_white(made, alpha)
    return np.concatenate([colors, alpha[..., None]], axis=-1)
