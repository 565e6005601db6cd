"""Access to a preset's files by name, in a folder here or on the Hub."""

import hashlib
import os
import stat
from pathlib import Path
from typing import Any, Protocol

from kerasgan.errors import (
    PresetConfigError,
    PresetIntegrityError,
    PresetNotFoundError,
)
from kerasgan.files import LARGEST
from kerasgan.presets import documents

LIMITS = {"config.json": 2**16, "README.md": 2**20, "samples.png": 2**24}  # bytes
JSON_LIMIT, LIMIT = 2**18, LARGEST  # bytes of other JSON files, and of all others


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

    def __init__(self, folder: Path, links: bool = False):
        self.folder, self.name, self._links = folder, folder.name, links

    def __str__(self) -> str:
        return str(self.folder)

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return os.path.lexists(self.folder / name)

    def read(self, name: str, largest: int) -> bytes:
        """Returns a file's content.

        Raises:
            PresetNotFoundError: If the folder lacks the file.
            PresetIntegrityError: If it is a link or not a regular file.
            PresetConfigError: If it has more than `largest` bytes.
        """
        path = self.folder / name
        if not self.has(name):
            raise PresetNotFoundError(
                f"{self.folder} must hold {name}. Received: a folder without it. "
                "Download or save the preset again."
            )
        return read_regular(path, largest, self._links or self._links_to_cache(path))

    def _links_to_cache(self, path):
        """Whether the path is a link of the Hub's cache into its own blobs."""
        blobs = os.path.realpath(self.folder.parent.parent / "blobs")
        return path.is_symlink() and os.path.dirname(os.path.realpath(path)) == blobs


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
    if status.st_size > largest:
        raise PresetConfigError(
            f"{path} must not exceed {largest} bytes. Received: {status.st_size}."
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
