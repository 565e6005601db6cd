"""PyTorch: `autograd.grad`, eager conditions."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from keras import ops

SUPPORTS = frozenset()


def auto_jit_compile() -> bool:
    """Eager: `torch.compile` breaks at Keras's variables."""
    return False


def replica_count() -> int:
    """One: `tf.distribute` is TensorFlow's."""
    return 1


class TrainStep:
    """Keras's step signatures around `adversarial_step` and `evaluation_step`."""

    def train_step(self, data):
        return self.adversarial_step(data)

    def test_step(self, data):
        return self.evaluation_step(data)


def value_and_grad(loss_fn: Callable, variables: Sequence) -> tuple[Any, list]:
    """`loss_fn() -> (loss, aux)` and the loss's gradients by `variables`."""
    loss, aux = loss_fn()
    values = [v.value for v in variables]
    gradients = torch.autograd.grad(
        loss, values, allow_unused=True, materialize_grads=True
    )
    return (loss.detach(), aux), list(gradients)


def value_and_input_grad(fn: Callable, inputs) -> tuple[Any, Any]:
    """`fn(inputs)` (N,) and its gradient by `inputs`, itself differentiable."""
    with torch.enable_grad():
        if not inputs.requires_grad:
            inputs = inputs.detach().requires_grad_(True)
        values = fn(inputs)
        (gradient,) = torch.autograd.grad(values.sum(), inputs, create_graph=True)
    return values, gradient


def apply_gradients(optimizer, gradients: Sequence, variables: Sequence) -> None:
    """One update of `variables`."""
    with torch.no_grad():
        optimizer.apply(gradients, variables)


def batch_norm(x, scale, offset, epsilon: float) -> tuple[Any, Any, Any]:
    """`x` (N, H, W, C) normalized by its batch, its mean and its variance."""
    mean, variance = ops.moments(ops.cast(x, "float32"), axes=(0, 1, 2))
    outputs = ops.batch_normalization(
        ops.cast(x, "float32"), mean, variance, -1, offset, scale, epsilon
    )
    moments = ops.stop_gradient(mean), ops.stop_gradient(variance)
    return ops.cast(outputs, x.dtype), *moments


def when(due, fn: Callable) -> None:
    """Runs `fn`, which only updates variables, where the boolean `due` holds."""
    if bool(due):
        fn()
