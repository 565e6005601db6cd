"""What several tests of the command line use."""

import numpy as np
from PIL import Image


def npz(side: int = 16, count: int = 16, **arrays) -> str:
    """Writes a dataset of gray images to the working folder."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, side, side, 1), dtype="uint8")
    np.savez("set.npz", images=images, **arrays)
    return "set.npz"


def picture(path) -> tuple[str, tuple[int, int]]:
    """Format and size of a picture file."""
    with Image.open(path) as opened:
        return opened.format, opened.size


def one_line(err: str) -> str:
    """The message, which must be one line."""
    assert err.startswith("Error: ") and err.count("\n") == 1 and err[-1] == "\n"
    return err
