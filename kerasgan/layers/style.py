"""Layers of StyleGAN2: modulated convolutions, noise, the mean style, deviations.

Papers: Karras et al. 2020, https://arxiv.org/abs/1912.04958 (section 2); Karras et al.
2019, https://arxiv.org/abs/1812.04948 (section 2).
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasgan import backend
from kerasgan.layers.equalized import Equalized, EqualizedDense
from kerasgan.types import Tensor


@keras.saving.register_keras_serializable("kerasgan")
class ModulatedConv2D(Equalized):
    """A convolution whose input channels are scaled by each image's own style.

    A dense layer makes the scales s from the style. Demodulation divides each output by
    the norm of its weights: y_j = sum_i s_i w_ij x_i / sqrt(sum_i s_i^2 w_ij^2 + 1e-8).
    Inputs and outputs are scaled instead of weights, which gives the same numbers and
    needs no grouped kernels.

    Args:
        units: Filters.
        kernel_size: Side of the kernel.
        index: Which of the styles scales its inputs.
        demodulate: Whether to demodulate; otherwise, weights are only scaled by
            `gain` / sqrt(fan-in).
        **kwargs: `gain`, `bias`, ... of `Equalized`.

    Example:
        ```python
        x = ModulatedConv2D(64, 3, index=0)([features, styles])
        ```

    Reference: Karras et al. 2020, https://arxiv.org/abs/1912.04958, eq. 1 to 3.
    """

    def __init__(
        self,
        units: int,
        kernel_size: int,
        index: int = 0,
        demodulate: bool = True,
        **kwargs: Any,
    ):
        super().__init__(units, **kwargs)
        self.kernel_size, self.index, self.demodulate = kernel_size, index, demodulate

    def build(self, input_shape: Sequence[tuple]) -> None:
        """Creates the kernel, the bias, and the dense layer of the style."""
        (*_, channels), (count, _, length) = input_shape
        self.add_weights((self.kernel_size, self.kernel_size, channels, self.units))
        self.affine = EqualizedDense(channels, bias=1.0, dtype="float32", name="affine")
        self.affine.build((count, length))

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        """Maps images (N, H, W, C) and styles (N, layers, d) to (N, H, W, units)."""
        images, styles = inputs
        scales = self.affine(styles[:, self.index])
        factors = self._factors(scales)
        if self.kernel_size == 1:
            return self.with_bias(self._pointwise(images, scales, factors))
        scales, factors, kernel = (
            ops.cast(x, images.dtype) for x in (scales, factors, self.kernel)
        )
        scaled, last = images * scales[:, None, None], "channels_last"
        outputs = ops.conv(scaled, kernel, padding="same", data_format=last)
        return self.with_bias(outputs * factors[:, None, None])

    def _factors(self, scales):
        """What the outputs are multiplied by, (N, units), or (1, units) for all."""
        if not self.demodulate:
            return ops.full((1, self.units), self.scale, dtype="float32")
        squares = ops.sum(ops.square(self.kernel), axis=(0, 1))
        norms = ops.matmul(ops.square(scales), squares)
        return self.gain * ops.rsqrt(norms + 1e-8)

    def _pointwise(self, images, scales, factors):
        """For a kernel of one pixel: a product with weights of each image's own."""
        own = scales[:, :, None] * self.kernel[0, 0] * factors[:, None]
        _, height, width, channels = images.shape
        pixels = ops.reshape(images, (-1, height * width, channels))
        outputs = ops.matmul(pixels, ops.cast(own, images.dtype))
        return ops.reshape(outputs, (-1, height, width, self.units))

    def compute_output_shape(self, input_shape: Sequence[tuple]) -> tuple:
        """(N, H, W, units)."""
        return (*input_shape[0][:-1], self.units)

    def get_config(self) -> dict:
        """The arguments of the constructor."""
        own = {"kernel_size": self.kernel_size, "index": self.index}
        return super().get_config() | own | {"demodulate": self.demodulate}


