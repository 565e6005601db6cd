"""The device, its peak performance, and the operations of a training step.

The backends count the operations: XLA on JAX, PyTorch's FLOP counter, TensorFlow's
profiler.
"""

import contextlib
import math
import resource
import subprocess
import sys
import time

import keras
import numpy as np
from keras import ops

MATRIX_SIDE = {"cpu": 1024}  # rows of the matrices that are multiplied
LARGE = 8192  # rows on an accelerator
PRODUCTS = 10


def name() -> str:
    """The accelerator's name, or "cpu"."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
        details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
        return details[0].get("device_name", "gpu") if details else "cpu"
    if backend == "jax":
        import jax

        return jax.devices()[0].device_kind
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"


def driver() -> str | None:
    """The version of NVIDIA's driver, if there is one."""
    query = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.splitlines()[0].strip()


def peak_memory() -> float:
    """The peak so far in MB: of the accelerator, or else of the process."""
    if name() != "cpu":
        backend = keras.backend.backend()
        if backend == "jax":
            import jax

            return jax.devices()[0].memory_stats()["peak_bytes_in_use"] / 1e6
        if backend == "torch":
            import torch

            return torch.cuda.max_memory_allocated() / 1e6
        import tensorflow as tf

        return tf.config.experimental.get_memory_info("GPU:0")["peak"] / 1e6
    unit = 1 if sys.platform == "darwin" else 1024  # bytes, kibibytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def matrix_peak(dtype: str) -> float:
    """Operations per second in products of large matrices, the best of three runs."""
    side = MATRIX_SIDE.get(name(), LARGE)
    matrix = ops.cast(ops.ones((side, side)) / side, dtype)  # products stay ones / side

    def run():
        result = matrix
        for _ in range(PRODUCTS):
            result = ops.matmul(result, matrix)
        return float(ops.convert_to_numpy(ops.sum(ops.cast(result, "float32"))))

    run()
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return PRODUCTS * 2 * side**3 / min(taken)


def step_operations(gan, batch_size: int) -> float:
    """Floating-point operations of a training step, on average.

    Args:
        gan: A compiled GAN. The counted steps may train it.
        batch_size: Images in the step.
    """
    shapes = [gan.data_shape]
    if getattr(gan, "learns_from", "images") != "images":
        shapes.append(gan.image_shape)  # of the targets
    batch = [np.zeros((batch_size, *shape), "float32") for shape in shapes]
    batch += gan.condition.measured(batch_size).values()
    return COUNTS[keras.backend.backend()](gan, tuple(batch))


def _counted_by_tensorflow(gan, batch) -> float:
    """Counts the graph of each player's update, without the moving average's."""
    import tensorflow as tf

    options = tf.compat.v1.profiler.ProfileOptionBuilder
    options = options(options.float_operation()).with_empty_output().build()
    batch = gan.unpack(tuple(map(tf.constant, batch)))

    def count(player):
        def update():
            return gan.minimize(lambda: gan.loss_of(player, batch), player)

        graph = tf.function(update, autograph=False).get_concrete_function().graph
        return tf.compat.v1.profiler.profile(graph, options=options).total_float_ops

    return sum(count(player) / player.every for player in gan.playing)


def _counted_by_xla(gan, batch) -> float:
    import jax

    groups = (
        gan.trainable_variables,
        gan.non_trainable_variables,
        gan.optimizer.variables,
        gan.metrics_variables,
    )
    state = tuple([v.value for v in group] for group in groups)
    compiled = jax.jit(gan.train_step).lower(state, batch).compile()
    return float(compiled.cost_analysis()["flops"])


class _Untracked(contextlib.nullcontext):
    """Replaces PyTorch's tracker of modules, which fails with `autograd.grad`."""

    parents = frozenset({"Global"})


def _counted_by_torch(gan, batch) -> float:
    from torch.utils.flop_counter import FlopCounterMode

    counts = []
    for _ in range(math.lcm(*(player.every for player in gan.playing))):
        counter = FlopCounterMode(display=False)
        counter.mod_tracker = _Untracked()
        with counter:
            gan.train_step(tuple(map(ops.convert_to_tensor, batch)))
        counts.append(counter.get_total_flops())
    return float(np.mean(counts))


COUNTS = {
    "tensorflow": _counted_by_tensorflow,
    "jax": _counted_by_xla,
    "torch": _counted_by_torch,
}
