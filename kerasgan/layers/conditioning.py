"""How networks take labels: as one-hot vectors beside latents, as planes beside images.

Paper: Mirza & Osindero 2014, https://arxiv.org/abs/1411.1784 (section 3.2).
"""

import keras
from keras import layers, ops

from kerasgan.layers.strided import grow


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


def labels_input():
    """The labels that a network takes, (N,)."""
    return keras.Input((), dtype="int32", name="labels")


def label_planes(labels, image_shape, num_classes: int):
    """Labels (N,) to (N, H, W, num_classes), constant over the image."""
    x = layers.Reshape((1, 1, num_classes))(OneHot(num_classes)(labels))
    return layers.UpSampling2D(tuple(image_shape[:2]))(x)


def conditional_generator(
    image_shape, latent_dim: int, width: int, num_classes: int
) -> keras.Model:
    """Latents (N, latent_dim) and labels (N,) to images; otherwise as DCGAN's."""
    latents, labels = keras.Input((latent_dim,), name="latents"), labels_input()
    x = layers.Concatenate()([latents, OneHot(num_classes)(labels)])
    return keras.Model([latents, labels], grow(x, image_shape, width), name="generator")
