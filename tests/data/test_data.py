"""Arrays and .npz files become batches; invalid ones are refused."""

import errno
import io
import os
import zipfile

import numpy as np
import pytest

from kerasgan import data
from kerasgan.data import archive, memory

pytestmark = pytest.mark.backend_free


def numbered(count=10, side=4, channels=1):
    """uint8 images, each of one shade: its number."""
    shades = np.arange(count, dtype="uint8")[:, None, None, None]
    return np.broadcast_to(shades, (count, side, side, channels)).copy()


def numbers(batch):
    """The numbers of the images of a batch of `numbered`."""
    return np.rint((batch[0][:, 0, 0, 0] + 1) * 127.5).astype(int).tolist()


def order(dataset):
    return [n for batch in dataset for n in numbers(batch)]


# Batches.


def test_batches_are_float32_between_minus_one_and_one():
    (images,) = data.load(np.array([[[[0]]], [[[255]]]], "uint8"), batch_size=2)[0]
    assert images.dtype == np.float32 and sorted(images.ravel()) == [-1.0, 1.0]


def test_floats_in_range_are_taken_as_they_are():
    images = np.linspace(-1, 1, 32, dtype="float32").reshape(2, 4, 4, 1)
    (batch,) = data.load(images, batch_size=2, shuffle=False)[0]
    np.testing.assert_array_equal(batch, images)


def test_half_of_the_images_are_mirrored():
    pictures = np.zeros((40, 2, 3, 1), "uint8")
    pictures[:, :, 0] = 255
    dataset = data.load(pictures, batch_size=40, flip=True)
    first, again = dataset[0][0], dataset[0][0]
    np.testing.assert_array_equal(first, again)
    mirrored = first[:, 0, 2, 0] > 0
    np.testing.assert_array_equal(first[:, 0, 0, 0] > 0, ~mirrored)
    assert 8 < mirrored.sum() < 32 and (dataset.images[:, :, 0] == 255).all()
    dataset.epoch = 1
    assert not np.array_equal(dataset[0][0], first)


def test_training_batches_have_no_remainder():
    dataset = data.load(numbered(10), batch_size=4)
    assert len(dataset) == 2 and [len(batch[0]) for batch in dataset] == [4, 4]


def test_the_remainder_is_kept_on_request():
    dataset = data.load(numbered(10), batch_size=4, drop_remainder=False)
    assert [len(batch[0]) for batch in dataset] == [4, 4, 2]
    assert sorted(order(dataset)) == list(range(10))


def test_the_order_depends_on_seed_and_epoch_alone():
    first, again = (data.load(numbered(), batch_size=2, seed=3) for _ in range(2))
    start = order(first)
    assert start == order(first) == order(again) != list(range(10))
    first.epoch = again.epoch = 1
    assert start != order(first) == order(again)
    assert order(data.load(numbered(), batch_size=2, seed=4)) != start


def test_a_batch_does_not_depend_on_those_read_before():
    dataset = data.load(numbered(), batch_size=2)
    last = numbers(dataset[4])
    assert order(dataset)[-2:] == last


def test_without_shuffling_the_order_does_not_change():
    assert order(data.load(numbered(), batch_size=2, shuffle=False)) == list(range(10))


def test_labels_stay_with_their_images():
    dataset = data.load((numbered(), np.arange(10)), batch_size=5, labels=True)
    for batch in dataset:
        assert batch[1].dtype == np.int32 and batch[1].tolist() == numbers(batch)


def test_pairs_give_labels_and_files_only_on_request(tmp_path):
    pair = numbered(), np.arange(10)
    assert len(data.load(pair, batch_size=5)[0]) == 2
    assert len(data.load(pair, batch_size=5, labels=False)[0]) == 1
    np.savez(tmp_path / "set.npz", images=pair[0], labels=pair[1])
    dataset = data.load(tmp_path / "set.npz", batch_size=5)
    assert len(dataset[0]) == 1 and dataset.num_classes is None


@pytest.mark.parametrize("labels", [[0, 1] * 5, np.arange(10), "class"])
def test_labels_apart_from_their_images_are_refused(labels):
    message = r"True or False. Received: .* pair \(images, labels\)"
    with pytest.raises(TypeError, match=message):
        data.load(numbered(), labels=labels)


def test_a_dataset_knows_its_shape_and_classes():
    dataset = data.load((numbered(), np.arange(10) % 3), batch_size=5, labels=True)
    assert dataset.image_shape == (4, 4, 1) and dataset.num_classes == 3


