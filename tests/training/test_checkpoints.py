"""Checkpoints are complete or skipped, and few."""

import numpy as np
import pytest

from kerasgan import errors
from kerasgan.training import checkpoints, keeper
from tests.support import checks

pytestmark = pytest.mark.backend_free


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


@pytest.mark.parametrize("name", [checkpoints.STATE, checkpoints.WEIGHTS])
def test_every_flipped_bit_of_a_checkpoint_is_found(model, tmp_path, name):
    state = {"updates": 1, "epoch": 3, "seconds": 0.5, "history": [{"d_loss": 1.0}]}
    checkpoints.write(tmp_path, model, state)
    path = tmp_path / "ckpt-000000001" / name
    content = path.read_bytes()
    step = 1 if name == checkpoints.STATE else len(content) // 50
    for index in range(0, len(content), step):
        flipped = bytearray(content)
        flipped[index] ^= 1 << index % 8
        path.write_bytes(flipped)
        try:
            with pytest.warns(UserWarning, match="damaged"):
                found = checkpoints.newest(tmp_path)
        except errors.PresetIntegrityError:
            continue
        except pytest.fail.Exception:  # white space between tokens changed
            found = checkpoints.newest(tmp_path)
        assert found[0] == state, index


def test_what_an_epoch_did_not_measure_is_not_in_the_history(model, tmp_path):
    state = {"seconds": 0.0, "history": [], "updates": 0}
    writer = keeper.Keeper(tmp_path, state)
    writer.set_model(model)
    writer.on_train_begin()
    writer.on_epoch_end(0, {"d_loss": 1.0, "g_loss": np.nan, "fid_tiny": np.nan})
    assert state["history"] == [{"d_loss": 1.0, "updates": 0, "seconds": 0}]


def test_two_checkpoints_are_kept(model, tmp_path):
    for updates in range(4):
        checkpoints.write(tmp_path, model, {"updates": updates})
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["ckpt-000000002", "ckpt-000000003"]


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
