"""Measures the quality of the images while a GAN trains."""

import math
from collections.abc import Sequence
from typing import Any

import keras

from kerasgan.checks import check_count
from kerasgan.errors import refuse_unknown
from kerasgan.evaluation.evaluation import NUM_SAMPLES, evaluation_of
from kerasgan.evaluation.extractors import Features
from kerasgan.evaluation.quality import check_metrics
from kerasgan.evaluation.real_data import Dataset


class EvaluateQuality(keras.callbacks.Callback):
    """Measures the moving average after every n-th epoch.

    The values are added to the logs of the epoch, so progress bar, `History`,
    `CSVLogger` and TensorBoard show them. An epoch without a measurement has NaN, so
    that all epochs have the same names. Features of the real images are computed once,
    before the training.

    Args:
        dataset: Real images, as in `GAN.evaluate_quality`.
        features: As in `GAN.evaluate_quality`.
        held_out: As in `GAN.evaluate_quality`.
        every: Epochs between two measurements. The last epoch is also measured.
        num_samples: Number of images to generate.
        seed: Seed of their latents. It differs from that of `GAN.evaluate_quality`, so
            that its value of the best state is not the luck of these latents.
        metrics: Some of `evaluation.METRICS`. By default only the Frechet distance,
            which is fast.
        size: As in `GAN.evaluate_quality`.
        **unknown: Not allowed; the error names the nearest keyword.

    Attributes:
        names: What it adds to the logs, known once the training has begun.
        results: The newest `Result`s by name.

    Raises:
        TypeError: If a keyword is unknown.
        ValueError: If an argument is out of its range, or a metric is unknown or needs
            `held_out`. When the training begins, if a metric lacks its inputs.

    Example:
        ```python
        gan.fit(dataset, epochs=50, callbacks=[EvaluateQuality(dataset, every=5)])
        ```
    """

    def __init__(
        self,
        dataset: Dataset,
        features: Features = "auto",
        held_out: Dataset | None = None,
        every: int = 1,
        num_samples: int = NUM_SAMPLES,
        seed: int = 0,
        metrics: Sequence[str] | None = ("fid",),
        size: int | tuple[int, int] | None = None,
        **unknown: Any,
    ):
        super().__init__()
        refuse_unknown(EvaluateQuality, unknown)
        self.dataset, self.features, self.held_out = dataset, features, held_out
        self.every = check_count("every", every)
        self.options = {"num_samples": num_samples, "seed": seed, "metrics": metrics}
        self.options["size"] = size
        self.evaluation, self.results, self.names = None, {}, []
        check_metrics(metrics, unseen=held_out is not None)
        check_count("num_samples", num_samples, least=10)

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Measures the real images, and announces its names to other callbacks."""
        if self.evaluation is None:
            self.evaluation = evaluation_of(
                self.model, self.dataset, self.features, self.held_out, **self.options
            )
        self.names = self.evaluation.names_for(self.model)
        if logs is not None:  # Keras hands one dictionary to all callbacks in turn
            logs |= dict.fromkeys(self.names)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Measures the images, and adds the values to the logs."""
        values = dict.fromkeys(self.names, math.nan)
        if (epoch + 1) % self.every == 0 or epoch + 1 == self.params.get("epochs"):
            self.results = self.evaluation.of_gan(self.model)
            values |= {name: float(r) for name, r in self.results.items()}
        if logs is not None:
            logs |= values
