"""Checkpoints are complete or skipped, and few."""

import pytest

from kerasgan.training import checkpoints
from tests.support import checks


@pytest.fixture(scope="module")
def model():
    gan = checks.tiny("dcgan")
    gan.compile()
    return gan


def test_a_damaged_checkpoint_is_skipped(model, tmp_path):
    for updates in (1, 2):
        checkpoints.write(tmp_path, model, {"updates": updates, "epoch": updates})
    assert checkpoints.newest(tmp_path)[0]["updates"] == 2
    path = tmp_path / "ckpt-000000002" / checkpoints.WEIGHTS
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.warns(UserWarning, match="ckpt-000000002"):
        assert checkpoints.newest(tmp_path)[0]["updates"] == 1


def test_two_checkpoints_are_kept(model, tmp_path):
    for updates in range(4):
        checkpoints.write(tmp_path, model, {"updates": updates})
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["ckpt-000000002", "ckpt-000000003"]


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("recorded", "given", "expected"),
    [
        ({"a": 1}, {"a": 1}, ""),
        ({"a": 1}, {"a": 2}, "r.a was 1, and is 2"),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}, {}]}, "r.a[1].b was 2"),
        ({"a": [1]}, {"a": [1, 2]}, "r.a was [1], and is [1, 2]"),
        ({}, {"a": None}, ""),
    ],
)
def test_a_difference_is_named(recorded, given, expected):
    message = checkpoints.difference(recorded, given, "r")
    assert message.startswith(expected) and bool(message) == bool(expected)
