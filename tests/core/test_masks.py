"""Masks of holes: drawn in a training step, and given by users."""

import keras
import numpy as np
import pytest
from keras import ops

from kerasgan import backend
from kerasgan.core import masks
from kerasgan.core.masks import KINDS, as_holes, check_hole, draw_masks
from kerasgan.data.masks import random_masks
from tests.support import parity
from tests.support.checks import as_array

SIDES = (24, 32)
AREA = 24 * 32


def drawn(kinds, count=300, sides=SIDES, seed=0):
    return as_array(draw_masks(count, sides, kinds, keras.random.SeedGenerator(seed)))


def by(kind, numbers, sides=SIDES):
    """Masks of one kind from uniform numbers (N, n), or from one row of them."""
    numbers = np.atleast_2d(np.asarray(numbers, "float32"))
    return as_array(KINDS[kind][0](ops.convert_to_tensor(numbers), sides))


@pytest.mark.parametrize("kind", KINDS)
def test_holes_cover_as_much_as_those_of_the_data(kind):
    holes = drawn([kind])
    assert holes.shape == (300, *SIDES, 1) and holes.dtype == np.float32
    assert set(np.unique(holes)) == {0.0, 1.0}
    others = random_masks(300, SIDES, [kind]) / 255
    shares, expected = (x.mean(axis=(1, 2, 3)) for x in (holes, others))
    assert 0 < shares.min() and shares.max() < 1
    for share in (0.1, 0.5, 0.9):
        difference = np.quantile(shares, share) - np.quantile(expected, share)
        assert abs(difference) < 0.05


def test_masks_depend_on_the_seed_alone():
    kinds = ["boxes", "center"]
    assert np.array_equal(drawn(kinds, 8), drawn(kinds, 8))
    assert not np.array_equal(drawn(kinds, 8), drawn(kinds, 8, seed=1))
    generator = keras.random.SeedGenerator(0)
    first, second = (as_array(draw_masks(8, SIDES, kinds, generator)) for _ in range(2))
    assert not np.array_equal(first, second)


def test_each_kind_is_drawn_equally_often(monkeypatch):
    """Replaced by constants, a third of the images each."""
    for index, kind in enumerate(KINDS):
        monkeypatch.setitem(KINDS, kind, (_constant(index), 1))
    monkeypatch.setattr(masks, "KINDS", KINDS)
    kinds = drawn(["boxes", "strokes", "center"], 900)
    counts = [kinds[:, index].mean() for index in range(3)]
    np.testing.assert_allclose(counts, 1 / 3, atol=0.05)
    assert (kinds[:, :3].sum(axis=1) == 1).all()


def _constant(index):
    """A kind whose holes are one row."""
    row = (np.arange(SIDES[0]) == index)[:, None] & np.ones(SIDES[1], bool)
    return lambda numbers, sides: ops.logical_and(numbers[..., None] < 1, row)


def test_centers_are_squares_of_half_the_sides():
    expected = np.zeros(SIDES, bool)
    expected[6:18, 8:24] = True
    np.testing.assert_array_equal(by("center", [[0.5]] * 2), [expected] * 2)


def test_boxes_lie_where_their_numbers_say():
    """One or two boxes; numbers are height, top, width, left."""
    box, rest = [0.5, 0.5, 0.5, 0.0], [0.0] * 12
    expected = np.zeros(SIDES, bool)
    expected[9:15, :8] = True  # a quarter of the sides
    np.testing.assert_array_equal(by("boxes", [0.0, *box, *rest])[0], expected)
    expected[:3, :4] = True  # the second one, as small as possible
    np.testing.assert_array_equal(by("boxes", [0.25, *box, *rest])[0], expected)


def test_strokes_are_the_pixels_near_their_lines():
    numbers = np.random.default_rng(0).uniform(size=(8, KINDS["strokes"][1]))
    results = by("strokes", numbers)
    differing = [
        (r != slow_strokes(n)).sum() for r, n in zip(results, numbers, strict=True)
    ]
    assert max(differing) <= 1  # a pixel on the edge, by rounding
    assert len({int(4 * n[0]) for n in numbers}) == 4  # one to four strokes


