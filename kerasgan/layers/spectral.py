"""Spectral normalization: makes a layer's largest singular value 1.

Paper: Miyato et al. 2018, https://arxiv.org/abs/1802.05957 (section 2.1, appendix A).
"""

from typing import Any

import keras
from keras import ops

from kerasgan.types import Tensor


@keras.saving.register_keras_serializable("kerasgan")
class SpectralNorm(keras.layers.Wrapper):
    """Divides a linear layer's weights by their largest singular value, sigma.

    One power iteration in each call estimates sigma. The division is part of the graph,
    so the gradient is that of W / sigma. Training only stores the vector u.

    Args:
        layer: A `Dense` layer or a `Conv2D` layer of one group, without activation. Its
            kernel is used as a matrix with one column per output.
        **kwargs: As in `keras.layers.Layer`.

    Raises:
        ValueError: If the layer is of another class, or has groups or an activation.

    Example:
        ```python
        x = SpectralNorm(keras.layers.Conv2D(64, 3, padding="same"))(images)
        ```
    """

    def __init__(self, layer: keras.Layer, **kwargs: Any):
        super().__init__(layer, **kwargs)
        check_linear(layer)

    def build(self, input_shape: tuple) -> None:
        """Creates u, and the layer's W."""
        super().build(input_shape)
        self.u = self.add_weight(
            shape=(self.layer.kernel.shape[-1],),
            initializer="random_normal",
            trainable=False,
            autocast=False,
            name="u",
        )

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Calls the layer with W / sigma instead of W."""
        sigma = ops.cast(self._sigma(training), self.compute_dtype)
        kernel = ops.cast(self.layer.kernel, self.compute_dtype) / sigma
        return linear(self.layer, inputs, kernel, self.compute_dtype)

    def _sigma(self, training):
        kernel = ops.convert_to_tensor(self.layer.kernel)
        matrix = ops.cast(ops.reshape(kernel, (-1, kernel.shape[-1])), "float32")
        frozen = ops.stop_gradient(matrix)
        v = _unit(ops.matmul(frozen, ops.convert_to_tensor(self.u)))
        u = _unit(ops.matmul(ops.transpose(frozen), v))
        if training:
            self.u.assign(u)
        return ops.sum(v * ops.matmul(matrix, u))


def check_linear(layer: keras.Layer) -> None:
    """Refuses a layer whose kernel is not one matrix, or that does more.

    Raises:
        ValueError: If it is no `Dense` or `Conv2D`, or has groups or an activation.
    """
    if type(layer) not in (keras.layers.Dense, keras.layers.Conv2D):
        raise ValueError(
            "`layer` must be a keras.layers.Dense or Conv2D. "
            f"Received: {type(layer).__name__}. Other layers need no wrapper."
        )
    if getattr(layer, "groups", 1) != 1:
        raise ValueError(
            "`layer` must have one group, because its kernel is one matrix. "
            f"Received: groups={layer.groups}. Use groups=1."
        )
    if layer.activation is not keras.activations.linear:
        raise ValueError(
            "`layer` must have no activation. Received: "
            f"activation={layer.activation.__name__}. Use a separate layer for it."
        )


def linear(layer: keras.Layer, inputs: Tensor, kernel: Tensor, dtype: str) -> Tensor:
    """The outputs of a `Dense` or `Conv2D` layer with another kernel of its shape."""
    if isinstance(layer, keras.layers.Dense):
        outputs = ops.matmul(inputs, kernel)
    else:
        names = "strides", "padding", "data_format", "dilation_rate"
        outputs = ops.conv(inputs, kernel, **{n: getattr(layer, n) for n in names})
    return outputs + ops.cast(layer.bias, dtype) if layer.use_bias else outputs


def _unit(vector):
    return vector / (ops.norm(vector) + 1e-12)
