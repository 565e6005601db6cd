"""What backends without a kernel of their own share, written with `keras.ops`."""

from typing import Any

import keras
from keras import ops


def replica_count() -> int:
    """One: only TensorFlow has `tf.distribute`."""
    return 1


def mean_of_replicas(value):
    """The value itself, because there is one replica."""
    return value


def normal(shape, seed):
    """Standard normal numbers, float32."""
    return keras.random.normal(shape, dtype="float32", seed=seed)


def uniform(shape, seed):
    """Numbers in [0, 1), float32."""
    return keras.random.uniform(shape, dtype="float32", seed=seed)


def batch_norm(x, scale, offset, epsilon: float) -> tuple[Any, Any, Any]:
    """`x` (N, H, W, C) normalized by its batch, its mean and its variance."""
    mean, variance = ops.moments(ops.cast(x, "float32"), axes=(0, 1, 2))
    outputs = ops.batch_normalization(
        ops.cast(x, "float32"), mean, variance, -1, offset, scale, epsilon
    )
    moments = ops.stop_gradient(mean), ops.stop_gradient(variance)
    return ops.cast(outputs, x.dtype), *moments
