"""Datasets in `fit`: on each backend, to their end, and their first batch."""

import numpy as np
import pytest

from kerasgan import backend
from kerasgan.core.fit import first_batch
from kerasgan.data import ImageDataset
from tests.support import checks, parity


class Recorded(ImageDataset):
    """Remembers which images it gave in which epoch."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.given = set()

    def __getitem__(self, index):
        batch = super().__getitem__(index)
        shades = np.rint((batch[0][:, 0, 0, 0] + 1) * 127.5).astype(int)
        self.given.add((self.epoch, tuple(shades)))
        return batch


def recorded():
    shades = np.arange(8, dtype="uint8")[:, None, None, None]
    return Recorded(np.broadcast_to(shades, (8, 16, 16, 1)), batch_size=4)


def test_fit_takes_every_batch_in_the_datasets_order():
    expected, dataset = recorded(), recorded()
    for expected.epoch in range(2):
        list(expected)
    gan = checks.tiny("vanilla_gan", image_shape=(16, 16, 1))
    gan.compile(run_eagerly=True)
    history = gan.fit(dataset, epochs=2, verbose=0)
    assert int(gan.step) == 4 and len(history.history["d_loss"]) == 2
    assert dataset.given == expected.given and len(dataset.given) == 4
    assert dataset.epoch == 2


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_data_that_end_early_leave_no_phantom_update():
    """Six batches where `fit` asks for eight, four in each execution."""
    steps = 4 if "steps_per_execution" in backend.SUPPORTS else 1
    gan, expected = parity.wave_gan(), parity.wave_gan()
    for model, options in ((gan, {"steps_per_execution": steps}), (expected, {})):
        parity.fix_weights(model)
        model.compile(**options)
    batches = [parity.WAVES[4 * i : 4 * i + 4] for i in range(6)]
    gan.fit(((b,) for b in batches), steps_per_epoch=8, verbose=0)
    expected.fit(((b,) for b in batches), steps_per_epoch=6, verbose=0)
    assert int(gan.step) == 6 and int(gan.optimizer.iterations) == 6
    for one, other in zip(gan.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_asking_a_generator_for_a_batch_loses_none():
    batch, data = first_batch(n for n in range(3))
    assert batch == 0 and list(data) == [0, 1, 2]


@pytest.mark.parametrize("empty", [(n for n in ()), []], ids=["generator", "list"])
def test_data_without_a_batch_are_refused(empty):
    with pytest.raises(ValueError, match="no batch"):
        first_batch(empty)