@pytest.mark.parametrize(("size", "drop"), [(11, True), (0, True), (0, False)])
def test_an_impossible_batch_size_is_refused(size, drop):
    with pytest.raises(
        ValueError, match=rf"batch_size={size}, 10 images.*--batch-size"
    ):
        data.load(numbered(), batch_size=size, drop_remainder=drop)


def test_a_batch_beyond_the_last_is_refused():
    with pytest.raises(IndexError):
        data.load(numbered(), batch_size=5)[2]


# Bad arrays.

IDS = "rank empty range NaN int32 None dict bytes generator dataset ragged labels text"


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        (numbered()[..., 0], ValueError, r"images\[..., None\]"),
        (numbered(0), ValueError, "at least one image"),
        (numbered().astype("float32") * 20, ValueError, "images / 127.5 - 1"),
        (np.full((70, 4, 4, 1), np.nan), ValueError, "NaN"),
        (numbered().astype("int32"), TypeError, "astype"),
        (None, TypeError, "NoneType"),
        ({"images": 1}, TypeError, "dict"),
        (io.BytesIO(b""), TypeError, "BytesIO"),
        ((x for x in numbered()), TypeError, "generator. Pass .* to `fit`"),
        (data.load(numbered(), batch_size=2), TypeError, "ImageDataset. Pass"),
        ([np.zeros((4, 4, 1)), np.zeros((5, 5, 1))], ValueError, "Resize them first"),
        ((numbered(), [1, 2]), ValueError, r"\(10,\).*\(2,\)"),
        ((numbered(), list("abcdefghij")), TypeError, "integers"),
    ],
    ids=IDS.split(),
)
def test_unfit_arrays_are_refused(source, error, message):
    with pytest.raises(error, match=message):
        data.load(source, batch_size=2, labels=isinstance(source, tuple))


def test_tf_data_are_refused_with_the_remedy():
    tf = pytest.importorskip("tensorflow")
    with pytest.raises(TypeError, match="Dataset. Pass a dataset .* to `fit`"):
        data.load(tf.data.Dataset.from_tensor_slices(numbered()))


@pytest.mark.parametrize(
    ("function", "options", "message"),
    [
        (data.load, {"bacth_size": 2}, "`load` takes .*'batch_size'"),
        (data.read, {"crpo": True}, "`read` takes .*'crop'"),
    ],
)
def test_misspelled_keywords_are_refused(function, options, message):
    with pytest.raises(TypeError, match=message):
        function(numbered(), **options)


def test_missing_labels_are_refused():
    with pytest.raises(ValueError, match="labels=True.*array, which has none"):
        data.load(numbered(), batch_size=2, labels=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 0}, "`size`.*size=0"),
        ({"size": "64"}, "`size`"),
        ({"size": (8, 8, 1)}, "`size`"),
        ({"channels": 2}, "1 for gray or 3 for color"),
        ({"crop": True}, "`crop` needs `size`.*--size"),
        ({"background": "whit"}, "`background`.*'whit'"),
        ({"background": (300, 0, 0)}, "`background`"),
    ],
)
def test_a_shape_that_no_image_can_take_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        data.load(numbered(), batch_size=2, **options)


def test_arrays_are_resized_and_colored_on_request():
    dataset = data.load(
        numbered(), batch_size=10, size=(8, 6), channels=3, shuffle=False
    )
    assert dataset.image_shape == (8, 6, 3) and order(dataset) == list(range(10))


def test_floats_are_not_resized():
    with pytest.raises(ValueError, match="uint8 images"):
        data.load(np.zeros((2, 4, 4, 1)), size=8)


# .npz files.


def npz(path, **arrays):
    np.savez(path, **arrays)
    return str(path)


def test_an_npz_file_gives_images_and_labels(tmp_path):
    path = npz(tmp_path / "set.npz", images=numbered(), labels=np.arange(10))
    dataset = data.load(path, batch_size=5, labels=True)
    assert dataset.name == "set" and sorted(order(dataset)) == list(range(10))


def test_an_npz_file_without_images_is_refused_with_its_keys(tmp_path):
    path = npz(tmp_path / "set.npz", x_train=numbered())
    with pytest.raises(ValueError, match="key `images`.*x_train"):
        data.load(path)


