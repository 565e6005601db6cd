"""Sub-pixel convolution: upsampling by channels that become pixels.

Papers: Shi et al. 2016, https://arxiv.org/abs/1609.05158 (section 2.2); Aitken et al.
2017, https://arxiv.org/abs/1707.02937 (section 3).
"""

from typing import Any

import keras
from keras import ops

from kerasgan.checks import check_count
from kerasgan.types import Tensor


@keras.saving.register_keras_serializable("kerasgan")
class PixelShuffle(keras.layers.Layer):
    """Moves channels to pixels: (N, H, W, C * factor**2) to (N, factor * H, ..., C).

    Channel (i * factor + j) * C + c becomes channel c of row i and column j in each
    block of factor x factor pixels.

    Args:
        factor: How often the sides are multiplied, at least 2.
        **kwargs: As in `keras.layers.Layer`.

    Example:
        ```python
        features = keras.layers.Conv2D(4 * 64, 3, padding="same")(features)
        doubled = PixelShuffle(2)(features)  # 64 channels
        ```

    Reference: Shi et al. 2016, https://arxiv.org/abs/1609.05158, eq. 4.
    """

    def __init__(self, factor: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.factor = check_count("factor", factor, least=2)

    def call(self, inputs: Tensor) -> Tensor:
        """Moves the channels of inputs (N, H, W, C * factor**2)."""
        return ops.depth_to_space(inputs, self.factor, data_format="channels_last")

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """(N, factor * H, factor * W, C); sides that are None stay None."""
        count, height, width, channels = input_shape
        sides = (side and side * self.factor for side in (height, width))
        return count, *sides, channels // self.factor**2

    def get_config(self) -> dict:
        """The arguments of the constructor."""
        return super().get_config() | {"factor": self.factor}


@keras.saving.register_keras_serializable("kerasgan")
class ICNR(keras.initializers.Initializer):
    """Initial weights of a convolution before `PixelShuffle`, without checkerboards.

    All filters that make the same channel start alike. The result then has equal pixels
    in each block, as after a convolution and nearest-neighbor upsampling.

    Args:
        factor: That of `PixelShuffle`.
        initializer: Draws the filters of one pixel.

    Reference: Aitken et al. 2017, https://arxiv.org/abs/1707.02937.
    """

    def __init__(self, factor: int, initializer: Any = "he_normal"):
        self.factor = check_count("factor", factor, least=2)
        self.initializer = keras.initializers.get(initializer)

    def __call__(self, shape: tuple, dtype: str | None = None) -> Tensor:
        """Weights (h, w, channels, filters); filters divisible by factor**2."""
        pixels = self.factor**2
        drawn = self.initializer((*shape[:-1], shape[-1] // pixels), dtype=dtype)
        return ops.tile(drawn, (1, 1, 1, pixels))

    def get_config(self) -> dict:
        """The arguments of the constructor."""
        initializer = keras.initializers.serialize(self.initializer)
        return {"factor": self.factor, "initializer": initializer}
