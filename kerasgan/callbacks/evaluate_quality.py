"""Measures the quality of the images while a GAN trains."""

from collections.abc import Sequence

import keras

from kerasgan.checks import check_count
from kerasgan.evaluation.evaluation import Evaluation
from kerasgan.evaluation.extractors import Features, features_for
from kerasgan.evaluation.quality import check_metrics, names_of
from kerasgan.evaluation.real_data import Dataset


class EvaluateQuality(keras.callbacks.Callback):
    """Measures the moving average after every n-th epoch.

    The values are added to the logs of the epoch, so progress bar, `History` and
    TensorBoard show them. Features of the real images are computed once, before the
    training.

    Args:
        dataset: Real images, as in `GAN.evaluate_quality`.
        features: As in `GAN.evaluate_quality`.
        held_out: As in `GAN.evaluate_quality`.
        every: Epochs between two measurements. The last epoch is also measured.
        num_samples: Number of images to generate.
        seed: Seed of their latents.
        metrics: Some of `evaluation.METRICS`. By default only the Frechet distance,
            which is fast.

    Attributes:
        results: The newest `Result`s by name.

    Raises:
        ValueError: If an argument is out of its range, or a metric is unknown or needs
            `held_out`.

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
        num_samples: int = 10_000,
        seed: int = 0,
        metrics: Sequence[str] | None = ("fid",),
    ):
        super().__init__()
        self.dataset, self.features, self.held_out = dataset, features, held_out
        self.every = check_count("every", every)
        self.options = {"num_samples": num_samples, "seed": seed, "metrics": metrics}
        self.evaluation, self.results = None, {}
        check_metrics(metrics, unseen=held_out is not None)
        check_count("num_samples", num_samples, least=10)

    @property
    def names(self) -> list[str]:
        """The names that it may add to the logs, known once the training has begun."""
        suffix, metrics = self.evaluation.extractor.suffix, self.options["metrics"]
        return [name + suffix for name in names_of(metrics)]

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Measures the real images, and announces its names to later callbacks."""
        if self.evaluation is None:
            features = features_for(self.model, self.dataset, self.features)
            self.evaluation = Evaluation(
                self.dataset, features, self.held_out, **self.options
            )
        if logs is not None:  # Keras hands one dictionary to all callbacks in turn
            logs |= dict.fromkeys(self.names)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Measures the images, and adds the values to the logs."""
        if (epoch + 1) % self.every == 0 or epoch + 1 == self.params.get("epochs"):
            self.results = self.evaluation.of_gan(self.model)
            if logs is not None:
                logs |= {name: float(r) for name, r in self.results.items()}