def slow_strokes(numbers, sides=SIDES):
    """One mask, pixel by pixel."""
    mask, unit = np.zeros(sides, bool), min(sides)
    for line in numbers[1:].reshape(4, 12)[: 1 + int(4 * numbers[0])]:
        radius = max(unit * [1 / 32, 1 / 12, 1 / 6][int(3 * line[0])] / 2, 0.75)
        place = line[2:4] * sides
        ends = [place]
        for part in range(1 + int(4 * line[1])):
            angle, length = (
                2 * np.pi * line[4 + part],
                unit * (0.25 + line[8 + part] / 2),
            )
            place = place + length * np.array([np.sin(angle), np.cos(angle)])
            ends.append([folded(x, side) for x, side in zip(place, sides, strict=True)])
        for start, end in zip(ends[:-1], ends[1:], strict=True):
            start, along = np.array(start), np.subtract(end, start)
            for pixel in np.ndindex(*sides):
                offset = np.add(pixel, 0.5) - start
                share = np.clip(offset @ along / (along @ along), 0, 1)
                mask[pixel] |= np.linalg.norm(offset - share * along) < radius
    return mask


def folded(place, side):
    """Lines turn back at the edges."""
    place %= 2 * side
    return 2 * side - place if place > side else place


@pytest.mark.parametrize("kind", KINDS)
def test_masks_are_the_same_on_every_backend(kind, monkeypatch):
    """Recorded areas of masks from the same uniform numbers."""
    monkeypatch.setattr(backend, "uniform", parity.uniform)
    areas = drawn([kind], 5, (32, 32)).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(areas, AREAS[kind], atol=1)


AREAS = {
    "center": [256] * 5,
    "boxes": [144, 240, 111, 203, 45],
    "strokes": [171, 331, 181, 207, 186],
}


# Users' masks.

HOLES = np.zeros((2, *SIDES, 1), bool)
HOLES[0, 2:5, 3:9] = True  # no hole in the other


@pytest.mark.backend_free
@pytest.mark.parametrize("dtype", ["bool", "uint8", "float32", "float64"])
def test_masks_of_every_dtype_are_the_same(dtype):
    forms = [HOLES.astype(dtype)]
    forms += [forms[0] * np.uint8(255)] if dtype == "uint8" else []
    for given in forms:
        results = as_holes(given)
        assert all(mask.dtype == bool for mask in results)
        np.testing.assert_array_equal(results, HOLES)


@pytest.mark.backend_free
@pytest.mark.parametrize("given", [[3, 127, 128, 250], [0.1, 0.4, 0.5, 0.9]])
def test_masks_in_between_are_rounded_with_one_warning(given):
    mask = np.array(given, "uint8" if given[0] == 3 else "float32")
    with pytest.warns(UserWarning, match="not binary.*JPEG") as warned:
        results = as_holes([mask, mask])
    assert len(warned) == 1
    assert [mask.tolist() for mask in results] == [[False, False, True, True]] * 2


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (HOLES.astype("int64"), TypeError, "Received: dtype=int64. Convert"),
        (HOLES * 255.0, ValueError, "from 0 to 1.*Received: from 0 to 255"),
        (HOLES * -1.0, ValueError, "from 0 to 1.*Received: from -1"),
        (HOLES * np.nan, ValueError, "from 0 to 1"),
    ],
)
def test_masks_of_other_values_are_refused(given, error, message):
    with pytest.raises(error, match=message):
        as_holes(given)


@pytest.mark.backend_free
def test_a_mask_fits_its_image_and_leaves_something():
    hole = HOLES[0]
    assert check_hole(hole, SIDES) is hole
    with pytest.raises(
        ValueError, match=r"shape \(24, 32, 1\) for an image of \(24, 31"
    ):
        check_hole(hole, (24, 31))
    with pytest.raises(ValueError, match="a hole everywhere. Invert it"):
        check_hole(hole | True, SIDES)
