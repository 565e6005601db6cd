"""Padding that continues images, where zeros would show as a frame."""

from typing import Any

import keras
from keras import ops

from kerasgan.checks import check_count
from kerasgan.types import Tensor


@keras.saving.register_keras_serializable("kerasgan")
class ReplicationPadding2D(keras.layers.Layer):
    """Repeats the first and last rows and columns of images (N, H, W, C).

    Before a convolution without padding, it keeps the sides, and a uniform image stays
    uniform up to its edges.

    Args:
        size: Rows and columns to add at each end, at least 1.
        **kwargs: As in `keras.layers.Layer`.

    Example:
        ```python
        x = ReplicationPadding2D(1)(images)
        x = keras.layers.Conv2D(64, 3)(x)
        ```
    """

    def __init__(self, size: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.size = check_count("size", size)

    def call(self, inputs: Tensor) -> Tensor:
        """Pads images (N, H, W, C)."""
        rows = [inputs[:, :1]] * self.size, [inputs[:, -1:]] * self.size
        x = ops.concatenate([*rows[0], inputs, *rows[1]], axis=1)
        columns = [x[:, :, :1]] * self.size, [x[:, :, -1:]] * self.size
        return ops.concatenate([*columns[0], x, *columns[1]], axis=2)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """(N, H + 2 size, W + 2 size, C); sides that are None stay None."""
        count, height, width, channels = input_shape
        sides = (side and side + 2 * self.size for side in (height, width))
        return count, *sides, channels

    def get_config(self) -> dict:
        """The arguments of the constructor."""
        return super().get_config() | {"size": self.size}