@keras.saving.register_keras_serializable("kerasgan")
class Doubling(keras.layers.Layer):
    """`keras.layers.UpSampling2D(interpolation="bilinear")` with second derivatives.

    On TensorFlow, that layer has none: the gradient of a path length would be wrong.

    Example:
        ```python
        x = Doubling()(features)  # (N, H, W, C) to (N, 2 H, 2 W, C)
        ```
    """

    def call(self, inputs: Tensor) -> Tensor:
        """Multiplies both sides of inputs (N, H, W, C) by a constant matrix."""
        _, height, width, channels = inputs.shape
        rows, columns = (
            ops.cast(_bilinear(side), inputs.dtype) for side in (height, width)
        )
        x = ops.matmul(rows, ops.reshape(inputs, (-1, height, width * channels)))
        x = ops.matmul(columns, ops.reshape(x, (-1, width, channels)))
        return ops.reshape(x, (-1, 2 * height, 2 * width, channels))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """Both sides are doubled."""
        count, height, width, channels = input_shape
        return count, 2 * height, 2 * width, channels


def _bilinear(side):
    """(2 side, side): the weights of the old pixels in each new one."""
    source = np.clip((np.arange(2 * side) - 0.5) / 2, 0, side - 1)
    return np.maximum(0, 1 - np.abs(source[:, None] - np.arange(side)))


@keras.saving.register_keras_serializable("kerasgan")
class Noise(keras.layers.Layer):
    """Adds noise with one learned strength, which starts at 0.

    Training draws it anew for each image. Otherwise it is a stored map, the same for
    all images, so that the same latents give the same image on every backend.

    Args:
        **kwargs: As in `keras.layers.Layer`.

    Example:
        ```python
        x = Noise()(features)  # (N, H, W, C), the same shape
        ```
    """

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.random = keras.random.SeedGenerator()

    def build(self, input_shape: tuple) -> None:
        """Creates the strength and the stored map."""
        self.strength = self.add_weight(shape=(), initializer="zeros", name="strength")
        self.map = self.add_weight(
            shape=(*input_shape[1:3], 1),
            initializer=keras.initializers.RandomNormal(stddev=1.0),
            trainable=False,
            name="map",
        )

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Adds noise to feature maps (N, H, W, C)."""
        noise = self.map
        if training:
            shape = ops.shape(inputs)[0], *inputs.shape[1:3], 1
            noise = backend.normal(shape, self.random)
        strength = ops.cast(self.strength, inputs.dtype)
        return inputs + strength * ops.cast(noise, inputs.dtype)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """The shape of the inputs."""
        return input_shape


@keras.saving.register_keras_serializable("kerasgan")
class Constant(keras.layers.Layer):
    """A learned start, the same for all images: N(0, 1) at first.

    Args:
        shape: (h, w, filters).
        **kwargs: As in `keras.layers.Layer`.

    Example:
        ```python
        x = Constant((4, 4, 512))(styles)  # (N, 4, 4, 512), whatever the styles are
        ```
    """

    def __init__(self, shape: Sequence[int], **kwargs: Any):
        super().__init__(**kwargs)
        self.shape = tuple(shape)

    def build(self, input_shape: tuple) -> None:
        """Creates the start."""
        normal = keras.initializers.RandomNormal(stddev=1.0)
        self.start = self.add_weight(shape=self.shape, initializer=normal, name="start")

    def call(self, inputs: Tensor) -> Tensor:
        """Repeats the start for inputs (N, ...)."""
        start = ops.cast(self.start, self.compute_dtype)
        return ops.broadcast_to(start[None], (ops.shape(inputs)[0], *self.shape))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """(N, h, w, filters)."""
        return (input_shape[0], *self.shape)

    def get_config(self) -> dict:
        """The arguments of the constructor."""
        return super().get_config() | {"shape": self.shape}


@keras.saving.register_keras_serializable("kerasgan")
class MovingMean(keras.layers.Layer):
    """Passes its inputs on, and keeps their moving mean, for truncation.

    Args:
        decay: Of the mean, for each batch of a training.
        **kwargs: As in `keras.layers.Layer`.

    Example:
        ```python
        styles = MovingMean()(styles)  # (N, d), the same
        ```

    Reference: Karras et al. 2019, https://arxiv.org/abs/1812.04948, appendix B.
    """

    def __init__(self, decay: float = 0.995, **kwargs: Any):
        super().__init__(**kwargs)
        self.decay = decay

    def build(self, input_shape: tuple) -> None:
        """Creates the mean, zeros."""
        options = {"shape": (input_shape[-1],), "initializer": "zeros"}
        options |= {"trainable": False, "autocast": False}
        self.mean = self.add_weight(name="mean", **options)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Returns the inputs (N, d)."""
        if training:
            mean = ops.mean(ops.cast(ops.stop_gradient(inputs), "float32"), axis=0)
            change = backend.mean_of_replicas(mean) - self.mean.value
            self.mean.assign(self.mean.value + (1.0 - self.decay) * change)
        return inputs

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """The shape of the inputs."""
        return input_shape

    def get_config(self) -> dict:
        """The arguments of the constructor."""
        return super().get_config() | {"decay": self.decay}


