"""A folder of pictures of all kinds becomes images of one shape."""

import types

import numpy as np
import pytest
from PIL import Image

from kerasgan import data
from kerasgan.data import folder as folders

pytestmark = pytest.mark.backend_free


@pytest.fixture
def folder(tmp_path):
    """An empty folder, and `put(name, mode, size, **options)`, which fills it."""

    def put(name, mode="RGB", size=(6, 4), color=None, **options):
        path = tmp_path / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new(mode, size, color or 0).save(path, **options)
        return path

    (tmp_path / "pictures").mkdir()
    return types.SimpleNamespace(path=tmp_path / "pictures", put=put)


def one(path, **options):
    """The only image of a folder, uint8."""
    images = data.read(path, **options).images
    assert len(images) == 1 and images.dtype == np.uint8
    return images[0]


def test_png_jpeg_and_webp_files_are_read_at_any_depth(folder):
    for name in ("a.png", "b.JPG", "c/d.jpeg", "c/e/f.webp"):
        folder.put(name)
    assert data.load(folder.path, batch_size=4).image_shape == (4, 6, 3)


def test_hidden_files_and_other_files_are_ignored(folder):
    folder.put("a.png")
    folder.put(".hidden.png", size=(9, 9))
    folder.put(".thumbnails/b.png", size=(9, 9))
    (folder.path / "notes.txt").write_text("mine")
    assert one(folder.path).shape == (4, 6, 3)  # not 9x9


def test_files_are_read_in_the_order_of_their_names(folder):
    for shade, name in ((3, "c.png"), (1, "a.png"), (2, "b/x.png")):
        folder.put(name, mode="L", color=shade)
    assert data.read(folder.path).images[:, 0, 0, 0].tolist() == [1, 2, 3]


def test_class_folders_become_labels(folder):
    for name in ("dog/1.png", "cat/old/2.png", "cat/3.png"):
        folder.put(name, mode="L", color=int(name[-5]))
    images = data.read(folder.path, labels=True)
    assert images.class_names == ["cat", "dog"]
    assert dict(zip(images.images[:, 0, 0, 0], images.labels, strict=True)) == {
        1: 1,
        2: 0,
        3: 0,
    }


def test_labels_need_every_image_in_a_class_folder(folder):
    folder.put("dog/1.png")
    folder.put("loose.png")
    with pytest.raises(ValueError, match="labels=True.*loose.png"):
        data.load(folder.path, labels=True)


def test_a_folder_without_images_is_refused(folder):
    with pytest.raises(ValueError, match="a folder without"):
        data.load(folder.path)
    (folder.path / "a.gif").touch()
    with pytest.raises(ValueError, match="a folder with .gif files"):
        data.load(folder.path)


def test_images_of_several_sizes_are_refused_with_the_remedy(folder):
    folder.put("a.png", size=(6, 4))
    folder.put("b.png", size=(5, 4))
    with pytest.raises(ValueError, match="a.png is 4x6.*b.png is 4x5.*--size 64"):
        data.load(folder.path)
    assert data.load(folder.path, size=8, batch_size=2).image_shape == (8, 8, 3)


def test_cropping_keeps_proportions(folder):
    path = folder.put("a.png", size=(8, 4))
    picture = Image.new("L", (8, 4))
    picture.paste(255, (2, 0, 6, 4))  # the middle square is white
    picture.save(path)
    assert one(folder.path, size=4, crop=True).min() == 255
    assert one(folder.path, size=4).min() < 20


