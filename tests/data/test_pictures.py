"""One picture file of any kind becomes 8 bits, upright, on its background."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from kerasgan import data

pytestmark = pytest.mark.backend_free


@pytest.mark.parametrize(
    ("background", "shade"),
    [("white", [255, 255, 255]), ("#ff8000", [255, 128, 0]), ((1, 2, 3), [1, 2, 3])],
)
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_pixels_show_the_background(folder, mode, background, shade):
    folder.put("a.png", mode=mode)
    assert folder.one(background=background)[0, 0].tolist() == shade


def test_half_transparent_pixels_mix_with_the_background(folder):
    folder.put("a.png", mode="RGBA", color=(0, 0, 0, 128))
    assert folder.one()[0, 0].tolist() == [127, 127, 127]


def test_a_transparent_palette_entry_shows_the_background(folder):
    picture = Image.new("P", (2, 1))
    picture.putpalette([9, 9, 9, 200, 0, 0])
    picture.putpixel((1, 0), 1)
    picture.save(folder.path / "a.png", transparency=0)
    assert folder.one()[0].tolist() == [[255, 255, 255], [200, 0, 0]]


def test_16_bit_gray_is_scaled_not_clipped(folder):
    deep = np.array([[0, 256 * 100, 65535]], "uint16")
    Image.fromarray(deep).save(folder.path / "a.png")
    assert folder.one()[0, :, 0].tolist() == [0, 100, 255]


def png(path, width, depth, color_type, row, transparent):
    """Writes a PNG file of one row, whose bytes Pillow could not write."""
    header = struct.pack(">IIBBBBB", width, 1, depth, color_type, 0, 0, 0)
    chunks = {"IHDR": header, "tRNS": transparent, "IDAT": zlib.compress(b"\0" + row)}
    content = b"\x89PNG\r\n\x1a\n"
    for name, body in (chunks | {"IEND": b""}).items():
        body = name.encode() + body
        content += struct.pack(">I", len(body) - 4) + body
        content += struct.pack(">I", zlib.crc32(body))
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("depth", "row", "transparent", "shades"),
    [
        (1, b"\x40", 1, [0, 9]),
        (2, b"\xb0", 2, [9, 255]),
        (4, b"\x4c", 4, [9, 204]),
        (8, b"\x04\x0c", 4, [9, 12]),
        (16, b"\x12\x34\x12\x35", 0x1234, [9, 0x12]),
    ],
)
def test_a_transparent_gray_level_shows_the_background(
    folder, depth, row, transparent, shades
):
    png(folder.path / "a.png", 2, depth, 0, row, struct.pack(">H", transparent))
    image = folder.one(background=(9, 9, 9), channels=1)
    assert image[0, :, 0].tolist() == shades


def test_a_transparent_16_bit_color_shows_the_background(folder):
    row = struct.pack(">6H", 1000, 2000, 3000, 40000, 50000, 60000)
    png(folder.path / "a.png", 2, 16, 2, row, row[:6])
    shown = folder.one(background=(9, 8, 7))[0].tolist()
    assert shown == [[9, 8, 7], [40000 // 256, 50000 // 256, 60000 // 256]]


@pytest.mark.parametrize("name", ["a.tif", "a.png"])  # whatever the suffix
def test_float_pictures_are_scaled_from_0_to_1(folder, name):
    levels = np.array([[0, 0.5, 1]], "float32")
    Image.fromarray(levels).save(folder.path / name, "TIFF")
    assert folder.one()[0, :, 0].tolist() == [0, 128, 255]


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        (np.array([[0, 200]], "float32"), "from 0 to 200 are outside 0 to 1"),
        (np.array([[0, np.nan]], "float32"), "nan are outside 0 to 1"),
        (np.array([[0, 70000]], "int32"), "from 0 to 70000 are of no known scale"),
    ],
)
def test_levels_without_a_scale_are_refused(folder, levels, message):
    Image.fromarray(levels).save(folder.path / "a.png", "TIFF")
    with pytest.raises(ValueError, match=f"a.png must be .*{message}; convert it"):
        data.read(folder.path)


def test_16_bit_levels_of_other_formats_are_scaled(folder):
    (folder.path / "a.pgm").write_bytes(b"P5 2 1 65535\n\x00\x00\xff\xff")
    assert folder.one()[0, :, 0].tolist() == [0, 255]
    Image.fromarray(np.array([[256 * 100]], "uint16")).save(folder.path / "a.tif")
    (folder.path / "a.pgm").unlink()
    assert folder.one().item() == 100


def turned(path, exif):
    """Saves a picture of two rows whose left column is white, with these Exif data."""
    picture = Image.new("L", (4, 2))
    picture.paste(255, (0, 0, 1, 2))
    picture.save(path, exif=exif)


BAD_EXIF = {
    "cut": b"Exif\0\0MM\0*\0\0\0\x08\0\xff\x01",
    "text": b"Exif\0\0not Exif at all",
    "text in place of a number": b"Exif\0\0MM\0*\0\0\0\x08\0\x01"
    b"\x01\x12\0\x02\0\0\0\x04six\0\0\0\0\0",
}


@pytest.mark.parametrize("exif", BAD_EXIF.values(), ids=BAD_EXIF)
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_pictures_with_damaged_exif_are_read(folder, suffix, exif):
    turned(folder.path / f"a.{suffix}", exif)
    image = folder.one()
    assert image.shape[:2] == (2, 4) and image[0, 0, 0] > 100 > image[0, 3, 0]


def test_other_odd_exif_does_not_hinder_turning(folder):
    turn = b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"  # by a quarter
    software = b"\x01\x31\0\x0b\0\0\0\x01\x3f\x80\0\0"  # a float, not a text
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x02" + turn + software + bytes(4)
    turned(folder.path / "a.png", exif)
    assert folder.one().shape == (4, 2, 1)


def test_a_photograph_is_turned_as_its_exif_says(folder):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    folder.put("a.jpg", size=(8, 4), exif=exif)
    assert folder.one().shape == (8, 4, 3)


@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("1", 1), ("RGB", 3)])
def test_gray_stays_gray_and_color_stays_color(folder, mode, channels):
    folder.put("a.png", mode=mode)
    assert folder.one().shape[-1] == channels


@pytest.mark.parametrize("channels", [1, 3])
def test_channels_are_converted_on_request(folder, channels):
    folder.put("a.png", mode="RGB")
    folder.put("b.png", mode="L")
    assert data.read(folder.path, channels=channels).images.shape[-1] == channels


def test_cmyk_becomes_color(folder):
    folder.put("a.jpg", mode="CMYK")
    assert folder.one()[0, 0].tolist() == [255, 255, 255]
