"""Keeps the best state of a training as a preset."""

import math
import warnings
from pathlib import Path

import keras

from kerasgan.errors import did_you_mean
from kerasgan.evaluation.quality import names_of
from kerasgan.files import check_replaceable, check_vacant, user_path


class KeepBest(keras.callbacks.Callback):
    """Saves a preset whenever a value in the logs is the best so far.

    The folder always holds a complete preset: the best so far. If `EvaluateQuality` and
    the like come later in the list of callbacks, it saves before the next epoch begins.

    Args:
        folder: The folder of the preset: a new or empty one, or a preset to replace.
        monitor: A name in the logs, such as "fid_features_mnist".
        mode: "min" or "max".
        best: The value to beat; None for any. A resumed training passes the best value
            before it stopped.
        overwrite: Whether to replace a preset that exists in the folder.

    Raises:
        ValueError: If `mode` is neither. When the first epoch begins, if `monitor` is a
            metric that no `EvaluateQuality` measures. After the first epoch, if
            `monitor` is a misspelled name of the logs.
        FileExistsError: If the folder is a file, holds something else, or holds a
            preset and `overwrite` is False.

    Example:
        ```python
        evaluate = EvaluateQuality(dataset, "features_mnist")
        keep = KeepBest("best", "fid_features_mnist")
        gan.fit(dataset, epochs=50, callbacks=[evaluate, keep])
        ```
    """

    def __init__(
        self,
        folder: str | Path,
        monitor: str,
        mode: str = "min",
        best: float | None = None,
        overwrite: bool = False,
    ):
        super().__init__()
        if mode not in ("min", "max"):
            raise ValueError(f'`mode` must be "min" or "max". Received: mode={mode!r}.')
        self.folder, self.monitor, self.mode = user_path(folder), monitor, mode
        check_vacant(self.folder)
        if self.folder.is_dir() and any(self.folder.iterdir()):
            check_replaceable(self.folder, overwrite)
        self.best, self._seen, self._checked = best, set(), False
        self._announced = self._pending = None

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Remembers the names that callbacks announce, also those after this one."""
        self._announced, self._pending = logs, None  # one dictionary for all callbacks

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Saves what later callbacks measured; refuses a metric that none measures."""
        if self._announced is not None:
            self._check_announced(list(self._announced))
            self._announced = None
        self._keep_late()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Saves a preset, if it is the best."""
        self._pending = {} if logs is None else logs
        self._seen |= set(self._pending)
        self._keep()

    def on_train_end(self, logs: dict | None = None) -> None:
        """Saves what later callbacks measured, and warns if nothing was kept."""
        self._keep_late()
        if self.best is None:
            warnings.warn(
                f"KeepBest kept nothing. {self._wrong(self._seen)}", stacklevel=2
            )

    def _keep(self):
        """Compares the value of the last epoch, once it is in the logs."""
        value = self._pending.get(self.monitor)
        if value is None:
            return
        self._pending = None
        if self._better(float(value)):
            with self.model.average_kept():
                self.model.save_to_preset(self.folder, overwrite=True)
            self.best = float(value)

    def _keep_late(self):
        """The same after all callbacks of the epoch; the weights are still its own."""
        if self._pending is None:
            return
        self._seen |= set(self._pending)
        self._keep()
        if self._pending is not None:
            self._check(self._pending)

    def _check_announced(self, names):
        self._checked = self.monitor in names
        is_metric = self.monitor.startswith(tuple(names_of(None)))
        if names and is_metric and not self._checked:
            raise ValueError(self._wrong(names))

    def _check(self, logs):
        """Refuses a misspelled name after the first epoch, and warns of others."""
        if self._checked or self.monitor.startswith("val_"):  # perhaps later
            return
        self._checked = True
        if did_you_mean(self.monitor, logs):
            raise ValueError(self._wrong(logs))
        warnings.warn(
            f"KeepBest keeps nothing until the logs hold {self.monitor!r}. "
            f"{self._wrong(logs)}",
            stacklevel=4,
        )

    def _wrong(self, names):
        if self.monitor in names:
            return f"{self.monitor!r} was never a finite number."
        return (
            f"`monitor` must be a name of the logs: {', '.join(sorted(names))}. "
            f"Received: monitor={self.monitor!r}.{did_you_mean(self.monitor, names)} "
            "Metrics come from an EvaluateQuality in the callbacks."
        )

    def _better(self, value):
        if not math.isfinite(value):
            return False
        if self.best is None:
            return True
        return value < self.best if self.mode == "min" else value > self.best
