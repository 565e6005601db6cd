"""A preset's files by name: of a folder here, or, as `hub.Snapshot`, of the Hub."""

import hashlib
import os
import stat
from pathlib import Path
from typing import Protocol

from kerasgan.presets import documents
from kerasgan.errors import PresetConfigError, PresetIntegrityError, PresetNotFoundError
from kerasgan.files import LARGEST

LIMITS = {"config.json": 2**16, "README.md": 2**20, "samples.png": 2**24}
# Bytes; of other JSON files, and of all others:
JSON_LIMIT, LIMIT = 2**18, LARGEST


class Files(Protocol):
    """What loading needs of a place that holds a preset; printed, it names the place.

    Attributes:
        name: The preset's.
    """

    name: str

    def read(self, name: str, largest: int) -> bytes:
        """A file of at most so many bytes."""

    def has(self, name: str) -> bool:
        """Whether there is such a file."""


class Folder:
    """A folder of this machine; what is in it must be files, not links.

    Args:
        folder: Where.
        links: Whether links are fine: an installer may have linked the bundled ones.
    """

    def __init__(self, folder: Path, links: bool = False):
        self.folder, self.name, self._links = folder, folder.name, links

    def __str__(self) -> str:
        return str(self.folder)

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return os.path.lexists(self.folder / name)

    def read(self, name: str, largest: int) -> bytes:
        """A file.

        Raises:
            PresetNotFoundError: If it is not there.
            PresetIntegrityError: If it is a link or no regular file.
            PresetConfigError: If it is larger.
        """
        path = self.folder / name
        if not self.has(name):
            raise PresetNotFoundError(
                f"{self.folder} must hold {name}. Received: a folder without it. "
                "Fetch or save the preset again."
            )
        return read_regular(path, largest, self._links or self._of_cache(path))

    def _of_cache(self, path):
        """Whether it is a link of the Hub's cache, which go into its own blobs."""
        blobs = self.folder.parent.parent / "blobs"
        return path.is_symlink() and path.resolve().parent == blobs.resolve()


def read_regular(path: Path, largest: int, links: bool = False) -> bytes:
    """A regular file; nothing else is opened, and nothing larger is read.

    Args:
        path: The file.
        largest: How many bytes it may have.
        links: Whether it may be a link to such a file.

    Raises:
        PresetIntegrityError: If it is a link, a folder, a pipe or a device.
        PresetConfigError: If it is larger.
    """
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= 0 if links else getattr(os, "O_NOFOLLOW", 0)
    _check_regular(path, path.stat() if links else path.lstat(), largest)
    try:
        handle = os.open(path, flags)
    except OSError as error:
        raise PresetIntegrityError(
            f"{path} must be readable. Received: {error.strerror}. Look at who may "
            "read it, and put the file itself there."
        ) from error
    with open(handle, "rb") as file:
        # It may be another by now: what is read is what was opened.
        status = os.fstat(file.fileno())
        _check_regular(path, status, largest)
        return file.read(status.st_size)


def _check_regular(path, status, largest):
    if not stat.S_ISREG(status.st_mode):
        raise PresetIntegrityError(
            f"{path} must be a regular file. Received: a link, a folder or a device. "
            "Put the file itself there."
        )
    if status.st_size > largest:
        raise PresetConfigError(
            f"{path} must not exceed {largest} bytes. Received: {status.st_size}."
        )


def limit_of(name: str) -> int:
    """Bytes that a file of a preset may have."""
    return LIMITS.get(name, JSON_LIMIT if name.endswith(".json") else LIMIT)


def read_json(files: Files, name: str):
    """A JSON file of a preset.

    Raises:
        PresetNotFoundError: If it is not there.
        PresetConfigError: If it is too large or no JSON.
    """
    return documents.parse(files.read(name, limit_of(name)), f"{files}/{name}")


def check_content(files: Files, name: str, data: bytes, metadata: dict) -> None:
    """Compares a file with what `metadata.json` says of it.

    Raises:
        PresetConfigError: If `metadata.json` does not describe it.
        PresetIntegrityError: If size or hash differ.
    """
    if name not in metadata["files"]:
        raise PresetConfigError(
            f"{files}/metadata.json must give size and sha256 of {name}. "
            "Received: neither. Fetch or save the preset again."
        )
    entry = metadata["files"][name]
    if len(data) != entry["size"]:
        raise PresetIntegrityError(
            f"{files}/{name} must be {entry['size']} bytes long. Received: {len(data)}."
            " It was cut short or changed: fetch the preset again."
        )
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise PresetIntegrityError(
            f"{files}/{name} must have sha256 {entry['sha256'][:12]}... as "
            "metadata.json says. Received: other content. It was changed: fetch the "
            "preset again."
        )
