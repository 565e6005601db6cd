"""Progress bars: in terminals, and one for each large file that is fetched."""

import contextlib
import os
import sys
from collections.abc import Iterator

SMALL = 2**16  # bytes; below there is nothing to wait for


def bar_class(name: str, size: int) -> type:
    """The class of bar that the client is to use for a file.

    Its own has a commit's or a hash's name, and by Xet there are two for each file.
    `HF_HUB_DISABLE_PROGRESS_BARS` silences both.

    Args:
        name: What the bar says.
        size: Bytes; 0 where unknown.
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
            """Nothing; where it is, Xet draws no second bar."""

        def set_transfer_postfix_str(self, text, refresh=True):
            """Nothing."""

    return Bar


@contextlib.contextmanager
def silenced(always: bool = False) -> Iterator[None]:
    """Has the client draw no bars, unless the user's environment speaks of them.

    What a program has switched off itself stays so.

    Args:
        always: Whether in terminals too; elsewhere none are of use.
    """
    from huggingface_hub import constants
    from huggingface_hub.utils import (
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
    )

    terminal = sys.stderr.isatty() or os.environ.get("TQDM_POSITION") == "-1"
    told = constants.HF_HUB_DISABLE_PROGRESS_BARS is not None
    if told or are_progress_bars_disabled() or (terminal and not always):
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()
