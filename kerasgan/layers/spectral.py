"""Spectral normalization: a layer whose largest singular value is 1.

Paper: Miyato et al. 2018, https://arxiv.org/abs/1802.05957 (section 2.1, appendix A).
"""

import keras
from keras import ops


@keras.saving.register_keras_serializable("kerasgan")
class SpectralNorm(keras.layers.Wrapper):
    """Divides a linear layer's weights by their largest singular value, sigma.

    One power iteration in each training call estimates sigma. The division stays in
    the graph, so that the gradient is that of W / sigma; only the vector u is stored.

    Args:
        layer: A `Dense` or `Conv2D` without activation, whose kernel is taken as a
            matrix of a column for each output.
        **kwargs: As `keras.layers.Layer`.

    Raises:
        ValueError: If the layer has an activation.

    Example:
        ```python
        x = SpectralNorm(keras.layers.Conv2D(64, 3, padding="same"))(images)
        ```
    """

    def __init__(self, layer: keras.Layer, **kwargs):
        super().__init__(layer, **kwargs)
        if layer.activation is not keras.activations.linear:
            raise ValueError(
                "`layer` must be linear. Received: one with the activation "
                f"{layer.activation.__name__}. Put it into a layer of its own."
            )

    def build(self, input_shape):
        """Makes u, and W of the layer."""
        super().build(input_shape)
        self.u = self.add_weight(
            shape=(self.layer.kernel.shape[-1],),
            initializer="random_normal",
            trainable=False,
            name="u",
        )

    def call(self, inputs, training: bool = False):
        """What the layer gives, with W / sigma in place of W."""
        bias = (
            ops.cast(self.layer.bias, self.compute_dtype) if self.layer.use_bias else 0
        )
        sigma = ops.cast(self._sigma(training), self.compute_dtype)
        return (self.layer(inputs) - bias) / sigma + bias

    def _sigma(self, training):
        kernel = ops.convert_to_tensor(self.layer.kernel)
        matrix = ops.cast(ops.reshape(kernel, (-1, kernel.shape[-1])), "float32")
        frozen = ops.stop_gradient(matrix)
        v = _unit(ops.matmul(frozen, ops.convert_to_tensor(self.u)))
        u = _unit(ops.matmul(ops.transpose(frozen), v))
        if training:
            self.u.assign(u)
        return ops.sum(v * ops.matmul(matrix, u))


def _unit(vector):
    return vector / (ops.norm(vector) + 1e-12)
