"""Writes files and folders completely or not at all."""

import contextlib
import errno
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from kerasgan.errors import DiskFullError

PRESET_FILES = frozenset(
    "config.json metadata.json recipe.json results.json samples.png README.md".split()
)
PRESET = {"config.json", "metadata.json"}  # every preset has them
LARGEST = 2**30  # bytes, for any file of a preset
ABANDONED = 3600  # seconds after which a temporary folder counts as left behind
NETWORK = r"[a-z0-9_]{1,64}"  # the name of a network
WEIGHTS = NETWORK + r"\.weights\.h5"  # one such file per network
FULL = errno.ENOSPC, errno.EDQUOT
# name[/config][:version], as in tensorflow-datasets. A namespace is not allowed,
# because it would fetch code.
_DATASET = r"[a-zA-Z]\w*(/[\w.-]+)?(:(\d+|\*)\.(\d+|\*)\.(\d+|\*))?"


def user_path(path: str | Path) -> Path:
    """A path as a user writes it, in which "~" is the home folder."""
    return Path(os.path.expanduser(path))


def is_preset_file(name: str) -> bool:
    """Whether a file of this name belongs to a preset; saving a preset replaces it."""
    return name in PRESET_FILES or bool(re.fullmatch(WEIGHTS, name))


def is_dataset_name(source: str) -> bool:
    """Whether this could be the name of a TFDS dataset, rather than a file."""
    return re.fullmatch(_DATASET, source) is not None


@contextlib.contextmanager
def write_atomically(path: str | Path) -> Iterator[BinaryIO]:
    """Opens a binary file that gets its name only when it is complete on disk.

    Args:
        path: The file. Its folder is created if missing.

    Raises:
        DiskFullError: If its disk has no space left. An older file is unchanged then.
    """
    path = user_path(path)
    with _naming_a_full_disk(path.parent):
        handle, temporary = _temporary(path)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o666 & ~_umask())
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
            raise
        sync_folder(path.parent)


def _temporary(path: Path) -> tuple[int, str]:
    """Opens a temporary file beside a file, whose folder is created if missing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        if error.errno in FULL:
            raise
        refused = type(error)(
            f"{path} cannot be written. Received from the folder {path.parent}: "
            f"{error.strerror}. Choose another folder."
        )
        refused.errno = error.errno
        raise refused from error


@contextlib.contextmanager
def _naming_a_full_disk(folder: Path) -> Iterator[None]:
    """Replaces the system's error of a full disk by one that names the folder."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        full = DiskFullError(
            f"No space left on the disk of {folder}. What was there before is "
            "unchanged. Free some space and try again (`kerasgan train`: with "
            "--resume), or choose another folder."
        )
        full.errno = error.errno
        raise full from error


def sync_folder(folder: Path) -> None:
    """Makes renames in a folder durable, if the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_folder(
    folder: str | Path, contents: dict[str, bytes], overwrite: bool
) -> None:
    """Writes a folder of files. After a crash, the old or the new one is complete.

    The files are written to a temporary folder beside it, which is then renamed. Files
    in the old folder that are not part of a preset, such as notes, move to the new one.
    After a crash between two renames, `recovered` restores the old folder.

    Args:
        folder: The folder to write. Its parent is created if missing, and a link is
            followed.
        contents: The files' contents by name.
        overwrite: Whether an existing folder may be replaced.

    Raises:
        FileExistsError: If the folder exists and `overwrite` is False.
        DiskFullError: If its disk has no space left. An older folder is unchanged then.
    """
    recovered(folder)
    folder = user_path(folder).resolve()
    check_replaceable(folder, overwrite)
    with _naming_a_full_disk(folder):
        fresh = _write_beside(folder, contents)
        old = _old(folder)
        if folder.exists():
            os.rename(folder, old)
        os.rename(fresh, folder)
        sync_folder(folder.parent)
        _merge(old, folder)


def _write_beside(folder, contents) -> Path:
    """Writes the files to a temporary folder in the parent of `folder`."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{folder.name}.new-"
    for path in [p for p in folder.parent.iterdir() if p.name.startswith(prefix)]:
        _remove_if_old(path)
    fresh = Path(tempfile.mkdtemp(prefix=prefix, dir=folder.parent))
    try:
        for name, content in contents.items():
            with write_atomically(fresh / name) as file:
                file.write(content)
        os.chmod(fresh, 0o777 & ~_umask())
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return fresh


def check_replaceable(folder: str | Path, overwrite: bool) -> None:
    """Refuses an existing folder, unless it may be overwritten.

    Raises:
        FileExistsError: If the folder is not empty and `overwrite` is False, if it is
            a file, or if it is or contains the current folder.
    """
    folder = user_path(folder)
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"{folder} is a file. Choose another folder.")
    if folder.exists() and _holds_current(folder):
        raise FileExistsError(
            f"{folder} is or contains the current folder, and would be replaced by a "
            "new one. Choose another folder, such as a subfolder."
        )
    held = _entries(folder)
    if held and not overwrite:
        is_preset = PRESET <= set(held)
        other = f" and holds {_some(held)}" * (not is_preset)
        goal = "replace the preset in it" if is_preset else "add a preset to them"
        raise FileExistsError(
            f"{folder} exists{other}. Choose another folder, or pass overwrite=True to "
            f"{goal}."
        )


def _entries(folder: Path) -> list[str]:
    """Names of what is in a folder; empty if there is no folder."""
    return sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + ", ..." * (len(names) > 3)


def _holds_current(folder) -> bool:
    try:
        return Path.cwd().is_relative_to(folder.resolve())
    except FileNotFoundError:  # the current folder was removed
        return False


def check_vacant(folder: str | Path) -> None:
    """Refuses a folder with files that are not part of a preset.

    Raises:
        FileExistsError: If it is a file, or a folder with files but without a preset.
    """
    folder = user_path(folder)
    check_replaceable(folder, overwrite=True)
    held = _entries(folder)
    if held and not PRESET <= set(held):
        raise FileExistsError(
            f"{folder} must be a preset, an empty folder or a new one. Received: a "
            f"folder with {_some(held)} and without a preset. Choose a separate "
            "folder, such as runs/best."
        )


def present(folder: str | Path) -> Path:
    """Returns the path to read a folder from, even if a write has moved it aside."""
    path = user_path(folder)
    if path.exists():
        return path
    old = _old(path.resolve())
    return old if old.is_dir() else path


def recovered(folder: str | Path) -> Path:
    """Returns the folder, restored first if a crash interrupted `write_folder`."""
    folder = user_path(folder)
    path = folder.resolve()
    old = _old(path)
    if old.is_dir() and not path.exists():
        os.rename(old, path)
    elif old.is_dir():
        _merge(old, path)
    return folder


def _old(folder):
    return folder.parent / f".{folder.name}.kerasgan-old"


def _merge(old, folder):
    """Moves files that are not part of a preset, and removes the old folder."""
    if not old.is_dir():
        return
    for entry in old.iterdir():
        if not is_preset_file(entry.name) and not os.path.lexists(folder / entry.name):
            os.rename(entry, folder / entry.name)
    shutil.rmtree(old)


def _remove_if_old(folder):
    """Removes what a killed process left; a newer folder may be in use."""
    with contextlib.suppress(FileNotFoundError):  # another process may remove it too
        if time.time() - folder.stat().st_mtime > ABANDONED:
            shutil.rmtree(folder)


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
