"""A folder of image files, and the shaping of one picture."""

import warnings
from pathlib import Path

import numpy as np

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}
SHAPING = {"size": None, "crop": False, "channels": None, "ground": "white"}
MANY = 500  # files, from which on progress is shown


def check_shaping(size, crop, channels, ground) -> None:
    """Refuses arguments of `load` that no picture can be shaped by.

    Raises:
        ValueError: Naming the argument.
    """
    sides = (size, size) if size is None or np.ndim(size) == 0 else tuple(size)
    whole = all(isinstance(side, int | np.integer) and side > 0 for side in sides)
    if size is not None and not (whole and len(sides) == 2):
        raise ValueError(
            "`size` must be pixels a side, or (H, W), positive integers. "
            f"Received: size={size!r}."
        )
    if crop and size is None:
        raise ValueError(
            "`crop` needs `size`, the shape to cut to. Received: crop=True alone. "
            "Pass size=64 (--size 64)."
        )
    if channels not in (None, 1, 3):
        raise ValueError(
            "`channels` must be 1 for grey or 3 for colour. "
            f"Received: channels={channels!r}."
        )
    try:
        _colour(ground)
    except (TypeError, ValueError) as error:
        raise ValueError(
            '`ground` must be a colour such as "white" or "#ff8000", or (R, G, B) in '
            f"[0, 255]. Received: ground={ground!r}."
        ) from error


def read(root: Path, labels: bool, skip_unreadable: bool, progress: bool, **shaping):
    """Every image below a folder.

    Returns:
        Images uint8 (N, H, W, C), labels int32 (N,) or None, class names or None.

    Raises:
        ValueError: If there is none, one is unreadable, or sizes differ.
    """
    files = image_files(root)
    if labels and (loose := [file for file in files if file.parent == root]):
        raise ValueError(
            "Classes (labels=True, or num_classes of a recipe) need every image in a "
            f"sub-folder of {root}, one for each class. "
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
    names = [file.relative_to(root).parts[0] for file in files]
    classes = sorted(set(names))
    found = [classes.index(file.relative_to(root).parts[0]) for file in kept]
    return images, np.array(found, "int32"), classes


def shape_all(images, **shaping) -> np.ndarray:
    """uint8 images (N, H, W, C) resized and converted."""
    from PIL import Image

    if images.shape[-1] not in (1, 3, 4):
        raise ValueError(
            "`size` and `channels` convert images of 1, 3 or 4 channels. "
            f"Received: shape {images.shape}. Convert them first."
        )
    squeezed = images[..., 0] if images.shape[-1] == 1 else images
    return np.stack([_shape(Image.fromarray(i), **shaping) for i in squeezed])


def image_files(root):
    """In an order that does not depend on the file system; hidden ones left out."""
    files = [
        file
        for file in root.rglob("*")
        if file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(root).parts)
    ]
    found = sorted(file for file in files if file.suffix.lower() in SUFFIXES)
    if not found:
        others = ", ".join(sorted({f.suffix for f in files if f.suffix})[:5])
        raise ValueError(
            f"Expected PNG, JPEG or WebP files in {root}. Received: "
            + (f"a folder with {others} files." if others else "a folder without.")
            + " Convert them, or name the folder that holds the images."
        )
    return found


def _with_progress(files, what, progress):
    if not progress or len(files) < MANY:
        return files
    from rich.console import Console
    from rich.progress import track

    return track(files, what, transient=True, console=Console(stderr=True))


def _open(file, skip_unreadable):
    """The picture, decoded and upright; None where it is skipped."""
    from PIL import Image, ImageOps

    try:
        with Image.open(file) as picture:
            return ImageOps.exif_transpose(picture)
    except Exception as error:  # decoders raise whatever a broken file makes them
        if not skip_unreadable:
            raise ValueError(
                f"{file} must be a readable image. Received: {error}. "
                "Remove it, or pass skip_unreadable=True (--skip-unreadable)."
            ) from error
        warnings.warn(f"Skipped {file}: {error}", stacklevel=5)


def _shape(picture, size=None, crop=False, channels=None, ground="white"):
    """A Pillow picture as uint8 (H, W, C)."""
    from PIL import Image, ImageOps

    if picture.mode.startswith("I;16"):
        picture = Image.fromarray((np.asarray(picture) // 256).astype("uint8"))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        behind = Image.new("RGBA", picture.size, _colour(ground))
        picture = Image.alpha_composite(behind, picture).convert("RGB")
    grey = picture.mode in ("1", "L") if channels is None else channels == 1
    picture = picture.convert("L" if grey else "RGB")
    if size is not None:
        height, width = (size, size) if np.ndim(size) == 0 else size
        method = Image.Resampling.LANCZOS
        if crop:
            picture = ImageOps.fit(picture, (width, height), method)
        elif picture.size != (width, height):
            picture = picture.resize((width, height), method)
    array = np.asarray(picture)
    return array[..., None] if grey else array


def _colour(ground):
    from PIL import ImageColor

    colour = ImageColor.getrgb(ground) if isinstance(ground, str) else tuple(ground)
    if len(colour) != 3 or not all(0 <= int(part) == part <= 255 for part in colour):
        raise ValueError("not three numbers in [0, 255]")
    return colour


def _stack(pictures, root):
    if not pictures:
        raise ValueError(
            f"Expected at least one readable image in {root}. Received: none."
        )
    if len({p.shape[-1] for p in pictures}) > 1:  # grey among colour
        pictures = [np.repeat(p, 3, -1) if p.shape[-1] == 1 else p for p in pictures]
    return np.stack(pictures)
