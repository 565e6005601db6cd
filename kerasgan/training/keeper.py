"""Writes checkpoints while a model trains."""

import math
import time
from pathlib import Path

import keras
import numpy as np

from kerasgan.training import checkpoints
from kerasgan.training.interrupts import Interrupts

SECONDS = 60.0  # between two checkpoints


class Keeper(keras.callbacks.Callback):
    """Writes a checkpoint every minute, within an epoch too, and at the end of `fit`.

    A checkpoint contains everything that the training loop uses. It does not contain
    the states of numpy's and Python's global generators, which only a user's own
    callbacks may use.

    Args:
        folder: The folder of the checkpoints.
        state: What to store beside the weights; the callback updates it.
        interrupts: Signals that ask for a checkpoint and the end.
        seconds: Between two checkpoints. 0 writes one after every batch.
    """

    def __init__(
        self,
        folder: Path,
        state: dict,
        interrupts: Interrupts | None = None,
        seconds: float = SECONDS,
    ):
        super().__init__()
        self.folder, self.state, self.seconds = Path(folder), state, seconds
        self.interrupts = interrupts or Interrupts()

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Starts the clocks."""
        self.since = self.saved = time.perf_counter()
        self.skipped = self.state.get("batch", 0)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Continues the averages of an epoch that was interrupted."""
        for variable, content in zip(
            self.model.metrics_variables, self.state.pop("averages", ()), strict=False
        ):
            values = np.frombuffer(bytes.fromhex(content), _array(variable).dtype)
            variable.assign(values.reshape(variable.shape))

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Writes a checkpoint if it is time, unless the epoch ends with this batch."""
        due = time.perf_counter() - self.saved >= self.seconds
        if not due and self.interrupts.signal is None:
            return
        done = self.skipped + batch + 1
        if batch + 1 == self.params["steps"] or self.model.stop_training:
            return
        averages = [_array(v).tobytes().hex() for v in self.model.metrics_variables]
        self._write({"batch": done, "averages": averages})
        self.interrupts.raise_received()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Adds the epoch to the history; writes a checkpoint if it is time."""
        logs = {name: float(value) for name, value in (logs or {}).items()}
        logs = {name: x for name, x in logs.items() if math.isfinite(x)}
        self._count_seconds()
        entry = {"updates": self.model.updates, "seconds": round(self.state["seconds"])}
        self.state["history"].append(logs | entry)
        self.state["epoch"], self.skipped = epoch + 1, 0
        due = time.perf_counter() - self.saved >= self.seconds
        if due or self.interrupts.signal is not None:
            self._write({"batch": 0})
        self.interrupts.raise_received()

    def on_train_end(self, logs: dict | None = None) -> None:
        """Writes the last checkpoint."""
        if self.state["updates"] != self.model.updates:
            self._write({"batch": 0})

    def _count_seconds(self):
        now = time.perf_counter()
        self.state["seconds"] += now - self.since
        self.since = now

    def _write(self, place):
        self._count_seconds()
        self.state["updates"] = self.model.updates
        state = {k: v for k, v in self.state.items() if k != "averages"} | place
        checkpoints.write(self.folder, self.model, state)
        self.state["batch"] = 0
        self.saved = time.perf_counter()


def _array(variable) -> np.ndarray:
    return keras.ops.convert_to_numpy(variable)
