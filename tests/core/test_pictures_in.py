"""What users pass as pictures, and in which form the results come back."""

import types

import numpy as np
import pytest
from PIL import Image

from kerasgan.core import pictures_in, using
from kerasgan.core.tiles import Network

pytestmark = pytest.mark.backend_free

COLOR = np.random.default_rng(0).integers(0, 256, (5, 7, 3), "uint8")
GRAY = COLOR[..., :1]
ALPHA = COLOR[..., 1:2]


def negative(channels, scale=1, **options):
    """A network that inverts images and repeats pixels; `seen` are its inputs."""
    seen = []

    def run(inputs):
        seen.append([array.shape for array in inputs])
        assert all(array.dtype == np.float32 for array in inputs)
        return -inputs[0].repeat(scale, 1).repeat(scale, 2)

    return types.SimpleNamespace(
        network=Network(run, channels, scale, **options), seen=seen
    )


INVERT = negative(3).network
SAME = Network(lambda inputs: inputs[0], 3)


@pytest.fixture
def file(tmp_path):
    """Writes a picture of Pillow; returns the path."""

    def write(picture, name="a.png", **options):
        picture.save(tmp_path / name, **options)
        return tmp_path / name

    return write


# Forms.


def test_an_array_of_images_becomes_an_array():
    images = np.stack([COLOR, COLOR[::-1]])
    made = using.translate_pictures(INVERT, images)
    assert made.dtype == np.uint8
    np.testing.assert_array_equal(made, 255 - images)


def test_one_picture_becomes_one_array(file):
    path = file(Image.fromarray(COLOR))
    floats = COLOR / np.float32(127.5) - np.float32(1)
    for given in (COLOR, floats, Image.fromarray(COLOR), path, str(path)):
        made = using.translate_pictures(INVERT, given)
        np.testing.assert_array_equal(made, 255 - COLOR)


def test_a_list_of_sizes_and_forms_becomes_a_list(file):
    path = file(Image.fromarray(COLOR[:2]))
    given = [COLOR, path, Image.fromarray(GRAY[..., 0]), COLOR[:2], COLOR[..., 0]]
    made = using.translate_pictures(INVERT, given)
    expected = [COLOR, COLOR[:2], GRAY.repeat(3, -1), COLOR[:2], GRAY.repeat(3, -1)]
    assert isinstance(made, list) and len(made) == 5
    for image, source in zip(made, expected, strict=True):
        np.testing.assert_array_equal(image, 255 - source)


def test_home_folders_are_found(file, monkeypatch):
    path = file(Image.fromarray(COLOR))
    monkeypatch.setenv("HOME", str(path.parent))
    monkeypatch.setenv("USERPROFILE", str(path.parent))
    made = using.translate_pictures(INVERT, "~/a.png")
    np.testing.assert_array_equal(made, 255 - COLOR)


def test_pictures_of_one_size_are_computed_together():
    counted = negative(3)
    given = [COLOR, COLOR[:2], COLOR, COLOR, COLOR[:2]]
    made = using.translate_pictures(counted.network, given, batch_size=2)
    assert [image.shape for image in made] == [image.shape for image in given]
    shapes = sorted(shape for (shape,) in counted.seen)
    assert shapes == [(1, 5, 7, 3), (2, 2, 7, 3), (2, 5, 7, 3)]


def test_a_networks_own_channels_need_no_conversion():
    images = np.zeros((2, 4, 4, 5), "uint8")
    made = using.translate_pictures(negative(5).network, images)
    assert made.shape == images.shape and made.min() == 255


# Kinds of pictures.


def test_transparent_pixels_show_the_background():
    clear = np.concatenate([COLOR, np.zeros_like(ALPHA)], axis=-1)
    for background, shade in (("white", 0), ("#000000", 255)):
        made = using.translate_pictures(INVERT, clear, background=background)
        assert made.shape == COLOR.shape and (made == shade).all()


