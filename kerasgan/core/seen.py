"""What a training step has been given: batches after the first, which `fit` checks.

Keras hands batches to a compiled step, which cannot raise an error. It records the
extremes instead, at the cost of a reduction.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasgan import backend
from kerasgan.core.batches import as_float
from kerasgan.types import Tensor

Limits = tuple[float, float] | None  # the least and the most that a value may be


class Seen(keras.metrics.Metric):
    """The extremes of the data and of the condition in an epoch; logs nothing.

    Args:
        limits: Those of the data and of the condition, None for any values.
        names: What messages call both.
    """

    def __init__(self, limits: Sequence[Limits], names: Sequence[str] = ("x", "y")):
        super().__init__(name="seen", dtype="float32")
        self.limits, self.names = tuple(limits), tuple(names)
        self.extremes = self.add_variable(
            (2, 2), "zeros", aggregation="mean", name="extremes"
        )

    def update_state(self, data: Any) -> None:
        """Called in a step, with its batch.

        Raises:
            ValueError: If the batch has weights.
        """
        *values, weights = keras.utils.unpack_x_y_sample_weight(data)
        if weights is not None:
            refuse_weights("batches of three parts")
        rows = [
            _extremes(value, limit)
            for value, limit in zip(values, self.limits, strict=True)
        ]
        extremes = backend.max_of_replicas(ops.stack(rows))
        self.extremes.assign(ops.maximum(self.extremes.value, extremes))

    def result(self) -> dict:
        """Nothing for the logs."""
        return {}

    @contextlib.contextmanager
    def explaining(self) -> Iterator[None]:
        """Inside, a step that fails on values out of range raises what `check` does.

        What was seen is forgotten before and after.
        """
        self.reset_state()
        try:
            yield
        except Exception:
            self.check()
            raise
        finally:
            self.reset_state()

    def check(self) -> None:
        """Refuses what the epoch has seen, if it is out of the limits.

        Raises:
            ValueError: If a value was out of range, NaN or infinite.
        """
        extremes = ops.convert_to_numpy(self.extremes)
        for name, (most, low), limit in zip(
            self.names, extremes, self.limits, strict=True
        ):
            least, largest = limit or (-np.inf, np.inf)
            received = f"values from {0.0 - low:g} to {most:g}"
            if not np.isfinite([low, most]).all():
                received = "NaN or infinity"
            elif least - 1e-3 <= -low and most <= largest + 1e-3:
                continue
            raise ValueError(
                f"`{name}` must be finite and in [{least:g}, {largest:g}]. Received in "
                f"a later batch: {received}. Correct the data. If the model was "
                "trained on them, go back to an earlier checkpoint or preset."
            )


def refuse_weights(received: str) -> None:
    """Raises the error for weights of samples."""
    raise ValueError(
        "Training has no weights of samples, because every player has its own loss. "
        f"Received: {received}. Leave it out, and repeat the items that should count "
        "more."
    )


def _extremes(values, limit) -> Tensor:
    """The largest value and the largest negated one, (2,); infinity for NaN."""
    if values is None or limit is None:
        return ops.zeros((2,), "float32")
    images = limit[0] < 0  # in which uint8 stands for [-1, 1]
    values = as_float(values) if images else ops.cast(values, "float32")
    values = ops.where(ops.isfinite(values), values, np.inf)
    return ops.stack([ops.max(values), ops.max(ops.negative(values))])


class CheckSeen(keras.callbacks.Callback):
    """Refuses what a model has seen, once an epoch or an evaluation ends."""

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Checks what the epoch has seen."""
        self.model.seen.check()
