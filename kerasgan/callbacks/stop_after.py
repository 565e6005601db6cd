"""Ends a training after a number of updates."""

import keras


class StopAfter(keras.callbacks.Callback):
    """Ends `fit` once the model has trained on a number of batches.

    Args:
        updates: Batches, counted from the first one of the model.
        start: Batches before this `fit`.
    """

    def __init__(self, updates: int, start: int):
        super().__init__()
        self.updates, self.made = updates, start

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Counts, and stops."""
        self.made += 1
        if self.made >= self.updates:
            self.model.stop_training = True