def test_color_becomes_gray_for_a_gray_network():
    made = using.translate_pictures(negative(1).network, COLOR)
    expected = np.asarray(Image.fromarray(COLOR).convert("L"))
    np.testing.assert_array_equal(made[..., 0], 255 - expected)


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "I;16", "LA", "RGBA", "HSV"])
def test_pictures_of_every_mode_are_read(file, mode):
    picture = Image.fromarray(COLOR)
    if mode == "I;16":
        picture = Image.fromarray(GRAY[..., 0].astype("uint16") * 257)
        expected = GRAY.repeat(3, -1)
    else:
        picture = picture.convert(mode)
        expected = np.asarray(picture.convert("RGB"))
    made = using.translate_pictures(INVERT, picture)
    np.testing.assert_array_equal(made, 255 - expected)


def test_pictures_of_pillow_stay_as_they_are():
    picture = Image.fromarray(COLOR).convert("P")
    picture.getexif()[0x0112] = 6
    before = picture.tobytes()
    made = using.translate_pictures(INVERT, picture)
    assert made.shape == (7, 5, 3)  # upright
    assert picture.mode == "P" and picture.tobytes() == before


def test_files_are_turned_upright(file):
    exif = Image.Exif()
    exif[0x0112] = 6
    made = using.translate_pictures(INVERT, file(Image.fromarray(COLOR), exif=exif))
    np.testing.assert_array_equal(made, 255 - np.rot90(COLOR, -1))


# Upscaling.


def test_upscaling_keeps_gray_and_color():
    network = negative(3, scale=2).network
    for image in (GRAY, COLOR):
        expected = 255 - image.repeat(2, 0).repeat(2, 1)
        np.testing.assert_array_equal(using.upscale_pictures(network, image), expected)


def test_upscaling_enlarges_alpha_by_lanczos(file):
    network = negative(3, scale=2).network
    expected = Image.fromarray(ALPHA[..., 0]).resize((14, 10), Image.Resampling.LANCZOS)
    for image in (GRAY, COLOR):
        both = np.concatenate([image, ALPHA], axis=-1)
        saved = file(Image.fromarray(both))
        for given in (both, Image.fromarray(both), saved):
            made = using.upscale_pictures(network, given)
            assert made.shape == (10, 14, image.shape[-1] + 1)
            np.testing.assert_array_equal(made[..., -1], expected)


@pytest.mark.parametrize("alpha", [255, 128])
def test_colors_beside_alpha_are_those_on_any_background(alpha):
    beside = np.full((5, 7, 1), alpha, "uint8")
    for image in (GRAY, COLOR):
        both = np.concatenate([image, beside], axis=-1)
        made = using.upscale_pictures(SAME, both)
        assert np.abs(made[..., :-1].astype(int) - image).max() <= (alpha < 255)
        np.testing.assert_array_equal(made[..., -1:], beside)


def test_no_network_sees_the_color_of_transparent_pixels():
    seen = []

    def run(inputs):
        seen.append(inputs[0])
        return inputs[0]

    network, beside = Network(run, 3), np.zeros((5, 7, 1), "uint8")
    both = np.concatenate([COLOR, beside], axis=-1)
    using.upscale_pictures(network, both)
    using.inpaint_pictures(Network(lambda x: run(x[:1]), 3), both, MASK)
    assert len(seen) == 2 and all((images == 1).all() for images in seen)


def test_a_gray_network_upscales_each_channel():
    counted = negative(1, scale=2)
    made = using.upscale_pictures(counted.network, COLOR)
    np.testing.assert_array_equal(made, 255 - COLOR.repeat(2, 0).repeat(2, 1))
    assert counted.seen == [[(1, 5, 7, 1)]] * 3


# Inpainting.

MASK = np.zeros((5, 7), "uint8")
MASK[1:3, 2:6] = 255
FILLED = np.where(MASK[..., None] == 255, 255 - COLOR, COLOR)


def test_only_the_hole_changes(file):
    path = file(Image.fromarray(MASK))
    floats = MASK / np.float32(255)
    masks = [MASK, MASK[..., None], MASK > 0, floats, Image.fromarray(MASK), path]
    for mask in masks:
        made = using.inpaint_pictures(INVERT, COLOR, mask)
        np.testing.assert_array_equal(made, FILLED)
    assert made.dtype == np.uint8


