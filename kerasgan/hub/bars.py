"""Progress bars: only in terminals, and one for each large file that is downloaded."""

import contextlib
import os
import sys
from collections.abc import Iterator

SMALL = 2**16  # bytes; smaller files arrive at once and show no bar


def bar_class(name: str, size: int) -> type:
    """Returns the class of progress bar that the client uses for a file.

    The client's own bars show a commit or a hash, and Xet draws two bars a file.
    `HF_HUB_DISABLE_PROGRESS_BARS` turns these bars off as well.

    Args:
        name: The text beside the bar.
        size: The file's size in bytes, or 0 if it is unknown.
    """
    from huggingface_hub.utils import tqdm

    class Bar(tqdm):
        def __init__(self, *positional, **options):
            options |= {"desc": name, "position": 0}
            options["bar_format"] = "{l_bar}{bar}| {n_fmt}B/{total_fmt}B"
            if size < SMALL:
                options["disable"] = True
            super().__init__(*positional, **options)

        def update_transfer(self, count):
            """Does nothing. If this method exists, Xet draws no second bar."""

        def set_transfer_postfix_str(self, text, refresh=True):
            """Does nothing."""

    return Bar


@contextlib.contextmanager
def silenced(always: bool = False) -> Iterator[None]:
    """Turns the client's progress bars off inside the context.

    The user's environment variable and the program's own setting take precedence.

    Args:
        always: Whether to turn them off in terminals too. Elsewhere they are always
            off.
    """
    from huggingface_hub import constants
    from huggingface_hub.utils import (
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
    )

    terminal = sys.stderr.isatty() or os.environ.get("TQDM_POSITION") == "-1"
    chosen_by_user = constants.HF_HUB_DISABLE_PROGRESS_BARS is not None
    already_off = are_progress_bars_disabled()
    if chosen_by_user or already_off or (terminal and not always):
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()
