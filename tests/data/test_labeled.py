"""Few labels, some classes, and `.npz` files with splits."""

import numpy as np
import pytest

from kerasgan import data
from kerasgan.data import labeled
from kerasgan.data.dataset import ImageDataset

pytestmark = pytest.mark.backend_free

LABELS = np.arange(40) % 4
IMAGES = np.arange(40, dtype="uint8")[:, None, None, None] * np.ones(
    (1, 4, 4, 1), "uint8"
)


@pytest.fixture
def medical(tmp_path):
    """A file in MedMNIST's form: gray images (N, H, W), labels (N, 1)."""
    arrays = {}
    for index, split in enumerate(("train", "val", "test")):
        arrays[f"{split}_images"] = IMAGES[index::3, ..., 0]
        arrays[f"{split}_labels"] = LABELS[index::3, None].astype("uint8") % 2
    np.savez(tmp_path / "medical.npz", **arrays)
    return tmp_path / "medical.npz"


def test_each_class_keeps_as_many_labels():
    kept = labeled.keep_labels(LABELS, 8)
    rows = np.flatnonzero(kept >= 0)
    assert np.bincount(kept[rows]).tolist() == [2, 2, 2, 2]
    assert (kept[rows] == LABELS[rows]).all() and set(kept) == {-1, 0, 1, 2, 3}
    assert kept.dtype == np.int32


def test_the_seed_alone_decides_which_labels_are_kept():
    first, again, other = (labeled.keep_labels(LABELS, 8, s) for s in (0, 0, 1))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


@pytest.mark.parametrize("count", [0, 6, 44])
def test_labels_that_classes_cannot_share_are_refused(count):
    with pytest.raises(ValueError, match="`labeled` must be"):
        labeled.keep_labels(LABELS, count)


def test_half_of_a_batch_has_labels():
    dataset = data.load((IMAGES, LABELS), labeled=4, batch_size=8)
    assert isinstance(dataset, data.ImageDataset) and dataset.num_classes == 4
    for index in range(len(dataset)):
        images, labels = dataset[index]
        assert sorted(labels[:4]) == [0, 1, 2, 3] and (labels[4:] == -1).all()
        numbers = ((images[:4, 0, 0, 0] + 1) * 127.5).round().astype(int)
        assert (dataset.labels[numbers] == labels[:4]).all()


def test_batches_with_few_labels_follow_seed_and_epoch():
    first, second = (
        data.load((IMAGES, LABELS), labeled=8, batch_size=8, seed=3) for _ in range(2)
    )
    np.testing.assert_array_equal(first[1][0], second[1][0])
    second.epoch = 1
    assert not np.array_equal(first[1][0], second[1][0])


def test_labels_of_minus_one_make_such_batches_too():
    labels = np.where(np.arange(40) < 4, LABELS, -1)
    dataset = data.load((IMAGES, labels), batch_size=8)
    assert (dataset[0][1][:4] >= 0).all()
    full = data.load((IMAGES, LABELS), batch_size=8)
    assert type(full) is ImageDataset


def test_classes_choose_images_by_number_or_name(tmp_path):
    loaded = data.load((IMAGES, LABELS), classes=[3], labels=True, batch_size=2)
    assert loaded.count == 10 and set(loaded.labels) == {3}
    np.savez(tmp_path / "a.npz", images=IMAGES, labels=LABELS, class_names=list("abcd"))
    read = data.read(tmp_path / "a.npz", classes=["b", "d"])
    assert set(read.labels) == {1, 3} and len(read.images) == 20


@pytest.mark.parametrize("classes", [[4], ["a"], []])
def test_classes_that_no_image_has_are_refused(classes):
    with pytest.raises(ValueError, match="`classes` must be some of.*0, 1, 2, 3"):
        data.read((IMAGES, LABELS), classes=classes)


def test_classes_need_labels():
    with pytest.raises(ValueError, match="`classes` needs data with labels"):
        data.read(IMAGES, classes=[1])


def test_a_file_in_medmnists_form_has_splits(medical):
    train = data.read(medical)
    assert train.images.shape == (14, 4, 4, 1)
    np.testing.assert_array_equal(train.images, IMAGES[::3])
    test = data.load(medical, split="test", classes=[0], labels=True, batch_size=1)
    assert set(test.labels) == {0} and test.count == (LABELS[2::3] % 2 == 0).sum()


def test_a_split_that_a_file_lacks_is_refused(medical, tmp_path):
    with pytest.raises(ValueError, match="splits train, val, test.*Did you mean"):
        data.read(medical, split="tests")
    np.savez(tmp_path / "plain.npz", images=IMAGES)
    with pytest.raises(ValueError, match="Only TFDS datasets have splits, and .npz"):
        data.read(tmp_path / "plain.npz", split="test")


def test_held_out_images_are_of_all_classes(medical):
    from kerasgan.evaluation import real_images

    fields = {"source": str(medical), "split": "train", "held_out": "test"}
    few = {"classes": [0], "labeled": 2, "notice": "For research"}
    normal, held_out = real_images(fields | few)
    assert set(normal.labels) == {0} and set(np.ravel(held_out.labels)) == {0, 1}
    assert (normal.name, held_out.name) == ("medical train", "medical test")
