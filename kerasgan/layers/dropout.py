"""Dropout whose random numbers agree across devices and resume with a training.

Paper: Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html.
"""

from typing import Any

import keras
from keras import ops

from kerasgan import backend
from kerasgan.checks import check_weight
from kerasgan.types import Tensor


@keras.saving.register_keras_serializable("kerasgan")
class Dropout(keras.layers.Layer):
    """Sets a share of the inputs to 0 in training, and scales up the others.

    Args:
        rate: The share, in [0, 1).
        seed: Seed of the random numbers; by default from Keras's global seed.
        **kwargs: As in `keras.layers.Layer`.

    Raises:
        ValueError: If the rate is out of its range.

    Example:
        ```python
        x = Dropout(0.5)(features)  # the same shape
        ```
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.rate = check_weight("rate", rate, most=0.99)
        self.seed = seed
        self.random = keras.random.SeedGenerator(seed)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Drops inputs (N, ...) in training; returns them otherwise."""
        if not training or not self.rate:
            return inputs
        drawn = backend.uniform(ops.shape(inputs), self.random)
        kept = ops.cast(drawn >= self.rate, inputs.dtype)
        return inputs * kept / (1.0 - self.rate)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """The shape of the inputs."""
        return input_shape

    def get_config(self) -> dict:
        """The arguments of the constructor."""
        return super().get_config() | {"rate": self.rate, "seed": self.seed}
