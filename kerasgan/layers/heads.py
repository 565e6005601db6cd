"""How networks end and start: one logit per image, DCGAN's initial weights."""

import keras
from keras import layers


def initializer() -> keras.Initializer:
    """N(0, 0.02) (Radford et al. 2015, section 4); a new one for each layer."""
    return keras.initializers.RandomNormal(stddev=0.02)


def logit(x, **options):
    """Vectors (N, d) to logits (N,), float32; options are the dense layer's."""
    x = layers.Dense(1, dtype="float32", **options)(x)
    return layers.Reshape((), dtype="float32", name="logits")(x)
