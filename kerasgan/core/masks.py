"""Masks of holes in images: drawn in a training step, or given by users.

Papers: Pathak et al. 2016, https://arxiv.org/abs/1604.07379 (section 3.3); boxes and
strokes: Suvorov et al. 2021, https://arxiv.org/abs/2109.07161.
"""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import ArrayLike

from kerasgan import backend
from kerasgan.data.masks import BOXES, LENGTHS, WIDTHS, random_masks
from kerasgan.types import Tensor

GRAY = 128  # of holes in pictures
MOST = 4  # boxes or strokes in an image, and parts of a stroke
THINNEST = 0.75  # radius of a stroke in pixels, at least


def draw_masks(
    count: Any, sides: tuple[int, int], kinds: Sequence[str], seed: Any
) -> Tensor:
    """Masks for a batch, each of a random kind, as `data.masks.random_mask` makes them.

    Args:
        count: N, the number of masks.
        sides: (H, W).
        kinds: Names in `KINDS`.
        seed: A `keras.random.SeedGenerator`.

    Returns:
        float32 (N, H, W, 1): 1 in holes, 0 elsewhere.
    """
    choice = backend.uniform((count, 1, 1), seed) * len(kinds)
    masks = 0.0
    for index, kind in enumerate(kinds):
        draw, size = KINDS[kind]
        holes = draw(backend.uniform((count, size), seed), sides)
        chosen = ops.logical_and(choice >= index, choice < index + 1)
        masks += ops.cast(ops.logical_and(chosen, holes), "float32")
    return masks[..., None]


def center(numbers: Tensor, sides: tuple[int, int]) -> Tensor:
    """Squares of half the sides in the middle of the image, a quarter of its area.

    Args:
        numbers: Uniform numbers (N, 1), which change nothing.
        sides: (H, W).

    Returns:
        bool (N, H, W).
    """
    inside = [ops.abs(_places(side) - side / 2) < side / 4 for side in sides]
    both = ops.logical_and(inside[0][:, None], inside[1])
    return ops.logical_and(both, numbers[..., None] < 1)


def boxes(numbers: Tensor, sides: tuple[int, int]) -> Tensor:
    """One to four boxes.

    Args:
        numbers: Uniform numbers (N, 17): how many; height, top, width and left of each.
        sides: (H, W).

    Returns:
        bool (N, H, W).
    """
    used = _first(numbers[:, :1])[..., None, None]
    places = ops.reshape(numbers[:, 1:], (-1, MOST, 4))
    inside = []
    for axis, side in enumerate(sides):
        length = _between(BOXES, places[..., 2 * axis]) * side
        start = places[..., 2 * axis + 1] * (side - length)
        offset = _places(side) - start[..., None]  # (N, boxes, side)
        inside.append(ops.logical_and(offset >= 0, offset < length[..., None]))
    both = ops.logical_and(inside[0][..., None], inside[1][..., None, :])
    return ops.any(ops.logical_and(used, both), axis=1)


def strokes(numbers: Tensor, sides: tuple[int, int]) -> Tensor:
    """One to four thin, medium or thick lines of one to four straight parts.

    Lines turn back at the edges of the image.

    Args:
        numbers: Uniform numbers (N, 49): how many; width, how many parts, two places of
            the start, four angles and four lengths of each.
        sides: (H, W).

    Returns:
        bool (N, H, W).
    """
    unit, lines = min(sides), ops.reshape(numbers[:, 1:], (-1, MOST, 4 + 2 * MOST))
    widths = ops.convert_to_tensor([max(unit * w / 2, THINNEST) for w in WIDTHS])
    kinds = ops.cast(lines[..., 0] * len(WIDTHS), "int32")
    radius = ops.take(widths, ops.minimum(kinds, len(WIDTHS) - 1))[..., None]
    used = ops.logical_and(_first(numbers[:, :1])[..., None], _first(lines[..., 1:2]))
    radius = ops.where(used, radius, 0.0)  # (N, strokes, parts)
    angles, lengths = ops.split(lines[..., 4:], 2, axis=-1)
    angles, lengths = 2 * np.pi * angles, unit * _between(LENGTHS, lengths)
    ends = []
    for axis, (side, move) in enumerate(zip(sides, (ops.sin, ops.cos), strict=True)):
        start = lines[..., 2 + axis, None] * side
        moved = start + ops.cumsum(lengths * move(angles), axis=-1)
        moved = side - ops.abs(side - ops.mod(moved, 2 * side))
        ends.append(ops.concatenate([start, moved], axis=-1))
    near = _squared_distances(*ends, sides) < ops.square(radius)[..., None, None]
    return ops.any(near, axis=(1, 2))