def test_a_network_gets_minus_one_where_pixels_are_known():
    def run(inputs):
        images, masks = inputs
        np.testing.assert_array_equal(masks[0, ..., 0], np.where(MASK, 1, -1))
        return images

    using.inpaint_pictures(Network(run, 3), COLOR, MASK)


def test_each_picture_has_its_mask_or_all_have_one():
    both, other = np.stack([COLOR, COLOR]), 255 - MASK
    masks = np.stack([MASK, other])
    for given in (masks, masks[..., None], [MASK, other], [MASK > 0, other]):
        made = using.inpaint_pictures(INVERT, both, given)
        np.testing.assert_array_equal(made[0], FILLED)
        np.testing.assert_array_equal(made[1], 255 - FILLED)
    made = using.inpaint_pictures(INVERT, [COLOR, GRAY], MASK)
    np.testing.assert_array_equal(made[0], FILLED)
    np.testing.assert_array_equal(made[1], FILLED[..., :1])


def test_inpainting_passes_alpha_through():
    alpha = np.where(MASK[..., None] == 255, np.uint8(255), ALPHA)
    for image, filled in ((COLOR, FILLED), (GRAY, FILLED[..., :1])):
        both = np.concatenate([image, alpha], axis=-1)
        made = using.inpaint_pictures(INVERT, both, MASK)
        np.testing.assert_array_equal(made, np.concatenate([filled, alpha], axis=-1))


def test_masks_are_black_and_white(file):
    colored = file(Image.fromarray(COLOR))
    with pytest.raises(ValueError, match="black and white.*a picture in color.*swap"):
        using.inpaint_pictures(INVERT, COLOR, colored)
    erased = np.full((5, 7, 4), 255, "uint8")
    erased[..., 3] = 255 - MASK
    with pytest.warns(UserWarning, match="its transparent part is no hole"):
        made = using.inpaint_pictures(INVERT, COLOR, Image.fromarray(erased))
    np.testing.assert_array_equal(made, 255 - FILLED)


def test_a_gray_network_fills_each_channel():
    made = using.inpaint_pictures(negative(1).network, COLOR, MASK)
    np.testing.assert_array_equal(made, FILLED)


def test_known_pixels_stay_whatever_the_network_does():
    for network in (INVERT, negative(3, stride=4).network):
        big = np.tile(COLOR, (20, 15, 1))
        mask = np.tile(MASK, (20, 15))
        with pytest.warns(UserWarning, match="overlapping tiles"):
            made = using.inpaint_pictures(network, big, mask, tile=32)
        np.testing.assert_array_equal(made[mask == 0], big[mask == 0])
        assert (made[mask > 0] != big[mask > 0]).mean() > 0.9


def test_gray_masks_are_rounded_with_a_warning():
    soft = np.where(MASK, 200, 20).astype("uint8")
    with pytest.warns(UserWarning, match="not binary"):
        made = using.inpaint_pictures(INVERT, COLOR, soft)
    np.testing.assert_array_equal(made, FILLED)


# Tiles.


def test_one_warning_tells_of_tiles_that_change_the_result():
    images = [np.zeros((40, 50, 3), "uint8"), np.zeros((40, 60, 3), "uint8")]
    with pytest.warns(UserWarning, match="Pictures larger than 32x32 pixels") as caught:
        using.translate_pictures(INVERT, images, tile=32)
    assert len(caught) == 1
    using.translate_pictures(negative(3, reach=2).network, images, tile=32)


def test_the_warning_of_tiles_names_the_users_line():
    def method(images):
        return using.translate_pictures(INVERT, images, tile=64)

    with pytest.warns(UserWarning, match="larger than 64x64") as caught:
        method(np.zeros((70, 80, 3), "uint8"))
    assert caught[0].filename == __file__


def test_tiles_of_a_size_that_is_filled_up_are_told():
    network = negative(3, stride=16).network
    with pytest.warns(UserWarning, match="larger than 64x64"):
        using.translate_pictures(network, np.zeros((60, 68, 3), "uint8"), tile=64)


def test_a_black_mask_file_of_level_1_has_no_hole(file):
    mask = np.zeros((5, 7), "uint8")
    mask[0, 0] = 1
    made = using.inpaint_pictures(INVERT, COLOR, file(Image.fromarray(mask)))
    np.testing.assert_array_equal(made, COLOR)


