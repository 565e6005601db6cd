"""Masks of holes to fill: random ones, and those of picture files.

A mask is uint8 (H, W, 1); 255 is a hole, 0 is kept.
"""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kerasgan.checks import check_choice, check_count
from kerasgan.data import folder, pictures
from kerasgan.files import user_path

KINDS = ("center", "boxes", "strokes")
HOLE = 255
THRESHOLD = 128  # the darkest level of a hole in a mask file
WIDTHS = (1 / 32, 1 / 12, 1 / 6)  # thin, medium and thick strokes, by the shorter side
BOXES = (1 / 8, 3 / 8)  # sides of boxes, by the side of the image
LENGTHS = (1 / 4, 3 / 4)  # of the parts of a stroke, by the shorter side


def random_mask(
    shape: Sequence[int], kind: str, rng: np.random.Generator
) -> np.ndarray:
    """Makes a mask with at least one hole.

    Args:
        shape: (H, W), or (H, W, C) of an image.
        kind: "center" is a box of half the sides in the middle, the same for every
            `rng`. "boxes" are one to four boxes, whose sides are between 1/8 and 3/8 of
            the image's. "strokes" are one to four lines with corners, each thin, medium
            or thick: 1/32, 1/12 or 1/6 of the shorter side.
        rng: Random numbers.

    Returns:
        uint8 (H, W, 1); 255 is a hole, 0 is kept.

    Raises:
        ValueError: If the kind is unknown, or a side is not positive.

    Papers: Pathak et al. 2016, https://arxiv.org/abs/1604.07379 (the center); Suvorov
    et al. 2021, https://arxiv.org/abs/2109.07161 (boxes and strokes).
    """
    check_choice("kind", kind, KINDS)
    height, width = (check_count("shape", side) for side in tuple(shape)[:2])
    if kind == "strokes":
        return _strokes(height, width, rng)
    mask = np.zeros((height, width, 1), "uint8")
    if kind == "center":
        rows, columns = max(1, height // 2), max(1, width // 2)
        top, left = (height - rows) // 2, (width - columns) // 2
        mask[top : top + rows, left : left + columns] = HOLE
        return mask
    for _ in range(rng.integers(1, 5)):
        (top, rows), (left, columns) = (_span(side, rng) for side in (height, width))
        mask[top : top + rows, left : left + columns] = HOLE
    return mask


def random_masks(
    count: int, shape: Sequence[int], kinds: Sequence[str] = KINDS, seed: int = 0
) -> np.ndarray:
    """Makes masks of several kinds in turn, as `random_mask` does.

    Args:
        count: Number of masks.
        shape: The image's, (H, W, ...).
        kinds: Some of `KINDS`.
        seed: Seed of the random numbers.

    Returns:
        uint8 (count, H, W, 1): 255 in holes, 0 elsewhere.
    """
    rng = np.random.default_rng(seed)
    chosen = [kinds[index % len(kinds)] for index in range(count)]
    return np.stack([random_mask(shape, kind, rng) for kind in chosen])


def read_masks(
    source: str | Path | Sequence[str | Path], size: tuple[int, int]
) -> np.ndarray:
    """Reads masks from picture files; levels of gray from 128 on are holes.

    Transparent parts are kept. One warning names masks with other levels than black
    and white, as in JPEG files.

    Args:
        source: A file, a list of files, or a folder, which is read in the order of its
            names.
        size: (H, W) of the images.

    Returns:
        uint8 (N, H, W, 1); 255 is a hole, 0 is kept.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a file is unreadable, or a mask has another size.
    """
    height, width = pictures.check_size(size)
    formats, masks, smooth = {*pictures.formats().values()}, [], []
    for file in _files(source):
        levels = _levels(file, formats)
        if levels.shape[:2] != (height, width):
            raise ValueError(
                f"{file} must have the size of its image, {height}x{width}. Received: "
                f"{levels.shape[0]}x{levels.shape[1]}. Resize the mask, or pass that "
                "of this image."
            )
        if not np.isin(levels, (0, HOLE)).all():
            smooth.append(file.name)
        masks.append(np.where(levels < THRESHOLD, 0, HOLE).astype("uint8"))
    if smooth:
        warnings.warn(
            f"{len(smooth):,} of {len(masks):,} masks are not black and white "
            f"({', '.join(smooth[: folder.NAMED])}{', ...' * (len(smooth) > 3)}). "
            f"Levels from {THRESHOLD} on are holes. Save masks as PNG, because JPEG "
            "changes levels.",
            stacklevel=2,
        )
    return np.stack(masks)


def _files(source) -> list[Path]:
    one = isinstance(source, str | Path)
    if one and (root := user_path(source)).is_dir():
        return folder.image_files(root)[0]
    files = [user_path(file) for file in ([source] if one else source)]
    for file in files:
        if not file.is_file():
            raise FileNotFoundError(
                f"Expected a picture file with a mask. Received: {str(file)!r}, which "
                "does not exist. Paths are relative to the current folder."
            )
    return files


def _levels(file, formats) -> np.ndarray:
    """A mask's levels of gray, uint8 (H, W, 1); black where it is transparent."""
    try:
        picture = pictures.decode(file, formats)
    except Exception as error:  # decoders raise all kinds of errors
        raise ValueError(
            f"{file} must be a readable mask. Received: {error}. Save it as PNG."
        ) from error
    return pictures.shape(picture, channels=1, background="black")


def _span(side, rng) -> tuple[int, int]:
    """Start and length of a random part of a side."""
    length = max(1, round(side * rng.uniform(*BOXES)))
    return int(rng.integers(side - length + 1)), length


def _strokes(height, width, rng) -> np.ndarray:
    """Lines with round corners, drawn by Pillow."""
    from PIL import Image, ImageDraw

    picture = Image.new("L", (width, height))
    draw, side = ImageDraw.Draw(picture), min(height, width)
    last = np.array([width - 1, height - 1])
    for _ in range(rng.integers(1, 5)):
        stroke = max(1, round(side * rng.choice(WIDTHS)))
        point = rng.uniform(0, last)
        _dot(draw, point, stroke)
        for _ in range(rng.integers(1, 5)):
            turn, length = rng.uniform(0, 2 * np.pi), side * rng.uniform(*LENGTHS)
            step = length * np.array([np.cos(turn), np.sin(turn)])
            end = np.clip(point + step, 0, last)
            draw.line([*point, *end], fill=HOLE, width=stroke)
            _dot(draw, end, stroke)
            point = end
    return np.asarray(picture)[..., None]


def _dot(draw: Any, center, diameter):
    low, high = center - diameter / 2, center + diameter / 2
    draw.ellipse([*low, *high], fill=HOLE)
