"""Stops a training that diverged."""

import keras
import numpy as np
from keras import ops

from kerasgan.errors import TrainingDivergedError


class StopIfDiverged(keras.callbacks.Callback):
    """Raises after an epoch whose logs are not finite; `fit` always has it.

    A loss whose player had no turn in the epoch may be NaN.
    """

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Checks the logs.

        Raises:
            TrainingDivergedError: If a value is NaN or infinite; the message names it.
        """
        counts = {
            k: ops.convert_to_numpy(v.count) for k, v in self.model.trackers.items()
        }
        idle = {name for name, count in counts.items() if not count}
        values = {k: float(v) for k, v in (logs or {}).items() if k not in idle}
        bad = [name for name, value in values.items() if not np.isfinite(value)]
        if bad:
            raise TrainingDivergedError(
                f"Losses must stay finite. Received: {', '.join(bad)} of NaN or "
                f"infinity in epoch {epoch + 1}. Look for NaN in the data, or train "
                "again from the last checkpoint or preset, with lower learning rates "
                "or in float32."
            )
