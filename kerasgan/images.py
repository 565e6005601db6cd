"""Converts images to and from uint8, and makes grids, pictures and animations."""

import io
import math
from pathlib import Path
from typing import Any

import numpy as np

from kerasgan import video
from kerasgan.checks import check_choice
from kerasgan.errors import did_you_mean
from kerasgan.files import user_path, write_atomically

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
ANIMATIONS = ".gif", ".mp4"
SUFFIXES = (*FORMATS, *ANIMATIONS, ".npy")  # of the files that `save` writes
OUTPUTS = "uint8", "float", "pil"  # forms in which models return images


def to_uint8(images: np.ndarray) -> np.ndarray:
    """Rounds images (..., H, W, C) in [-1, 1] to uint8 in [0, 255]."""
    scaled = np.rint((np.asarray(images, "float32") + 1.0) * 127.5)
    return np.clip(scaled, 0, 255).astype("uint8")


def from_uint8(images: np.ndarray) -> np.ndarray:
    """Converts uint8 images (..., H, W, C) to float32 in [-1, 1]."""
    return np.asarray(images, "float32") / np.float32(127.5) - np.float32(1.0)


def to_float(images: np.ndarray) -> np.ndarray:
    """Converts images, uint8 or floats in [-1, 1], to float32 in [-1, 1]."""
    if images.dtype == np.uint8:
        return from_uint8(images)
    return images.astype("float32", copy=False)


def check_output(output: str, shape: tuple[int, ...]) -> None:
    """Refuses a form of `OUTPUTS` that items of a shape do not have.

    Raises:
        ValueError: If there is no such form, or Pillow has no such images.
    """
    check_choice("output", output, OUTPUTS)
    if output == "pil" and (len(shape) != 3 or shape[-1] not in (1, 2, 3, 4)):
        raise ValueError(
            "Images of Pillow have the shape (H, W, C) with C from 1 to 4. Received: "
            f'output="pil" of data of the shape {shape}. Use output="uint8".'
        )


def to_pillow(images: np.ndarray) -> list[Any]:
    """Images of Pillow, for uint8 (N, H, W, C); C of 2 or 4 ends with alpha."""
    from PIL import Image

    gray = images.shape[-1] == 1
    return [Image.fromarray(image[..., 0] if gray else image) for image in images]


