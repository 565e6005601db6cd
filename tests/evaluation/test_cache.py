"""Features of real images on disk: kept, found again, and never taken for others."""

import os

import numpy as np
import pytest

from kerasgan.evaluation import Evaluation, Extractor, cache
from tests.evaluation.helpers import mean_colors, photos

pytestmark = pytest.mark.backend_free


class Counting(Extractor):
    """An extractor whose features may be kept, and which counts its images."""

    def __init__(self, sha256="1", kept=True, **options):
        self.seen = 0
        super().__init__(self.count, "colors", sha256, kept=kept, **options)

    def count(self, images):
        self.seen += len(images)
        return {"pool": mean_colors(images), "logits": mean_colors(images)}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASGAN_CACHE", str(tmp_path))
    return cache.features_folder()


def measured(features, images=None, **options):
    """Results of generated images, and how many real ones were looked at."""
    images = photos(50) if images is None else images
    evaluation = Evaluation(images, features, cache=True, num_samples=20, **options)
    fake = photos(20, 2)
    results, seen = evaluation.of_images(fake), features.seen
    features.seen = 0
    return {n: (r.value, r.real_score) for n, r in results.items()}, seen - len(fake)


def test_real_images_are_measured_once(folder):
    first, seen = measured(Counting())
    assert seen == 50 and "coverage_colors" in first
    assert measured(Counting()) == (first, 0)
    uncached = Evaluation(photos(50), Counting(), num_samples=20)
    values = {n: r.value for n, r in uncached.of_images(photos(20, 2)).items()}
    assert values == {name: value for name, (value, _) in first.items()}
    assert len(os.listdir(folder)) == 3  # two sets, and the scores of real images


def test_other_images_labels_features_or_protocols_are_measured(monkeypatch):
    def new(*arguments, **options):
        return measured(*arguments, **options)[1]

    changed = photos(50)
    changed[0, 0, 0, 0] ^= 1  # in the reference, not among those held out
    assert new(Counting()) == 50
    assert new(Counting(), changed) == 40
    assert new(Counting(sha256="2")) == 50
    assert new(Counting(), seed=3) == 50
    assert new(Counting(), size=8) == 50
    assert new(Counting()) == 0
    for module, name in ((cache, "__version__"), (cache, "FORMAT")):
        monkeypatch.setattr(module, name, "other")
        assert new(Counting()) == 50


def test_labels_belong_to_what_is_kept():
    def counts(labels):
        batches = [(photos(4), np.array(labels))]
        evaluation = Evaluation(photos(50), Counting(), cache=True)
        make = lambda: evaluation._collect(batches, "")  # noqa: E731
        return cache.collected(batches, {}, make).label_counts.tolist()

    assert counts([0, 0, 1, 1]) == [2, 2]
    assert counts([0, 1, 1, 1]) == [1, 3]
    assert counts([0, 0, 1, 1]) == [2, 2]


def torn(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flipped(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [torn, flipped, empty])
def test_damaged_files_are_measured_again(folder, damage):
    expected = measured(Counting())
    for path in folder.iterdir():
        damage(path)
    with pytest.warns(UserWarning, match="They are measured again"):
        assert measured(Counting()) == expected
    assert measured(Counting()) == (expected[0], 0)


def test_a_file_of_another_key_is_not_used(folder):
    expected = measured(Counting())
    largest = max(folder.iterdir(), key=lambda path: path.stat().st_size)
    names = [path.name for path in folder.iterdir()]
    measured(Counting(sha256="2"))
    others = [path for path in folder.iterdir() if path.name not in names]
    os.replace(max(others, key=lambda path: path.stat().st_size), largest)
    assert measured(Counting()) == (expected[0], 40)


def test_a_folder_that_cannot_be_written_gives_a_warning(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KERASGAN_CACHE", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="Set KERASGAN_CACHE"):
        _, seen = measured(Counting())
    assert seen == 50


def test_features_that_no_hash_identifies_are_not_kept(folder):
    for images in (photos(50), iter([photos(50)])):
        kept = not isinstance(images, np.ndarray)
        assert measured(Counting(kept=kept), images)[1] == 50
    assert not folder.exists()


def test_what_was_not_used_for_longest_is_removed(folder, monkeypatch):
    measured(Counting())
    old = {path.name for path in folder.iterdir()}
    for name in old:
        os.utime(folder / name, (1, 1))
    total = sum(path.stat().st_size for path in folder.iterdir())
    monkeypatch.setattr(cache, "MOST", 1.5 * total)
    measured(Counting(sha256="2"))
    left = {path.name for path in folder.iterdir()}
    assert len(left - old) == 3 and left & old != old