@keras.saving.register_keras_serializable("kerasgan")
class UnitLength(keras.layers.Layer):
    """Scales vectors to a mean square of 1.

    Example:
        ```python
        x = UnitLength()(latents)  # (N, d), the same shape
        ```

    Reference: Karras et al. 2018, https://arxiv.org/abs/1710.10196, section 4.2.
    """

    def call(self, inputs: Tensor) -> Tensor:
        """Scales inputs (N, d)."""
        squares = ops.mean(ops.square(inputs), axis=-1, keepdims=True)
        return inputs * ops.rsqrt(squares + 1e-8)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """The shape of the inputs."""
        return input_shape


@keras.saving.register_keras_serializable("kerasgan")
class MinibatchDeviation(keras.layers.Layer):
    """Adds a channel that shows how much the images of a batch differ.

    It is the mean, over positions and channels, of the deviation over the batch.

    Example:
        ```python
        x = MinibatchDeviation()(features)  # (N, H, W, C) to (N, H, W, C + 1)
        ```

    Reference: Karras et al. 2018, https://arxiv.org/abs/1710.10196, section 3.

    Differs from the paper:
        It has one group, the batch of a device; StyleGAN2's code has groups of 4.
    """

    def call(self, inputs: Tensor) -> Tensor:
        """Maps feature maps (N, H, W, C) to (N, H, W, C + 1)."""
        wide = ops.cast(inputs, "float32")
        variance = ops.mean(ops.square(wide - ops.mean(wide, axis=0)), axis=0)
        deviation = ops.cast(ops.mean(ops.sqrt(variance + 1e-8)), inputs.dtype)
        shape = (*ops.shape(inputs)[:-1], 1)
        return ops.concatenate([inputs, ops.broadcast_to(deviation, shape)], axis=-1)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """One more channel."""
        return (*input_shape[:-1], input_shape[-1] + 1)


def mix_styles(first: Tensor, second: Tensor, probability: float, seed: Any) -> Tensor:
    """Style mixing: with a probability, the later layers get another style.

    Args:
        first: Styles (N, layers, d).
        second: Styles (N, layers, d).
        probability: Of an image being mixed, from 0 to 1.
        seed: A `keras.random.SeedGenerator`.

    Returns:
        Styles (N, layers, d). The layer of the change is uniform from 1 to the last.

    Reference: Karras et al. 2019, https://arxiv.org/abs/1812.04948, section 3.1.
    """
    count, layers = ops.shape(first)[0], first.shape[1]
    mixed, place = (backend.uniform((count, 1, 1), seed) for _ in range(2))
    change = 1.0 + ops.floor(place * (layers - 1))
    change = ops.where(mixed < probability, change, float(layers))
    index = ops.reshape(ops.arange(layers, dtype="float32"), (1, -1, 1))
    return ops.where(index < change, first, second)
