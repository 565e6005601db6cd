"""The end of a training after a number of updates."""

import types

import pytest

from kerasgan import callbacks

pytestmark = pytest.mark.backend_free


@pytest.mark.parametrize(("start", "batches"), [(0, 3), (2, 1)])
def test_training_stops_after_the_given_updates(start, batches):
    model = types.SimpleNamespace(stop_training=False)
    stop = callbacks.StopAfter(3, start)
    stop.set_model(model)
    for batch in range(batches):
        assert not model.stop_training
        stop.on_train_batch_end(batch)
    assert model.stop_training
