"""Pairs of images: side by side, in two folders or arrays, or made while reading."""

import numpy as np
import pytest
from PIL import Image

from kerasgan import data
from kerasgan.images import from_uint8

pytestmark = pytest.mark.backend_free


def shades(count, shape=(4, 4, 1)):
    """uint8 images, each of one shade, its index, but brighter by 100 at the left."""
    images = np.empty((count, *shape), "uint8")
    images[:] = np.arange(count)[:, None, None, None]
    images[:, :, 0] += 100
    return images


@pytest.fixture
def two(tmp_path):
    """Puts pictures of one color into two folders."""

    def put(name, color, mode="L", size=(6, 4)):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new(mode, size, color).save(file)
        return file

    return put


# Batches.


def test_batches_are_sources_and_their_targets():
    dataset = data.PairDataset(shades(10), shades(10, (8, 8, 3)) + 1, batch_size=4)
    assert len(dataset) == dataset.num_batches == 2 and dataset.name == "pairs"
    assert dataset.source_shape == (4, 4, 1) and dataset.image_shape == (8, 8, 3)
    for source, target in dataset:
        assert source.dtype == target.dtype == np.float32
        np.testing.assert_allclose(target[:, 0, 0, 0] - source[:, 0, 0, 0], 2 / 255)


def test_the_order_of_pairs_depends_on_seed_and_epoch_alone():
    sources = shades(10)
    first, again, other = (
        data.PairDataset(sources, sources, batch_size=5, flip=True, seed=seed)
        for seed in (3, 3, 4)
    )
    epochs = []
    for epoch in (0, 1, 0):
        first.epoch = again.epoch = epoch
        last = again[1]  # before the first
        np.testing.assert_array_equal(first[1], last)
        epochs.append(np.stack(first[0]))
    np.testing.assert_array_equal(epochs[0], epochs[2])
    assert not np.array_equal(epochs[0], epochs[1])
    assert not np.array_equal(epochs[0], other[0])


def test_pairs_come_in_the_order_of_images():
    """`fit` on images and on pairs of one seed sees the images in one order."""
    images = shades(10)
    pairs = data.PairDataset(images, images, batch_size=5, seed=7)
    alone = data.ImageDataset(images, batch_size=5, seed=7)
    np.testing.assert_array_equal(pairs[1][1], alone[1][0])
    order = np.random.default_rng((7, 0)).permutation(10)  # as in every release
    np.testing.assert_array_equal(alone[1][0], from_uint8(images[order[5:]]))


def test_source_and_target_are_mirrored_together():
    sources = shades(100)
    dataset = data.PairDataset(sources, 255 - sources, batch_size=100, flip=True)
    mirrored = []
    for dataset.epoch in (0, 1):
        source, target = dataset[0]
        np.testing.assert_allclose(source, -target, atol=1e-6)
        index = np.rint((source[:, 0, 1, 0] + 1) * 127.5).astype(int)
        mirrored.append({*index[source[:, 0, 0, 0] < source[:, 0, -1, 0]]})
        assert 35 <= len(mirrored[-1]) <= 65  # of 100 coins
    assert mirrored[0] != mirrored[1]
    plain = data.PairDataset(sources, sources, batch_size=100)
    assert (plain[0][0][:, :, 0] > plain[0][0][:, :, 1]).all()


def test_mirroring_leaves_the_images_themselves():
    sources = shades(4)
    before = sources.copy()
    dataset = data.PairDataset(sources, sources, batch_size=4, flip=True, shuffle=False)
    for dataset.epoch in range(3):
        dataset[0]
    np.testing.assert_array_equal(sources, before)
    np.testing.assert_array_equal(dataset.sources, before)


def test_batch_size_of_pairs_may_change():
    dataset = data.PairDataset(shades(10), shades(10), drop_remainder=False)
    dataset.batch_size = 4
    assert [len(source) for source, _ in dataset] == [4, 4, 2]
    with pytest.raises(ValueError, match="batch_size=11, 10 pairs"):
        data.PairDataset(shades(10), shades(10), batch_size=11)


def test_floats_become_uint8():
    floats = from_uint8(shades(3))
    dataset = data.PairDataset(floats, floats, batch_size=3)
    np.testing.assert_array_equal(dataset.sources, shades(3))


# Side by side.


