"""What a GAN says of its own images: their quality, and statistics to draw them by."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np


class Evaluating:
    """Figures of the moving average's images, and its batch statistics."""

    def evaluate_quality(
        self,
        dataset,
        features="auto",
        held_out=None,
        *,
        samples: int = 10_000,
        seed: int = 0,
        figures: Sequence[str] | None = None,
        progress: bool = True,
    ) -> dict[str, Any]:
        """How good the images are: FID and its kin, each with its protocol.

        Of the moving average with refreshed statistics; the GAN stays as it is.

        Args:
            dataset: Real images, usually those trained on: an array, a dataset of
                `kerasgan.data.load`, or an iterable of batches.
            features: "auto" for the data set's classifier, else Inception;
                "inception"; a preset of `list_presets("features")`; a Keras model; a
                function. See `kerasgan.metrics.extractor`.
            held_out: Real images not trained on, for the floor and for memorisation;
                where not given, every fifth image of the dataset gives the floor.
            samples: Images to generate; compare figures of equal counts only.
            seed: Seed of their latents.
            figures: Which of `kerasgan.metrics.FIGURES`; all by default.
            progress: Whether to show progress bars.

        Returns:
            `kerasgan.metrics.Result`s by name, such as "fid_features_mnist";
            "fid" is that of the standard Inception network.

        Raises:
            ValueError: If images, figures or counts are unfit.
            InceptionUnavailableError: If no features can be had.
        """
        from kerasgan.evaluation.evaluation import Evaluation, features_for

        features = features_for(self, dataset, features)
        options = {"figures": figures, "progress": progress}
        evaluation = Evaluation(
            dataset, features, held_out, samples=samples, seed=seed, **options
        )
        return evaluation.of_gan(self)

    def refresh_statistics(self, batches: int = 100, batch_size: int = 64) -> None:
        """Recomputes the moving average's batch statistics from its own images.

        Averages over `batches` of `batch_size` latents from a seed of its own; a
        generator without batch normalization stays as it is.
        """
        norms = [
            layer
            for layer in self.generator_ema._flatten_layers()
            if isinstance(layer, keras.layers.BatchNormalization)
        ]
        momenta = [layer.momentum for layer in norms]
        rng = np.random.default_rng((0, 1))  # no seed that `generate` takes
        try:
            for count in range(batches if norms else 0):
                for layer in norms:
                    layer.trainable, layer.momentum = True, count / (count + 1)
                inputs = self._inputs(self.draw_latents(batch_size, rng), None)
                self.generator_ema(inputs, training=True)
        finally:
            for layer, momentum in zip(norms, momenta, strict=True):
                layer.trainable, layer.momentum = False, momentum
