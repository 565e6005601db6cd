"""What the functions that read pairs and unpaired sets share: options and sources."""

from collections.abc import Callable
from pathlib import Path

from kerasgan.data import pictures
from kerasgan.data.sources import Source
from kerasgan.errors import refuse_unknown
from kerasgan.files import user_path

READING = {"skip_unreadable": False, "progress": True}


def parted(
    function: Callable, options: dict, source_channels: int | None
) -> tuple[dict, dict, dict]:
    """Checks options, and parts them by what they are for.

    Args:
        function: The function that was called with them.
        options: Some of `pictures.SHAPING` and of `READING`.
        source_channels: Channels of the sources; `channels` is that of the targets.

    Returns:
        How to shape sources, how to shape targets, and how to read files.

    Raises:
        ValueError: If one is invalid.
        TypeError: If there is another.
    """
    known = pictures.SHAPING | READING
    refuse_unknown(function, options.keys() - known.keys(), known)
    values = known | options
    shaping = {name: values[name] for name in pictures.SHAPING}
    pictures.check_shaping(**shaping)
    if source_channels not in (None, 1, 3):
        raise ValueError(
            "`source_channels` must be 1 for gray or 3 for color. "
            f"Received: source_channels={source_channels!r}."
        )
    reading = {name: values[name] for name in READING}
    return shaping | {"channels": source_channels}, shaping, reading


def folder_of(source: Source) -> Path | None:
    """The path of a source that is a folder; None for any other source."""
    is_path = isinstance(source, str | Path)
    return path if is_path and (path := user_path(source)).is_dir() else None


def described(source: Source) -> str:
    """A source in words, for messages: its path, or its type."""
    return (
        repr(str(source)) if isinstance(source, str | Path) else type(source).__name__
    )


def check_exists(*given: Source) -> None:
    """Refuses paths that lead nowhere.

    Raises:
        FileNotFoundError: Naming the first.
    """
    for source in given:
        if isinstance(source, str | Path) and not user_path(source).exists():
            raise FileNotFoundError(
                "Expected a folder of images or an .npz file. Received: "
                f"{str(source)!r}, which does not exist. Paths are relative to the "
                "current folder."
            )


def check_both(source: Source, targets: Source) -> None:
    """Refuses a folder together with a source that is none.

    Raises:
        FileNotFoundError: If a path leads nowhere.
        ValueError: If one of the two is a folder.
    """
    check_exists(source, targets)
    if folder_of(source) or folder_of(targets):
        raise ValueError(
            "`source` and `targets` must both be folders, or both be arrays or .npz "
            f"files. Received: {described(source)} and {described(targets)}. Read a "
            "folder as an array with kerasgan.data.read(folder).images."
        )
