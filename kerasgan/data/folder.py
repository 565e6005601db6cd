"""A folder of image files, and the shaping of one picture."""

import warnings
from pathlib import Path

import numpy as np

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}
SHAPING = {"size": None, "crop": False, "channels": None, "ground": "white"}


def read(root: Path, labels: bool, skip_unreadable: bool, progress: bool, **shaping):
    """Every image below a folder.

    Returns:
        Images uint8 (N, H, W, C), labels int32 (N,) or None, class names or None.

    Raises:
        ValueError: If there is none, one is unreadable, or sizes differ.
    """
    files = sorted(f for f in root.rglob("*") if _is_image(f, root))
    if not files:
        raise ValueError(
            f"Expected PNG, JPEG or WebP files in {root}. Received: a folder without."
        )
    classes = sorted({f.relative_to(root).parts[0] for f in files}) if labels else None
    if labels and any(f.parent == root for f in files):
        raise ValueError(
            f"labels=True needs every image in a sub-folder, one for each class. "
            f"Received: {next(f for f in files if f.parent == root)}."
        )
    pictures, kept = [], []
    for file in _with_progress(files, f"Reading {root.name}", progress):
        try:
            pictures.append(_open(file, **shaping))
            kept.append(file)
        except (OSError, SyntaxError, ValueError) as error:
            if not skip_unreadable:
                raise ValueError(
                    f"{file} must be a readable image. Received: {error}. "
                    "Remove it, or pass skip_unreadable=True (--skip-unreadable)."
                ) from error
            warnings.warn(f"Skipped {file}: {error}", stacklevel=4)
    images = _stack(pictures, kept)
    if not labels:
        return images, None, None
    index = {name: label for label, name in enumerate(classes)}
    found = [index[f.relative_to(root).parts[0]] for f in kept]
    return images, np.array(found, "int32"), classes


def shape_all(images, **shaping) -> np.ndarray:
    """uint8 images (N, H, W, C) resized and converted."""
    from PIL import Image

    squeezed = images[..., 0] if images.shape[-1] == 1 else images
    return np.stack([_shape(Image.fromarray(i), **shaping) for i in squeezed])


def _is_image(file, root):
    hidden = any(part.startswith(".") for part in file.relative_to(root).parts)
    return file.suffix.lower() in SUFFIXES and not hidden and file.is_file()


def _with_progress(files, what, progress):
    if not progress or len(files) < 500:
        return files
    from rich.progress import track

    return track(files, what, transient=True)


def _open(file, **shaping):
    from PIL import Image, ImageOps

    with Image.open(file) as picture:
        return _shape(ImageOps.exif_transpose(picture), **shaping)


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
        height, width = (size, size) if isinstance(size, int) else size
        method = Image.Resampling.LANCZOS
        if crop:
            picture = ImageOps.fit(picture, (width, height), method)
        elif picture.size != (width, height):
            picture = picture.resize((width, height), method)
    array = np.asarray(picture)
    return array[..., None] if grey else array


def _colour(ground):
    from PIL import ImageColor

    return ImageColor.getrgb(ground) if isinstance(ground, str) else tuple(ground)


def _stack(pictures, files):
    if not pictures:
        raise ValueError("Expected at least one readable image. Received: none.")
    if len({p.shape[-1] for p in pictures}) > 1:  # grey among colour
        pictures = [np.repeat(p, 3, -1) if p.shape[-1] == 1 else p for p in pictures]
    for picture, file in zip(pictures, files, strict=True):
        if picture.shape != pictures[0].shape:
            (h, w), (h0, w0) = picture.shape[:2], pictures[0].shape[:2]
            raise ValueError(
                "Images must have one size. "
                f"Received: {files[0].name} is {h0}x{w0}, {file.name} is {h}x{w}. "
                "Pass size=64 (--size 64), with crop=True (--crop) to keep proportions."
            )
    return np.stack(pictures)
