"""Ctrl-C and SIGTERM during a training: the first one asks to save, the second ends."""

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator

SIGNALS = signal.SIGINT, signal.SIGTERM


class Interrupts:
    """What has been asked for.

    Attributes:
        signal: The number of the signal that came, or None.
    """

    def __init__(self):
        self.signal = None

    def raise_received(self) -> None:
        """Ends the training, if a signal came.

        Raises:
            KeyboardInterrupt: With the number of the signal.
        """
        if self.signal is not None:
            raise KeyboardInterrupt(self.signal)


@contextlib.contextmanager
def caught() -> Iterator[Interrupts]:
    """Inside, the first signal is only noted. The second one raises at once.

    Outside of the main thread, which alone gets signals, nothing is noted.
    """
    interrupts = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return

    def note(number, frame):
        if interrupts.signal is not None:
            raise KeyboardInterrupt(number)
        interrupts.signal = number
        print(
            "\nSaving a checkpoint. Press Ctrl-C again to stop without it.",
            file=sys.stderr,
            flush=True,
        )

    before = {number: signal.signal(number, note) for number in SIGNALS}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
