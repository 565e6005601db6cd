"""Self-attention between all positions of an image.

Paper: Zhang et al. 2018, https://arxiv.org/abs/1805.08318 (section 3, eq. 1 to 3).
"""

import keras
from keras import ops

from kerasgan.layers.fixed import Conv2D
from kerasgan.layers.spectral import SpectralNorm
from kerasgan.types import Tensor


@keras.saving.register_keras_serializable("kerasgan")
class SelfAttention(keras.layers.Layer):
    """Adds gamma times the attention of each position to all others; gamma starts at 0.

    Queries and keys have an eighth of the channels, values half of them. Keys and
    values are pooled 2x2. The 1x1 convolutions are spectrally normalized.

    Args:
        **kwargs: As in `keras.layers.Layer`.

    Raises:
        ValueError: If the inputs have fewer than 8 channels or odd sides.

    Differs from the paper:
        As in the authors' code, keys and values are pooled, and values have half of the
        channels (paper: an eighth).

    Example:
        ```python
        x = SelfAttention()(features)  # (N, 16, 16, 64), the same shape
        ```
    """

    def build(self, input_shape: tuple) -> None:
        """Creates the convolutions f, g, h and v of the paper, and gamma."""
        channels = input_shape[-1]
        if channels < 8 or any(side % 2 for side in input_shape[1:3]):
            raise ValueError(
                "`SelfAttention` needs at least 8 channels and even sides. "
                f"Received: inputs of shape {tuple(input_shape)}. Give it more "
                "filters, or images of another size."
            )
        self.f, self.g, self.h, self.v = (
            SpectralNorm(Conv2D(filters, 1, use_bias=False), name=name)
            for name, filters in zip(
                "fghv",
                (channels // 8, channels // 8, channels // 2, channels),
                strict=True,
            )
        )
        for conv in (self.f, self.g, self.h):
            conv.build(input_shape)
        self.v.build((*input_shape[:-1], channels // 2))
        self.gamma = self.add_weight(shape=(), initializer="zeros", name="gamma")

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """Maps feature maps (N, H, W, C) to feature maps of the same shape."""
        height, width, channels = images.shape[1:]
        queries = ops.reshape(
            self.g(images, training=training), (-1, height * width, channels // 8)
        )
        keys = _pooled(self.f(images, training=training))
        values = _pooled(self.h(images, training=training))
        scores = ops.matmul(queries, ops.transpose(keys, (0, 2, 1)))
        attended = ops.matmul(ops.softmax(scores, axis=-1), values)
        attended = ops.reshape(attended, (-1, height, width, channels // 2))
        return images + self.gamma * self.v(attended, training=training)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """Returns the shape of the input."""
        return input_shape


def _pooled(x):
    """Max pooling 2x2: (N, H, W, C) to (N, H W / 4, C)."""
    pooled = ops.max_pool(x, (2, 2), strides=(2, 2), data_format="channels_last")
    return ops.reshape(pooled, (-1, pooled.shape[1] * pooled.shape[2], x.shape[-1]))
