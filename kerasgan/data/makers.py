"""Makes the source of a pair from its target: edges, gray, low resolution, holes.

Papers: Canny 1986, https://doi.org/10.1109/TPAMI.1986.4767851 (edges); Pathak et al.
2016, https://arxiv.org/abs/1604.07379 (holes).
"""

import functools
from collections.abc import Callable, Sequence

import numpy as np

from kerasgan.data import folder, masks, memory, pictures, progress
from kerasgan.errors import did_you_mean

Maker = Callable[[np.ndarray, np.random.Generator], np.ndarray]

NAMES = ("edges", "gray", "downscale:4", *(f"mask:{kind}" for kind in masks.KINDS))
SIGMA = 1.0  # pixels of the blur before edges
WEAK, STRONG = 4.0, 10.0  # levels per pixel: of the end and of the start of a line
MID_GRAY = 128


def find(make: str | Callable[[np.ndarray], np.ndarray]) -> Maker:
    """The function for the argument `make` of `load_pairs`.

    Args:
        make: One of `NAMES`, "downscale:" with another factor, or a function from uint8
            (H, W, C) to uint8 (h, w, c).

    Returns:
        A function from an image uint8 (H, W, C) and random numbers to an image.

    Raises:
        ValueError: If there is no maker of that name.
        TypeError: If it is neither a name nor a function.
    """
    if callable(make):
        return lambda image, rng: make(image)
    if not isinstance(make, str):
        raise TypeError(
            "`make` must be a name or a function from an image to an image. Received: "
            f"{type(make).__name__}. Names are {', '.join(NAMES)}."
        )
    name, _, detail = make.partition(":")
    if make in ("edges", "gray"):
        function = {"edges": edges, "gray": gray}[make]
        return lambda image, rng: function(image)
    if name == "downscale" and detail.isdecimal() and int(detail) > 1:
        return lambda image, rng: downscale(image, int(detail))
    if name == "mask" and detail in masks.KINDS:
        return functools.partial(cut, detail)
    raise ValueError(
        f"`make` must be one of {', '.join(NAMES)} or downscale: with another whole "
        f"number, or a function. Received: make={make!r}.{did_you_mean(make, NAMES)}"
    )


def apply(
    maker: Maker,
    images: np.ndarray,
    names: Sequence[str] | None,
    seed: int = 0,
    channels: int | None = None,
    show_progress: bool = False,
) -> np.ndarray:
    """Makes the source of each image.

    Args:
        maker: From `find`.
        images: The targets, uint8 (N, H, W, C).
        names: Their names in messages.
        seed: Seed of random masks; that of an image depends on its index, too.
        channels: 1 or 3 converts sources to gray or color.
        show_progress: Whether to show progress if there are many images.

    Returns:
        uint8 (N, h, w, c).

    Raises:
        TypeError: If the maker returns something else than uint8 images.
        ValueError: If the shapes of these differ, or `channels` cannot be.
    """
    stack = memory.Stack(len(images))
    shown = show_progress and len(images) >= folder.MANY
    what = "Making sources"
    listed = progress.counted(images, what, len(images)) if shown else images
    for index, image in enumerate(listed):
        name = names[index] if names else f"image {index}"
        try:
            made = maker(image.copy(), np.random.default_rng((seed, index)))
        except Exception as error:
            error.add_note(f"`make` was making the source of {name}.")
            raise
        _check_made(made, name)
        if index and made.shape != stack.images[0].shape:
            raise ValueError(
                "`make` must return images of one shape. Received: "
                f"{stack.images[0].shape} at first, {made.shape} for {name}. Return "
                "the same shape for each image."
            )
        stack.add(made)
    made = stack.images
    if channels is None or channels == made.shape[-1]:
        return made
    if made.shape[-1] not in (1, 3):
        raise ValueError(
            "`source_channels` converts sources of 1 or 3 channels. Received: "
            f"source_channels={channels}, and {made.shape[-1]} channels from `make`. "
            "Leave it out."
        )
    return pictures.shape_all(made, **pictures.SHAPING | {"channels": channels})


