"""How networks take labels: one-hot beside latents, planes, a scale of each class.

Papers: Mirza & Osindero 2014, https://arxiv.org/abs/1411.1784 (section 3.2); Dumoulin
et al. 2017, https://arxiv.org/abs/1610.07629.
"""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("kerasgan")
class OneHot(keras.layers.Layer):
    """Labels (N,) to vectors (N, num_classes), 1 at the label and 0 elsewhere.

    Args:
        num_classes: Number of classes.
        **kwargs: As `keras.layers.Layer`.
    """

    def __init__(self, num_classes: int, **kwargs):
        super().__init__(**kwargs)
        self.num_classes = num_classes

    def call(self, labels):
        """Of the layer's compute dtype."""
        return ops.one_hot(labels, self.num_classes, dtype=self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """One axis more."""
        return (*input_shape, self.num_classes)

    def get_config(self):
        """The number of classes."""
        return {**super().get_config(), "num_classes": self.num_classes}


@keras.saving.register_keras_serializable("kerasgan")
class ClassAffine(keras.layers.Layer):
    """A scale and a shift for each channel and class: x gamma[y] + beta[y].

    After a batch normalization without its own, it is conditional batch normalization
    (Dumoulin et al. 2017, https://arxiv.org/abs/1610.07629).

    Args:
        num_classes: Number of classes.
        **kwargs: As `keras.layers.Layer`.

    Example:
        ```python
        x = ClassAffine(10)([features, labels])  # (N, H, W, C) and (N,) int32
        ```
    """

    def __init__(self, num_classes: int, **kwargs):
        super().__init__(**kwargs)
        self.num_classes = num_classes

    def build(self, input_shape):
        """Makes gamma, which starts at 1, and beta, at 0."""
        shape = self.num_classes, input_shape[0][-1]
        self.gamma = self.add_weight(shape=shape, initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=shape, initializer="zeros", name="beta")

    def call(self, inputs):
        """Feature maps (N, H, W, C) and labels (N,) to feature maps."""
        images, labels = inputs
        # A product, for the gradient of a lookup is sparse, and optimizers differ then.
        chosen = ops.one_hot(labels, self.num_classes, dtype=self.compute_dtype)
        gamma, beta = (
            ops.matmul(chosen, table)[:, None, None]
            for table in (self.gamma, self.beta)
        )
        return images * gamma + beta

    def compute_output_shape(self, input_shape):
        """That of the feature maps."""
        return input_shape[0]

    def get_config(self):
        """The number of classes."""
        return {**super().get_config(), "num_classes": self.num_classes}


def labels_input():
    """The labels that a network takes, (N,)."""
    return keras.Input((), dtype="int32", name="labels")


def label_planes(labels, image_shape, num_classes: int):
    """Labels (N,) to (N, H, W, num_classes), constant over the image."""
    x = layers.Reshape((1, 1, num_classes))(OneHot(num_classes)(labels))
    return layers.UpSampling2D(tuple(image_shape[:2]))(x)