@pytest.mark.parametrize("content", ["text", "npy", "cut", "objects"])
def test_a_file_that_is_not_an_npz_is_refused(tmp_path, content):
    path = tmp_path / "set.npz"
    npz(path, images=np.array([None]) if content == "objects" else numbered())
    if content == "text":
        path.write_text("no archive")
    elif content == "cut":
        path.write_bytes(path.read_bytes()[:200])
    elif content == "npy":
        with open(path, "wb") as file:
            np.save(file, numbered())
    with pytest.raises(ValueError, match="set.npz must be a readable .npz file"):
        data.load(path)


def declared(path, shape, content):
    """An .npz file whose header of `images` declares another shape."""
    header = io.BytesIO()
    fields = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, fields)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("images.npy", header.getvalue() + content)
    return path


def test_an_npz_file_is_not_believed_about_its_size(tmp_path):
    path = declared(tmp_path / "a.npz", (10**6, 64, 64, 3), bytes(1000))
    with pytest.raises(ValueError, match="1,000 bytes that declares 12,288,000,000"):
        data.load(path)


def test_an_npz_file_that_expands_like_a_bomb_is_refused(tmp_path, monkeypatch):
    path = declared(tmp_path / "a.npz", (100, 64, 64, 3), bytes(100 * 64 * 64 * 3))
    assert len(data.read(path).images) == 100
    monkeypatch.setattr(archive, "LARGE", 10**6)
    with pytest.raises(ValueError, match="a.npz .* expands from [0-9,]+ to 1,228,800"):
        data.read(path)


def test_an_npz_file_larger_than_memory_is_refused(tmp_path, monkeypatch):
    path = npz(tmp_path / "a.npz", images=numbered())
    monkeypatch.setattr(memory, "installed", lambda: 100)
    with pytest.raises(ValueError, match=r"a.npz .* fit in memory.*10 images"):
        data.read(path)


@pytest.mark.parametrize("name", ["nowhere.npz", "no/such/folder/", "./photos"])
def test_a_missing_path_is_refused(name):
    with pytest.raises(FileNotFoundError, match="does not exist"):
        data.load(name)


def test_another_kind_of_file_is_refused(tmp_path):
    (tmp_path / "animation.mp4").touch()
    with pytest.raises(FileNotFoundError, match="another kind of file"):
        data.load(tmp_path / "animation.mp4")


# Export.


def test_export_refuses_to_replace_a_file(tmp_path):
    (tmp_path / "set.npz").write_text("mine")
    with pytest.raises(FileExistsError, match="exists"):
        data.export(numbered(), tmp_path / "set.npz")
    assert (tmp_path / "set.npz").read_text() == "mine"


def test_export_finds_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data.export(numbered(), "~/set.npz") == tmp_path / "set.npz"
    assert len(data.read("~/set.npz").images) == 10


def test_export_refuses_another_ending(tmp_path):
    with pytest.raises(ValueError, match="end in .npz"):
        data.export(numbered(), tmp_path / "set.npy")


def test_export_refuses_what_load_would_refuse(tmp_path):
    with pytest.raises(ValueError, match="must lie in"):
        data.export(numbered() * 1.0, tmp_path / "set.npz")
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_no_export_behind(tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        data.export(numbered(), tmp_path / "set.npz")
    assert not list(tmp_path.iterdir())


# Stacked MNIST.


def digits():
    """30 images of one shade each: ten times their class."""
    labels = np.arange(30) % 10
    shades = (10 * labels).astype("uint8")[:, None, None, None]
    return np.broadcast_to(shades, (30, 4, 4, 1)).copy(), labels


def test_labels_of_stacked_digits_are_their_modes():
    dataset = data.StackedMNIST(50, labels=True, source=digits(), batch_size=10)
    assert dataset.image_shape == (4, 4, 3) and len(dataset) == 5
    for images, modes in dataset:
        classes = np.rint((images[:, 0, 0] + 1) * 12.75).astype(int)
        assert modes.tolist() == (classes @ [100, 10, 1]).tolist()


def test_stacked_digits_follow_the_seed():
    options = {"source": digits(), "batch_size": 10}
    first, again, other = (
        data.StackedMNIST(20, seed=seed, **options).images for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert len(data.StackedMNIST(20, **options)[0]) == 1  # without modes


def test_only_gray_digits_are_stacked():
    images, labels = digits()
    with pytest.raises(ValueError, match="gray images of digits"):
        data.StackedMNIST(20, source=(images.repeat(3, axis=-1), labels))
    with pytest.raises(ValueError, match=r"labels \[3, 4, .*12\]"):
        data.StackedMNIST(20, source=(images, labels + 3))
