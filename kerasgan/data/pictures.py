"""Decodes one picture file to 8 bits, and resizes and converts pictures."""

import contextlib
import warnings
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kerasgan.data import memory

SHAPING = {"size": None, "crop": False, "channels": None, "background": "white"}
# Formats that Pillow recognizes but cannot decode alone, or by running a program.
UNDECODED = {"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF"}
WHITE_16 = 65535
GLANCE = 64  # pixels of a side that are enough for a first look
PNG_SCALES = {"L;2": 85, "L;4": 17}  # from 2 and 4 bits to 8
ORIENTATION = 0x0112  # of Exif
# Fields of Pillow's that the orientation can be in.
TURNING = ("exif", "Raw profile type exif", "XML:com.adobe.xmp", "xmp")


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
    check_size(size)
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
    check_background(background)


def check_background(background: str | tuple[int, int, int]) -> None:
    """Refuses what is no color.

    Raises:
        ValueError: If it is neither a color's name or hex code, nor (R, G, B).
    """
    try:
        _color(background)
    except (TypeError, ValueError) as error:
        raise ValueError(
            '`background` must be a color such as "white" or "#ff8000", or (R, G, B) '
            f"in [0, 255]. Received: background={background!r}."
        ) from error


def check_size(size: int | tuple[int, int] | None) -> tuple[int, int] | None:
    """Returns (H, W) of a side in pixels or of (H, W); None for None.

    Raises:
        ValueError: If it is neither.
    """
    if size is None:
        return None
    sides = (size, size) if np.ndim(size) == 0 else tuple(size)
    whole = all(isinstance(side, int | np.integer) and side > 0 for side in sides)
    if not whole or len(sides) != 2:
        raise ValueError(
            "`size` must be the side in pixels, or (H, W), positive integers. "
            f"Received: size={size!r}."
        )
    return sides


def formats() -> dict[str, str]:
    """The picture formats that Pillow can decode here, by suffix.

    They include HEIC if the package pillow-heif is installed, and the formats of all
    plugins that the program has registered.
    """
    from PIL import Image

    try:
        import pillow_heif
    except ImportError:
        pass
    else:
        pillow_heif.register_heif_opener()
    known = Image.registered_extensions()
    decoded = Image.OPEN.keys() - UNDECODED
    return {suffix: name for suffix, name in known.items() if name in decoded}


def decode(file: Path, names: Collection[str]) -> Any:
    """The first frame of a picture file, upright, with 8 bits.

    Args:
        file: The file.
        names: The formats that it may have, from `formats`.

    Returns:
        A picture of Pillow, of mode "L", "LA", "RGB" or "RGBA".

    Raises:
        Exception: Of any kind, if the file cannot be decoded.
        ValueError: If its levels have no known scale.
    """
    with _opened(file, names) as picture:
        return standardize(picture)


def glance(file: Path, names: Collection[str]) -> tuple[Any, tuple[int, int], bool]:
    """As `decode`, but faster for JPEG: the picture may be smaller than the file's.

    Returns:
        The picture, at least 64 pixels wide and high if the file's is; (H, W) of the
        file's; and whether the file is an animation.
    """
    with _opened(file, names) as picture:
        width, height = picture.size
        animated = bool(getattr(picture, "is_animated", False))
        picture.draft(None, (GLANCE, GLANCE))
        return standardize(picture), (height, width), animated


@contextlib.contextmanager
def _opened(file, names) -> Iterator[Any]:
    """A picture file of one of these formats."""
    from PIL import Image

    tried = [name for name in Image.ID if name in names]
    with warnings.catch_warnings():
        # Of damaged Exif data; that of too many pixels is a RuntimeWarning.
        warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
        with Image.open(file, formats=tried) as picture:
            yield picture


def standardize(picture: Any) -> Any:
    """A picture of Pillow, upright, of mode "L", "LA", "RGB" or "RGBA".

    Args:
        picture: Of any mode.

    Raises:
        ValueError: If its levels have no known scale.
    """
    white = _white(picture)
    _scale_transparent_color(picture)
    picture.load()
    picture = _upright(picture)
    if picture.mode.startswith(("I", "F")):
        picture = _in_eight_bits(picture, white)
    gray = picture.mode in ("1", "L", "LA", "La")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")  # which knows every kind of transparency
        return picture.convert("LA") if gray else picture
    return picture.convert("L" if gray else "RGB")


def _white(picture):
    """The level of white of a picture with more than 8 bits; None if unknown."""
    if picture.mode == "F":
        return 1.0
    if picture.mode.startswith("I;16") and picture.format == "TIFF":
        return 2 ** picture.tag_v2.get(258, (16,))[0] - 1  # BitsPerSample may be 12
    if picture.mode.startswith("I;16") or picture.format == "PPM":
        return WHITE_16
    return None


