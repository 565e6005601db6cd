"""Counts what is read or measured, in one line on stderr."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

INTERVAL = 0.2  # seconds between two updates of the line


def is_shown() -> bool:
    """Whether stderr is a terminal or a notebook."""
    return sys.stderr.isatty() or "ipykernel" in sys.modules


def counted(
    items: Iterable,
    what: str,
    total: int | None = None,
    size: Callable[[Any], int] = lambda item: 1,
) -> Iterator:
    """Yields items, and shows how many were used; at the end, the line disappears.

    Args:
        items: The items.
        what: What is counted.
        total: How many there are, if it is known.
        size: How much an item counts.
    """
    if not is_shown():
        yield from items
        return
    count, line, last = 0, "", time.monotonic()
    try:
        for item in items:
            yield item
            count += size(item)
            now = time.monotonic()
            if now - last >= INTERVAL:
                last = now
                line = f"{what}: {count:,}" + (f" of {total:,}" if total else "")
                print(f"\r{line}", end="", file=sys.stderr, flush=True)
    finally:
        if line:
            blank = " " * len(line)
            print(f"\r{blank}\r", end="", file=sys.stderr, flush=True)
