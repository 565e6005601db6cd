"""What backends without a kernel of their own share, written with `keras.ops`."""

from collections.abc import Sequence

import keras
from keras import ops

from kerasgan.types import Tensor


def replica_count() -> int:
    """One: only TensorFlow has `tf.distribute`."""
    return 1


def mean_of_replicas(value: Tensor) -> Tensor:
    """The value itself, because there is one replica."""
    return value


def max_of_replicas(value: Tensor) -> Tensor:
    """The value itself, because there is one replica."""
    return value


def normal(shape: Sequence, seed: keras.random.SeedGenerator) -> Tensor:
    """Standard normal numbers, float32."""
    return keras.random.normal(shape, dtype="float32", seed=seed)


def uniform(shape: Sequence, seed: keras.random.SeedGenerator) -> Tensor:
    """Numbers in [0, 1), float32."""
    return keras.random.uniform(shape, dtype="float32", seed=seed)


def batch_norm(
    x: Tensor, scale: Tensor, offset: Tensor, epsilon: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Normalizes `x` (N, H, W, C) by its batch.

    Returns:
        The result, and the batch's mean and variance (C,).
    """
    mean, variance = ops.moments(ops.cast(x, "float32"), axes=(0, 1, 2))
    outputs = ops.batch_normalization(
        ops.cast(x, "float32"), mean, variance, -1, offset, scale, epsilon
    )
    moments = ops.stop_gradient(mean), ops.stop_gradient(variance)
    return ops.cast(outputs, x.dtype), *moments
