"""A dataset of ours in `fit`, on each backend."""

import numpy as np

import kerasgan
from kerasgan.data import ImageDataset


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
