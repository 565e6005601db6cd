"""A tiny conditional GAN of a user's own networks, for what the engine promises."""

import keras
from keras import layers

from kerasgan import GAN, Labels

SHAPE = (8, 8, 1)


def conditional(num_classes: int = 3, **kwargs) -> GAN:
    """Labels are embedded into latents and beside the image."""
    networks = _generator(num_classes), _discriminator(num_classes)
    return GAN(*networks, condition=Labels(num_classes), **kwargs)


def _generator(num_classes):
    latents, labels = keras.Input((4,)), keras.Input((), dtype="int32")
    embedded = layers.Embedding(num_classes, 4)(labels)
    x = layers.Dense(64)(layers.Concatenate()([latents, embedded]))
    x = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model([latents, labels], layers.Reshape(SHAPE)(x))


def _discriminator(num_classes):
    images, labels = keras.Input(SHAPE), keras.Input((), dtype="int32")
    embedded = layers.Embedding(num_classes, 4)(labels)
    x = layers.Concatenate()([layers.Flatten()(images), embedded])
    logits = layers.Reshape(())(layers.Dense(1)(x))
    return keras.Model([images, labels], logits)
