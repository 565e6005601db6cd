"""What backends without a kernel of their own share, by `keras.ops`."""

from typing import Any

from keras import ops


def replica_count() -> int:
    """One: `tf.distribute` is TensorFlow's."""
    return 1


def batch_norm(x, scale, offset, epsilon: float) -> tuple[Any, Any, Any]:
    """`x` (N, H, W, C) normalized by its batch, its mean and its variance."""
    mean, variance = ops.moments(ops.cast(x, "float32"), axes=(0, 1, 2))
    outputs = ops.batch_normalization(
        ops.cast(x, "float32"), mean, variance, -1, offset, scale, epsilon
    )
    moments = ops.stop_gradient(mean), ops.stop_gradient(variance)
    return ops.cast(outputs, x.dtype), *moments
