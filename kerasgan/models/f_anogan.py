"""f-AnoGAN: a WGAN-GP of normal images, and an encoder that finds their latents.

Paper: Schlegl et al. 2019, https://doi.org/10.1016/j.media.2019.01.010 (izi_f).
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from kerasgan import images as pictures
from kerasgan.checks import check_count, check_weight
from kerasgan.core.batches import in_batches
from kerasgan.core.players import Player
from kerasgan.models.wgan_gp import WGANGP
from kerasgan.registry import register
from kerasgan.types import Tensor


@register("f_anogan")
class FAnoGAN(WGANGP):
    """Scores how much an image differs from those of the training set.

    First the GAN trains, then the encoder, while all other networks stay as they are:
    `compile(players=["encoder"])`.

    Args:
        feature_weight: Weight of the distance of the critic's features, kappa.
        **kwargs: Those of `WGANGP`.

    Raises:
        ValueError: If the architecture cannot make `image_shape`.

    Differs from the paper:
        WGANGP's plain convolutions instead of residual networks. The encoder trains
        against the moving average of the generator, which also reconstructs. Normal
        latents, so the encoder's output has no tanh.

    Example:
        ```python
        model = kerasgan.models.FAnoGAN(image_shape=(64, 64, 1))
        model.compile()
        model.fit(images, epochs=100)
        model.compile(players=["encoder"])
        model.fit(images, epochs=20)
        scores = model.score(others)                # float32 (N,), higher is stranger
        maps = model.heatmap(others)                # float32 (N, 64, 64)
        model = kerasgan.models.FAnoGAN.from_preset("my_f_anogan")
        ```

    Reference: Schlegl et al. 2019, https://doi.org/10.1016/j.media.2019.01.010.
    """

    stored = sampled = ("generator", "discriminator", "encoder")
    phases = (("discriminator", "generator"), ("encoder",))
    heads = ("logits", "features")
    scheduled_weights = ("penalty_weight", "feature_weight")
    task, examined = "score", "auroc"

    def __init__(self, *, feature_weight: float = 1.0, **kwargs: Any):
        self.feature_weight = check_weight("feature_weight", feature_weight)
        super().__init__(**kwargs)

    def build_discriminator(self) -> keras.Model:
        critic = super().build_discriminator()
        features = critic.layers[-3].output  # the input of the last dense layer
        heads = {"logits": critic.output, "features": features}
        return keras.Model(critic.inputs[0], heads, name="discriminator")

    def build_encoder(self) -> keras.Model:
        """Images (N, H, W, C) to latents (N, latent_dim), on the critic's layers."""
        critic = super().build_discriminator()
        features = critic.layers[-3].output
        x = layers.Dense(self.latent_dim, dtype="float32", name="latents")(features)
        return keras.Model(critic.inputs[0], x, name="encoder")

    def define_players(self) -> list[Player]:
        return [*super().define_players(), Player("encoder")]

    def default_optimizer(self, player: str) -> keras.optimizers.Optimizer:
        if player == "encoder":
            return keras.optimizers.RMSprop(5e-5)
        return super().default_optimizer(player)

    def encoder_loss(self, batch: Any) -> Tensor:
        """The mean score of the batch; only the encoder has a gradient."""
        latents = self.apply("encoder", batch.real)
        weight = self.scheduled("feature_weight")
        with self.frozen():  # as when it scores
            return ops.mean(self.distances(batch.real, latents, self.apply, weight))

    def distances(
        self, images: Tensor, latents: Tensor, apply: Callable, feature_weight: Any
    ) -> Tensor:
        """How far images are from their reconstructions, (N,).

        Args:
            images: (N, H, W, C), float32.
            latents: What the encoder makes of them, (N, latent_dim).
            apply: Maps the name of a network and its input to its output.
            feature_weight: Weight of the distance of the features.
        """
        again = apply("generator", latents)
        features = apply("discriminator", images)["features"]
        others = apply("discriminator", again)["features"]
        distance = ops.mean(ops.square(images - again), axis=(1, 2, 3))
        inner = ops.mean(ops.square(features - others), axis=-1)
        return distance + feature_weight * inner

    def score(self, images: Any, batch_size: int = 128) -> np.ndarray:
        """How much images differ from those of the training set.

        Args:
            images: (N, H, W, C), uint8 or floats in [-1, 1].
            batch_size: Images computed at once.

        Returns:
            float32 (N,); higher is stranger. There is no fixed threshold.

        Raises:
            ValueError: If the images do not fit, or the encoder is not trained.
        """
        images, latents = self._encoded(images, batch_size)

        def distances(rows):
            scores = self.distances(*rows, self._apply_one, self.feature_weight)
            return ops.convert_to_numpy(scores)

        return in_batches(distances, [images, latents], batch_size)

    def heatmap(self, images: Any, batch_size: int = 128) -> np.ndarray:
        """Where images differ from their reconstructions.

        The absolute difference at each pixel, the mean over channels (section 2.3 of
        the paper).

        Args:
            images: As in `score`.
            batch_size: Images computed at once.

        Returns:
            float32 (N, H, W), from 0 to 2: images are in [-1, 1].

        Raises:
            ValueError: As `score`.
        """
        images, latents = self._encoded(images, batch_size)

        def differences(rows):
            given, codes = rows
            again = self._apply_one("generator", codes)
            return np.abs(given - again).mean(axis=-1)

        return in_batches(differences, [images, latents], batch_size)

    @property
    def can_score(self) -> bool:
        """Whether the encoder has been trained; a new one has a bias of zeros."""
        bias = self.encoder.get_layer("latents").bias
        return bool(ops.convert_to_numpy(bias).any())

    def _encoded(self, images, batch_size):
        """Images as float32 (N, H, W, C), and their latents (N, latent_dim)."""
        images = pictures.to_float(self.check_inputs(images))
        check_count("batch_size", batch_size)
        if not self.can_score:
            raise ValueError(
                "`score` and `heatmap` need a trained encoder. Received: one that was "
                'never trained. Train it after the GAN: compile(players=["encoder"]), '
                "then fit(images)."
            )
        encoder = partial(self.infer, "encoder")
        return images, in_batches(encoder, [images], batch_size)

    def _apply_one(self, name, x):
        """The outputs of a stored network that has one input, float32."""
        outputs = self.infer(name, [x])
        return keras.tree.map_structure(lambda x: np.asarray(x, "float32"), outputs)

    def describe(self) -> dict:
        """As in `GAN`; also that the model scores images."""
        return super().describe() | {"task": self.task}
