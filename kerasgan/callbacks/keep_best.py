"""Keeps the best state of a training as a preset; one of `kerasgan.callbacks`."""

import math
import warnings
from pathlib import Path

import keras

from kerasgan.errors import did_you_mean
from kerasgan.evaluation.evaluation import average_kept
from kerasgan.files import check_vacant
from kerasgan.evaluation.quality import names_of


class KeepBest(keras.callbacks.Callback):
    """Keeps the best preset of a training by a figure of its logs.

    After `EvaluateQuality` in the list of callbacks. The folder holds a complete preset
    at any time: the best so far.

    Args:
        folder: The preset's; absent, empty, or that of a preset to replace.
        monitor: A name in the logs, such as "fid_features_mnist".
        mode: "min" or "max".
        best: The value to beat; None for any. A resumed training passes what it had.

    Raises:
        ValueError: If `mode` is neither; when the training begins, if none of the
            callbacks before it adds `monitor` to the logs.
        FileExistsError: If the folder is a file, or holds something else already.
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
        self.best, self._seen, self._before, self._told = best, set(), None, False

    def stands_after(self, callbacks) -> None:
        """`fit`'s word on which callbacks add to the logs before this one."""
        self._before = callbacks

    def on_train_begin(self, logs=None):
        """Refuses a name that nothing will measure, where all that do are known."""
        if self._before is None or not all(map(_known, self._before)):
            return
        judges = [c for c in self._before if hasattr(c, "names")]  # EvaluateQuality's
        measured = [name for judge in judges for name in judge.names]
        losses = [*self.model.trackers, "diversity", "learning_rate"]
        known = {*measured, *losses, *(f"val_{name}" for name in losses)}
        if self.monitor not in known:
            raise ValueError(
                "`monitor` must be a name of the logs: "
                f"{', '.join(measured or self.model.trackers)}. Received: "
                f"monitor={self.monitor!r}.{did_you_mean(self.monitor, known)} Figures "
                "come from an EvaluateQuality before it in the callbacks."
            )

    def on_epoch_end(self, epoch, logs=None):
        """Saves, if it is the best."""
        self._seen |= set(logs or {})
        value = (logs or {}).get(self.monitor)
        if value is None:
            self._tell_missing(logs or {})
        if value is None or not self._better(float(value)):
            return
        with average_kept(self.model):
            self.model.save_to_preset(self.folder, overwrite=True)
        self.best = float(value)

    def on_train_end(self, logs=None):
        """Says so where nothing was kept."""
        if self.best is None:
            warnings.warn(
                f"KeepBest found no {self.monitor!r} in the logs and kept nothing. "
                f"They held {', '.join(sorted(self._seen))}. Put EvaluateQuality "
                "before it in the callbacks.",
                stacklevel=2,
            )

    def _tell_missing(self, logs):
        """Warns once, of an epoch that brought figures, but not the one to judge by."""
        bases = tuple(names_of(None))
        found = sorted(name for name in logs if name.startswith(bases))
        if found and not self._told:
            self._told, near = True, did_you_mean(self.monitor, found)
            warnings.warn(
                f"KeepBest found no {self.monitor!r} in the logs, which hold "
                f"{', '.join(found)}: it keeps nothing.{near}",
                stacklevel=2,
            )

    def _better(self, value):
        if not math.isfinite(value):
            return False
        if self.best is None:
            return True
        return value < self.best if self.mode == "min" else value > self.best


def _known(callback) -> bool:
    """Whether what it adds to the logs is known: it is Keras's own, or ours."""
    if isinstance(callback, keras.callbacks.LambdaCallback):
        return False
    return type(callback).__module__.split(".")[0] in ("keras", "kerasgan")
