"""TensorFlow: gradient tapes, `tf.cond`, and replicas of `tf.distribute`."""

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import keras
import tensorflow as tf

from kerasgan.types import Tensor

SUPPORTS = frozenset({"jit_compile", "steps_per_execution"})


def has_gpu() -> bool:
    """Whether training runs on an accelerator."""
    return bool(tf.config.list_physical_devices("GPU"))


def auto_jit_compile() -> bool:
    """XLA pays on a GPU; on a CPU it only costs the compilation."""
    return has_gpu()


def replica_count() -> int:
    """How many devices share the step that runs now; 1 outside of a step."""
    if tf.distribute.in_cross_replica_context():
        return 1
    return tf.distribute.get_strategy().num_replicas_in_sync


def mean_of_replicas(value: Tensor) -> Tensor:
    """The mean of a value over all replicas."""
    if replica_count() == 1:
        return value
    return tf.distribute.get_replica_context().all_reduce("MEAN", value)


def max_of_replicas(value: Tensor) -> Tensor:
    """The largest value over all replicas, element by element."""
    if replica_count() == 1:
        return value
    context = tf.distribute.get_replica_context()
    return tf.reduce_max(context.all_gather(value[None], axis=0), axis=0)


def normal(shape: Sequence, seed: keras.random.SeedGenerator) -> Tensor:
    """Standard normal numbers, float32; each replica has its own part."""
    return _part(keras.random.normal, shape, seed)


def uniform(shape: Sequence, seed: keras.random.SeedGenerator) -> Tensor:
    """Numbers in [0, 1), float32; each replica has its own part."""
    return _part(keras.random.uniform, shape, seed)


def _part(draw, shape, seed):
    """This replica's part of what one device would draw: their seeds are the same."""
    count, replicas = shape[0], replica_count()
    if replicas == 1:
        return draw(shape, dtype="float32", seed=seed)
    start = tf.distribute.get_replica_context().replica_id_in_sync_group * count
    whole = draw((count * replicas, *shape[1:]), dtype="float32", seed=seed)
    return whole[start : start + count]


class TrainStep:
    """Keras's step signatures around `adversarial_step` and `evaluation_step`."""

    def state_kept(self) -> contextlib.AbstractContextManager:
        """Nothing to do: a step that fails leaves the variables as they are."""
        return contextlib.nullcontext()

    def train_step(self, data: Any, due: Sequence | None = None) -> dict[str, Tensor]:
        with _after(data):
            return self.adversarial_step(data, due)

    def test_step(self, data: Any) -> dict[str, Tensor]:
        with _after(data):
            return self.evaluation_step(data)

    @property
    def replica_count(self) -> int:
        """How many devices the model was built for."""
        return super().distribute_strategy.num_replicas_in_sync

    @property
    def distribute_strategy(self) -> Any:
        """Keras's own; with several replicas, one that asks for the turn first."""
        strategy = super().distribute_strategy
        several = strategy.num_replicas_in_sync > 1
        return _TurnsFirst(strategy, self) if several else strategy


def _after(data):
    """Inside, nothing runs without data.

    Keras takes the next batch inside its compiled function. If there is none, updates
    that need no data, such as those of the step and of moving averages, ran otherwise.
    """
    return tf.control_dependencies([x for x in tf.nest.flatten(data) if x is not None])


class _TurnsFirst:
    """A strategy that knows whose turn it is before its replicas run.

    Replicas cannot meet inside `tf.cond`, but an optimizer must meet them. So the
    condition is around the replicas, with a branch for each set of players.
    """

    def __init__(self, strategy, model):
        self._strategy, self._model = strategy, model

    def __getattr__(self, name):
        return getattr(self._strategy, name)

    def run(self, fn, args=()):
        model, run = self._model, self._strategy.run
        rare = [player for player in model.playing if player.every > 1]
        if fn != model.train_step or not rare:
            return run(fn, args=args)

        def choose(left, due):
            if not left:
                logs = run(fn, args=(*args, tuple(due)))
                return tf.nest.map_structure(self._mean, logs)
            turn = tf.equal((model.step.value + 1) % left[0].every, 0)
            rest, chosen = left[1:], [*due, left[0]]
            return tf.cond(
                turn, lambda: choose(rest, chosen), lambda: choose(rest, due)
            )

        return choose(rare, [])

    def _mean(self, value):
        return tf.reduce_mean(self._strategy.experimental_local_results(value), axis=0)


def value_and_grad(loss_fn: Callable, variables: Sequence) -> tuple[Any, list]:
    """`loss_fn() -> (loss, aux)` and the loss's gradients by `variables`."""
    values = [v.value for v in variables]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(values)
        loss, aux = loss_fn()
    zero = tf.UnconnectedGradients.ZERO
    return (loss, aux), tape.gradient(loss, values, unconnected_gradients=zero)


def value_and_input_grad(fn: Callable, inputs: Tensor) -> tuple[Tensor, Tensor]:
    """`fn(inputs)` (N,) and its gradient by `inputs`, itself differentiable."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        values = fn(inputs)
    return values, tape.gradient(values, inputs)


def apply_gradients(
    optimizer: keras.optimizers.Optimizer, gradients: Sequence, variables: Sequence
) -> None:
    """One update of `variables`."""
    optimizer.apply(gradients, variables)


def batch_norm(
    x: Tensor, scale: Tensor, offset: Tensor, epsilon: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Normalizes `x` (N, H, W, C) by the batch of all replicas.

    Returns:
        The result, and the batch's mean and variance (C,).
    """
    if replica_count() > 1:
        return _batch_norm_of_replicas(x, scale, offset, epsilon)
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


def _batch_norm_of_replicas(x, scale, offset, epsilon):
    """The same by the moments of all replicas, which `all_reduce` differentiates."""
    wide = tf.cast(x, "float32")
    means = [tf.reduce_mean(v, (0, 1, 2)) for v in (wide, tf.square(wide))]
    mean, square = map(mean_of_replicas, means)
    variance = square - tf.square(mean)
    outputs = tf.nn.batch_normalization(wide, mean, variance, offset, scale, epsilon)
    return tf.cast(outputs, x.dtype), tf.stop_gradient(mean), tf.stop_gradient(variance)


def when(due: Tensor, fn: Callable) -> None:
    """Runs `fn`, which only updates variables, if the boolean `due` holds."""
    tf.cond(due, lambda: (fn(), tf.no_op())[1], tf.no_op)


class NetworkCall:
    """A compiled call of a network with arrays, which several threads may share.

    Args:
        network: Built.
        training: Whether it runs in training mode, which changes its variables.
    """

    def __init__(self, network: keras.Model, training: bool = False):
        # One signature for all batch sizes, so that it is traced once. TensorFlow warns
        # of functions that share their code as of one that is traced too often.
        self.specs = [tf.TensorSpec(x.shape, x.dtype) for x in network.inputs]
        outputs, compiled = partial(_outputs, network, training), network.jit_compile
        self.run = tf.function(outputs, self.specs, jit_compile=compiled or None)

    def __call__(self, model: keras.Model, inputs: Sequence) -> Any:
        """The outputs, as arrays.

        Args:
            model: The model that the network belongs to.
            inputs: An array for each input.
        """
        pairs = zip(inputs, self.specs, strict=True)
        tensors = [tf.convert_to_tensor(x, spec.dtype) for x, spec in pairs]
        return tf.nest.map_structure(lambda x: x.numpy(), self.run(*tensors))


def _outputs(network, training, *inputs):
    inputs = list(inputs) if len(inputs) > 1 else inputs[0]
    return network(inputs, training=training)