@pytest.mark.parametrize(("side", "source"), [("left", 10), ("right", 200)])
def test_a_picture_is_cut_into_source_and_target(tmp_path, side, source):
    picture = Image.new("L", (8, 4), 10)
    picture.paste(200, (4, 0, 8, 4))
    picture.save(tmp_path / "a.png")
    pairs = data.read_pairs(tmp_path, source_side=side, size=2, channels=3)
    assert pairs.sources.shape == (1, 2, 2, 1) and pairs.targets.shape == (1, 2, 2, 3)
    assert (pairs.sources == source).all() and (pairs.targets == 210 - source).all()
    assert pairs.names == ["a.png"] and pairs.name == tmp_path.name


def test_sources_have_channels_of_their_own(folder):
    folder.put("a.png", size=(8, 4), color=(255, 0, 0))
    dataset = data.load_pairs(folder.path, source_channels=1, batch_size=1)
    assert dataset.source_shape == (4, 4, 1) and dataset.image_shape == (4, 4, 3)
    assert (dataset.sources == 76).all()  # .299 * 255
    with pytest.raises(ValueError, match="source_channels=2"):
        data.load_pairs(folder.path, source_channels=2)


def test_pairs_follow_the_rules_for_files(folder):
    """Exif turns the picture before it is cut; transparency takes the background."""
    exif = Image.Exif()
    exif[0x0112] = 6
    folder.put("a.jpg", mode="L", size=(4, 16), color=90, exif=exif)
    folder.put("b/c.png", mode="RGBA", size=(16, 4), color=(0, 0, 0, 0))
    folder.put("d.png", mode="I;16", size=(16, 4), color=65535)
    (folder.path / "e.txt").touch()
    with pytest.warns(UserWarning, match="3 images. Skipped: 1 .txt"):
        pairs = data.read_pairs(folder.path, background=(1, 2, 3))
    assert pairs.names == ["a.jpg", "b/c.png", "d.png"]
    assert pairs.targets[:, 0, 0].tolist() == [[90] * 3, [1, 2, 3], [255] * 3]


def test_a_picture_that_cannot_be_halved_is_named(folder):
    folder.put("a.png", size=(8, 4))
    folder.put("b.png", size=(7, 4))
    with pytest.raises(ValueError, match="b.png .* Received: its width, 7, is odd"):
        data.read_pairs(folder.path)
    with pytest.warns(UserWarning, match="1 unreadable .b.png: its width, 7"):
        assert len(data.read_pairs(folder.path, skip_unreadable=True).names) == 1


def test_halves_of_several_sizes_are_named(folder):
    folder.put("a.png", size=(8, 4))
    folder.put("b.png", size=(10, 4))
    with pytest.raises(ValueError, match="a.png is 4x4.*b.png is 4x5.*--size"):
        data.read_pairs(folder.path)


def test_facades_are_read_with_the_source_right(test_data):
    pairs = data.read_pairs(test_data / "facades/val", source_side="right", size=64)
    assert pairs.sources.shape == pairs.targets.shape == (100, 64, 64, 3)
    blue = pairs.sources.astype(int) @ (-1, -1, 2)  # walls and background of the maps
    assert (blue.mean(axis=(1, 2)) > 100).mean() > 0.9


# Two folders.


def test_files_of_one_name_are_pairs(two, tmp_path):
    for shade, name in enumerate(("x/1.png", "x/1.5.png", "2.png"), 1):
        two(f"a/{name}", shade)
        two(f"b/{name.replace('.png', '.bmp')}", 10 * shade)
    pairs = data.read_pairs(tmp_path / "a", tmp_path / "b")
    assert pairs.names == ["2.bmp", "x/1.bmp", "x/1.5.bmp"]
    assert pairs.sources[:, 0, 0, 0].tolist() == [3, 1, 2]
    assert pairs.targets[:, 0, 0, 0].tolist() == [30, 10, 20]
    assert pairs.name == "a to b"


def test_sides_of_two_folders_may_differ(two, tmp_path):
    two("low/a.png", 1, size=(3, 2))
    two("high/a.png", 1, size=(6, 4))
    dataset = data.load_pairs(tmp_path / "low", tmp_path / "high", batch_size=1)
    assert dataset.source_shape == (2, 3, 1) and dataset.image_shape == (4, 6, 1)


