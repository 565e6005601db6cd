"""Access to a preset's files by name, in a folder here or on the Hub."""

import hashlib
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from kerasgan.errors import (
    PresetConfigError,
    PresetError,
    PresetIntegrityError,
    PresetNotFoundError,
)
from kerasgan.files import LARGEST, is_preset_file, present, user_path
from kerasgan.presets import documents

LIMITS = {"config.json": 2**16, "README.md": 2**20, "samples.png": 2**24}  # bytes
JSON_LIMIT, LIMIT = 2**18, LARGEST  # bytes of other JSON files, and of all others
ATTEMPTS = 20  # at reading a folder that is being replaced
FAILURES = 3  # of them without a sign of a replacement
T = TypeVar("T")


class Files(Protocol):
    """The files of a preset. `str(files)` says where they are.

    `hub.Snapshot` is one, for presets on the Hub.

    Attributes:
        name: The preset's name.
    """

    name: str

    def read(self, name: str, largest: int) -> bytes:
        """Returns a file of at most `largest` bytes."""

    def has(self, name: str) -> bool:
        """Whether there is such a file."""


class Folder:
    """A folder on this machine. Its files must be files, not links.

    Args:
        folder: The folder.
        links: Whether links are allowed: an installer may link the bundled presets.
    """

    def __init__(self, folder: str | Path, links: bool = False):
        self.folder, self._links = user_path(folder), links
        self.name, self._first = self.folder.name, self._state()

    def __str__(self) -> str:
        return str(self.folder)

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return os.path.lexists(present(self.folder) / name)

    def read(self, name: str, largest: int) -> bytes:
        """Returns a file's content.

        Raises:
            PresetNotFoundError: If the folder lacks the file.
            PresetIntegrityError: If it is a link or not a regular file.
            PresetConfigError: If it has more than `largest` bytes.
        """
        path = present(self.folder) / name
        if not os.path.lexists(path):
            raise _missing(self.folder, name)
        try:
            return read_regular(path, largest, self._links or self._is_cached(path))
        except FileNotFoundError as error:  # it was there a moment ago
            raise _missing(self.folder, name) from error

    def is_replaced(self) -> bool:
        """Whether another preset was written to the folder in the meantime."""
        return self._state() != self._first

    def copy(self) -> "Files":
        """The files of one preset, read at once, while others replace it.

        Raises:
            PresetError: If a file cannot be read, or the folder never rests.
        """
        failures = 0
        for _ in range(ATTEMPTS):
            before, error = self._state(), None
            try:
                names = filter(is_preset_file, os.listdir(present(self.folder)))
                contents = {name: self.read(name, limit_of(name)) for name in names}
            except (PresetError, FileNotFoundError) as reason:
                error = reason
            if self._state() != before:
                continue
            if error is None:
                return _Copy(self, contents)
            failures += 1  # a coarse clock may hide a replacement
            if failures == FAILURES:
                raise error
        raise PresetIntegrityError(
            f"{self} must not change while it is read. Received: a folder that was "
            f"replaced {ATTEMPTS} times meanwhile. Try again later."
        )

    def _state(self):
        """What differs between one preset in this folder and the next."""
        try:
            status = os.stat(present(self.folder) / "metadata.json")
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _is_cached(self, path):
        """Whether the path is a link of the Hub's cache into its own blobs."""
        blobs = os.path.realpath(self.folder.parent.parent / "blobs")
        return path.is_symlink() and os.path.dirname(os.path.realpath(path)) == blobs


class _Copy:
    """Files of a folder, in memory."""

    def __init__(self, folder: Folder, contents: Mapping[str, bytes]):
        self.folder, self.name, self._contents = folder, folder.name, contents

    def __str__(self) -> str:
        return str(self.folder)

    def has(self, name: str) -> bool:
        return name in self._contents

    def read(self, name: str, largest: int) -> bytes:
        if name not in self._contents:
            raise _missing(self.folder, name)
        _check_size(f"{self}/{name}", len(self._contents[name]), largest)
        return self._contents[name]


def consistently(files: Files, use: Callable[[Files], T]) -> T:
    """Calls `use(files)`; once more with a copy if the folder was replaced meanwhile.

    Args:
        files: The files of a preset.
        use: A function that reads them and changes nothing.
    """
    try:
        result = use(files)
    except PresetError as error:
        # A folder that is being replaced is missing for a moment.
        missing = isinstance(error, PresetNotFoundError) and isinstance(files, Folder)
        if not missing and not _is_replaced(files):
            raise
    else:
        if not _is_replaced(files):
            return result
    return use(files.copy())


def _is_replaced(files) -> bool:
    return isinstance(files, Folder) and files.is_replaced()


def _missing(folder, name) -> PresetNotFoundError:
    return PresetNotFoundError(
        f"{folder} must hold {name}. Received: a folder without it. "
        "Download or save the preset again."
    )


def read_regular(path: Path, largest: int, links: bool = False) -> bytes:
    """Reads a regular file. Opens nothing else, and reads no larger file.

    Args:
        path: The file.
        largest: The largest size in bytes.
        links: Whether the path may be a link to such a file.

    Raises:
        PresetIntegrityError: If the path is a link, a folder, a pipe or a device.
        PresetConfigError: If the file is larger.
    """
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= 0 if links else getattr(os, "O_NOFOLLOW", 0)
    _check_regular(path, path.stat() if links else path.lstat(), largest)
    try:
        handle = os.open(path, flags)
    except OSError as error:
        raise PresetIntegrityError(
            f"{path} must be readable. Received: {error.strerror}. Check its "
            "permissions, and that it is not a link."
        ) from error
    with open(handle, "rb") as file:
        # The path may have changed: check the file that was opened.
        status = os.fstat(file.fileno())
        _check_regular(path, status, largest)
        return file.read(status.st_size)


def _check_regular(path, status, largest):
    if not stat.S_ISREG(status.st_mode):
        raise PresetIntegrityError(
            f"{path} must be a regular file. Received: a link, a folder or a device. "
            "Copy the file itself to this path."
        )
    _check_size(path, status.st_size, largest)


def _check_size(path, size, largest):
    if size > largest:
        raise PresetConfigError(
            f"{path} must not exceed {largest} bytes. Received: {size}."
        )


def limit_of(name: str) -> int:
    """The largest size in bytes of a preset's file."""
    return LIMITS.get(name, JSON_LIMIT if name.endswith(".json") else LIMIT)


def read_json(files: Files, name: str) -> Any:
    """Reads a JSON file of a preset, as it is: without an upgrade of its format.

    Raises:
        PresetNotFoundError: If the preset lacks the file.
        PresetConfigError: If the file is too large or not JSON.
    """
    return documents.parse(files.read(name, limit_of(name)), f"{files}/{name}")


def check_content(files: Files, name: str, data: bytes, metadata: dict) -> None:
    """Compares a file with its size and hash in `metadata.json`.

    Raises:
        PresetConfigError: If `metadata.json` does not describe the file.
        PresetIntegrityError: If size or hash differ.
    """
    if name not in metadata["files"]:
        raise PresetConfigError(
            f"{files}/metadata.json must give size and sha256 of {name}. "
            "Received: neither. Download or save the preset again."
        )
    entry = metadata["files"][name]
    if len(data) != entry["size"]:
        raise PresetIntegrityError(
            f"{files}/{name} must be {entry['size']} bytes long. Received: {len(data)}."
            " The file was cut short or changed: download the preset again."
        )
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise PresetIntegrityError(
            f"{files}/{name} must have sha256 {entry['sha256'][:12]}..., as in "
            "metadata.json. Received: other content. The file was changed: download "
            "the preset again."
        )
