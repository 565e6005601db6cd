"""Keeps the best state of a training as a preset."""

import math
import warnings
from pathlib import Path

import keras

from kerasgan.errors import did_you_mean
from kerasgan.evaluation.quality import names_of
from kerasgan.files import check_vacant


class KeepBest(keras.callbacks.Callback):
    """Saves a preset whenever a value in the logs is the best so far.

    It must come after `EvaluateQuality` in the list of callbacks. The folder always
    holds a complete preset: the best so far.

    Args:
        folder: The folder of the preset: a new or empty one, or a preset to replace.
        monitor: A name in the logs, such as "fid_features_mnist".
        mode: "min" or "max".
        best: The value to beat; None for any. A resumed training passes the best value
            before it stopped.

    Raises:
        ValueError: If `mode` is neither. When the training begins, if `monitor` is a
            metric that the `EvaluateQuality` before it does not measure. After the
            first epoch, if `monitor` is a misspelled name of the logs.
        FileExistsError: If the folder is a file, or holds something else.

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
    ):
        super().__init__()
        if mode not in ("min", "max"):
            raise ValueError(f'`mode` must be "min" or "max". Received: mode={mode!r}.')
        check_vacant(Path(folder))
        self.folder, self.monitor, self.mode = Path(folder), monitor, mode
        self.best, self._seen, self._checked = best, set(), False

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Refuses a metric that the `EvaluateQuality` before it does not measure."""
        announced = list(logs or {})
        self._checked = self.monitor in announced
        is_metric = self.monitor.startswith(tuple(names_of(None)))
        if announced and is_metric and not self._checked:
            raise ValueError(self._wrong(announced))

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Saves a preset, if it is the best."""
        logs = logs or {}
        self._seen |= set(logs)
        value = logs.get(self.monitor)
        if value is None:
            self._check(logs)
        elif self._better(float(value)):
            with self.model.average_kept():
                self.model.save_to_preset(self.folder, overwrite=True)
            self.best = float(value)

    def on_train_end(self, logs: dict | None = None) -> None:
        """Warns if nothing was kept."""
        if self.best is None:
            warnings.warn(
                f"KeepBest kept nothing. {self._wrong(self._seen)}", stacklevel=2
            )

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
            stacklevel=3,
        )

    def _wrong(self, names):
        return (
            f"`monitor` must be a name of the logs: {', '.join(sorted(names))}. "
            f"Received: monitor={self.monitor!r}.{did_you_mean(self.monitor, names)} "
            "Metrics come from an EvaluateQuality before it in the callbacks."
        )

    def _better(self, value):
        if not math.isfinite(value):
            return False
        if self.best is None:
            return True
        return value < self.best if self.mode == "min" else value > self.best