# Errors.


@pytest.mark.parametrize(
    ("images", "error", "message"),
    [
        ([], ValueError, "at least one picture. Received: an empty list"),
        (np.zeros((0, 4, 4, 3), "uint8"), ValueError, "at least one image"),
        (3, TypeError, "a list of these. Received: int"),
        ({"a": 1}, TypeError, "a list of these. Received: dict"),
        (np.zeros(4, "uint8"), ValueError, r"\(H, W\). Received: \(4,\). Pass a list"),
        ([np.zeros((2, 4, 4, 3), "uint8")], ValueError, r"shape \(H, W, C\) or"),
        (np.zeros((4, 4, 5), "uint8"), ValueError, "1, 2, 3 or 4 channels, or the"),
        (np.zeros((4, 4, 3), "int64"), TypeError, "must be uint8 in"),
        (np.full((4, 4, 3), 99.0), ValueError, r"must lie in \[-1, 1\]"),
        (np.full((4, 4, 3), np.nan), ValueError, "must be finite"),
        ("missing.png", FileNotFoundError, "'missing.png', no such file"),
        (".", FileNotFoundError, "a folder. For a folder, pass a list of its files"),
        (__file__, ValueError, "must be a readable picture. Received: cannot"),
        (Image.new("I", (4, 4)), ValueError, "no known scale"),
    ],
)
def test_what_is_no_picture_is_refused(images, error, message):
    with pytest.raises(error, match=message):
        using.translate_pictures(INVERT, images)


def test_other_channels_need_arrays(file):
    with pytest.raises(ValueError, match=r"the model's 5 channels.*arrays \(H, W, 5\)"):
        using.translate_pictures(negative(5).network, file(Image.fromarray(COLOR)))


@pytest.mark.parametrize(
    ("masks", "message"),
    [
        (MASK[:4], "must have the sides of their images"),
        (np.stack([MASK] * 3), "one for each picture. Received: 3 masks, 2 pictures"),
        ([], "one for each picture. Received: 0 masks"),
        (MASK * 0 + 255, "must leave some pixels"),
        (None, "must say which pixels"),
        (np.zeros((5, 7, 3), "uint8"), "must have one channel"),
    ],
)
def test_masks_that_do_not_fit_are_refused(masks, message):
    with pytest.raises(ValueError, match=message):
        using.inpaint_pictures(INVERT, [COLOR, COLOR], masks)


def test_arrays_of_other_channels_are_not_resized():
    with pytest.raises(ValueError, match="a model of images with 4"):
        pictures_in.on_background(np.zeros((8, 8, 4), "uint8"), 4, size=4)


def test_a_color_behind_pixels_must_exist():
    with pytest.raises(ValueError, match="`background` must be a color"):
        using.translate_pictures(INVERT, COLOR, background="whitish")


def test_pictures_are_resized_in_their_proportions():
    picture = np.zeros((40, 80, 3), "uint8")
    picture[:, 40:] = 255
    resized = pictures_in.on_background(picture, 3, size=20).pixels
    assert resized.shape == (10, 20, 3)
    assert (resized[:, :5] == 0).all() and (resized[:, 15:] == 255).all()
    floats = picture.astype("float32") / 127.5 - 1
    np.testing.assert_array_equal(
        pictures_in.on_background(floats, 3, size=20).pixels, resized
    )
    assert pictures_in.on_background(picture, 3, size=80).pixels is picture


def test_a_picture_far_larger_than_the_training_brings_one_warning():
    network = Network(lambda inputs: inputs[0], 3)
    pictures = [np.zeros((40, 80, 3), "uint8")] * 2
    with pytest.warns(UserWarning, match=r"pass size=32 \(--size 32\)") as seen:
        using.translate_pictures(network, pictures, trained=32)
    assert len(seen) == 1
    small = using.translate_pictures(network, pictures, trained=32, size=32)
    assert [made.shape for made in small] == [(16, 32, 3)] * 2
    with pytest.raises(ValueError, match="`size` must be an integer"):
        using.translate_pictures(network, pictures, size=0)
