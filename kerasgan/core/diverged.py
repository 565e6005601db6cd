"""Stops a training that diverged."""

import keras

from kerasgan.checks import check_finite_logs


class StopIfDiverged(keras.callbacks.Callback):
    """Raises after an epoch whose logs are not finite; `fit` always has it."""

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Checks the logs."""
        check_finite_logs(logs or {}, epoch)
