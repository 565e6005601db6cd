"""Files of feature statistics: what they return, and what is refused."""

import io
import zipfile

import numpy as np
import pytest

from kerasgan.metrics.fid import fid
from kerasgan.metrics.statistics import FeatureStatistics

pytestmark = pytest.mark.backend_free

PROTOCOL = {"features": "inception-2015-12-05", "data": "cifar10", "split": ["train"]}


@pytest.fixture
def statistics():
    return FeatureStatistics.of(np.random.default_rng(0).normal(size=(50, 6)) / 3)


@pytest.fixture
def path(tmp_path, statistics):
    path = tmp_path / "features.npz"
    statistics.save(path, PROTOCOL)
    return path


class Trap:
    """Its pickle would write a file when opened."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def changed(path, **arrays):
    """Writes the file again with other arrays; None leaves one out."""
    with np.load(path) as archive:
        kept = {name: archive[name] for name in archive.files} | arrays
    np.savez(path, **{name: value for name, value in kept.items() if value is not None})


def test_statistics_come_back_bit_for_bit(path, statistics):
    result, protocol = FeatureStatistics.load(path)
    assert protocol == PROTOCOL and result.count == 50
    assert (result.mean == statistics.mean).all()
    assert (result.covariance == statistics.covariance).all()


@pytest.mark.parametrize("key", ["features", "features_sha256", "resize"])
def test_statistics_of_different_networks_are_refused(tmp_path, statistics, key):
    protocol = {"features": "a", "features_sha256": "b", "resize": "none"}
    for name, fields in (("a", protocol), ("b", protocol | {key: "other"})):
        statistics.save(tmp_path / f"{name}.npz", fields)
    a, b = (FeatureStatistics.load(tmp_path / f"{name}.npz")[0] for name in "ab")
    assert fid(a, a) < 1e-9
    with pytest.raises(ValueError, match=f"one network. Received: {key}"):
        fid(a, b)


def test_loaded_statistics_can_be_updated(path, statistics):
    result, _ = FeatureStatistics.load(path)
    for each in (result, statistics):
        each.update(np.ones((3, 6)))
    assert (result.covariance == statistics.covariance).all()


def test_saving_writes_exactly_the_given_path(tmp_path, statistics):
    statistics.save(tmp_path / "deep" / "reference", {})
    statistics.save(str(tmp_path / "deep" / "reference"), {"count": 50})
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["reference"]
    assert FeatureStatistics.load(tmp_path / "deep" / "reference")[1] == {"count": 50}


def test_a_refused_save_leaves_the_old_file(path):
    old = path.read_bytes()
    with pytest.raises(ValueError, match="count=1. Call `update`"):
        FeatureStatistics.of(np.ones((1, 6))).save(path, PROTOCOL)
    assert path.read_bytes() == old


@pytest.mark.parametrize(
    "protocol, error, words",
    [
        ("cifar10", TypeError, "must be a dict.* Received: str"),
        ({"split": ("train",)}, ValueError, "no tuples"),
        ({1: "one"}, ValueError, "strings as keys"),
        ({"fraction": float("nan")}, ValueError, "JSON compliant"),
        ({"network": object()}, TypeError, "not JSON serializable"),
    ],
)
def test_a_protocol_that_json_would_change_is_refused(
    tmp_path, statistics, protocol, error, words
):
    with pytest.raises(error, match=words):
        statistics.save(tmp_path / "features.npz", protocol)
    assert not list(tmp_path.iterdir())


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="none.npz"):
        FeatureStatistics.load(tmp_path / "none.npz")


@pytest.mark.parametrize(
    "arrays, words",
    [
        ({"mean": None}, "mean"),
        ({"protocol": None}, "protocol"),
        ({"protocol": np.array("{")}, "JSONDecodeError"),
        ({"protocol": np.array("[]")}, "a protocol"),
        ({"count": np.array(1)}, "at least 2"),
        ({"count": np.array(50.0)}, "at least 2"),
        ({"count": np.array([50, 50])}, "at least 2"),
        ({"mean": np.zeros(5)}, r"float64\(5,\), float64\(6, 6\)"),
        ({"mean": np.zeros(6, "float32")}, r"float32\(6,\)"),
        ({"mean": np.array("text")}, "float64"),
        ({"covariance": np.zeros((6, 5))}, r"\(6, 5\)"),
        ({"mean": np.full(6, np.nan)}, "NaN or infinity"),
        ({"covariance": np.full((6, 6), np.inf)}, "NaN or infinity"),
    ],
)
def test_a_file_with_other_contents_is_refused(path, arrays, words):
    changed(path, **arrays)
    with pytest.raises(ValueError, match=words) as refused:
        FeatureStatistics.load(path)
    assert str(path) in str(refused.value) and "again" in str(refused.value)


def test_a_damaged_file_is_refused(path):
    whole = path.read_bytes()
    place = whole.index(b"NUMPY", whole.index(b"covariance.npy")) + 200
    flipped = bytearray(whole)
    flipped[place] ^= 1
    for content in (b"", b"no archive", whole[:-30], whole[:200], bytes(flipped)):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="is damaged, or not a file of feature"):
            FeatureStatistics.load(path)


def test_a_single_array_is_refused(path):
    with open(path, "wb") as file:
        np.save(file, np.zeros((6, 6)))
    with pytest.raises(ValueError, match="is damaged, or not a file of feature"):
        FeatureStatistics.load(path)


def test_a_pickle_is_refused_unopened(path, tmp_path):
    trapped = io.BytesIO()
    np.save(trapped, np.array(Trap(tmp_path / "sprung"), object), allow_pickle=True)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["mean.npy"] = trapped.getvalue()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        FeatureStatistics.load(path)
    assert not (tmp_path / "sprung").exists()
