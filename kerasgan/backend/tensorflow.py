"""TensorFlow: gradient tapes and `tf.cond`."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

SUPPORTS = frozenset({"jit_compile", "steps_per_execution"})


def auto_jit_compile() -> bool:
    """XLA pays on a GPU; on a CPU it only costs the compilation."""
    return bool(tf.config.list_physical_devices("GPU"))


def replica_count() -> int:
    """How many devices the active `tf.distribute` strategy trains on."""
    return tf.distribute.get_strategy().num_replicas_in_sync


class TrainStep:
    """Keras's step signatures around `adversarial_step` and `evaluation_step`."""

    def train_step(self, data):
        return self.adversarial_step(data)

    def test_step(self, data):
        return self.evaluation_step(data)


def value_and_grad(loss_fn: Callable, variables: Sequence) -> tuple[Any, list]:
    """`loss_fn() -> (loss, aux)` and the loss's gradients by `variables`."""
    values = [v.value for v in variables]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(values)
        loss, aux = loss_fn()
    zero = tf.UnconnectedGradients.ZERO
    return (loss, aux), tape.gradient(loss, values, unconnected_gradients=zero)


def value_and_input_grad(fn: Callable, inputs) -> tuple[Any, Any]:
    """`fn(inputs)` (N,) and its gradient by `inputs`, itself differentiable."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        values = fn(inputs)
    return values, tape.gradient(values, inputs)


def apply_gradients(optimizer, gradients: Sequence, variables: Sequence) -> None:
    """One update of `variables`."""
    optimizer.apply(gradients, variables)


def batch_norm(x, scale, offset, epsilon: float) -> tuple[Any, Any, Any]:
    """`x` (N, H, W, C) normalized by its batch, its mean and its variance."""
    outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=x,
        scale=scale,
        offset=offset,
        mean=[],
        variance=[],
        epsilon=epsilon,
        is_training=True,
    )
    count = tf.cast(tf.size(x) // tf.shape(x)[-1], variance.dtype)
    biased = variance * ((count - 1) / count)  # as on the other backends
    return outputs, tf.stop_gradient(mean), tf.stop_gradient(biased)


def when(due, fn: Callable) -> None:
    """Runs `fn`, which only updates variables, where the boolean `due` holds."""
    tf.cond(due, lambda: (fn(), tf.no_op())[1], tf.no_op)
