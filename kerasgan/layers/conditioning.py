"""Feeds labels to networks: as one-hot vectors, as planes, or as a scale per class.

Papers: Mirza & Osindero 2014, https://arxiv.org/abs/1411.1784 (section 3.2); Dumoulin
et al. 2017, https://arxiv.org/abs/1610.07629.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers, ops

from kerasgan.layers.fixed import UpSampling2D
from kerasgan.types import Tensor


@keras.saving.register_keras_serializable("kerasgan")
class OneHot(keras.layers.Layer):
    """Maps labels (N,) to vectors (N, num_classes): 1 at the label, 0 elsewhere.

    Args:
        num_classes: Number of classes.
        **kwargs: As in `keras.layers.Layer`.
    """

    def __init__(self, num_classes: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.num_classes = num_classes

    def call(self, labels: Tensor) -> Tensor:
        """Returns vectors in the layer's compute dtype."""
        return ops.one_hot(labels, self.num_classes, dtype=self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """Adds an axis for the classes."""
        return (*input_shape, self.num_classes)

    def get_config(self) -> dict:
        """Adds the number of classes to Keras's configuration."""
        return {**super().get_config(), "num_classes": self.num_classes}


@keras.saving.register_keras_serializable("kerasgan")
class ClassAffine(keras.layers.Layer):
    """Scales and shifts each channel by class: x gamma[y] + beta[y].

    After a batch normalization without scale and shift, this makes it conditional
    (Dumoulin et al. 2017, https://arxiv.org/abs/1610.07629).

    Args:
        num_classes: Number of classes.
        **kwargs: As in `keras.layers.Layer`.

    Example:
        ```python
        x = ClassAffine(10)([features, labels])  # (N, H, W, C) and (N,) int32
        ```
    """

    def __init__(self, num_classes: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.num_classes = num_classes

    def build(self, input_shape: Sequence[tuple]) -> None:
        """Creates gamma, which starts at 1, and beta, which starts at 0."""
        shape = self.num_classes, input_shape[0][-1]
        self.gamma = self.add_weight(shape=shape, initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=shape, initializer="zeros", name="beta")

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        """Maps feature maps (N, H, W, C) and labels (N,) to feature maps."""
        images, labels = inputs
        # A product, because optimizers treat the sparse gradient of a lookup otherwise.
        chosen = ops.one_hot(labels, self.num_classes, dtype=self.compute_dtype)
        gamma, beta = (
            ops.matmul(chosen, table)[:, None, None]
            for table in (self.gamma, self.beta)
        )
        return images * gamma + beta

    def compute_output_shape(self, input_shape: Sequence[tuple]) -> tuple:
        """Returns the shape of the feature maps."""
        return input_shape[0]

    def get_config(self) -> dict:
        """Adds the number of classes to Keras's configuration."""
        return {**super().get_config(), "num_classes": self.num_classes}


def labels_input() -> keras.KerasTensor:
    """Returns a network's input for labels (N,), int32."""
    return keras.Input((), dtype="int32", name="labels")


def label_planes(
    labels: keras.KerasTensor, image_shape: Sequence[int], num_classes: int
) -> keras.KerasTensor:
    """Maps labels (N,) to one-hot planes (N, H, W, num_classes)."""
    x = layers.Reshape((1, 1, num_classes))(OneHot(num_classes)(labels))
    return UpSampling2D(tuple(image_shape[:2]))(x)
