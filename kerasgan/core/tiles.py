"""Networks over images of any size, in pieces that bound the memory."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from kerasgan import checks, images
from kerasgan.core.batches import in_batches
from kerasgan.data import progress

WHOLE = 1024  # side of pieces, if a network depends on the whole image
PIECE = 512  # side of the results of other pieces, at least
MARGINS = 6  # side of those pieces, at least, in units of the reach


class Network(NamedTuple):
    """What is applied to images.

    Attributes:
        run: Maps a list of arrays (N, h, w, c), float32 in [-1, 1], to one array (N, H,
            W, C) in [-1, 1].
        channels: c of the first array.
        scale: H / h.
        stride: Divides h and w.
        reach: Pixels around a pixel of the result, in pixels of the source, that it
            depends on; None if it depends on all.
    """

    run: Callable[[Sequence[np.ndarray]], np.ndarray]
    channels: int
    scale: int = 1
    stride: int = 1
    reach: int | None = None


class Span(NamedTuple):
    """One side of a piece, in pixels of the source.

    Attributes:
        start: Where it begins.
        stop: Where it ends.
        first: Where its result begins to count.
        last: Where its result ends to count.
        blend: How many pixels from `first` on mix with the piece before.
    """

    start: int
    stop: int
    first: int
    last: int
    blend: int


def side_of(network: Any, tile: int | None = None) -> int:
    """The side of pieces in pixels of the source.

    Args:
        network: The network, or a model with its `scale`, `stride` and `reach`.
        tile: The user's side, or None.

    Raises:
        ValueError: If pieces of this side would have no part that counts.
    """
    margin, stride = _margin(network), network.stride
    if tile is None:
        usual = max(PIECE // network.scale, MARGINS * margin)
        tile = WHOLE if network.reach is None else usual
        tile = max(tile, 8 * stride)
    least = 4 * stride if network.reach is None else 2 * margin + stride
    if checks.check_count("tile", tile) < least:
        raise ValueError(
            f"`tile` must be at least {least} for this model: neighboring tiles "
            f"overlap. Received: tile={tile}. Pass a larger one."
        )
    return tile // stride * stride


def apply(
    network: Network, inputs: Sequence[np.ndarray], side: int, batch_size: int = 32
) -> np.ndarray:
    """Applies a network to images, in pieces if they are large.

    The sides are filled up to multiples of the network's stride by reflection, and the
    results are cut back. Images of at most side x side pixels are computed at once.

    If the reach of the network is known, the pieces overlap so far that the result is
    the same. Otherwise they differ, and their overlaps are blended.

    Args:
        network: The network.
        inputs: Arrays (N, h, w, c), uint8 or float32 in [-1, 1], of the same sizes.
        side: Of the pieces, from `side_of`.
        batch_size: The most pieces that are computed at once.

    Returns:
        uint8 (N, H, W, C).
    """
    height, width = inputs[0].shape[1:3]
    indices = [_filled(length, network.stride) for length in (height, width)]
    made = above = None
    for rows, columns in _pieces(network, [len(i) for i in indices], side):
        down = indices[0][rows.start : rows.stop]
        across = indices[1][columns.start : columns.stop]
        piece = [images.to_float(array[:, down][:, :, across]) for array in inputs]
        result = in_batches(network.run, piece, batch_size)
        if made is None:
            sides = network.scale * height, network.scale * width
            made = np.empty((len(result), *sides, result.shape[-1]), "uint8")
        band = made[:, network.scale * rows.first :][:, : network.scale * rows.blend]
        if columns.start == 0:
            above = band.copy()
        _paste(made, result, rows, columns, network.scale)
        if columns.stop == len(indices[1]):
            _mix(above, band)
    return made


def is_whole(network: Network, sides: Sequence[int], side: int) -> bool:
    """Whether an image (H, W), filled up to the stride, is computed at once."""
    height, width = (length + -length % network.stride for length in sides[:2])
    return height * width <= side * side


def batch_of(shape: Sequence[int], side: int, batch_size: int) -> int:
    """How many images (H, W, C) to compute at once, by the memory of one piece."""
    return max(1, min(batch_size, side * side // (shape[0] * shape[1])))


def spans(length: int, side: int, margin: int, blended: bool) -> list[Span]:
    """Pieces of one side that cover a length; the last ones are shifted inwards.

    Args:
        length: A multiple of the stride, as are the others.
        side: The side of a piece.
        margin: Half of the overlap of neighbors.
        blended: Whether neighbors mix in their overlap. Otherwise each counts up to its
            middle.
    """
    if length <= side:
        return [Span(0, length, 0, length, 0)]
    starts = [*range(0, length - side, side - 2 * margin), length - side]
    result, covered = [], 0
    for start in starts:
        stop = start + side
        if blended:
            result.append(Span(start, stop, start, stop, covered - start))
            covered = stop
        else:
            last = length if stop == length else stop - margin
            result.append(Span(start, stop, covered, last, 0))
            covered = last
    return result


def _pieces(network, lengths, side) -> Iterator[tuple[Span, Span]]:
    """The pieces of an image, row by row, with progress."""
    if is_whole(network, lengths, side):
        yield tuple(Span(0, length, 0, length, 0) for length in lengths)
        return
    margin, blended = _margin(network, side), network.reach is None
    both = [spans(length, side, margin, blended) for length in lengths]
    pairs = list(itertools.product(*both))
    yield from progress.counted(pairs, "Computing tiles", len(pairs))


def _margin(network, side=0) -> int:
    """Half of the overlap of pieces: a multiple of the stride, at least the reach."""
    reach = side // 8 if network.reach is None else network.reach
    return -(-reach // network.stride) * network.stride


def _filled(length, stride):
    """Indices of a side that is filled up to a multiple of the stride."""
    return np.pad(np.arange(length), (0, -length % stride), "reflect")


def _paste(made, result, rows, columns, scale):
    """Writes the part of a piece's result that counts, mixed with that on its left."""
    spans = rows, columns
    kept = [
        slice(scale * (s.first - s.start), scale * (s.last - s.start)) for s in spans
    ]
    place = made[:, scale * rows.first : scale * rows.last]
    place = place[:, :, scale * columns.first : scale * columns.last]
    result = result[:, *kept][:, : place.shape[1], : place.shape[2]]
    blend = scale * columns.blend
    if blend:
        left = images.from_uint8(place[:, :, :blend])
        result = result.copy()
        result[:, :, :blend] = left + _ramp(blend) * (result[:, :, :blend] - left)
    place[...] = images.to_uint8(result)


def _mix(above, band):
    """Mixes rows of pixels with those that were there before, which fade out."""
    for index, weight in enumerate(_ramp(band.shape[1])):
        before, after = (images.from_uint8(rows[:, index]) for rows in (above, band))
        band[:, index] = images.to_uint8(before + weight * (after - before))


def _ramp(length):
    """Weights (length, 1) between 0 and 1."""
    return ((np.arange(length, dtype="float32") + 1) / (length + 1))[:, None]
