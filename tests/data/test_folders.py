"""A folder of pictures of all kinds becomes images of one shape."""

import numpy as np
import pytest
from PIL import Image, features

from kerasgan import data
from kerasgan.data import folder as folders
from kerasgan.data import memory, pictures, progress

pytestmark = pytest.mark.backend_free


def test_all_formats_of_pillow_are_read_at_any_depth(folder):
    names = ["a.png", "b.JPG", "c/d.jpeg", "c/e/f.webp", "g.tif", "h.jfif", "i.avif"]
    if not features.check("avif"):
        names.remove("i.avif")
    for name in names:
        folder.put(name)
    images = data.read(folder.path).images
    assert images.shape == (len(names), 4, 6, 3)


def test_formats_of_a_plugin_are_read(folder):
    folder.put("a.png").rename(folder.path / "a.mine")
    Image.register_extension("PNG", ".mine")
    try:
        assert folder.one().shape == (4, 6, 3)
    finally:
        del Image.EXTENSION[".mine"]


def test_no_file_is_given_to_another_program(folder):
    content = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9"
    (folder.path / "a.png").write_bytes(content)
    with pytest.raises(ValueError, match="a.png must be a readable image"):
        data.read(folder.path)
    assert not {".eps", ".mpg", ".h5"} & pictures.formats().keys()


@pytest.mark.parametrize(
    "name",
    [".hidden.png", ".thumbnails/b.png", "@eaDir/a.png", "#recycle/a.png"],
)
def test_hidden_files_and_thumbnails_are_ignored(folder, name):
    folder.put("a.png")
    folder.put(f"cat/{name}", size=(9, 9))
    assert folder.one().shape == (4, 6, 3)  # not 9x9


def test_skipped_files_are_named_in_one_warning(folder):
    folder.put("a.png")
    for name in ("b.xyz", "c.xyz", "notes.txt", "README"):
        (folder.path / name).write_text("mine")
    (folder.path / "gone.png").symlink_to(folder.path / "nowhere.png")
    (folder.path / "bad.png").write_text("no picture")
    with pytest.warns(UserWarning) as warned:
        data.read(folder.path, skip_unreadable=True)
    (text,) = [str(warning.message) for warning in warned]
    assert "pictures: 1 images. Skipped: 2 .xyz, " in text
    for part in ("1 .txt", "1 file without a suffix", "1 broken link"):
        assert part in text
    assert "1 unreadable (bad.png: cannot identify" in text


def test_the_plugin_for_heic_is_named(folder, monkeypatch):
    known = {s: n for s, n in pictures.formats().items() if s != ".heic"}
    monkeypatch.setattr(pictures, "formats", lambda: known)
    (folder.path / "a.heic").touch()
    with pytest.raises(ValueError, match="with 1 .heic. HEIC needs.*pillow-heif"):
        data.load(folder.path)


# Links.


@pytest.fixture
def linked(folder, tmp_path):
    """Two classes, one of which is a link."""
    for name in ("cat/1.png", "dog/2.png"):
        folder.put(name, mode="L", color=int(name[4]))
    (folder.path / "dog").rename(tmp_path / "elsewhere")
    (folder.path / "dog").symlink_to(tmp_path / "elsewhere")
    return folder.path


def test_linked_class_folders_are_read(linked, tmp_path):
    images = data.read(linked, labels=True)
    assert images.class_names == ["cat", "dog"] and images.labels.tolist() == [0, 1]
    data.split(linked, tmp_path / "split", held_out=0.5)
    copies = (tmp_path / "split").rglob("*.png")
    assert {copy.parent.name for copy in copies} == {"cat", "dog"}


def test_links_around_in_a_circle_are_refused(linked):
    (linked / "dog" / "all").symlink_to(linked)
    with pytest.raises(ValueError, match="must not lead back.*dog/all, a link to"):
        data.read(linked, labels=True)


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
    (folder.path / "a.mp4").touch()
    with pytest.raises(ValueError, match="a folder with 1 .mp4"):
        data.load(folder.path)


def test_images_of_several_sizes_are_refused_with_the_remedy(folder):
    folder.put("a.png", size=(6, 4))
    folder.put("b.png", size=(5, 4))
    with pytest.raises(
        ValueError, match="a.png is 4x6.*b.png is 4x5.*--size., the side"
    ):
        data.load(folder.path)
    assert data.load(folder.path, size=8, batch_size=2).image_shape == (8, 8, 3)


def test_cropping_keeps_proportions(folder):
    path = folder.put("a.png", size=(8, 4))
    picture = Image.new("L", (8, 4))
    picture.paste(255, (2, 0, 6, 4))  # the middle square is white
    picture.save(path)
    assert folder.one(size=4, crop=True).min() == 255
    assert folder.one(size=4).min() < 20


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
    with pytest.warns(UserWarning, match=r"2 unreadable \(cat/cut.jpg: .*empty.png"):
        images = data.read(folder.path, labels=True, skip_unreadable=True)
    assert images.labels.tolist() == [0, 1]


def test_nothing_but_unreadable_images_is_refused(folder):
    (folder.path / "a.png").touch()
    with pytest.warns(UserWarning), pytest.raises(ValueError, match="at least one"):
        data.load(folder.path, skip_unreadable=True)


def test_a_decompression_bomb_is_refused(folder, monkeypatch):
    folder.put("a.png", size=(64, 64))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(ValueError, match="a.png must be a readable.*exceeds limit"):
        data.load(folder.path)


def test_gray_images_among_colored_ones_become_colored(folder):
    folder.put("a.png", mode="L", color=7)
    folder.put("b.png", mode="RGB", color=(1, 2, 3))
    assert data.read(folder.path).images[:, 0, 0].tolist() == [[7, 7, 7], [1, 2, 3]]


def test_progress_of_many_files_is_shown_on_stderr(folder, monkeypatch, capsys):
    monkeypatch.setattr(folders, "MANY", 2)
    monkeypatch.setattr(progress, "INTERVAL", 0)
    monkeypatch.setattr(progress, "is_shown", lambda: True)  # as in a notebook
    for name in "abc":
        folder.put(f"{name}.png")
    data.read(folder.path, progress=False)
    assert capsys.readouterr() == ("", "")
    data.read(folder.path)
    shown = capsys.readouterr()
    assert shown.out == "" and "\rReading pictures: 3 of 3" in shown.err


def test_images_that_do_not_fit_in_memory_are_refused(folder, monkeypatch):
    for name in "ab":
        folder.put(f"{name}.png", size=(8, 8))
    remedy = r"2 images of shape \(\d+, \d+, \d\), .* GiB. Pass a smaller size="
    with pytest.raises(ValueError, match=remedy):
        data.read(folder.path, size=2**20)  # before a picture is made that large
    monkeypatch.setattr(memory, "installed", lambda: 2 * 8 * 8 * 3 - 1)
    with pytest.raises(ValueError, match=remedy):
        data.read(folder.path)
    with pytest.raises(ValueError, match=remedy):
        data.read(np.zeros((2, 8, 8, 1), "uint8"), size=16)


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


def test_a_folder_has_no_split(folder):
    folder.put("a.png")
    with pytest.raises(ValueError, match="Only TFDS datasets have splits.*'train'"):
        data.load(folder.path, split="train", batch_size=1)
