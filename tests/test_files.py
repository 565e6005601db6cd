"""Files and folders are written completely or not at all, at every interruption."""

import errno
import os
import stat

import pytest

from kerasgan import errors
from kerasgan.files import (
    check_replaceable,
    present,
    recovered,
    user_path,
    write_atomically,
    write_folder,
)

pytestmark = pytest.mark.backend_free

OLD = {"config.json": b"old", "results.json": b"old", "encoder.weights.h5": b"old"}
NEW = {"config.json": b"new", "generator.weights.h5": b"new"}


class Killed(BaseException):
    """Stands for SIGKILL: no handler of kerasgan may run after it."""


@pytest.fixture
def preset(tmp_path):
    """A preset folder with a user's notes, alone in its parent."""
    folder = tmp_path / "presets" / "mine"
    write_folder(folder, OLD, overwrite=False)
    (folder / "notes.txt").write_text("mine")
    (folder / "training").mkdir()
    (folder / "training" / "log").write_text("log")
    return folder


def contents(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


def kept(files):
    return files | {"notes.txt": b"mine"}


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def kill_at_rename(monkeypatch, number):
    """Kills the process just before the `number`-th rename of a folder."""
    rename, calls = os.rename, []

    def cut_off(source, target):
        calls.append(source)
        if len(calls) == number:
            raise Killed
        rename(source, target)

    monkeypatch.setattr(os, "rename", cut_off)


def test_file_gets_its_name_only_when_complete(tmp_path):
    path = tmp_path / "deep" / "file"
    with write_atomically(path) as file:
        file.write(b"content")
        assert not path.exists()
    assert path.read_bytes() == b"content"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_file_gets_the_usual_permissions(tmp_path):
    (tmp_path / "other").touch()
    with write_atomically(tmp_path / "file") as file:
        file.write(b"")
    modes = {stat.S_IMODE((tmp_path / n).stat().st_mode) for n in ("other", "file")}
    assert len(modes) == 1


def test_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"), write_atomically(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), write_atomically(path) as file:
        file.write(b"new")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_existing_folder_is_refused(preset):
    with pytest.raises(FileExistsError, match=r"Choose another folder.*overwrite=True"):
        write_folder(preset, NEW, overwrite=False)
    assert contents(preset) == kept(OLD)


def test_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "mine").write_text("text")
    with pytest.raises(FileExistsError, match="is a file"):
        write_folder(tmp_path / "mine", NEW, overwrite=True)
    assert (tmp_path / "mine").read_text() == "text"


def test_overwriting_keeps_notes_and_drops_old_preset_files(preset):
    write_folder(preset, NEW, overwrite=True)
    assert contents(preset) == kept(NEW)
    assert (preset / "training" / "log").read_text() == "log"
    assert list(preset.parent.iterdir()) == [preset]


def test_full_disk_leaves_the_old_folder_and_nothing_else(preset, monkeypatch):
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_folder(preset, NEW, overwrite=True)
    assert contents(preset) == kept(OLD)
    assert list(preset.parent.iterdir()) == [preset]


def test_full_disk_is_named_with_what_to_do(preset, monkeypatch):
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(errors.DiskFullError) as caught:
        write_folder(preset, NEW, overwrite=True)
    message = str(caught.value)
    assert message.startswith(f"No space left on the disk of {preset}. What was")
    assert "--resume" in message and caught.value.errno == errno.ENOSPC
    with (
        pytest.raises(errors.DiskFullError, match=f"of {preset}. What"),
        write_atomically(preset / "file") as file,
    ):
        file.write(b"new")


def test_full_disk_leaves_no_new_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_folder(tmp_path / "mine", NEW, overwrite=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("rename", "files"),
    [(1, OLD), (2, OLD), (3, NEW), (4, NEW)],
    ids=["before the swap", "within the swap", "before the notes", "among the notes"],
)
def test_interrupted_write_leaves_a_complete_folder(preset, monkeypatch, rename, files):
    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_at_rename(patch, rename)
        write_folder(preset, NEW, overwrite=True)
    assert recovered(preset) == preset
    assert contents(preset) == kept(files)
    assert (preset / "training" / "log").read_text() == "log"


