"""Masks: random holes, and those of picture files."""

import warnings

import numpy as np
import pytest
from PIL import Image

from kerasgan import data
from kerasgan.data import masks

pytestmark = pytest.mark.backend_free


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("kind", masks.KINDS)
@pytest.mark.parametrize("shape", [(32, 48), (16, 16, 3), (1, 1)])
def test_every_random_mask_has_a_hole(kind, shape):
    for seed in range(20):
        mask = data.random_mask(shape, kind, rng(seed))
        assert mask.shape == (*shape[:2], 1) and mask.dtype == np.uint8
        assert mask.any() and np.isin(mask, (0, 255)).all()


def test_the_center_is_half_of_each_side():
    mask = data.random_mask((8, 12), "center", rng())
    expected = np.zeros((8, 12, 1), "uint8")
    expected[2:6, 3:9] = 255
    np.testing.assert_array_equal(mask, expected)


@pytest.mark.parametrize("kind", ["boxes", "strokes"])
def test_random_masks_depend_on_the_random_numbers_alone(kind):
    first, again, other = (
        data.random_mask((32, 32), kind, rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_masks_reach_every_part_and_leave_most():
    """Means of 300 masks; boxes of 1/8 to 3/8 cover at most 4 * 9/64."""
    for kind in ("boxes", "strokes"):
        drawn = [data.random_mask((32, 32), kind, rng(seed)) for seed in range(300)]
        share = np.mean(drawn, axis=0) / 255
        assert share.mean(axis=0).min() > 0.02 and share.mean(axis=1).min() > 0.02
        assert 0.1 < share.mean() < 0.3
        largest = max(mask.mean() / 255 for mask in drawn)
        assert largest < (0.57 if kind == "boxes" else 0.9)


def test_strokes_are_thin_medium_and_thick():
    """Runs of a hole down the columns are as long as the widths, or longer."""
    widths = set()
    for seed in range(60):
        mask = data.random_mask((96, 96), "strokes", rng(seed))[..., 0] > 0
        edges = np.diff(np.pad(mask, ((1, 1), (0, 0))).astype(int), axis=0)
        starts, ends = (np.nonzero(edges.T == sign)[1] for sign in (1, -1))
        widths |= {*(ends - starts)}
    assert {3, 8, 16} <= widths  # 96/32, 96/12, 96/6


@pytest.mark.parametrize(
    ("shape", "kind", "message"),
    [
        ((8, 8), "stroke", "Did you mean 'strokes'"),
        ((0, 8), "boxes", "`shape`"),
        ((8.0, 8), "boxes", "`shape`"),
    ],
)
def test_impossible_masks_are_refused(shape, kind, message):
    with pytest.raises(ValueError, match=message):
        data.random_mask(shape, kind, rng())


# Files.


@pytest.fixture
def put(tmp_path):
    """Saves a mask of 4x6 pixels with a hole of 2x2; returns the file."""

    def save(name, levels=(0, 255), mode="L", size=(6, 4), **options):
        picture = Image.new("L", size, levels[0])
        picture.paste(levels[1], (1, 1, 3, 3))
        file = tmp_path / "masks" / name
        file.parent.mkdir(exist_ok=True)
        picture.convert(mode).save(file, **options)
        return file

    return save


HOLE = np.zeros((4, 6, 1), "uint8")
HOLE[1:3, 1:3] = 255


@pytest.mark.parametrize("mode", ["L", "1", "RGB", "P"])
def test_white_is_a_hole_in_every_mode(put, mode):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read = data.read_masks(put("a.png", mode=mode), (4, 6))
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, HOLE[None])


def test_transparent_parts_of_a_mask_are_kept(tmp_path):
    picture = Image.new("RGBA", (6, 4), (255, 255, 255, 0))
    picture.paste((255, 255, 255, 255), (1, 1, 3, 3))
    picture.save(tmp_path / "a.png")
    np.testing.assert_array_equal(data.read_masks(tmp_path / "a.png", (4, 6))[0], HOLE)


def test_masks_that_are_not_binary_are_told_once(put):
    files = [put(f"{name}.png", levels) for name, levels in zip(
        "abcde", [(127, 128), (0, 255), (1, 255), (3, 254), (9, 200)], strict=True
    )]  # fmt: skip
    with pytest.warns(UserWarning) as warned:
        read = data.read_masks(files, (4, 6))
    (text,) = [str(warning.message) for warning in warned]
    assert "4 of 5 masks are not black and white (a.png, c.png, d.png, ...)" in text
    np.testing.assert_array_equal(read, np.stack([HOLE] * 5))


def test_a_mask_of_a_jpeg_is_thresholded(tmp_path):
    mask = np.zeros((16, 16), "uint8")
    mask[3:9, 4:11] = 255
    Image.fromarray(mask).save(tmp_path / "a.jpg", quality=90)
    with pytest.warns(UserWarning, match="1 of 1 masks.*because JPEG changes"):
        read = data.read_masks(tmp_path / "a.jpg", (16, 16))
    np.testing.assert_array_equal(read[0, ..., 0], mask)


def test_a_folder_of_masks_is_read_in_order(put, tmp_path):
    put("b.png")
    put("a.png", (255, 255))
    read = data.read_masks(tmp_path / "masks", (4, 6))
    assert read[:, 0, 0, 0].tolist() == [255, 0]


def test_a_mask_of_another_size_is_named(put):
    files = [put("a.png"), put("b.png", size=(4, 6))]
    with pytest.raises(ValueError, match="b.png must .* its image, 4x6. Received: 6x4"):
        data.read_masks(files, (4, 6))


def test_missing_and_broken_masks_are_named(put, tmp_path):
    with pytest.raises(FileNotFoundError, match="c.png', which does not exist"):
        data.read_masks([put("a.png"), tmp_path / "c.png"], (4, 6))
    put("a.png").write_text("no picture")
    with pytest.raises(ValueError, match="a.png must be a readable mask"):
        data.read_masks(tmp_path / "masks", (4, 6))
