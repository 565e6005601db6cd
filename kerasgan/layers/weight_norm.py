"""Weight normalization: the length of a weight vector apart from its direction.

Paper: Salimans and Kingma 2016, https://arxiv.org/abs/1602.07868 (eq. 2).
"""

from typing import Any

import keras
from keras import ops

from kerasgan.layers.spectral import check_linear, linear
from kerasgan.types import Tensor


@keras.saving.register_keras_serializable("kerasgan")
class WeightNorm(keras.layers.Wrapper):
    """Gives the weights of each output of a linear layer a length that is learned.

    They are g v / ||v||: v is the layer's kernel, and g a scalar for each output.

    Args:
        layer: A `Dense` layer or a `Conv2D` layer of one group, without activation.
        gain: The initial g. 2^(1/2) keeps the scale of features through a ReLU.
        **kwargs: As in `keras.layers.Layer`.

    Raises:
        ValueError: If the layer is of another class, or has groups or an activation.

    Example:
        ```python
        x = WeightNorm(keras.layers.Dense(250))(features)  # (N, 250)
        ```

    Differs from the paper:
        No initialization by data.

    Reference: Salimans and Kingma 2016, https://arxiv.org/abs/1602.07868.
    """

    def __init__(self, layer: keras.Layer, gain: float = 2**0.5, **kwargs: Any):
        super().__init__(layer, **kwargs)
        check_linear(layer)
        self.gain = gain

    def build(self, input_shape: tuple) -> None:
        """Creates g, and the layer's v."""
        super().build(input_shape)
        self.g = self.add_weight(
            shape=(self.layer.kernel.shape[-1],),
            initializer=keras.initializers.Constant(self.gain),
            autocast=False,
            name="g",
        )

    def call(self, inputs: Tensor) -> Tensor:
        """Calls the layer with g v / ||v||. The norm is computed in float32."""
        v = ops.cast(ops.convert_to_tensor(self.layer.kernel), "float32")
        axes = tuple(range(len(v.shape) - 1))
        norm = ops.sqrt(ops.sum(ops.square(v), axis=axes) + 1e-12)
        kernel = ops.cast(v * (self.g / norm), self.compute_dtype)
        return linear(self.layer, inputs, kernel, self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """That of the layer."""
        return self.layer.compute_output_shape(input_shape)

    def get_config(self) -> dict:
        """The arguments of the constructor."""
        return super().get_config() | {"gain": self.gain}