@pytest.mark.parametrize("rename", [1, 2, 3, 4])
def test_write_after_an_interruption_cleans_up(preset, monkeypatch, rename):
    monkeypatch.setattr("kerasgan.files.ABANDONED", -1)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_at_rename(patch, rename)
        write_folder(preset, NEW, overwrite=True)
    write_folder(preset, NEW, overwrite=True)
    assert contents(preset) == kept(NEW)
    assert list(preset.parent.iterdir()) == [preset]


def test_only_old_leftovers_are_removed(preset):
    new, old = (preset.parent / f".{preset.name}.new-{age}" for age in ("a", "b"))
    new.mkdir()
    old.mkdir()
    os.utime(old, (0, 0))
    write_folder(preset, NEW, overwrite=True)
    assert new.is_dir() and not old.exists()


def test_folder_interrupted_in_the_swap_still_exists(preset, monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_at_rename(patch, 2)
        write_folder(preset, NEW, overwrite=True)
    assert not preset.exists()
    with pytest.raises(FileExistsError):
        write_folder(preset, NEW, overwrite=False)
    assert contents(preset) == kept(OLD)


def test_new_file_is_not_replaced_by_an_old_one(preset):
    write_folder(preset, NEW | {"notes.txt": b"new"}, overwrite=True)
    assert contents(preset)["notes.txt"] == b"new"


@pytest.mark.parametrize("below", [False, True])
def test_current_folder_is_not_replaced(preset, monkeypatch, below):
    (preset / "inside").mkdir()
    monkeypatch.chdir(preset / "inside" if below else preset)
    before = os.stat(preset).st_ino
    with pytest.raises(FileExistsError, match="is or contains the current folder"):
        write_folder(preset, NEW, overwrite=True)
    (preset / "inside").rmdir()
    assert contents(preset) == kept(OLD) and os.stat(preset).st_ino == before


def test_recovering_the_current_folder_leaves_it_alone(preset, monkeypatch):
    monkeypatch.chdir(preset)
    assert contents(recovered(".")) == kept(OLD)


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_link_is_followed(preset, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(preset, target_is_directory=True)
    write_folder(link, NEW, overwrite=True)
    assert link.is_symlink() and contents(preset) == kept(NEW)


def test_home_folder_is_found_by_its_sign(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "ann"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "ann"))
    monkeypatch.chdir(tmp_path)
    assert user_path("~/x") == tmp_path / "ann/x" and str(user_path("x")) == "x"
    write_folder("~/mine", OLD, overwrite=False)
    with write_atomically("~/deep/file") as file:
        file.write(b"content")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        check_replaceable("~/mine", overwrite=False)
    home = tmp_path / "ann"
    assert contents(home / "mine") == OLD and (home / "deep/file").is_file()
    assert present("~/mine") == recovered("~/mine") == home / "mine"
    assert list(tmp_path.iterdir()) == [home]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "grid.png"
    with pytest.raises(OSError, match="grid.png cannot be written.*Choose another"):
        with write_atomically(path):
            pass


def test_an_empty_folder_may_be_filled(tmp_path):
    write_folder(tmp_path / "new", {"config.json": b"{}"}, overwrite=False)
    (tmp_path / "empty").mkdir()
    write_folder(tmp_path / "empty", {"config.json": b"{}"}, overwrite=False)
    assert [p.name for p in (tmp_path / "empty").iterdir()] == ["config.json"]


def test_other_files_are_not_called_a_preset(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(FileExistsError, match="holds notes.txt.*add a preset to"):
        check_replaceable(tmp_path, overwrite=False)
