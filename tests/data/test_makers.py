"""Named makers and functions make the source of a pair from its target."""

import numpy as np
import pytest
from PIL import Image

from kerasgan import data
from kerasgan.data import makers

pytestmark = pytest.mark.backend_free


def drawn(lines):
    """The pixels of an image of one channel, "#" where it is black."""
    return ["".join(".#"[int(pixel == 0)] for pixel in row) for row in lines[..., 0]]


def noise(shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape).astype("uint8")


# Edges.


def test_the_edge_of_a_square_is_a_closed_line_of_one_pixel():
    image = np.zeros((12, 12, 1), "uint8")
    image[3:9, 3:9] = 255
    sides = ["...#....#..."] * 4
    closed = ["...######...", *sides, "...######..."]
    assert drawn(makers.edges(image)) == ["." * 12] * 3 + closed + ["." * 12] * 3


def test_colors_of_one_luma_have_an_edge():
    image = np.zeros((8, 8, 3), "uint8")
    image[:, :4], image[:, 4:] = (200, 0, 0), (0, 102, 0)
    assert abs(np.diff(makers.gray(image)[0, 3:5, 0].astype(int))[0]) <= 1
    assert (makers.edges(image) == 0).sum() == 8  # one pixel in each row


def test_a_line_goes_on_where_its_edge_is_weak():
    """A step of 100 levels that fades to one of 15, and one of 15 alone."""
    image = np.full((24, 16, 1), 100, "uint8")
    image[:, 8:, 0] += np.linspace(100, 15, 24).astype("uint8")[:, None]
    assert (makers.edges(image) == 0).sum(axis=(1, 2)).tolist() == [1] * 24
    image[:, 8:] = 115
    assert (makers.edges(image) == 255).all()


def test_flat_images_have_no_edges():
    assert (makers.edges(np.full((1, 1, 3), 9, "uint8")) == 255).all()
    assert (makers.edges(np.full((5, 7, 2), 9, "uint8")) == 255).all()


# The others.


def test_gray_is_the_luma_of_pillow():
    image = noise((6, 5, 3))
    expected = np.asarray(Image.fromarray(image).convert("L"))
    np.testing.assert_array_equal(makers.gray(image)[..., 0], expected)


def test_downscaling_is_antialiased_and_keeps_levels():
    image = np.zeros((16, 16, 2), "uint8")
    image[:, ::2, 0] = 255  # stripes, which a filter without antialiasing would keep
    image[..., 1] = 77
    small = makers.downscale(image, 4)
    assert small.shape == (4, 4, 2) and (small[..., 1] == 77).all()
    assert np.abs(small[1:-1, 1:-1, 0].astype(int) - 127).max() <= 10


def test_a_hole_is_mid_gray_and_the_mask_is_the_last_channel():
    image = noise((8, 8, 3))
    made = makers.cut("center", image, np.random.default_rng(0))
    hole = np.zeros((8, 8), bool)
    hole[2:6, 2:6] = True
    np.testing.assert_array_equal(made[..., 3], np.where(hole, 255, 0))
    assert (made[hole, :3] == 128).all()
    np.testing.assert_array_equal(made[~hole, :3], image[~hole])


# In pairs.


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        ("edges", (8, 8, 1)),
        ("gray", (8, 8, 1)),
        ("downscale:2", (4, 4, 3)),
        ("mask:center", (8, 8, 4)),
        ("mask:boxes", (8, 8, 4)),
        ("mask:strokes", (8, 8, 4)),
        (lambda image: image[:2], (2, 8, 3)),
    ],
)
def test_sources_are_made_from_targets(make, shape):
    targets = noise((3, 8, 8, 3))
    dataset = data.load_pairs(targets, make=make, batch_size=3)
    assert dataset.source_shape == shape and dataset.image_shape == (8, 8, 3)
    np.testing.assert_array_equal(dataset.targets, targets)


