"""Limits what a network makes to the range of images, except in training."""

import keras
from keras import ops

from kerasgan.types import Tensor


@keras.saving.register_keras_serializable("kerasgan")
class Clip(keras.layers.Layer):
    """Clips its inputs to [-1, 1], except in training.

    A value out of the range would have no gradient in training, and could not return.

    Example:
        ```python
        images = Clip(dtype="float32")(features)
        ```
    """

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Clips inputs of any shape."""
        return inputs if training else ops.clip(inputs, -1.0, 1.0)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """The shape of the inputs."""
        return input_shape
