"""Feeds vectors, such as those of captions, to generators.

Papers: Zhang et al. 2016, https://arxiv.org/abs/1612.03242 (section 3.2, conditioning
augmentation); Tao et al. 2020, https://arxiv.org/abs/2008.05865 (section 3.3,
modulation).
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers, ops

from kerasgan.checks import check_count
from kerasgan.types import Tensor


@keras.saving.register_keras_serializable("kerasgan")
class ConditioningAugmentation(layers.Layer):
    """Puts a random vector around what a caption says in the place of random numbers.

    Takes vectors of captions (N, d), of norm 1, and latents (N, latent_dim). The first
    `size` latents e become mean(caption) + deviation(caption) e; the others stay.

    Args:
        size: How many latents become those of the caption.
        **kwargs: As in `keras.layers.Layer`.

    Example:
        ```python
        x = ConditioningAugmentation(32)([vectors, latents])  # (N, latent_dim)
        ```

    Reference: Zhang et al. 2016, https://arxiv.org/abs/1612.03242, section 3.2.
    """

    def __init__(self, size: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.size = check_count("size", size)
        self.dense = layers.Dense(2 * size, dtype="float32")

    def build(self, input_shape: Sequence[tuple]) -> None:
        """Creates the dense layer that gives means and logarithms of deviations."""
        self.dense.build(input_shape[0])

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        """Latents (N, latent_dim) of the caption."""
        vectors, latents = inputs
        mean, log_deviation = self.moments(vectors)
        drawn = ops.cast(latents[:, : self.size], "float32")
        made = ops.cast(mean + ops.exp(log_deviation) * drawn, latents.dtype)
        return ops.concatenate([made, latents[:, self.size :]], axis=-1)

    def moments(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Means and logarithms of deviations, each (N, size)."""
        both = self.dense(vectors * vectors.shape[-1] ** 0.5)  # of variance 1
        return both[:, : self.size], both[:, self.size :]

    def divergence(self, vectors: Tensor) -> Tensor:
        """KL divergence from N(0, I), a mean over captions and dimensions.

        A scalar of at least 0: (mean^2 + deviation^2 - 1) / 2 - log deviation.
        """
        mean, log_deviation = self.moments(vectors)
        squares = ops.square(mean) + ops.exp(2.0 * log_deviation)
        return ops.mean(0.5 * (squares - 1.0) - log_deviation)

    def compute_output_shape(self, input_shape: Sequence[tuple]) -> tuple:
        """The shape of the latents."""
        return input_shape[1]

    def get_config(self) -> dict:
        """The arguments of the constructor."""
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable("kerasgan")
class Modulation(layers.Layer):
    """Scales and shifts each channel by a vector: x (1 + gamma(v)) + beta(v).

    Args:
        **kwargs: As in `keras.layers.Layer`.

    Example:
        ```python
        x = Modulation()([features, vectors])  # (N, H, W, C) and (N, d)
        ```

    Reference: Tao et al. 2020, https://arxiv.org/abs/2008.05865, eq. 5.
    """

    def build(self, input_shape: Sequence[tuple]) -> None:
        """Creates the dense layer that gives gamma and beta."""
        features, vectors = input_shape
        self.dense = layers.Dense(2 * features[-1])
        self.dense.build(vectors)

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        """Feature maps of the same shape."""
        features, vectors = inputs
        gamma, beta = ops.split(self.dense(vectors)[:, None, None], 2, axis=-1)
        return features * (1.0 + gamma) + beta

    def compute_output_shape(self, input_shape: Sequence[tuple]) -> tuple:
        """The shape of the feature maps."""
        return input_shape[0]
