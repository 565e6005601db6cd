"""Two sets of images without pairs."""

import numpy as np
import pytest
from PIL import Image

from kerasgan import data
from kerasgan.data import named, unpaired

pytestmark = pytest.mark.backend_free


def numbered(count, first=0, channels=1):
    """uint8 images, each of one shade, but brighter by 100 at the left."""
    images = np.empty((count, 4, 4, channels), "uint8")
    images[:] = np.arange(first, first + count)[:, None, None, None]
    images[:, :, 0] += 100
    return images


def numbers(images):
    return np.rint((images[:, 0, 1, 0] + 1) * 127.5).astype(int).tolist()


def seen(dataset):
    """Numbers of all sources and all targets of an epoch."""
    batches = [*dataset]
    return [[n for batch in batches for n in numbers(batch[i])] for i in (0, 1)]


@pytest.fixture
def domains(tmp_path):
    """Folders of pictures: trainA, trainB, testA and testB."""
    for place, (name, count) in enumerate(
        {"trainA": 3, "trainB": 2, "testA": 1, "testB": 1}.items()
    ):
        (tmp_path / "set" / name).mkdir(parents=True)
        for index in range(count):
            picture = Image.new("L", (6, 4), 10 * place + index)
            picture.save(tmp_path / "set" / name / f"{index}.png")
    return tmp_path / "set"


# Batches.


def test_an_epoch_has_as_many_batches_as_the_larger_set():
    dataset = data.UnpairedDataset(numbered(10), numbered(4, 50), batch_size=2)
    assert len(dataset) == dataset.num_batches == 5
    sources, targets = seen(dataset)
    assert sorted(sources) == list(range(10)) != sources
    rounds = [targets[:4], targets[4:8]]
    assert [sorted(part) for part in rounds] == [[50, 51, 52, 53]] * 2
    assert len({*targets[8:]}) == 2 and rounds[0] != rounds[1]


def test_the_order_of_two_sets_depends_on_seed_and_epoch_alone():
    sets = numbered(10), numbered(7, 50)
    first, again, other = (
        data.UnpairedDataset(*sets, batch_size=5, flip=True, seed=seed)
        for seed in (3, 3, 4)
    )
    first.epoch = again.epoch = 2
    last = again[1]
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], last)
    assert seen(first) != seen(other)
    before = seen(first)
    first.epoch = 3
    assert seen(first) != before


def test_sets_of_one_length_are_not_paired():
    dataset = data.UnpairedDataset(numbered(20), numbered(20), batch_size=20)
    assert sum(a == b for a, b in zip(*seen(dataset), strict=True)) < 8


def test_two_sets_keep_their_order_without_shuffling():
    dataset = data.UnpairedDataset(
        numbered(3), numbered(2, 50), batch_size=2, shuffle=False, drop_remainder=False
    )
    assert seen(dataset) == [[0, 1, 2], [50, 51, 50]]


def test_both_sets_are_mirrored_on_their_own():
    sets = numbered(100), numbered(100)
    dataset = data.UnpairedDataset(*sets, batch_size=100, flip=True)
    mirrored = [images[:, 0, 0, 0] < images[:, 0, -1, 0] for images in dataset[0]]
    assert all(35 <= part.sum() <= 65 for part in mirrored)
    assert 35 <= (mirrored[0] == mirrored[1]).sum() <= 65


def test_two_sets_know_their_shapes():
    dataset = data.load_unpaired(numbered(3), numbered(2, channels=3), batch_size=3)
    assert dataset.source_shape == (4, 4, 1) and dataset.image_shape == (4, 4, 3)
    assert dataset.names is None and dataset.name == "array to array"
    with pytest.raises(ValueError, match="batch_size=4, 3 images"):
        data.load_unpaired(numbered(3), numbered(2), batch_size=4)


# Sources.


def test_the_split_chooses_the_folders(domains):
    train, test = (data.read_unpaired(domains, split=s) for s in ("train", "test"))
    assert train.sources[:, 0, 0, 0].tolist() == [0, 1, 2] and train.name == "set"
    assert train.targets[:, 0, 0, 0].tolist() == [10, 11] and train.names is None
    assert test.sources[0, 0, 0] == 20 and test.targets[0, 0, 0] == 30
    small = data.load_unpaired(
        domains, size=2, channels=3, source_channels=1, batch_size=1
    )
    assert small.source_shape == (2, 2, 1) and small.image_shape == (2, 2, 3)


def test_two_folders_need_no_split(domains):
    pair = domains / "testA", domains / "trainB"
    both = data.read_unpaired(*pair)
    assert both.name == "testA to trainB" and len(both.targets) == 2
    with pytest.raises(ValueError, match="split='test' with `targets`"):
        data.read_unpaired(*pair, split="test")


