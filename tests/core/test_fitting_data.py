"""Datasets in `fit`: ours on each backend, and the first batch of any."""

import numpy as np
import pytest

import kerasgan
from kerasgan.data import ImageDataset
from kerasgan.core.fit import first_batch


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


def test_fit_takes_every_batch_of_every_epoch_in_the_datasets_order():
    expected, dataset = recorded(), recorded()
    for expected.epoch in range(2):
        list(expected)
    gan = kerasgan.models.DCGAN((16, 16, 1), latent_dim=4, width=4, seed=0)
    gan.compile()
    history = gan.fit(dataset, epochs=2, verbose=0)
    assert int(gan.step) == 4 and len(history.history["d_loss"]) == 2
    assert dataset.given == expected.given and len(dataset.given) == 4
    assert dataset.epoch == 2


def test_asking_a_generator_for_its_first_batch_loses_none():
    batch, data = first_batch(n for n in range(3))
    assert batch == 0 and list(data) == [0, 1, 2]


@pytest.mark.parametrize("empty", [(n for n in ()), []], ids=["generator", "list"])
def test_data_without_a_batch_are_refused(empty):
    with pytest.raises(ValueError, match="no batch"):
        first_batch(empty)