def test_targets_of_a_folder_are_resized_before(folder):
    for name in ("a.png", "b/c.png"):
        folder.put(name, mode="L", size=(9, 7), color=50)
    pairs = data.read_pairs(folder.path, make="downscale:4", size=8, channels=3)
    assert pairs.sources.shape == (2, 2, 2, 3) and pairs.targets.shape == (2, 8, 8, 3)
    assert pairs.names == ["a.png", "b/c.png"] and pairs.name == "pictures"


def test_made_sources_take_channels_of_their_own():
    targets = noise((2, 8, 8, 3))
    pairs = data.read_pairs(targets, make="gray", source_channels=3)
    gray = data.read_pairs(targets, make="gray").sources
    np.testing.assert_array_equal(pairs.sources, gray.repeat(3, axis=-1))
    with pytest.raises(ValueError, match="source_channels=3, and 4 channels"):
        data.read_pairs(targets, make="mask:boxes", source_channels=3)


def test_random_masks_follow_the_seed_and_the_image():
    targets = noise((4, 16, 16, 1))
    first, again, other = (
        data.read_pairs(targets, make="mask:strokes", seed=seed).sources[..., 1]
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert len({mask.tobytes() for mask in first}) == 4


def test_a_function_cannot_change_targets():
    def spoil(image):
        image[:] = 0
        return image

    targets = noise((2, 4, 4, 1))
    pairs = data.read_pairs(targets.copy(), make=spoil)
    np.testing.assert_array_equal(pairs.targets, targets)
    assert not pairs.sources.any()


def test_sources_are_made_of_a_tfds_dataset_by_name(test_data):
    pytest.importorskip("tensorflow_datasets")
    options = {"split": "test[:3]", "data_dir": str(test_data / "tfds")}
    pairs = data.read_pairs("mnist", make="edges", progress=False, **options)
    assert pairs.sources.shape == pairs.targets.shape == (3, 28, 28, 1)
    assert pairs.name == "mnist" and pairs.names is None


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        ("edge", ValueError, "make='edge'. Did you mean 'edges'"),
        ("mask", ValueError, "make='mask'. Did you mean 'mask:"),
        ("mask:stroke", ValueError, "Did you mean 'mask:strokes'"),
        ("downscale", ValueError, "Did you mean 'downscale:4'"),
        ("downscale:1", ValueError, "another whole number"),
        ("downscale:3", ValueError, "divisible by 3. Received: 8x8"),
        (3, TypeError, "int. Names are edges, gray"),
        (lambda image: image / 255, TypeError, "float64 of shape .*image 0. Scale"),
        (lambda image: image[..., 0], TypeError, r"Gray .* \[..., None\]"),
        (lambda image: None, TypeError, "NoneType, for image 0"),
        (lambda image: image[: 3 + image[0, 0, 0]], ValueError, "for image 1"),
    ],
)
def test_impossible_makers_are_refused(make, error, message):
    targets = np.zeros((2, 8, 8, 1), "uint8")
    targets[1] = 1
    with pytest.raises(error, match=message):
        data.load_pairs(targets, make=make, batch_size=1)


def test_the_file_that_a_function_fails_on_is_named(folder):
    for shade, name in enumerate(("a.png", "b.png")):
        folder.put(name, mode="L", color=shade)

    def failing(image):
        if image[0, 0, 0]:
            raise RuntimeError("cannot")
        return image

    with pytest.raises(RuntimeError) as caught:
        data.read_pairs(folder.path, make=failing)
    assert "b.png" in caught.value.__notes__[0]
    with pytest.raises(TypeError, match="float64 .* for a.png"):
        data.read_pairs(folder.path, make=lambda image: image * 1.0)


def test_openmoji_like_outlines_cover_little_of_an_emoji(test_data):
    file = test_data / "emoji/emoji_u1f436.png"
    picture = Image.open(file)
    white = Image.new("RGBA", picture.size, "white")
    image = np.asarray(Image.alpha_composite(white, picture).convert("RGB"))
    share = (makers.edges(image) == 0).mean()
    assert 0.03 < share < 0.2
