"""Large images in pieces: the same result, and memory for one piece."""

import tracemalloc

import numpy as np
import pytest

from kerasgan.core import tiles
from kerasgan.core.tiles import Network, Span

pytestmark = pytest.mark.backend_free


def blur(radius, scale=1, stride=1):
    """A box filter with zeros around the image, as convolutions have.

    With a stride, it works on the means of blocks; with a scale, it repeats pixels.
    """

    def run(inputs):
        (x,) = inputs
        n, h, w, c = x.shape
        assert x.dtype == np.float32 and not (h % stride or w % stride)
        x = x.reshape(n, h // stride, stride, w // stride, stride, c).mean((2, 4))
        r = radius // stride
        x = np.pad(x, ((0, 0), (r, r), (r, r), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view
        x = windows(x, (2 * r + 1, 2 * r + 1), (1, 2)).mean((-1, -2))
        return x.repeat(scale * stride, 1).repeat(scale * stride, 2)

    # A block that the radius touches counts as a whole.
    reach = radius + stride - 1
    return Network(run, 3, scale, stride, reach)


def noise(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, "uint8")


def test_pieces_share_their_overlap():
    assert tiles.spans(20, 8, 2, blended=False) == [
        Span(0, 8, 0, 6, 0),
        Span(4, 12, 6, 10, 0),
        Span(8, 16, 10, 14, 0),
        Span(12, 20, 14, 20, 0),
    ]


def test_the_last_piece_is_shifted_inwards():
    assert tiles.spans(18, 8, 1, blended=False)[1:] == [
        Span(6, 14, 7, 13, 0),
        Span(10, 18, 13, 18, 0),
    ]
    assert tiles.spans(18, 8, 1, blended=True)[1:] == [
        Span(6, 14, 6, 14, 2),
        Span(10, 18, 10, 18, 4),
    ]
    assert tiles.spans(5, 8, 1, blended=True) == [Span(0, 5, 0, 5, 0)]


@pytest.mark.parametrize("sides", [(41, 67), (20, 100), (100, 7), (33, 33)])
@pytest.mark.parametrize(
    "network",
    [blur(3), blur(2, scale=4), blur(4, stride=4), blur(4, scale=2, stride=2)],
)
def test_tiles_change_nothing_if_the_reach_is_known(network, sides):
    image = noise(1, *sides, 3)
    whole = tiles.apply(network, [image], side=400).astype(int)
    assert whole.shape == (1, *(network.scale * n for n in sides), 3)
    side = tiles.side_of(network, 20)
    assert np.abs(tiles.apply(network, [image], side) - whole).max() <= 1


def test_all_tiles_have_one_size():
    seen = []
    network = blur(3)
    counted = network._replace(
        run=lambda x: (seen.append(x[0].shape), network.run(x))[1]
    )
    tiles.apply(counted, [noise(1, 50, 60, 3)], side=20)
    assert set(seen) == {(1, 20, 20, 3)} and len(seen) == 4 * 4


def test_sides_are_filled_up_by_reflection():
    def run(inputs):
        np.testing.assert_array_equal(inputs[0][0, :, :, 0], expected)
        return inputs[0]

    image = np.arange(10, dtype="uint8").reshape(1, 2, 5, 1)
    rows = np.array([[0, 1, 2, 3, 4, 3, 2, 1], [5, 6, 7, 8, 9, 8, 7, 6]])
    expected = (rows[[0, 1, 0, 1]] / np.float32(127.5) - 1).astype("float32")
    made = tiles.apply(Network(run, 1, stride=4), [image], side=64)
    np.testing.assert_array_equal(made, image)


def test_a_single_pixel_is_repeated():
    image = np.full((1, 1, 1, 1), 77, "uint8")
    network = Network(lambda inputs: inputs[0], 1, stride=8)
    np.testing.assert_array_equal(tiles.apply(network, [image], side=64), image)


def test_blended_tiles_have_no_seam():
    """A network that adds a constant of its own to each tile."""
    shades = iter(np.linspace(-0.5, 0.5, 9))
    network = Network(lambda inputs: inputs[0] * 0 + next(shades), 1)
    made = tiles.apply(network, [noise(1, 150, 150, 1)], side=64)[0, ..., 0].astype(int)
    assert made.min() == 64 and made.max() == 191
    # Shades differ by 48 from row to row, and mix over 16 pixels or more.
    assert np.abs(np.diff(made, axis=0)).max() <= 6
    assert np.abs(np.diff(made, axis=1)).max() <= 6


def test_equal_tiles_blend_to_the_same():
    image = noise(1, 150, 90, 3)
    network = Network(lambda inputs: inputs[0], 3)
    made = tiles.apply(network, [image], side=32).astype(int)
    assert np.abs(made - image).max() <= 1


def test_float_images_are_computed_alike():
    image = noise(1, 40, 40, 3)
    floats = image / np.float32(127.5) - np.float32(1)
    made = [tiles.apply(blur(3), [x], side=20).astype(int) for x in (image, floats)]
    assert np.abs(made[0] - made[1]).max() <= 1


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (Network(None, 3), 1024),
        (Network(None, 3, stride=256), 2048),
        (Network(None, 3, reach=10), 512),
        (Network(None, 3, scale=4, reach=10), 128),
        (Network(None, 3, scale=4, reach=40), 240),
        (Network(None, 3, stride=8, reach=101), 624),
    ],
)
def test_usual_tiles_are_larger_than_their_overlap(network, expected):
    assert tiles.side_of(network) == expected


@pytest.mark.parametrize(
    ("network", "tile", "message"),
    [
        (blur(10), 20, "must be at least 21 for this model"),
        (blur(4, stride=4), 19, "must be at least 20"),
        (Network(None, 3, stride=16), 63, "must be at least 64"),
        (blur(10), 0, "`tile` must be an integer of at least 1"),
    ],
)
def test_tiles_without_a_middle_are_refused(network, tile, message):
    with pytest.raises(ValueError, match=message):
        tiles.side_of(network, tile)


def test_batches_are_bounded_by_the_memory_of_a_tile():
    assert tiles.batch_of((64, 64, 3), side=512, batch_size=32) == 32
    assert tiles.batch_of((256, 256, 3), side=512, batch_size=32) == 4
    assert tiles.batch_of((2000, 2000, 3), side=512, batch_size=32) == 1


@pytest.mark.matrix
def test_memory_depends_on_the_tile_alone():
    """The peak above the result, for an image and one of four times its area."""

    def peak(side):
        image = noise(1, side, side, 3)
        network = Network(lambda x: x[0].repeat(2, 1).repeat(2, 2), 3, 2, reach=8)
        tracemalloc.start()
        made = tiles.apply(network, [image], side=128)
        used = tracemalloc.get_traced_memory()[1] - made.nbytes
        tracemalloc.stop()
        return used

    small, large = peak(700), peak(1400)
    assert small < 8e6 and large < small * 1.1
