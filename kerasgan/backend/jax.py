"""JAX: pure functions over nested stateless scopes."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import keras
from keras import ops

SUPPORTS = frozenset({"jit_compile", "steps_per_execution"})


def auto_jit_compile() -> bool:
    """JAX is slow without compilation."""
    return True


def replica_count() -> int:
    """One: `tf.distribute` is TensorFlow's."""
    return 1


class Frame(keras.StatelessScope):
    """A `StatelessScope` that knows its variables, so that frames can nest."""

    innermost: "Frame | None" = None

    def __init__(self, variables: Sequence, values: Sequence):
        super().__init__(zip(variables, values, strict=True))
        self.variables = variables

    def __enter__(self):
        self.outer, Frame.innermost = Frame.innermost, self
        return super().__enter__()

    def __exit__(self, *args):
        Frame.innermost = self.outer
        super().__exit__(*args)

    def read(self, variables: Sequence) -> list:
        return [self.get_current_value(v) for v in variables]

    def write(self, variables: Sequence, values: Sequence) -> None:
        for update in zip(variables, values, strict=True):
            self.add_update(update)

    def child(self) -> "Frame":
        return Frame(self.variables, self.read(self.variables))


def _run(step: Callable, groups: Sequence, state: Sequence, data) -> tuple:
    """`step(data)` with the variables of `groups` at `state`: logs and new state."""
    with Frame(sum(groups, []), sum(map(list, state), [])) as frame:
        logs = step(data)
    return logs, tuple(frame.read(group) for group in groups)


class TrainStep:
    """Keras's step signatures around `adversarial_step` and `evaluation_step`."""

    def train_step(self, state, data):
        groups = (
            self.trainable_variables,
            self.non_trainable_variables,
            self.optimizer.variables,
            self.metrics_variables,
        )
        return _run(self.adversarial_step, groups, state, data)

    def test_step(self, state, data):
        groups = (
            self.trainable_variables,
            self.non_trainable_variables,
            self.metrics_variables,
        )
        return _run(self.evaluation_step, groups, state, data)


def value_and_grad(loss_fn: Callable, variables: Sequence) -> tuple[Any, list]:
    """`loss_fn() -> (loss, aux)` and the loss's gradients by `variables`."""
    outer = Frame.innermost

    def pure(values):
        with outer.child() as frame:
            frame.write(variables, values)
            loss, aux = loss_fn()
        return loss, (aux, frame.read(frame.variables))

    differentiate = jax.value_and_grad(pure, has_aux=True)
    current = outer.read(variables)
    (loss, (aux, state)), gradients = differentiate(current)
    outer.write(outer.variables, state)
    return (loss, aux), gradients


def value_and_input_grad(fn: Callable, inputs) -> tuple[Any, Any]:
    """`fn(inputs)` (N,) and its gradient by `inputs`, itself differentiable."""
    outer = Frame.innermost or Frame([], [])

    def pure(inputs):
        with outer.child() as frame:
            values = fn(inputs)
        return values, frame.read(frame.variables)

    values, pullback, state = jax.vjp(pure, inputs, has_aux=True)
    outer.write(outer.variables, state)
    return values, pullback(jax.numpy.ones_like(values))[0]


def apply_gradients(optimizer, gradients: Sequence, variables: Sequence) -> None:
    """One update of `variables`."""
    frame = Frame.innermost
    updated = optimizer.stateless_apply(
        frame.read(optimizer.variables), gradients, frame.read(variables)
    )
    for group, values in zip((variables, optimizer.variables), updated, strict=True):
        frame.write(group, values)


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
    outer = Frame.innermost

    def run(values):
        with Frame(outer.variables, values) as frame:
            fn()
        return frame.read(frame.variables)

    values = outer.read(outer.variables)
    outer.write(outer.variables, jax.lax.cond(due, run, lambda same: same, values))
