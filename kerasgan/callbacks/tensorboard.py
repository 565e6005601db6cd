"""TensorBoard's logs, with the sample grids."""

from pathlib import Path
from typing import Any

import keras

from kerasgan.callbacks.sample_grid import SampleGrid


class TensorBoard(keras.callbacks.TensorBoard):
    """Keras's callback, which also shows the grids of a `SampleGrid`.

    Args:
        folder: The folder of the logs.
        grid: The callback whose grids to show, earlier in the list of callbacks.
        **options: As of `keras.callbacks.TensorBoard`.

    Example:
        ```python
        grid = SampleGrid("grids")
        gan.fit(dataset, epochs=50, callbacks=[grid, TensorBoard("logs", grid)])
        ```
    """

    def __init__(self, folder: str | Path, grid: SampleGrid, **options: Any):
        super().__init__(folder, **options)
        self.grid = grid

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Writes the values, and the newest grid."""
        super().on_epoch_end(epoch, logs)
        if self.grid.epoch == epoch:
            with self._train_writer.as_default():
                self.summary.image("samples", self.grid.picture[None], step=epoch)
