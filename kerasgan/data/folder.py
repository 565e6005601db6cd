"""Reads a folder of image files, and resizes and converts single pictures."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}
SHAPING = {"size": None, "crop": False, "channels": None, "background": "white"}
MANY = 500  # files from which on progress is shown


def check_shaping(
    size: int | tuple[int, int] | None,
    crop: bool,
    channels: int | None,
    background: str | tuple[int, int, int],
) -> None:
    """Checks the arguments of `load` that change the shape of pictures.

    Raises:
        ValueError: If one is invalid; the message names it.
    """
    sides = (size, size) if size is None or np.ndim(size) == 0 else tuple(size)
    whole = all(isinstance(side, int | np.integer) and side > 0 for side in sides)
    if size is not None and not (whole and len(sides) == 2):
        raise ValueError(
            "`size` must be the side in pixels, or (H, W), positive integers. "
            f"Received: size={size!r}."
        )
    if crop and size is None:
        raise ValueError(
            "`crop` needs `size`, the shape to crop to. Received: crop=True alone. "
            "Pass size=64 (--size 64)."
        )
    if channels not in (None, 1, 3):
        raise ValueError(
            "`channels` must be 1 for gray or 3 for color. "
            f"Received: channels={channels!r}."
        )
    try:
        _color(background)
    except (TypeError, ValueError) as error:
        raise ValueError(
            '`background` must be a color such as "white" or "#ff8000", or (R, G, B) '
            f"in [0, 255]. Received: background={background!r}."
        ) from error


def read(
    root: Path, labels: bool, skip_unreadable: bool, progress: bool, **shaping: Any
) -> tuple[np.ndarray, np.ndarray | None, list[str] | None]:
    """Reads every image below a folder.

    Returns:
        Images uint8 (N, H, W, C), labels int32 (N,) or None, class names or None.

    Raises:
        ValueError: If there is no image, one is unreadable, or sizes differ.
    """
    files = image_files(root)
    if labels and (loose := [file for file in files if file.parent == root]):
        raise ValueError(
            "Classes (labels=True, or num_classes of a recipe) need every image in a "
            f"subfolder of {root}, one subfolder per class. "
            f"Received: {loose[0].name} outside of one."
        )
    pictures, kept = [], []
    for file in _with_progress(files, f"Reading {root.name}", progress):
        picture = _open(file, skip_unreadable)
        if picture is None:
            continue
        array = _shape(picture, **shaping)
        if pictures and array.shape[:2] != pictures[0].shape[:2]:
            (h, w), (h0, w0) = array.shape[:2], pictures[0].shape[:2]
            raise ValueError(
                f"Images must have one size. Received: {kept[0]} is {h0}x{w0}, {file} "
                f"is {h}x{w}. Pass size=64 (--size 64), with crop=True (--crop) to "
                "keep proportions."
            )
        pictures.append(array)
        kept.append(file)
    images = _stack(pictures, root)
    if not labels:
        return images, None, None
    classes = sorted({_class_of(file, root) for file in files})
    numbers = [classes.index(_class_of(file, root)) for file in kept]
    return images, np.array(numbers, "int32"), classes


def shape_all(images: np.ndarray, **shaping: Any) -> np.ndarray:
    """Resizes and converts images.

    Args:
        images: uint8 (N, H, W, C).
        **shaping: `size`, `crop`, `channels`, `background` of `load`.

    Returns:
        uint8 (N, H', W', C').

    Raises:
        ValueError: If they have another number of channels than 1, 3 or 4.
    """
    from PIL import Image

    if images.shape[-1] not in (1, 3, 4):
        raise ValueError(
            "`size` and `channels` convert images of 1, 3 or 4 channels. "
            f"Received: shape {images.shape}. Convert them first."
        )
    squeezed = images[..., 0] if images.shape[-1] == 1 else images
    return np.stack([_shape(Image.fromarray(i), **shaping) for i in squeezed])


def image_files(root: Path) -> list[Path]:
    """All image files below a folder, sorted by path, without hidden ones.

    Raises:
        ValueError: If there is none.
    """
    files = [
        file
        for file in root.rglob("*")
        if file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(root).parts)
    ]
    images = sorted(file for file in files if file.suffix.lower() in SUFFIXES)
    if not images:
        others = ", ".join(sorted({f.suffix for f in files if f.suffix})[:5])
        raise ValueError(
            f"Expected PNG, JPEG or WebP files in {root}. Received: "
            + (f"a folder with {others} files." if others else "a folder without.")
            + " Convert them, or name the folder that holds the images."
        )
    return images


def _class_of(file, root):
    return file.relative_to(root).parts[0]


def _with_progress(files, what, progress):
    if not progress or len(files) < MANY:
        return files
    from rich.console import Console
    from rich.progress import track

    return track(files, what, transient=True, console=Console(stderr=True))


def _open(file, skip_unreadable):
    """The decoded, upright picture; None if it is skipped."""
    from PIL import Image, ImageOps

    try:
        with Image.open(file) as picture:
            return ImageOps.exif_transpose(picture)
    except Exception as error:  # decoders raise all kinds of errors
        if not skip_unreadable:
            raise ValueError(
                f"{file} must be a readable image. Received: {error}. "
                "Remove it, or pass skip_unreadable=True (--skip-unreadable)."
            ) from error
        warnings.warn(f"Skipped {file}: {error}", stacklevel=5)


def _shape(picture, size=None, crop=False, channels=None, background="white"):
    """A Pillow picture as uint8 (H, W, C)."""
    from PIL import Image, ImageOps

    if picture.mode.startswith("I;16"):
        picture = Image.fromarray((np.asarray(picture) // 256).astype("uint8"))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        behind = Image.new("RGBA", picture.size, _color(background))
        picture = Image.alpha_composite(behind, picture).convert("RGB")
    gray = picture.mode in ("1", "L") if channels is None else channels == 1
    picture = picture.convert("L" if gray else "RGB")
    if size is not None:
        height, width = (size, size) if np.ndim(size) == 0 else size
        method = Image.Resampling.LANCZOS
        if crop:
            picture = ImageOps.fit(picture, (width, height), method)
        elif picture.size != (width, height):
            picture = picture.resize((width, height), method)
    array = np.asarray(picture)
    return array[..., None] if gray else array


def _color(value):
    """(R, G, B) of a color name, a hex code or three numbers."""
    from PIL import ImageColor

    color = ImageColor.getrgb(value) if isinstance(value, str) else tuple(value)
    if len(color) != 3 or not all(0 <= int(part) == part <= 255 for part in color):
        raise ValueError("not three numbers in [0, 255]")
    return color


def _stack(pictures, root):
    if not pictures:
        raise ValueError(
            f"Expected at least one readable image in {root}. Received: none."
        )
    if len({p.shape[-1] for p in pictures}) > 1:  # gray images among color images
        pictures = [np.repeat(p, 3, -1) if p.shape[-1] == 1 else p for p in pictures]
    return np.stack(pictures)