def test_a_missing_domain_is_told_with_what_is_there(domains):
    for file in (domains / "trainB").iterdir():
        file.unlink()
    with pytest.raises(ValueError, match="Expected image files in .*trainB"):
        data.read_unpaired(domains)
    (domains / "trainB").rmdir()
    message = "trainA and trainB in .* Received: testA, testB, trainA. Rename"
    with pytest.raises(FileNotFoundError, match=message):
        data.read_unpaired(domains)
    with pytest.raises(FileNotFoundError, match="Received: no folder"):
        data.read_unpaired(domains / "trainA")


def test_a_broken_file_of_a_domain_is_named_or_skipped(domains):
    (domains / "trainA/1.png").write_text("no picture")
    with pytest.raises(ValueError, match="trainA/1.png must be a readable"):
        data.read_unpaired(domains)
    with pytest.warns(UserWarning, match="trainA: 2 images. Skipped: 1 unreadable"):
        both = data.read_unpaired(domains, skip_unreadable=True)
    assert both.sources[:, 0, 0, 0].tolist() == [0, 2]


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        ("train", ["trainA", "trainB"]),
        ("test[:90%]", ["testA[:90%]", "testB[:90%]"]),
    ],
)
def test_a_tfds_dataset_has_a_split_for_each_domain(monkeypatch, split, expected):
    asked = []

    def read(name, split, data_dir, shaping, progress):
        asked.append((name, split, data_dir, shaping["channels"]))
        return numbered(len(asked)), None, None

    monkeypatch.setattr(named, "read", read)
    both = data.read_unpaired(
        "cycle_gan/horse2zebra", split=split, data_dir="d", source_channels=1
    )
    names = ["cycle_gan/horse2zebra"] * 2
    assert asked == [*zip(names, expected, ("d", "d"), (1, None), strict=True)]
    assert both.name == "horse2zebra" and len(both.targets) == 2


def test_domains_of_a_real_tfds_dataset_are_read(tmp_path):
    """A dataset of the form of cycle_gan: an image and a label in each split."""
    pytest.importorskip("tensorflow")
    tfds = pytest.importorskip("tensorflow_datasets")
    _prepare(tfds, tmp_path)
    both = data.read_unpaired("tiny_cycle", data_dir=str(tmp_path), progress=False)
    assert both.sources.shape == (3, 4, 4, 3) and both.targets.shape == (2, 4, 4, 3)
    assert sorted(both.targets[:, 0, 1, 0].tolist()) == [50, 51]
    with pytest.raises(ValueError, match="trainA.*Received: split='valA'"):
        data.read_unpaired("tiny_cycle", split="val", data_dir=str(tmp_path))


def _prepare(tfds, folder):
    features = tfds.features.FeaturesDict(
        {
            "image": tfds.features.Image(shape=(None, None, 3)),
            "label": tfds.features.ClassLabel(names=["A", "B"]),
        }
    )

    class TinyCycle(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("1.0.0")

        def _info(self):
            return tfds.core.DatasetInfo(builder=self, features=features)

        def _split_generators(self, dl_manager):
            parts = {"trainA": (3, 0), "trainB": (2, 50)}
            return {name: self._examples(*part) for name, part in parts.items()}

        def _generate_examples(self):
            raise NotImplementedError

        def _examples(self, count, first):
            for index, image in enumerate(numbered(count, first, 3)):
                yield index, {"image": image, "label": int(first > 0)}

    TinyCycle(data_dir=str(folder)).download_and_prepare()


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ([numbered(2)], ValueError, "ndarray alone. Pass targets="),
        (["no/such/folder/"], FileNotFoundError, "does not exist"),
        ([".", "nowhere"], FileNotFoundError, "'nowhere', which does not exist"),
        ([numbered(2), [1]], ValueError, "shape"),
    ],
)
def test_impossible_sets_are_refused(given, error, message):
    with pytest.raises(error, match=message):
        data.load_unpaired(*given, batch_size=1)


def test_misspelled_options_of_two_sets_are_refused():
    for function in (data.load_unpaired, unpaired.read_unpaired):
        with pytest.raises(TypeError, match="Received: colour=.*"):
            function(numbered(2), numbered(2), colour=3)


def test_horses_and_zebras_are_read(test_data):
    both = data.read_unpaired(test_data / "horse2zebra", split="test", size=32)
    assert both.sources.shape == (120, 32, 32, 3)
    assert both.targets.shape == (140, 32, 32, 3)
