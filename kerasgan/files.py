"""Files and folders that appear whole or not at all."""

import contextlib
import os
import re
import shutil
import tempfile
import time
from pathlib import Path

PRESET_FILES = frozenset(
    "config.json metadata.json recipe.json results.json samples.png README.md".split()
)
LARGEST = 2**30  # bytes of a file of a preset
ABANDONED = 3600  # seconds since a temporary folder's last change
WEIGHTS = r"[a-z0-9_]{1,64}\.weights\.h5"  # and these, one a network


def is_preset_file(name: str) -> bool:
    """Whether a preset may have a file of this name, so that saving replaces it."""
    return name in PRESET_FILES or bool(re.fullmatch(WEIGHTS, name))


@contextlib.contextmanager
def write_atomically(path: Path):
    """A binary file to write to, which takes its name once it is complete on disk."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
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


def sync_folder(folder: Path) -> None:
    """Makes renames in a folder durable, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_folder(folder: Path, contents: dict[str, bytes], overwrite: bool) -> None:
    """Writes a folder of files so that a crash leaves the old or the new, complete.

    The files go to a temporary sibling, which is then renamed. An existing folder is
    swapped; what is not a preset's (a user's notes) moves along. If a crash falls
    between the two renames, `recovered` finds the old folder.

    Args:
        folder: Where to; its parent is made where missing. A link is followed.
        contents: File names and their bytes.
        overwrite: Whether an existing folder may be replaced.

    Raises:
        FileExistsError: If the folder exists and `overwrite` is False.
    """
    recovered(folder)
    folder = Path(folder).resolve()
    check_replaceable(folder, overwrite)
    folder.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{folder.name}.new-"
    for left in [p for p in folder.parent.iterdir() if p.name.startswith(prefix)]:
        _remove_if_old(left)
    fresh = Path(tempfile.mkdtemp(prefix=prefix, dir=folder.parent))
    try:
        for name, content in contents.items():
            with write_atomically(fresh / name) as file:
                file.write(content)
        os.chmod(fresh, 0o777 & ~_umask())
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    old = _old(folder)
    if folder.exists():
        os.rename(folder, old)
    os.rename(fresh, folder)
    sync_folder(folder.parent)
    _merge(old, folder)


def check_replaceable(folder: Path, overwrite: bool) -> None:
    """Refuses a folder that is there, unless it may be overwritten.

    Raises:
        FileExistsError: If it is there and `overwrite` is False, or if it is a file,
            or the folder in which this process works.
    """
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"{folder} is a file. Choose another folder.")
    if folder.exists() and _holds_current(folder):
        raise FileExistsError(
            f"{folder} is the current folder, or holds it, and would be replaced by a "
            "new one. Choose another folder, such as one in it."
        )
    if folder.exists() and not overwrite:
        raise FileExistsError(
            f"{folder} exists. Choose another folder, or pass overwrite=True to replace"
            " the preset in it."
        )


def _holds_current(folder) -> bool:
    try:
        return Path.cwd().is_relative_to(folder.resolve())
    except FileNotFoundError:  # the current folder was removed
        return False


def check_vacant(folder: Path) -> None:
    """Refuses a folder of somebody's files, among which a preset would be written.

    Raises:
        FileExistsError: If it is a file, or neither absent, nor empty, nor a preset.
    """
    check_replaceable(folder, overwrite=True)
    held = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    if held and not {"config.json", "metadata.json"} <= set(held):
        raise FileExistsError(
            f"{folder} must be a preset, an empty folder or none yet. Received: one "
            f"that holds {', '.join(held[:3])}{', ...' * (len(held) > 3)} and no "
            "preset. Choose a folder of its own, such as runs/best."
        )


def present(folder: str | Path) -> Path:
    """Where to read a folder: a crash or a writer may just have moved it aside."""
    old = _old(Path(folder).resolve())
    return old if old.is_dir() and not Path(folder).exists() else Path(folder)


def recovered(folder: str | Path) -> Path:
    """The folder, brought back first where a crash interrupted `write_folder`."""
    path = Path(folder).resolve()
    old = _old(path)
    if old.is_dir() and not path.exists():
        os.rename(old, path)
    elif old.is_dir():
        _merge(old, path)
    return Path(folder)


def _old(folder):
    return folder.parent / f".{folder.name}.kerasgan-old"


def _merge(old, folder):
    """Moves what is not a preset's to the new folder, then removes the old one."""
    if not old.is_dir():
        return
    for entry in old.iterdir():
        if not is_preset_file(entry.name) and not os.path.lexists(folder / entry.name):
            os.rename(entry, folder / entry.name)
    shutil.rmtree(old)


def _remove_if_old(folder):
    """Removes what a killed process left; what is newer, another may be writing."""
    with contextlib.suppress(FileNotFoundError):  # done, or removed by another
        if time.time() - folder.stat().st_mtime > ABANDONED:
            shutil.rmtree(folder)


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
