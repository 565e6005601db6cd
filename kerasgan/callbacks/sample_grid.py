"""Saves a picture of what a model makes while it trains."""

from pathlib import Path

import keras
import numpy as np

from kerasgan import images
from kerasgan.checks import check_count
from kerasgan.core.image_to_image import ImageToImage
from kerasgan.files import user_path


class SampleGrid(keras.callbacks.Callback):
    """Saves a grid of images from the same latents after every n-th epoch.

    For a model from images to images, it saves `model.picture()`: its `examples` with
    their results and targets.

    Args:
        folder: The folder for the files `epoch_0001.png` and so on.
        num_samples: Number of images in the grid.
        every: Epochs between two grids.
        seed: Seed of the latents.
        truncation: As in `GAN.generate`.

    Attributes:
        picture: The newest grid, uint8 (H, W, 3 or 1), or None.
        epoch: Its epoch, or None.

    Raises:
        ValueError: If an argument is out of its range; when training begins, if a model
            from images to images has no `examples`.

    Example:
        ```python
        gan.fit(dataset, epochs=50, callbacks=[SampleGrid("grids", every=5)])
        ```
    """

    def __init__(
        self,
        folder: str | Path,
        num_samples: int = 64,
        every: int = 1,
        seed: int = 0,
        truncation: float | None = None,
    ):
        super().__init__()
        self.folder = user_path(folder)
        self.num_samples = check_count("num_samples", num_samples)
        self.every = check_count("every", every)
        self.seed, self.truncation = seed, truncation
        self.picture = self.epoch = None

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Draws the latents of all grids."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._shows_examples():
            if self.model.examples is None:
                raise ValueError(
                    "SampleGrid shows the `examples` of a model from images to images. "
                    "Received: none. Set model.examples = (sources, targets), uint8 "
                    "images that are not trained on."
                )
            return
        rng = np.random.default_rng(self.seed)
        self.latents = self.model.draw_latents(self.num_samples, rng, self.truncation)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Saves a grid."""
        if (epoch + 1) % self.every == 0:
            if self._shows_examples():
                picture = self.model.picture()
            else:
                generated = self.model.generate(latents=self.latents)
                picture = images.make_picture(generated, self.model.columns)
            images.save_png(self.folder / f"epoch_{epoch + 1:04d}.png", picture)
            self.picture, self.epoch = picture, epoch

    def _shows_examples(self):
        return isinstance(self.model, ImageToImage)