KINDS = {  # what draws them, and from how many numbers
    "center": (center, 1),
    "boxes": (boxes, 1 + MOST * 4),
    "strokes": (strokes, 1 + MOST * (4 + 2 * MOST)),
}


def _first(numbers: Tensor) -> Tensor:
    """Which of four are used, the first one to all: (..., 1) to (..., 4)."""
    return ops.arange(MOST, dtype="float32") <= MOST * numbers


def _between(limits: tuple[float, float], numbers: Tensor) -> Tensor:
    """Numbers in [0, 1), scaled to these limits."""
    return limits[0] + (limits[1] - limits[0]) * numbers


def _places(side: int) -> Tensor:
    """The centers of a side's pixels, (side,)."""
    return ops.arange(side, dtype="float32") + 0.5


def _squared_distances(y: Tensor, x: Tensor, sides: tuple[int, int]) -> Tensor:
    """From each pixel to each straight part, (N, strokes, parts, H, W).

    Args:
        y: The ends of the parts, (N, strokes, parts + 1), in pixels from the top.
        x: The same from the left.
        sides: (H, W).
    """
    y, x = y[..., None, None], x[..., None, None]
    down, right = y[:, :, 1:] - y[:, :, :-1], x[:, :, 1:] - x[:, :, :-1]
    rows = _places(sides[0])[:, None] - y[:, :, :-1]
    columns = _places(sides[1]) - x[:, :, :-1]
    length = ops.maximum(ops.square(down) + ops.square(right), 1e-6)
    share = ops.clip((rows * down + columns * right) / length, 0.0, 1.0)
    return ops.square(rows - share * down) + ops.square(columns - share * right)


def with_holes(images: np.ndarray, kinds: Sequence[str]) -> np.ndarray:
    """Images with gray holes, and their masks as one more channel.

    Args:
        images: uint8 (N, H, W, C).
        kinds: Of `kerasgan.data.masks`, in turn.

    Returns:
        uint8 (N, H, W, C + 1); the last channel is 255 in holes and 0 elsewhere.
    """
    masks = random_masks(len(images), images.shape[1:], kinds)
    holed = np.where(masks > 0, np.uint8(GRAY), images)
    return np.concatenate([holed, masks], axis=-1)


def as_holes(masks: Sequence[ArrayLike]) -> list[np.ndarray]:
    """Users' masks as arrays of bool, True in holes.

    Args:
        masks: Arrays of any shape: bool; uint8, 0 for known pixels and 255 for holes;
            or floats from 0 to 1. What is between is rounded, with one warning.

    Raises:
        TypeError: If a dtype is another.
        ValueError: If floats are out of their range.
    """
    masks = [np.asarray(mask) for mask in masks]
    tops = [_top(mask) for mask in masks]
    if any(not np.isin(m, (0, top)).all() for m, top in zip(masks, tops, strict=True)):
        warnings.warn(
            "`masks` are not binary, as masks from JPEG files are not. Values of at "
            "least half are holes.",
            stacklevel=4,
        )
    return [mask >= top / 2 for mask, top in zip(masks, tops, strict=True)]


def check_hole(hole: np.ndarray, sides: tuple[int, int]) -> np.ndarray:
    """Returns a mask (H, W, 1) of bool, if it fits its image.

    Args:
        hole: One of the results of `as_holes`.
        sides: (H, W) of the image.

    Raises:
        ValueError: If it has other sides, or leaves no pixel of the image.
    """
    if hole.shape != (*sides, 1):
        raise ValueError(
            "`masks` must have the sides of their images. Received: a mask of shape "
            f"{hole.shape} for an image of {tuple(sides)}. Resize the mask."
        )
    if hole.all():
        raise ValueError(
            "A mask must leave some pixels, from which holes are filled. Received: a "
            "mask that is a hole everywhere. Invert it: 255 (True) is a hole, and 0 is "
            "kept."
        )
    return hole


def _top(mask):
    """The value of holes."""
    if mask.dtype == np.bool_:
        return 1
    floats = np.issubdtype(mask.dtype, np.floating)
    if not floats and mask.dtype != np.uint8:
        raise TypeError(
            "`masks` must be bool, uint8 (255 in holes) or floats (1 in holes). "
            f"Received: dtype={mask.dtype}. Convert them: masks.astype(bool)."
        )
    if floats and not ((mask >= 0) & (mask <= 1)).all():
        raise ValueError(
            "Floating-point `masks` must be from 0 to 1, which is a hole. Received: "
            f"from {mask.min():g} to {mask.max():g}. Pass uint8, or scale them."
        )
    return 1 if floats or mask.max() <= 1 else 255
