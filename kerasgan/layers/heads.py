"""The last layer of discriminators, and the initial weights of DCGAN."""

from typing import Any

import keras
from keras import layers


def initializer() -> keras.Initializer:
    """Returns a new initializer N(0, 0.02) (Radford et al. 2015, section 4)."""
    return keras.initializers.RandomNormal(stddev=0.02)


def logit(x: keras.KerasTensor, **options: Any) -> keras.KerasTensor:
    """Maps vectors (N, d) to logits (N,), float32.

    Args:
        x: (N, d).
        **options: As in `keras.layers.Dense`.
    """
    x = layers.Dense(1, dtype="float32", **options)(x)
    return layers.Reshape((), dtype="float32", name="logits")(x)