def test_missing_partners_are_counted_and_named(two, tmp_path):
    for name in "abcdefg":
        two(f"a/{name}.png", 0)
    for name in "fgh":
        two(f"b/{name}.png", 0)
    with pytest.raises(ValueError) as caught:
        data.read_pairs(tmp_path / "a", tmp_path / "b")
    assert f"5 of 7 in {tmp_path / 'a'} without a partner" in str(caught.value)
    assert "(a.png, b.png, c.png, ...) and 1 of 3 in " in str(caught.value)
    assert "(h.png)" in str(caught.value)


def test_two_files_of_one_name_are_refused(two, tmp_path):
    for name in ("a/1.png", "b/1.png", "b/1.bmp"):
        two(name, 0)
    with pytest.raises(ValueError, match="Received: 1.bmp and 1.png. Rename"):
        data.read_pairs(tmp_path / "a", tmp_path / "b")


def test_an_unreadable_file_takes_its_partner_along(two, tmp_path):
    for shade, name in enumerate(("1.png", "2.png", "3.png"), 1):
        two(f"a/{name}", shade)
        two(f"b/{name}", shade)
    (tmp_path / "a/1.png").write_text("no picture")
    (tmp_path / "b/3.png").write_text("no picture")
    folders = tmp_path / "a", tmp_path / "b"
    with pytest.raises(ValueError, match="1.png must be a readable image"):
        data.read_pairs(*folders)
    with pytest.warns(UserWarning) as warned:
        pairs = data.read_pairs(*folders, skip_unreadable=True)
    assert len(warned) == 2 and pairs.names == ["2.png"]
    assert pairs.sources.shape == (1, 4, 6, 1)
    assert pairs.sources[0, 0, 0] == pairs.targets[0, 0, 0] == 2


def test_empty_folders_are_refused(two, tmp_path):
    two("a/1.png", 0)
    (tmp_path / "b").mkdir()
    for given in ([tmp_path / "b"], [tmp_path / "a", tmp_path / "b"]):
        with pytest.raises(ValueError, match="Expected image files in .*b, such as"):
            data.read_pairs(*given)


def test_emoji_and_twemoji_are_pairs(test_data, tmp_path):
    for kind in ("emoji", "twemoji"):
        (tmp_path / kind).mkdir()
        for name in ("u1f3e0", "u1f436"):
            file = test_data / kind / f"emoji_{name}.png"
            (tmp_path / kind / file.name).write_bytes(file.read_bytes())
    pairs = data.read_pairs(tmp_path / "emoji", tmp_path / "twemoji")
    assert pairs.sources.shape == pairs.targets.shape == (2, 64, 64, 3)
    assert np.abs(pairs.sources.astype(int) - pairs.targets).mean() < 60


# Other sources.


def test_two_arrays_are_pairs():
    pairs = data.read_pairs(shades(3), shades(3, (8, 8, 3)), size=2)
    assert pairs.sources.shape == (3, 2, 2, 1) and pairs.targets.shape == (3, 2, 2, 3)
    assert pairs.names is None and pairs.name == "array"


def test_two_npz_files_are_pairs(tmp_path):
    for name, shift in (("a", 0), ("b", 1)):
        np.savez(tmp_path / f"{name}.npz", images=shades(3) + shift)
    pairs = data.read_pairs(tmp_path / "a.npz", tmp_path / "b.npz")
    np.testing.assert_array_equal(pairs.sources + 1, pairs.targets)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"source": shades(2), "targets": shades(3)}, ValueError, "2 and 3"),
        ({"source": shades(2)}, ValueError, "ndarray with neither"),
        (
            {"source": shades(2), "targets": shades(2), "make": "gray"},
            ValueError,
            "ndarray with both",
        ),
        ({"source": shades(2), "targets": "."}, ValueError, "ndarray and '.'"),
        ({"source": "nowhere"}, FileNotFoundError, "'nowhere', which does not"),
        ({"source": ".", "targets": "b"}, FileNotFoundError, "'b', which does not"),
        ({"source": ".", "source_side": "top"}, ValueError, "'left', 'right'"),
        ({"source": ".", "split": "train"}, ValueError, "pairs of one need `make`"),
        ({"source": ".", "seed": -1}, ValueError, "`seed`"),
        ({"source": ".", "flop": True}, TypeError, "Did you mean 'flip'"),
        ({"source": shades(2), "targets": [1]}, ValueError, "shape"),
        ({"source": None, "targets": None}, ValueError, "NoneType with neither"),
    ],
)
def test_impossible_pairs_are_refused(given, error, message):
    with pytest.raises(error, match=message):
        data.load_pairs(**given)