def make_grid(
    images: np.ndarray, columns: int | None = None, gap: int = 2
) -> np.ndarray:
    """Lays out images row by row on a white background.

    Args:
        images: uint8 (N, H, W, C).
        columns: Images per row. By default the grid is nearly square.
        gap: Pixels between images and around them.

    Returns:
        One image, uint8 (rows * (H + gap) + gap, columns * (W + gap) + gap, C).
    """
    count, height, width, channels = images.shape
    columns = columns or math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    shape = (rows * (height + gap) + gap, columns * (width + gap) + gap, channels)
    grid = np.full(shape, 255, "uint8")
    for index, image in enumerate(images):
        top = gap + (index // columns) * (height + gap)
        left = gap + (index % columns) * (width + gap)
        grid[top : top + height, left : left + width] = image
    return grid


def enlarge(image: np.ndarray, side: int = 256) -> np.ndarray:
    """Repeats the pixels of (..., H, W, C) until a side has at least `side`."""
    factor = max(1, math.ceil(side / max(image.shape[-3:-1])))
    return image.repeat(factor, axis=-3).repeat(factor, axis=-2)


def make_picture(images: np.ndarray, columns: int | None = None) -> np.ndarray:
    """Lays out images as a grid that is large enough to look at.

    Args:
        images: uint8 (N, H, W, C). If C is not 1, 3 or 4, the grid shows the first
            channel in gray, because picture files have no other numbers of channels.
        columns: As in `make_grid`.

    Returns:
        One image, uint8 (H', W', 1, 3 or 4).
    """
    if images.shape[-1] not in (1, 3, 4):
        images = images[..., :1]
    return enlarge(make_grid(images, columns))


def draw_confusion(counts: np.ndarray, cell: int = 40) -> np.ndarray:
    """Draws a table of counts; a darker cell has a larger share of its row.

    Args:
        counts: (K, K); row i counts the predictions for images of class i.
        cell: Side of one cell in pixels.

    Returns:
        uint8 (K * cell, K * cell, 1).
    """
    from PIL import Image, ImageDraw

    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    shades = np.rint(255 * (1 - shares**0.25)).astype("uint8")
    picture = Image.fromarray(shades.repeat(cell, axis=0).repeat(cell, axis=1))
    draw = ImageDraw.Draw(picture)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            place = (column + 0.5) * cell, (row + 0.5) * cell
            ink = 0 if shades[row, column] > 127 else 255
            draw.text(place, str(count), fill=ink, anchor="mm")
    return np.asarray(picture)[..., None]


def encode_png(image: np.ndarray) -> bytes:
    """Encodes one image, uint8 (H, W, C), as a PNG file.

    Raises:
        ValueError: If C is not 1, 3 or 4.
    """
    buffer = io.BytesIO()
    _to_pillow(image).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def encode_picture(
    image: np.ndarray,
    suffix: str,
    quality: int = 95,
    icc_profile: bytes | None = None,
) -> bytes:
    """Encodes one image as a PNG, JPEG or WebP file.

    Args:
        image: uint8 (H, W, C); gray with C of 1, color with C of 3. With C of 2 or 4,
            the last channel is alpha; JPEG, which has none, shows white behind it.
        suffix: Of the file: a key of `FORMATS`.
        quality: Of JPEG and WebP, from 1 to 100.
        icc_profile: A color profile, which is kept if it is one of gray or of RGB, as
            the image is.

    Raises:
        ValueError: If C is not from 1 to 4.
    """
    from PIL import Image

    channels = image.shape[-1]
    picture = Image.fromarray(image) if channels == 2 else _to_pillow(image)
    if channels in (2, 4) and FORMATS[suffix] == "JPEG":
        picture = _on_white(image).convert("L" if channels == 2 else "RGB")
    gray = channels < 3 and FORMATS[suffix] != "WEBP"  # which stores gray as color
    space = b"GRAY" if gray else b"RGB "
    if icc_profile is not None and icc_profile[16:20] != space:
        icc_profile = None
    buffer = io.BytesIO()
    options = {"quality": quality, "icc_profile": icc_profile}
    picture.save(buffer, FORMATS[suffix], **options)
    return buffer.getvalue()


def encode_gif(frames: np.ndarray, milliseconds: int = 80) -> bytes:
    """Encodes frames, uint8 (N, H, W, C), as a GIF file that repeats forever.

    Raises:
        ValueError: If C is not 1, 3 or 4.
    """
    buffer = io.BytesIO()
    first, *rest = [_to_pillow(frame) for frame in frames]
    options = {"append_images": rest, "duration": milliseconds, "loop": 0}
    first.save(buffer, "GIF", save_all=True, **options)
    return buffer.getvalue()


def save(
    path: str | Path,
    images: Any,
    *,
    columns: int | None = None,
    milliseconds: int = 80,
    quality: int = 95,
) -> None:
    """Writes images in the format that the path's ending names.

    .png, .jpg, .jpeg and .webp: one image as it is, or several as a grid. .gif and
    .mp4: an animation, whose frames are enlarged to at least 256 pixels. .npy: an
    array. A path without an ending is a folder of PNG files, as `save_each` writes it.
    Each file is written completely or not at all.

    Args:
        path: The file, or the folder.
        images: uint8 (N, H, W, C), or one image (H, W, C); or a list of images of
            Pillow; or floats in [-1, 1].
        columns: Of a grid, as in `make_grid`.
        milliseconds: Of a frame.
        quality: Of JPEG and WebP, from 1 to 100.

    Raises:
        ValueError: If there is no such format, or it has no such images.
        ImportError: If there is no codec for .mp4.
        OSError: If the path cannot be written.

    Example:
        ```python
        kerasgan.images.save("grid.png", gan.generate(64, seed=0))
        kerasgan.images.save("way.mp4", gan.interpolate(1, 5, 9, frames=60))
        ```
    """
    path, pixels = user_path(path), as_pixels(images)
    suffix = path.suffix.lower()
    several = pixels if pixels.ndim == 4 else pixels[None]
    if not suffix:
        save_each(path, several)
        return
    check_suffix(suffix)
    with write_atomically(path) as file:
        if suffix == ".npy":
            np.save(file, pixels)
        elif suffix in ANIMATIONS:
            frames = enlarge(several)
            if suffix == ".mp4":
                frames = np.stack([np.asarray(_on_white(frame)) for frame in frames])
            encode = encode_gif if suffix == ".gif" else video.encode_mp4
            file.write(encode(frames, milliseconds))
        else:
            one = make_picture(pixels, columns) if pixels.ndim == 4 else pixels
            file.write(encode_picture(one, suffix, quality))


def save_each(
    folder: str | Path, images: np.ndarray, suffix: str = ".png", quality: int = 95
) -> None:
    """Writes 00000.png, 00001.png, ... to a folder, in which other files stay.

    Args:
        folder: Created if missing.
        images: uint8 (N, H, W, C).
        suffix: A key of `FORMATS`.
        quality: As in `encode_picture`.
    """
    for index, image in enumerate(images):
        with write_atomically(user_path(folder) / f"{index:05d}{suffix}") as file:
            file.write(encode_picture(image, suffix, quality))


def as_pixels(images: Any) -> np.ndarray:
    """Images in one of the forms that `save` takes, uint8 (N, H, W, C) or (H, W, C).

    Raises:
        ValueError: If they are something else.
    """
    if hasattr(images, "getbands"):  # an image of Pillow
        known = images.mode in ("L", "LA", "RGB", "RGBA")
        pixels = np.asarray(images if known else images.convert("RGB"))
        return pixels[..., None] if pixels.ndim == 2 else pixels
    if isinstance(images, list | tuple):
        images = np.stack([as_pixels(image) for image in images])
    pixels = np.asarray(images)
    fits = pixels.ndim in (3, 4) and pixels.size
    if pixels.dtype != np.uint8:
        fits = fits and pixels.dtype.kind == "f" and np.abs(pixels).max() <= 1.01
    if not fits:
        raise ValueError(
            "`images` must be uint8 (N, H, W, C) or (H, W, C), floats in [-1, 1], or "
            f"images of Pillow. Received: {pixels.dtype} of shape {pixels.shape}. Pass "
            "what `generate` returns."
        )
    return pixels if pixels.dtype == np.uint8 else to_uint8(pixels)


def check_suffix(suffix: str) -> None:
    """Refuses the ending of a file that `save` does not write.

    Raises:
        ValueError: With the endings that it writes.
    """
    if suffix not in SUFFIXES:
        raise ValueError(
            f"A file of images must end in {', '.join(SUFFIXES)}. Received: "
            f"{suffix!r}.{did_you_mean(suffix, SUFFIXES)}"
        )


def save_png(path: str | Path, image: np.ndarray) -> None:
    """Writes one image, uint8 (H, W, C), as a PNG file, completely or not at all."""
    with write_atomically(path) as file:
        file.write(encode_png(image))


def _to_pillow(image):
    from PIL import Image

    if image.shape[-1] not in (1, 3, 4):
        raise ValueError(
            "A picture file must have 1, 3 or 4 channels. "
            f"Received: image of shape {image.shape}. Save an .npy file instead."
        )
    return Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)


def _on_white(image):
    """One image, uint8 (H, W, C), as a color image of Pillow, white behind alpha."""
    from PIL import Image

    (picture,) = to_pillow(image[None])
    if image.shape[-1] not in (2, 4):
        return picture.convert("RGB")
    behind = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(behind, picture.convert("RGBA")).convert("RGB")
