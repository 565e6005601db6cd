"""TFDS datasets by name, and the remedy without TensorFlow."""

import sys
import urllib.error
import urllib.request

import numpy as np
import pytest

from kerasgan import data
from kerasgan.errors import DataUnavailableError
from kerasgan.files import is_dataset_name

pytestmark = pytest.mark.backend_free


@pytest.mark.parametrize(
    "name",
    ["mnist", "mnist:3.0.1", "mnist:3.*.*", "celeb_a_hq/256"],
)
def test_a_tfds_name_is_recognized(name):
    assert is_dataset_name(name)


@pytest.mark.parametrize("name", ["a.npz", "./a", "../a", "/a", "a/", "~/a", "a b", ""])
def test_a_path_is_not_a_tfds_name(name):
    assert not is_dataset_name(name)


def test_without_tensorflow_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    remedy = "kerasgan data export mnist --out mnist.npz.*--data mnist.npz"
    with pytest.raises(ImportError, match=remedy):
        data.load("mnist")


@pytest.fixture(scope="module")
def mnist(test_data):
    """Arguments that read MNIST from the folder of test data."""
    pytest.importorskip("tensorflow_datasets")
    options = {"data_dir": str(test_data / "tfds"), "progress": False}
    return {"source": "mnist", "split": "test[:100]"} | options


def test_mnist_is_loaded_by_its_name(mnist):
    dataset = data.load(**mnist | {"split": "test"}, labels=True)
    assert dataset.image_shape == (28, 28, 1) and dataset.num_classes == 10
    assert dataset[0][0].min() == -1.0 and dataset[0][0].max() == 1.0
    digits = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]  # LeCun et al.
    assert np.bincount(dataset.labels).tolist() == digits


def test_a_tfds_set_is_resized_on_request(mnist):
    dataset = data.load(**mnist, size=32, channels=3, batch_size=10)
    assert dataset.image_shape == (32, 32, 3)


def test_an_exported_tfds_set_loads_alike(mnist, tmp_path):
    options = {key: mnist[key] for key in ("split", "data_dir", "progress")}
    out = data.export("mnist", tmp_path / "mnist.npz", **options)
    direct = data.load(**mnist, labels=True)[0]
    for part, expected in zip(data.load(out, labels=True)[0], direct, strict=True):
        np.testing.assert_array_equal(part, expected)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"split": "tets"}, ValueError, "Expected a split of mnist: train, test"),
        ({"source": "mnist:9.9.9"}, ValueError, "only: 3.0.1"),
        ({"source": "huggingface:mnist"}, FileNotFoundError, "which does not exist"),
        ({"source": "mnst"}, FileNotFoundError, "Did you mean 'mnist'"),
        ({"source": "mnst/train"}, FileNotFoundError, "the current folder.$"),
    ],
)
def test_a_wrong_name_version_or_split_is_refused(mnist, change, error, message):
    with pytest.raises(error, match=message):
        data.load(**mnist | change)


def test_a_failed_download_names_the_place_and_the_remedy(mnist, monkeypatch):
    import tensorflow_datasets as tfds

    def offline(self):
        raise ConnectionError("no network")

    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", offline)
    with pytest.raises(FileNotFoundError, match="no network.*--data-dir"):
        data.load(**mnist)


def test_without_a_network_a_download_fails_at_once(mnist, tmp_path, monkeypatch):
    import tensorflow_datasets as tfds

    def offline(request, timeout):
        raise urllib.error.URLError(f"no network for {request.host}")

    def prepare(self):
        raise AssertionError("which tries for minutes")

    monkeypatch.setattr(urllib.request, "urlopen", offline)
    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", prepare)
    with pytest.raises(DataUnavailableError, match="no network for storage.google.*"):
        data.load("mnist", data_dir=str(tmp_path))


def test_a_tfds_set_that_does_not_fit_in_memory_is_refused(mnist):
    with pytest.raises(ValueError, match="100 images of shape .* fewer images"):
        data.load(**mnist, size=2**20)