def test_an_unreadable_image_is_named(folder):
    folder.put("a.png")
    (folder.path / "b.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match="b.png must be a readable.*--skip-unreadable"):
        data.load(folder.path)


def test_unreadable_images_are_skipped_on_request(folder):
    whole = folder.put("cat/a.jpg", size=(64, 64))
    (folder.path / "cat" / "cut.jpg").write_bytes(whole.read_bytes()[:-200])
    (folder.path / "dog").mkdir()
    (folder.path / "dog" / "empty.png").touch()
    folder.put("dog/z.jpg", size=(64, 64))
    with pytest.warns(UserWarning) as warned:
        images = data.read(folder.path, labels=True, skip_unreadable=True)
    assert images.labels.tolist() == [0, 1]
    assert [str(w.message).split(":")[0][-9:] for w in warned] == [
        "t/cut.jpg",
        "empty.png",
    ]


def test_nothing_but_unreadable_images_is_refused(folder):
    (folder.path / "a.png").touch()
    with pytest.warns(UserWarning), pytest.raises(ValueError, match="at least one"):
        data.load(folder.path, skip_unreadable=True)


def test_a_decompression_bomb_is_refused(folder, monkeypatch):
    folder.put("a.png", size=(64, 64))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(ValueError, match="a.png must be a readable.*exceeds limit"):
        data.load(folder.path)


@pytest.mark.parametrize(
    ("background", "shade"),
    [("white", [255, 255, 255]), ("#ff8000", [255, 128, 0]), ((1, 2, 3), [1, 2, 3])],
)
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_pixels_show_the_background(folder, mode, background, shade):
    folder.put("a.png", mode=mode)
    assert one(folder.path, background=background)[0, 0].tolist() == shade


def test_half_transparent_pixels_mix_with_the_background(folder):
    folder.put("a.png", mode="RGBA", color=(0, 0, 0, 128))
    assert one(folder.path)[0, 0].tolist() == [127, 127, 127]


def test_a_transparent_palette_entry_shows_the_background(folder):
    picture = Image.new("P", (2, 1))
    picture.putpalette([9, 9, 9, 200, 0, 0])
    picture.putpixel((1, 0), 1)
    picture.save(folder.path / "a.png", transparency=0)
    assert one(folder.path)[0].tolist() == [[255, 255, 255], [200, 0, 0]]


def test_16_bit_gray_is_scaled_not_clipped(folder):
    deep = np.array([[0, 256 * 100, 65535]], "uint16")
    Image.fromarray(deep).save(folder.path / "a.png")
    assert one(folder.path)[0, :, 0].tolist() == [0, 100, 255]


def test_a_photograph_is_turned_as_its_exif_says(folder):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    folder.put("a.jpg", size=(8, 4), exif=exif)
    assert one(folder.path).shape == (8, 4, 3)


@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("1", 1), ("RGB", 3)])
def test_gray_stays_gray_and_color_stays_color(folder, mode, channels):
    folder.put("a.png", mode=mode)
    assert one(folder.path).shape[-1] == channels


@pytest.mark.parametrize("channels", [1, 3])
def test_channels_are_converted_on_request(folder, channels):
    folder.put("a.png", mode="RGB")
    folder.put("b.png", mode="L")
    assert data.read(folder.path, channels=channels).images.shape[-1] == channels


def test_cmyk_becomes_color(folder):
    folder.put("a.jpg", mode="CMYK")
    assert one(folder.path)[0, 0].tolist() == [255, 255, 255]


def test_gray_images_among_colored_ones_become_colored(folder):
    folder.put("a.png", mode="L", color=7)
    folder.put("b.png", mode="RGB", color=(1, 2, 3))
    assert data.read(folder.path).images[:, 0, 0].tolist() == [[7, 7, 7], [1, 2, 3]]


def test_progress_of_many_files_is_shown_on_stderr(folder, monkeypatch, capsys):
    monkeypatch.setattr(folders, "MANY", 2)
    monkeypatch.setenv("FORCE_COLOR", "1")  # without a terminal rich draws nothing
    for name in "abc":
        folder.put(f"{name}.png")
    data.read(folder.path, progress=False)
    assert capsys.readouterr() == ("", "")
    data.read(folder.path)
    shown = capsys.readouterr()
    assert shown.out == "" and "Reading pictures" in shown.err


def test_an_exported_folder_loads_alike(folder, tmp_path):
    for name in ("b/1.png", "a/2.png"):
        folder.put(name, mode="L", color=int(name[2]))
    out = data.export(folder.path, tmp_path / "set.npz", labels=True)
    dataset = data.load(out, batch_size=2, labels=True)
    assert dataset.class_names == ["a", "b"] and dataset.labels.tolist() == [0, 1]
    assert dataset.images[:, 0, 0, 0].tolist() == [2, 1]


def test_the_emoji_are_read_on_a_white_background(test_data, tmp_path):
    for name in ("u0023", "u1f004"):
        (tmp_path / name).with_suffix(".png").write_bytes(
            (test_data / "emoji" / f"emoji_{name}.png").read_bytes()
        )
    images = data.read(tmp_path).images
    assert images.shape == (2, 64, 64, 3) and (images[:, 0, 0] == 255).all()
