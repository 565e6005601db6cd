"""Presets that are overwritten while they are read: each reader gets one of them."""

import contextlib
import functools
import hashlib
import itertools
import json
import threading
import time

import numpy as np
import pytest

import kerasgan
from kerasgan import errors, files, hub
from kerasgan.presets import catalog, folders, load, share
from tests.support import checks

pytestmark = pytest.mark.backend_free

NAME = "generator.weights.h5"


def contents(letter):
    """The files of a preset, all different from those of another letter."""
    data = {NAME: letter * 500, "config.json": letter * 10, "results.json": letter}
    entries = {
        name: {"size": len(x), "sha256": hashlib.sha256(x).hexdigest()}
        for name, x in data.items()
    }
    return data | {"metadata.json": json.dumps({"files": entries}).encode()}


A, B = contents(b"a"), contents(b"b")


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "mine"
    files.write_folder(path, A, overwrite=False)
    return path


@contextlib.contextmanager
def overwriting(folder, *presets):
    """A thread that overwrites the folder by these presets in turn, all the time."""
    done = threading.Event()

    def write():
        for preset in itertools.cycle(presets):
            if done.is_set():
                return
            files.write_folder(folder, preset, overwrite=True)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def whole(preset):
    """All its files, checked against the metadata that were read first."""
    metadata = json.loads(preset.read("metadata.json", 2**18))
    time.sleep(0.005)  # as if it built a network in between
    read = {name: preset.read(name, 1000) for name in A if name != "metadata.json"}
    for name, data in read.items():
        folders.check_content(preset, name, data, metadata)
    return read[NAME][:1], read["results.json"]


def test_a_reader_meets_one_of_two_presets(folder):
    calls = []

    def use(preset):
        calls.append(preset)
        return whole(preset)

    with overwriting(folder, A, B):
        seen = {folders.consistently(catalog.files_of(folder), use) for _ in range(100)}
    assert seen == {(b"a", b"a"), (b"b", b"b")}
    assert len(calls) > 100  # some were disturbed, and read again


def test_a_damaged_preset_is_read_once(folder):
    (folder / NAME).write_bytes(b"c" * 500)
    calls = []

    def use(preset):
        calls.append(preset)
        return whole(preset)

    with pytest.raises(errors.PresetIntegrityError, match="sha256"):
        folders.consistently(catalog.files_of(folder), use)
    assert len(calls) == 1


def test_a_folder_moved_aside_is_read_and_keeps_its_name(folder):
    folder.rename(folder.with_name(".mine.kerasgan-old"))
    preset = catalog.files_of(folder)
    assert preset.name == "mine" and preset.has(NAME)
    assert whole(preset) == (b"a", b"a") and not preset.is_replaced()


def test_a_copy_is_as_strict_as_its_folder(folder):
    (folder / "notes.txt").write_text("mine")
    copy = folders.Folder(folder).copy()
    assert copy.read(NAME, 500) == A[NAME] and not copy.has("notes.txt")
    with pytest.raises(errors.PresetConfigError, match="not exceed 6 bytes. .*: 500"):
        copy.read(NAME, 6)
    with pytest.raises(errors.PresetNotFoundError, match=r"must hold recipe\.json"):
        copy.read("recipe.json", 6)


def test_a_folder_that_never_rests_is_refused(folder, monkeypatch):
    states = itertools.count()
    monkeypatch.setattr(folders.Folder, "_state", lambda _: next(states))
    with pytest.raises(errors.PresetIntegrityError, match="must not change while"):
        folders.Folder(folder).copy()


def test_presets_load_while_they_are_overwritten(saved, gan, tmp_path):
    other = checks.tiny("dcgan")
    other.set_weights([weight + 1.0 for weight in gan.get_weights()])
    other.refresh_statistics = lambda: None
    other.save_to_preset(tmp_path / "other")
    presets = [
        {p.name: p.read_bytes() for p in path.iterdir()}
        for path in (saved, tmp_path / "other")
    ]
    biases = [
        kerasgan.from_preset(p, networks="sampler").generator.get_weights()[-1]
        for p in (saved, tmp_path / "other")
    ]
    target, where = tmp_path / "target", hub.address("someone/mine")
    published = functools.partial(share.contents_of, where=where)
    files.write_folder(target, presets[0], overwrite=False)
    with overwriting(target, *presets):
        for _ in range(4):
            loaded = kerasgan.from_preset(target, networks="sampler")
            bias = loaded.generator.get_weights()[-1]
            assert any(np.array_equal(bias, expected) for expected in biases)
            load.load_weights(gan, folders.Folder(target))
            folders.consistently(catalog.files_of(target), published)
