"""Pixels, grids and picture files."""

import errno
import io
import os
import sys

import numpy as np
import pytest
from PIL import Image, ImageCms

from kerasgan import images, video

pytestmark = pytest.mark.backend_free


def test_the_ends_and_the_middle_map_to_uint8():
    shades = np.array([-1.0, 0.0, 1.0, -1.5, 1.5])
    assert images.to_uint8(shades).tolist() == [0, 128, 255, 0, 255]


def test_uint8_survives_a_round_trip_through_floats():
    shades = np.arange(256, dtype="uint8")
    floats = images.from_uint8(shades)
    assert floats.dtype == np.float32 and (floats[0], floats[-1]) == (-1.0, 1.0)
    np.testing.assert_array_equal(images.to_uint8(floats), shades)


def test_a_grid_holds_every_image_at_its_place():
    pictures = np.arange(5, dtype="uint8")[:, None, None, None] * np.ones(
        (5, 2, 3, 1), "uint8"
    )
    grid = images.make_grid(pictures, columns=3, gap=1)
    assert grid.shape == (7, 13, 1)
    expected = np.full((7, 13), 255)
    for index in range(5):
        top, left = 1 + 3 * (index // 3), 1 + 4 * (index % 3)
        expected[top : top + 2, left : left + 3] = index
    np.testing.assert_array_equal(grid[..., 0], expected)


def test_a_grid_is_nearly_square_by_default():
    assert images.make_grid(np.zeros((10, 4, 4, 3), "uint8"), gap=0).shape == (
        12,
        16,
        3,
    )


def test_enlarging_repeats_pixels_up_to_the_given_side():
    small = np.arange(6, dtype="uint8").reshape(2, 3, 1)
    large = images.enlarge(small, side=7)
    assert large.shape == (6, 9, 1)
    np.testing.assert_array_equal(large[::3, ::3], small)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_png_file_holds_the_same_pixels(channels, tmp_path):
    picture = np.arange(4 * 4 * channels, dtype="uint8").reshape(4, 4, channels)
    images.save_png(tmp_path / "a.png", picture)
    read = np.asarray(Image.open(tmp_path / "a.png")).reshape(picture.shape)
    np.testing.assert_array_equal(read, picture)


def test_a_jpeg_file_shows_white_behind_transparent_pixels():
    for color in ([0], [0, 0, 0]):
        picture = np.array([[[*color, 0], [*color, 255]]], "uint8").repeat(8, 1)
        content = images.encode_picture(picture.repeat(8, 0), ".jpg")
        with Image.open(io.BytesIO(content)) as decoded:
            shades = np.asarray(decoded.convert("L"))
            assert decoded.mode == ("L" if len(color) == 1 else "RGB")
        assert shades[:, 0].min() > 245 and shades[:, -1].max() < 10


@pytest.mark.parametrize("suffix", images.FORMATS)
def test_picture_files_keep_a_profile_that_fits(suffix):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    inks = profile[:16] + b"CMYK" + profile[20:]
    for given, kept in ((profile, profile), (inks, None), (None, None)):
        picture = np.zeros((4, 4, 3), "uint8")
        content = images.encode_picture(picture, suffix, icc_profile=given)
        with Image.open(io.BytesIO(content)) as decoded:
            assert decoded.info.get("icc_profile") == kept
            assert decoded.format == images.FORMATS[suffix]


def test_two_channels_are_refused():
    with pytest.raises(ValueError, match="1, 3 or 4 channels.*npy"):
        images.encode_png(np.zeros((4, 4, 2), "uint8"))


def test_a_gif_holds_every_frame_and_repeats():
    frames = (
        np.arange(0, 200, 50, "uint8")[:, None, None, None].repeat(4, 1).repeat(4, 2)
    )
    with Image.open(io.BytesIO(images.encode_gif(frames, milliseconds=80))) as gif:
        assert gif.n_frames == 4
        assert (gif.info["duration"], gif.info["loop"]) == (80, 0)


@pytest.mark.parametrize("name", ["a.png", "a.gif", "a.npy"])
def test_a_full_disk_leaves_the_old_picture(name, tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / name
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    picture = np.zeros((2, 4, 4, 1), "uint8")
    with pytest.raises(OSError, match="No space"):
        images.save(path, picture)
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


FRAMES = np.arange(0, 250, 25, "uint8")[:, None, None, None].repeat(5, 1).repeat(7, 2)


@pytest.mark.parametrize(
    ("name", "format", "size", "count"),
    [
        ("a.png", "PNG", (266, 161), 1),  # 7 times (4 * 9 + 2, 3 * 7 + 2)
        ("a.JPG", "JPEG", (266, 161), 1),
        ("a.webp", "WEBP", (266, 161), 1),
        ("a.gif", "GIF", (259, 185), 10),  # 37 times (7, 5)
    ],
)
def test_images_are_saved_as_the_ending_says(tmp_path, name, format, size, count):
    images.save(tmp_path / name, FRAMES, columns=4)
    with Image.open(tmp_path / name) as picture:
        found = picture.format, picture.size, getattr(picture, "n_frames", 1)
    assert found == (format, size, count)


def test_one_image_is_saved_as_it_is(tmp_path):
    floats = np.linspace(-1, 1, 12).reshape(2, 2, 3)
    images.save(tmp_path / "a.png", floats)
    with Image.open(tmp_path / "a.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), images.to_uint8(floats))
        images.save(tmp_path / "b.npy", picture.convert("P"))
    np.testing.assert_array_equal(np.load(tmp_path / "b.npy").shape, (2, 2, 3))


def test_a_folder_gets_a_file_per_image(tmp_path):
    images.save(tmp_path / "new" / "folder", images.to_pillow(FRAMES))
    names = sorted(os.listdir(tmp_path / "new" / "folder"))
    assert names == [f"{index:05d}.png" for index in range(10)]


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("a.bmp", FRAMES, "must end in .png, .jpg.*Received: '.bmp'"),
        ("a.pngg", FRAMES, "Did you mean '.png'"),
        ("a.png", np.zeros((4, 4), "uint8"), r"Received: uint8 of shape \(4, 4\)"),
        ("a.png", np.full((4, 4, 3), 9.0), "floats in"),
        ("a.png", np.zeros((4, 4, 3), "int64"), "Received: int64"),
        ("a.gif", np.zeros((2, 4, 4, 5), "uint8"), "1, 3 or 4 channels"),
    ],
)
def test_what_no_file_can_hold_is_refused(tmp_path, name, given, message):
    with pytest.raises(ValueError, match=message):
        images.save(tmp_path / name, given)
    assert not os.listdir(tmp_path)


def test_a_video_gets_color_frames_of_even_sides(tmp_path, monkeypatch):
    written = []

    def write(path, frames, rate):
        written.append((frames, rate))
        path.write_bytes(b"video")

    monkeypatch.setattr(video, "_writer", lambda: write)
    images.save(tmp_path / "a.mp4", FRAMES, milliseconds=50)
    assert (tmp_path / "a.mp4").read_bytes() == b"video"
    ((frames, rate),) = written
    assert frames.shape == (10, 186, 260, 3) and rate == 20.0
    np.testing.assert_array_equal(frames[3], np.full((186, 260, 3), 75))


@pytest.mark.parametrize("codec", ["imageio_ffmpeg", "cv2"])
def test_a_codec_writes_a_video(tmp_path, monkeypatch, codec):
    pytest.importorskip(codec)
    other = {"imageio_ffmpeg": "cv2", "cv2": "imageio_ffmpeg"}[codec]
    monkeypatch.setitem(sys.modules, other, None)  # as if it were not installed
    images.save(tmp_path / "a.mp4", FRAMES)
    assert (tmp_path / "a.mp4").read_bytes()[4:8] == b"ftyp"


def test_without_a_codec_one_to_install_is_named(tmp_path, monkeypatch):
    for name in ("imageio_ffmpeg", "cv2"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match="pip install imageio-ffmpeg"):
        images.save(tmp_path / "a.mp4", FRAMES)
    assert not os.listdir(tmp_path)
