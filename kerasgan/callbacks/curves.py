"""Writes the logs of a training as a table and as a picture, while it trains."""

import csv
import io
import time
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from kerasgan import images, plots
from kerasgan.files import user_path, write_atomically

SECONDS = 10.0  # between two versions of the files
COUNTS = "epoch", "updates", "seconds"  # no curves of their own


class Curves(keras.callbacks.Callback):
    """Keeps `history.csv`, a row for each epoch, and `curves.png` up to date.

    Args:
        folder: The folder for both files.
        earlier: Logs of the epochs before a resumed training.

    Example:
        ```python
        gan.fit(dataset, epochs=50, callbacks=[Curves("runs/mine")])
        ```
    """

    def __init__(self, folder: str | Path, earlier: Sequence[dict] = ()):
        super().__init__()
        self.folder = user_path(folder)
        self.rows = [{"epoch": i + 1} | row for i, row in enumerate(earlier)]
        self._written = -np.inf

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Adds a row, and writes the files if it is time."""
        logs = {name: float(value) for name, value in (logs or {}).items()}
        self.rows.append({"epoch": epoch + 1} | logs)
        if time.perf_counter() - self._written >= SECONDS:
            self._write()

    def on_train_end(self, logs: dict | None = None) -> None:
        """Writes the files."""
        if self.rows:
            self._write()

    def _write(self):
        with write_atomically(self.folder / "history.csv") as file:
            file.write(table(self.rows).encode())
        images.save_png(self.folder / "curves.png", draw(self.rows))
        self._written = time.perf_counter()


def table(rows: Sequence[dict]) -> str:
    """The rows as CSV; values that an epoch did not measure are empty."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        known = {k: f"{v:.6g}" for k, v in row.items() if v == v}
        writer.writerow(known)
    return text.getvalue()


def draw(rows: Sequence[dict]) -> np.ndarray:
    """One chart of the losses and one for each other value, uint8 (H, W, 3)."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    shown = [name for name in names if name not in COUNTS]
    losses = [name for name in shown if name.endswith("loss")]
    scores = [name for name in ("d_real", "d_fake") if name in shown]
    others = [[name] for name in shown if name not in (*losses, *scores)]
    x = [row["epoch"] for row in rows]
    charts = [
        plots.line_chart(x, {n: [row.get(n, np.nan) for row in rows] for n in group})
        for group in (losses, scores, *others)
        if group
    ]
    return plots.beside(charts or [plots.line_chart(x, {})])
