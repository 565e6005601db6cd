"""Noise whose random numbers agree across devices and resume with a training."""

from typing import Any

import keras
from keras import ops

from kerasgan import backend
from kerasgan.checks import check_weight
from kerasgan.types import Tensor


@keras.saving.register_keras_serializable("kerasgan")
class GaussianNoise(keras.layers.Layer):
    """Adds normal noise to the inputs in training.

    Args:
        deviation: The noise's standard deviation, at least 0.
        seed: Seed of the random numbers; by default from Keras's global seed.
        **kwargs: As in `keras.layers.Layer`.

    Raises:
        ValueError: If the deviation is out of its range.

    Example:
        ```python
        x = GaussianNoise(0.5)(features)  # the same shape
        ```
    """

    def __init__(self, deviation: float, seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.deviation = check_weight("deviation", deviation)
        self.seed = seed
        self.random = keras.random.SeedGenerator(seed)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Adds noise to inputs (N, ...) in training; returns them otherwise."""
        if not training or not self.deviation:
            return inputs
        noise = backend.normal(ops.shape(inputs), self.random)
        return inputs + ops.cast(self.deviation * noise, inputs.dtype)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """The shape of the inputs."""
        return input_shape

    def get_config(self) -> dict:
        """The arguments of the constructor."""
        return super().get_config() | {"deviation": self.deviation, "seed": self.seed}
