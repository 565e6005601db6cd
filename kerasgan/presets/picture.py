"""Checks `samples.png` of a preset before it is published."""

import io
import warnings

from kerasgan.errors import PresetIntegrityError

PIXELS = 2**26  # decoded, at most 256 MiB


def check(data: bytes, where: str) -> None:
    """Refuses a file that is not one small picture.

    Args:
        data: The file.
        where: The name of the file in messages.

    Raises:
        PresetIntegrityError: If it is not a PNG file, is damaged, or has too many
            pixels.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=["PNG"])
        width, height = picture.size
        if width * height > PIXELS:
            raise ValueError(f"{width}x{height} pixels, at most {PIXELS:,} are allowed")
        picture.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise PresetIntegrityError(
            f"{where} must be a PNG picture. Received: {ascii(str(error))[1:-1][:200]}."
            " Save the preset again, or delete the file."
        ) from error
