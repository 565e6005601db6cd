"""Warns if a generator collapses while a GAN trains."""

import warnings

import keras
import numpy as np

from kerasgan.checks import check_count
from kerasgan.metrics.modes import diversity


class CollapseMonitor(keras.callbacks.Callback):
    """Warns if the images of a generator become more and more alike.

    After each epoch the moving average generates images from fixed latents. Their
    `metrics.diversity` is added to the logs as "diversity". If it falls below a share
    of the highest value so far, the generator has begun to collapse. In a healthy
    training it varies by a few percent. It is computed from pixels, so it does not show
    that a class is missing. For models with labels or codes, it is the diversity within
    a class.

    Args:
        num_samples: Number of images.
        share: The share of the highest diversity below which it warns, in (0, 1).
        seed: Seed of the latents.

    Attributes:
        highest: The highest diversity so far, in levels of 255.

    Raises:
        ValueError: If an argument is out of its range.

    Example:
        ```python
        gan.fit(dataset, epochs=50, callbacks=[CollapseMonitor()])
        ```
    """

    def __init__(self, num_samples: int = 64, share: float = 0.8, seed: int = 0):
        super().__init__()
        self.num_samples = check_count("num_samples", num_samples, least=2)
        if not 0.0 < share < 1.0:
            raise ValueError(
                f"`share` must be between 0 and 1. Received: share={share!r}. "
                "0.8 warns if a fifth of the diversity is lost."
            )
        self.share, self.seed = share, check_count("seed", seed, least=0)
        self.highest, self._fallen = 0.0, False

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Draws the latents."""
        rng, count = np.random.default_rng(self.seed), self.num_samples
        self.latents = self.model.draw_latents(count, rng)
        self.given, self.groups = self.model.condition.groups(count, self.latents)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Measures the diversity, and warns once per fall."""
        generated = self.model.generate(latents=self.latents, **self.given)
        value = diversity(generated, self.groups)
        if logs is not None:
            logs["diversity"] = value
        self.highest = max(self.highest, value)
        fallen = value < self.share * self.highest
        if fallen and not self._fallen:
            warnings.warn(
                f"Epoch {epoch + 1}: the generator is collapsing. The diversity of "
                f"{self.num_samples} images fell to {value:.1f}, from "
                f"{self.highest:.1f} of 255 levels. Stop and return to the best state "
                "(KeepBest), or train with lower learning rates, instance noise or a "
                "penalty.",
                stacklevel=2,
            )
        self._fallen = fallen