def edges(image: np.ndarray) -> np.ndarray:
    """Outlines, black lines of one pixel on white.

    Canny's detector: a blur of 1 pixel (standard deviation), the largest gradient of
    any channel, thinned to its ridges. A line begins where the gradient is at least 10
    levels per pixel, a step of about 30 levels, and follows ridges of at least 4.

    Args:
        image: uint8 (H, W, C).

    Returns:
        uint8 (H, W, 1), 0 on lines and 255 elsewhere.
    """
    smooth = _blur(image.astype("float32"))
    padded = np.pad(smooth, ((1, 1), (1, 1), (0, 0)), "edge")
    down = (padded[2:, 1:-1] - padded[:-2, 1:-1]) / 2
    right = (padded[1:-1, 2:] - padded[1:-1, :-2]) / 2
    gradient = np.hypot(down, right)
    steepest = gradient.argmax(axis=-1, keepdims=True)
    gradient, down, right = (
        np.take_along_axis(part, steepest, axis=-1)[..., 0]
        for part in (gradient, down, right)
    )
    ridges = np.where(_is_ridge(gradient, down, right), gradient, 0)
    lines = _grow(ridges >= STRONG, ridges >= WEAK)
    return np.where(lines, 0, 255).astype("uint8")[..., None]


def gray(image: np.ndarray) -> np.ndarray:
    """The luma of an image uint8 (H, W, 1 or 3), uint8 (H, W, 1)."""
    return pictures.shape_all(image[None], **pictures.SHAPING | {"channels": 1})[0]


def downscale(image: np.ndarray, factor: int) -> np.ndarray:
    """Shrinks an image by an antialiased bicubic filter, as is usual for SRGAN.

    Args:
        image: uint8 (H, W, C).
        factor: By which both sides shrink.

    Returns:
        uint8 (H / factor, W / factor, C).

    Raises:
        ValueError: If a side is not divisible by the factor.
    """
    from PIL import Image

    height, width = image.shape[:2]
    if height % factor or width % factor:
        raise ValueError(
            f"downscale:{factor} needs images whose sides are divisible by {factor}. "
            f"Received: {height}x{width}. Pass size= (--size)."
        )
    size = width // factor, height // factor
    channels = [
        Image.fromarray(image[..., channel]).resize(size, Image.Resampling.BICUBIC)
        for channel in range(image.shape[-1])
    ]
    return np.stack([np.asarray(channel) for channel in channels], axis=-1)


def cut(kind: str, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cuts random holes into an image.

    Args:
        kind: One of `masks.KINDS`.
        image: uint8 (H, W, C).
        rng: Random numbers.

    Returns:
        uint8 (H, W, C + 1): the image, mid gray (128) in its holes; the last channel
        is the mask, 255 in holes and 0 elsewhere.
    """
    mask = masks.random_mask(image.shape, kind, rng)
    holed = np.where(mask == masks.HOLE, np.uint8(MID_GRAY), image)
    return np.concatenate([holed, mask], axis=-1)


def _check_made(made, name):
    if isinstance(made, np.ndarray) and made.dtype == np.uint8 and made.ndim == 3:
        return
    received, remedy = type(made).__name__, "Return np.asarray(...)."
    if isinstance(made, np.ndarray):
        received = f"{made.dtype} of shape {made.shape}"
        remedy = "Scale to [0, 255] and convert: .astype('uint8')."
        if made.dtype == np.uint8:
            remedy = "Gray images have one channel: [..., None]."
    raise TypeError(
        "`make` must return images uint8 (h, w, c). Received: "
        f"{received}, for {name}. {remedy}"
    )


def _blur(image: np.ndarray) -> np.ndarray:
    """Blurs (H, W, C) by a Gaussian; pixels of the border repeat."""
    reach = int(3 * SIGMA)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / SIGMA) ** 2)
    weights /= weights.sum()
    for axis in (0, 1):
        pad = [(0, 0)] * 3
        pad[axis] = (reach, reach)
        windows = np.lib.stride_tricks.sliding_window_view(
            np.pad(image, pad, "edge"), len(weights), axis
        )
        image = windows @ weights.astype("float32")
    return image


def _is_ridge(gradient, down, right) -> np.ndarray:
    """Where a gradient (H, W) is the largest along its own direction; bool (H, W)."""
    height, width = gradient.shape
    padded, ridge = np.pad(gradient, 1), np.zeros(gradient.shape, bool)
    sector = np.rint(np.arctan2(down, right) / (np.pi / 4)).astype(int) % 4
    for number, (y, x) in enumerate(((0, 1), (1, 1), (1, 0), (1, -1))):
        ahead = padded[1 + y :, 1 + x :][:height, :width]
        behind = padded[1 - y :, 1 - x :][:height, :width]
        ridge |= (sector == number) & (gradient > behind) & (gradient >= ahead)
    return ridge


def _grow(start: np.ndarray, within: np.ndarray) -> np.ndarray:
    """The parts of `within` that touch `start`, also by a corner; bool (H, W)."""
    height, width = start.shape
    while True:
        padded = np.pad(start, 1)
        near = [padded[y:, x:][:height, :width] for y in range(3) for x in range(3)]
        grown = within & np.any(near, axis=0)
        if (grown == start).all():
            return start
        start = grown
