"""Draws the animation of README.md: one column for each of six families.

    python benchmarks/pictures.py            writes docs/zoo.gif

Each column is `interpolate` of a preset: from one seed to the next, and back to the
first. The same presets give the same file.
"""

import argparse
import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import kerasgan
from kerasgan import images

OUT = Path(__file__).parent.parent / "docs" / "zoo.gif"
# Presets, the seeds they pass, and keywords of `interpolate` for each part of the way.
COLUMNS = {
    "dcgan_mnist": ([8, 1, 14], [{}] * 3),
    "cgan_mnist": ([1, 2, 3], [{"labels": label} for label in (2, 5, 8)]),
    "infogan_mnist": ([0, 11, 2], [{}] * 3),
    "sngan_fashion_mnist": ([5, 2, 13], [{}] * 3),
    "sagan_fashion_mnist": ([1, 13, 5], [{}] * 3),
    "r3gan_emoji": ([5, 10, 11], [{}] * 3),
}
SIDE, FACTOR, GAP, CAPTION = 32, 4, 8, 20  # pixels; images are enlarged by FACTOR
HOLD, MOVE = 4, 12  # frames at a seed, and from there to the next


def column(preset: str) -> np.ndarray:
    """The images of a preset, uint8 (frames, SIDE, SIDE, 3)."""
    gan = kerasgan.from_preset(preset, networks="sampler")
    seeds, conditions = COLUMNS[preset]
    parts = []
    ways = itertools.pairwise([*seeds, seeds[0]])
    for (start, stop), condition in zip(ways, conditions, strict=True):
        way = gan.interpolate(start, stop, frames=MOVE + 1, **condition)
        parts += [way[:1]] * HOLD + [way[1:]]
    frames = np.concatenate(parts)
    frames = np.repeat(frames, 3 // frames.shape[-1], axis=-1)
    edges = [(SIDE - side) // 2 for side in frames.shape[1:3]]
    padding = [(0, 0), *((edge, edge) for edge in edges), (0, 0)]
    return np.pad(frames, padding)  # MNIST's background is black


def caption(text: str, width: int) -> np.ndarray:
    """Black text in the middle of a white strip, uint8 (CAPTION, width, 3)."""
    from PIL import Image, ImageDraw

    strip = Image.new("RGB", (width, CAPTION), "white")
    place = (width / 2, CAPTION / 2)
    ImageDraw.Draw(strip).text(place, text, fill="black", anchor="mm")
    return np.asarray(strip)


def animation(presets: Sequence[str] = tuple(COLUMNS)) -> np.ndarray:
    """All columns side by side, each above the name of its preset.

    Returns:
        uint8 (frames, height, width, 3).
    """
    side = SIDE * FACTOR
    columns = [column(preset) for preset in presets]
    shape = (len(columns[0]), side + CAPTION, len(columns) * (side + GAP) - GAP, 3)
    frames = np.full(shape, 255, "uint8")
    for index, (preset, small) in enumerate(zip(presets, columns, strict=True)):
        left = index * (side + GAP)
        large = small.repeat(FACTOR, axis=1).repeat(FACTOR, axis=2)
        frames[:, :side, left : left + side] = large
        frames[:, side:, left : left + side] = caption(preset, side)
    return frames


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes the file."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=OUT, help="the .gif file to write")
    out = parser.parse_args(arguments).out
    images.save(out, animation(), milliseconds=100)
    print(f"Wrote {out}, {out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
