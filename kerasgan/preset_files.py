"""A preset's files by name: of a folder here, or, as `hub.Snapshot`, of the Hub."""

import hashlib
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from kerasgan import documents
from kerasgan.errors import (
    PresetConfigError,
    PresetIntegrityError,
    PresetNotFoundError,
)

LIMITS = {"config.json": 2**16}  # bytes; of other JSON files, and of all others:
JSON_LIMIT, LIMIT = 2**18, 2**32


class Files(Protocol):
    """What loading needs of a place that holds a preset; printed, it names the place.

    Attributes:
        name: The preset's.
    """

    name: str

    def path(self, name: str, largest: int) -> Path:
        """A file's place on this machine, of at most so many bytes."""

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
        return (self.folder / name).exists() or (self.folder / name).is_symlink()

    def path(self, name: str, largest: int = LIMIT) -> Path:
        """A file's path.

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
        status = path.stat() if self._links else path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise PresetIntegrityError(
                f"{path} must be a regular file. Received: a link, a folder or a "
                "device. Put the file itself there."
            )
        if status.st_size > largest:
            raise PresetConfigError(
                f"{path} must not exceed {largest} bytes. Received: {status.st_size}."
            )
        return path


def read_json(files: Files, name: str):
    """A JSON file of a preset.

    Raises:
        PresetNotFoundError: If it is not there.
        PresetConfigError: If it is too large or no JSON.
    """
    limit = LIMITS.get(name, JSON_LIMIT)
    return documents.read_json(files.path(name, limit), limit, f"{files}/{name}")


def verify(files: Files, metadata: dict, names: Sequence[str]) -> None:
    """Compares sizes and hashes of what will be read with `metadata.json`.

    Args:
        files: The preset's.
        metadata: Its `metadata.json`.
        names: Of the files.

    Raises:
        PresetNotFoundError: If a file is missing.
        PresetConfigError: If `metadata.json` does not describe it.
        PresetIntegrityError: If it differs.
    """
    for name in names:
        try:
            entry = metadata["files"][name]
            size, digest = entry["size"], entry["sha256"]
        except (KeyError, TypeError):
            raise PresetConfigError(
                f"{files}/metadata.json must give size and sha256 of {name}. "
                "Received: neither or one. Fetch or save the preset again."
            ) from None
        path = files.path(name, LIMIT)
        if path.stat().st_size != size:
            raise PresetIntegrityError(
                f"{files}/{name} must be {size} bytes long. Received: "
                f"{path.stat().st_size}. It was cut short or changed: fetch the preset "
                "again."
            )
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != digest:
            raise PresetIntegrityError(
                f"{files}/{name} must have sha256 {digest[:12]}... as metadata.json "
                "says. Received: other content. It was changed: fetch the preset again."
            )
