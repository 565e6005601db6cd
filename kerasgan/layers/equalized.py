"""Layers with equalized learning rates: weights N(0, 1), scaled when they are used.

Paper: Karras et al. 2018, https://arxiv.org/abs/1710.10196 (section 4.1).
"""

import math
from typing import Any

import keras
from keras import ops

from kerasgan.types import Tensor


class Equalized(keras.layers.Layer):
    """A linear layer whose weights adapt at one speed, whatever their number.

    Its kernel starts as N(0, 1) and is multiplied by gain / sqrt(fan-in) in each call.
    Optimizers that normalize gradients, such as Adam, then change all layers alike.

    Args:
        units: Outputs of a position.
        gain: The factor; sqrt(2) makes up for a leaky ReLU that follows.
        rate: A factor on the speed; the weights start as N(0, 1 / rate^2).
        bias: The initial bias; None for no bias.
        **kwargs: As in `keras.layers.Layer`.
    """

    def __init__(
        self,
        units: int,
        gain: float = 1.0,
        rate: float = 1.0,
        bias: float | None = 0.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.units, self.gain, self.rate, self.initial_bias = units, gain, rate, bias

    def add_weights(self, shape: tuple[int, ...]) -> None:
        """Creates the kernel of that shape, outputs last, and the bias."""
        self.kernel = self.add_weight(
            shape=shape,
            initializer=keras.initializers.RandomNormal(stddev=1.0 / self.rate),
            autocast=False,
            name="kernel",
        )
        self.scale = self.gain * self.rate / math.sqrt(math.prod(shape[:-1]))
        self.bias = None
        if self.initial_bias is not None:
            initial = keras.initializers.Constant(self.initial_bias / self.rate)
            options = {"initializer": initial, "autocast": False}
            self.bias = self.add_weight(shape=(self.units,), name="bias", **options)

    def with_bias(self, outputs: Tensor) -> Tensor:
        """Outputs (..., units) plus the bias, if there is one."""
        if self.bias is None:
            return outputs
        return outputs + ops.cast(self.bias, self.compute_dtype) * self.rate

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """The last axis becomes `units`."""
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict:
        """The arguments of the constructor."""
        own = {"units": self.units, "gain": self.gain, "rate": self.rate}
        return super().get_config() | own | {"bias": self.initial_bias}


@keras.saving.register_keras_serializable("kerasgan")
class EqualizedDense(Equalized):
    """`keras.layers.Dense` with an equalized learning rate.

    Example:
        ```python
        x = EqualizedDense(64, gain=2**0.5, rate=0.01)(latents)
        ```
    """

    def build(self, input_shape: tuple) -> None:
        """Creates the weights."""
        self.add_weights((input_shape[-1], self.units))

    def call(self, inputs: Tensor) -> Tensor:
        """Maps inputs (N, d) to outputs (N, units)."""
        kernel = ops.cast(self.kernel, self.compute_dtype) * self.scale
        return self.with_bias(ops.matmul(inputs, kernel))


@keras.saving.register_keras_serializable("kerasgan")
class EqualizedConv2D(Equalized):
    """`keras.layers.Conv2D` with an equalized learning rate, for images (N, H, W, C).

    Args:
        units: Filters.
        kernel_size: Side of the kernel.
        strides: Pixels from one output to the next.
        padding: "same" or "valid".
        **kwargs: As in `Equalized`.

    Example:
        ```python
        x = EqualizedConv2D(64, 3, gain=2**0.5)(images)
        ```
    """

    def __init__(
        self,
        units: int,
        kernel_size: int,
        strides: int = 1,
        padding: str = "same",
        **kwargs: Any,
    ):
        super().__init__(units, **kwargs)
        self.kernel_size, self.strides, self.padding = kernel_size, strides, padding

    def build(self, input_shape: tuple) -> None:
        """Creates the weights."""
        side = self.kernel_size
        self.add_weights((side, side, input_shape[-1], self.units))

    def call(self, inputs: Tensor) -> Tensor:
        """Maps feature maps (N, H, W, C) to (N, H, W, units)."""
        kernel = ops.cast(self.kernel, self.compute_dtype) * self.scale
        options = {"padding": self.padding, "data_format": "channels_last"}
        return self.with_bias(ops.conv(inputs, kernel, self.strides, **options))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """(N, H, W, units), smaller by the strides and without padding."""
        lost = self.kernel_size - 1 if self.padding == "valid" else 0
        sides = (-(-(n - lost) // self.strides) for n in input_shape[1:3])
        return input_shape[0], *sides, self.units

    def get_config(self) -> dict:
        """The arguments of the constructor."""
        own = {"kernel_size": self.kernel_size, "strides": self.strides}
        return super().get_config() | own | {"padding": self.padding}
