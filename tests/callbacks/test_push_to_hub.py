"""Uploads during a training, apart from those in tests/presets/test_sharing.py."""

import pytest

from kerasgan import callbacks, errors

pytestmark = pytest.mark.backend_free


def test_a_preset_that_is_never_created_gives_a_warning(tmp_path):
    push = callbacks.PushToHub("someone/best", tmp_path / "best")
    push.on_epoch_end(0)
    with pytest.warns(UserWarning, match="best holds no preset. Put a KeepBest"):
        push.on_train_end()


def test_the_name_of_the_repository_is_checked_first(tmp_path):
    with pytest.raises(errors.PresetNotFoundError, match="name of a repository"):
        callbacks.PushToHub("no/such/name", tmp_path / "best")