def _scale_transparent_color(picture):
    """Scales the transparent color of a PNG file as Pillow scales its pixels."""
    color = picture.info.get("transparency")
    if picture.format != "PNG" or color is None or not picture.tile:
        return
    raw_mode = picture.tile[0][3]
    if raw_mode in PNG_SCALES:
        picture.info["transparency"] = color * PNG_SCALES[raw_mode]
    elif raw_mode == "RGB;16B":
        picture.info["transparency"] = tuple(level >> 8 for level in color)


def _upright(picture):
    """The picture as its Exif data turn it; as it is, if they are damaged."""
    from PIL import Image

    turn = Image.Transpose
    turns = {2: turn.FLIP_LEFT_RIGHT, 3: turn.ROTATE_180, 4: turn.FLIP_TOP_BOTTOM}
    turns |= {5: turn.TRANSPOSE, 6: turn.ROTATE_270, 7: turn.TRANSVERSE}
    turns |= {8: turn.ROTATE_90}
    try:
        method = turns.get(picture.getexif().get(ORIENTATION))
    except Exception:  # Exif data may be anything, and the pixels are sound
        method = None
    if method is None:
        return picture.copy()
    turned = picture.transpose(method)
    for name in TURNING:  # so that nothing turns it again
        turned.info.pop(name, None)
    return turned


def _in_eight_bits(picture, white):
    """Gray with levels in [0, 255]; Pillow's own conversion would clip them."""
    from PIL import Image

    levels, clear = np.asarray(picture), picture.info.get("transparency")
    low, high = levels.min(), levels.max()
    if white is None or not 0 <= low <= high <= white:
        expected = "of no known scale" if white is None else f"outside 0 to {white:g}"
        raise ValueError(
            f"its gray levels from {low:g} to {high:g} are {expected}; convert it to 8 "
            "or 16 bits"
        )
    floats = picture.mode == "F"
    gray = np.rint(levels * 255.0) if floats else levels // ((int(white) + 1) // 256)
    gray = Image.fromarray(gray.astype("uint8"))
    if clear is None:
        return gray
    alpha = Image.fromarray(np.where(levels == clear, 0, 255).astype("uint8"))
    return Image.merge("LA", (gray, alpha))


def shape(
    picture: Any,
    size: int | tuple[int, int] | None = None,
    crop: bool = False,
    channels: int | None = None,
    background: str | tuple[int, int, int] = "white",
) -> np.ndarray:
    """A picture of Pillow as an image.

    Args:
        picture: Of mode "L", "LA", "RGB" or "RGBA".
        size: As in `load`, like the others.
        crop: As in `load`.
        channels: As in `load`.
        background: As in `load`.

    Returns:
        uint8 (H, W, C).
    """
    from PIL import Image, ImageOps

    if picture.mode in ("LA", "RGBA"):
        behind = Image.new("RGBA", picture.size, _color(background))
        front = picture.convert("RGBA")
        picture = Image.alpha_composite(behind, front).convert("RGB")
    gray = picture.mode == "L" if channels is None else channels == 1
    picture = picture.convert("L" if gray else "RGB")
    if size is not None:
        height, width = check_size(size)
        method = Image.Resampling.LANCZOS
        if crop:
            picture = ImageOps.fit(picture, (width, height), method)
        elif picture.size != (width, height):
            picture = picture.resize((width, height), method)
    array = np.asarray(picture)
    return array[..., None] if gray else array


def shape_all(images: np.ndarray, **shaping: Any) -> np.ndarray:
    """Resizes and converts images.

    Args:
        images: uint8 (N, H, W, C).
        **shaping: `size`, `crop`, `channels`, `background` of `load`.

    Returns:
        uint8 (N, H', W', C').

    Raises:
        ValueError: If they have another number of channels than 1, 3 or 4, or the
            result would not fit in memory.
    """
    from PIL import Image

    if images.shape[-1] not in (1, 3, 4):
        raise ValueError(
            "`size` and `channels` convert images of 1, 3 or 4 channels. "
            f"Received: shape {images.shape}. Convert them first."
        )
    stack = memory.Stack(len(images), check_size(shaping["size"]))
    squeezed = images[..., 0] if images.shape[-1] == 1 else images
    for image in squeezed:
        stack.add(shape(Image.fromarray(image), **shaping))
    return stack.images


def _color(value):
    """(R, G, B) of a color name, a hex code or three numbers."""
    from PIL import ImageColor

    color = ImageColor.getrgb(value) if isinstance(value, str) else tuple(value)
    if len(color) != 3 or not all(0 <= int(part) == part <= 255 for part in color):
        raise ValueError("not three numbers in [0, 255]")
    return color
