"""One line that says how far a training is."""

import sys
import time

import keras

SECONDS = 0.5, 60.0  # between two prints: in a terminal, elsewhere


class Progress(keras.callbacks.Callback):
    """Prints images seen, images per second, the time left and the losses.

    Pass `verbose=0` to `fit`, whose progress bar it replaces.

    Args:
        updates: Batches of the whole training.
        batch_size: Images in a batch.
        done: Batches before this `fit`.
        live: Whether one line changes in place; otherwise, a line a minute.

    Example:
        ```python
        progress = Progress(20 * dataset.num_batches, dataset.batch_size)
        gan.fit(dataset, epochs=20, verbose=0, callbacks=[progress])
        ```
    """

    def __init__(self, updates: int, batch_size: int, done: int = 0, live: bool = True):
        super().__init__()
        self.updates, self.batch_size, self.done = updates, batch_size, done
        self.live, self._logs, self._width = live, {}, 0

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Starts the clock."""
        self._first = self._printed = None

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Counts, and prints if it is time."""
        now, self.done = time.perf_counter(), self.done + 1
        if self._first is None:  # the first batch compiles
            self._first, self._printed = (now, self.done), now
        elif now - self._printed >= SECONDS[not self.live]:
            self._print(now, logs or {})

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Keeps what callbacks measured."""
        self._logs = {k: v for k, v in (logs or {}).items() if v == v}

    def on_train_end(self, logs: dict | None = None) -> None:
        """Prints the last state."""
        self._print(time.perf_counter(), self._logs)
        if self.live:
            print(file=sys.stdout, flush=True)

    def _print(self, now, logs):
        """Prints the line."""
        line = self.line(now, {k: float(v) for k, v in {**self._logs, **logs}.items()})
        if self.live:
            print("\r" + line.ljust(self._width), end="", flush=True)
            self._width = len(line)
        else:
            print(line, flush=True)
        self._printed = time.perf_counter()

    def line(self, now: float, logs: dict[str, float]) -> str:
        """The text, at a time of `time.perf_counter`."""
        images, total = (n * self.batch_size for n in (self.done, self.updates))
        parts = [f"{images:,} of {total:,} images"]
        since, before = self._first or (now, self.done)
        if self.done > before:
            seconds = (now - since) / (self.done - before)
            left = (self.updates - self.done) * seconds
            parts += [f"{self.batch_size / seconds:,.0f}/s", f"{_duration(left)} left"]
        shown = {k: v for k, v in logs.items() if k.endswith("loss") or "fid" in k}
        parts += [f"{name} {value:.3g}" for name, value in shown.items()]
        return ", ".join(parts)


def _duration(seconds: float) -> str:
    """A time as a person says it."""
    minutes = seconds / 60
    if minutes < 1.5:
        return f"{seconds:.0f} s"
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
