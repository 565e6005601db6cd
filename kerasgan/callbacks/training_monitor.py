"""Warns of the usual failures of a GAN while it trains."""

import warnings
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasgan import losses
from kerasgan.checks import check_count
from kerasgan.core.batches import as_float
from kerasgan.metrics.modes import diversity

VARIED = 5.0  # levels of 255 from which on a fall of the diversity means something
MOVING, STILL = 1.0, 0.02  # levels of 255 by which images change, and do no longer
SEPARATED = 0.98  # share of pairs; in the zoo's presets it is 0.58 to 0.86
AFTER = 1000  # batches: a generator begins as noise
PATIENCE = 5  # measurements in a row


class TrainingMonitor(keras.callbacks.Callback):
    """Warns in words if a training fails in one of three ways.

    After every n-th epoch the moving average generates images from fixed latents. If
    they stay the same, the training has come to an end. Added to the logs are:

    - "diversity", `metrics.diversity` of these images in levels of 255. If it falls
      below a share of the highest value so far, the generator is collapsing. In a
      healthy training it varies by a few percent. It is computed from pixels, so it
      does not show that a class is missing. For models with labels or codes, it is the
      diversity within a class.
    - "separation", if `dataset` is passed: the share of pairs of a real and a generated
      image in which the discriminator gives the real one the higher logit. 0.5 is
      chance. If it stays near 1, the discriminator has won, and the generator has
      little to learn from.

    An epoch without a measurement has NaN.

    Args:
        dataset: A dataset of `kerasgan.data.load`, whose first batch is looked at.
        num_samples: Number of images.
        every: Epochs between two measurements.
        share: The share of the highest diversity below which it warns, in (0, 1).
        seed: Seed of the latents.
        highest: The highest diversity before this `fit`, for a resumed training.
        after: Batches before which it does not judge.

    Attributes:
        highest: The highest diversity so far, in levels of 255.

    Raises:
        ValueError: If an argument is out of its range.

    Example:
        ```python
        gan.fit(dataset, epochs=50, callbacks=[TrainingMonitor(dataset)])
        ```
    """

    def __init__(
        self,
        dataset: Any = None,
        num_samples: int = 64,
        every: int = 1,
        share: float = 0.8,
        seed: int = 0,
        highest: float = 0.0,
        after: int = AFTER,
    ):
        super().__init__()
        self.num_samples = check_count("num_samples", num_samples, least=2)
        self.every = check_count("every", every)
        if not 0.0 < share < 1.0:
            raise ValueError(
                f"`share` must be between 0 and 1. Received: share={share!r}. "
                "0.8 warns if a fifth of the diversity is lost."
            )
        self.dataset, self.after = dataset, check_count("after", after, least=0)
        self.share, self.seed = share, check_count("seed", seed, least=0)
        self.highest, self._fallen, self._before = highest, False, None
        self._moved, self._counts = False, {"change": 0, "separation": 0}

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Draws the latents."""
        rng, count = np.random.default_rng(self.seed), self.num_samples
        self.latents = self.model.draw_latents(count, rng)
        self.given, self.groups = self.model.condition.groups(count, self.latents)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Measures, and warns."""
        names = ["diversity", *["separation"] * (self.dataset is not None)]
        values = dict.fromkeys(names, np.nan)
        if (epoch + 1) % self.every == 0:
            generated = self.model.generate(latents=self.latents, **self.given)
            values["diversity"] = diversity(generated, self.groups)
            if self.dataset is not None:
                values["separation"] = self._separation()
            if self.model.updates >= self.after:
                self._check_diversity(epoch, values["diversity"])
                self._check_change(epoch, generated)
                self._check_separation(epoch, values.get("separation", np.nan))
        if logs is not None:
            logs |= values

    def _separation(self) -> float:
        """How well the discriminator tells real images from generated ones."""
        real, *given = self.dataset[0]
        model, count = self.model, min(len(real), self.num_samples)
        noise, drawn = model.condition.split(self.latents[:count])
        labeled = model.condition.name is not None and given
        given = given[0][:count] if labeled else None
        value = model.condition.value(given, count, drawn)
        inputs = model.condition.to_generator(noise, value)
        value = None if value is None else ops.convert_to_tensor(value)
        with model.frozen():
            fake = model.apply("generator", *map(ops.convert_to_tensor, inputs))
            critic = model.critic(value)
            outputs = [critic(x) for x in (as_float(real[:count]), fake)]
        real_logits, fake_logits = (
            np.ravel(ops.convert_to_numpy(losses.logits_of(x))) for x in outputs
        )
        return float((real_logits[:, None] > fake_logits[None]).mean())

    def _check_diversity(self, epoch, value):
        self.highest = max(self.highest, value)
        fallen = self.highest > VARIED and value < self.share * self.highest
        if fallen and not self._fallen:
            _warn(
                epoch,
                f"the generator is collapsing. The diversity of {self.num_samples} "
                f"images fell to {value:.1f}, from {self.highest:.1f} of 255 levels. "
                "Stop and return to the best state (KeepBest), or train with lower "
                "learning rates, instance noise or a penalty.",
            )
        self._fallen = fallen

    def _check_change(self, epoch, generated):
        before, self._before = self._before, generated
        if before is None:
            return
        value = float(np.abs(generated.astype("float32") - before).mean())
        self._moved = self._moved or value > MOVING
        if self._lasts("change", self._moved and value < STILL):
            _warn(
                epoch,
                f"the images have stopped changing: by {value:.3f} of 255 levels since "
                "the last measurement. End the training, or train with higher learning "
                "rates.",
            )

    def _check_separation(self, epoch, value):
        if self._lasts("separation", value > SEPARATED):
            _warn(
                epoch,
                f"the discriminator has won. It tells real images from generated ones "
                f"in {value:.0%} of all pairs. With few images, train with "
                'augmentation="ada"; otherwise with a lower learning rate of the '
                "discriminator, or a penalty.",
            )

    def _lasts(self, name: str, failing: bool) -> bool:
        """Whether a failure has just lasted for `PATIENCE` measurements."""
        self._counts[name] = self._counts[name] + 1 if failing else 0
        return self._counts[name] == PATIENCE


def _warn(epoch, text):
    warnings.warn(f"Epoch {epoch + 1}: {text}", stacklevel=4)
