"""Callbacks for `fit`."""

from pathlib import Path

import keras
import numpy as np

from kerasgan import images


class SampleGrid(keras.callbacks.Callback):
    """Saves a grid of images from the same latents after every epoch.

    Args:
        folder: Where to; files are `epoch_0001.png` and so on.
        count: How many images in the grid.
        every: Epochs from one grid to the next.
        seed: Seed of the latents.
        truncation: As in `GAN.generate`.
    """

    def __init__(
        self,
        folder: str | Path,
        count: int = 64,
        every: int = 1,
        seed: int = 0,
        truncation: float | None = None,
    ):
        super().__init__()
        self.folder, self.count, self.every = Path(folder), count, every
        self.seed, self.truncation = seed, truncation

    def on_train_begin(self, logs=None):
        """Draws the latents that every grid shows."""
        self.folder.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(self.seed)
        self.latents = self.model.draw_latents(self.count, rng, self.truncation)

    def on_epoch_end(self, epoch, logs=None):
        """Saves a grid."""
        if (epoch + 1) % self.every == 0:
            picture = images.make_picture(self.model.generate(latents=self.latents))
            images.save_png(self.folder / f"epoch_{epoch + 1:04d}.png", picture)


class StopAfter(keras.callbacks.Callback):
    """Ends `fit` once the GAN has made `updates` discriminator updates.

    Args:
        updates: How many, counted from the GAN's first.
        start: How many it has made when `fit` begins.
    """

    def __init__(self, updates: int, start: int):
        super().__init__()
        self.updates, self.made = updates, start

    def on_train_batch_end(self, batch, logs=None):
        """Counts, and stops."""
        self.made += 1
        if self.made >= self.updates:
            self.model.stop_training = True
