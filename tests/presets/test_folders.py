"""Presets are found by name, and their files are read safely."""

import hashlib
import json
import os

import pytest

from kerasgan import errors, hub
from kerasgan.presets import catalog, folders

pytestmark = pytest.mark.backend_free

CONTENT = b"weights"
NAME = "generator.weights.h5"
ENTRY = {"size": len(CONTENT), "sha256": hashlib.sha256(CONTENT).hexdigest()}


@pytest.fixture
def folder(tmp_path):
    """A folder with one file."""
    path = tmp_path / "mine"
    path.mkdir()
    (path / NAME).write_bytes(CONTENT)
    return path


def test_folder_reads_a_regular_file(folder):
    files = folders.Folder(folder)
    assert files.has(NAME) and files.read(NAME, 100) == CONTENT
    assert (files.name, str(files)) == ("mine", str(folder))


def test_missing_file_is_named(folder):
    files = folders.Folder(folder)
    assert not files.has("config.json")
    with pytest.raises(errors.PresetNotFoundError, match="must hold config.json"):
        files.read("config.json", 100)


def test_larger_file_is_not_read(folder):
    with pytest.raises(errors.PresetConfigError, match="not exceed 6 bytes.*: 7"):
        folders.Folder(folder).read(NAME, len(CONTENT) - 1)


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_link_is_refused_unless_allowed(folder):
    (folder / "link").symlink_to(folder / NAME)
    with pytest.raises(errors.PresetIntegrityError, match="must be a regular file"):
        folders.Folder(folder).read("link", 100)
    assert folders.Folder(folder, links=True).read("link", 100) == CONTENT


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_link_of_the_hubs_cache_is_read(tmp_path):
    snapshot, blobs = tmp_path / "snapshots/commit", tmp_path / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    (blobs / "hash").write_bytes(CONTENT)
    (snapshot / NAME).symlink_to(blobs / "hash")
    assert folders.Folder(snapshot).read(NAME, 100) == CONTENT


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipe_is_refused_without_waiting(folder):
    os.mkfifo(folder / "pipe")
    with pytest.raises(errors.PresetIntegrityError, match="must be a regular file"):
        folders.Folder(folder).read("pipe", 100)


@pytest.mark.parametrize(
    ("data", "entries", "error", "message"),
    [
        (CONTENT[:-1], {NAME: ENTRY}, errors.PresetIntegrityError, "7 bytes long"),
        (b"Weights", {NAME: ENTRY}, errors.PresetIntegrityError, "must have sha256"),
        (CONTENT, {}, errors.PresetConfigError, "must give size and sha256"),
    ],
)
def test_content_is_compared_with_metadata(folder, data, entries, error, message):
    files = folders.Folder(folder)
    folders.check_content(files, NAME, CONTENT, {"files": {NAME: ENTRY}})
    with pytest.raises(error, match=message):
        folders.check_content(files, NAME, data, {"files": entries})


@pytest.fixture
def zoo(tmp_path, monkeypatch):
    """A zoo with a GAN and a classifier."""
    root = tmp_path / "zoo"
    about = {"data": {"source": "mnist/train"}}
    for name, kind in (("dcgan_mnist", "gan"), ("features_mnist", "features")):
        (root / name).mkdir(parents=True)
        (root / name / "config.json").write_text("{}")
        (root / name / "metadata.json").write_text(json.dumps(about | {"kind": kind}))
    monkeypatch.setattr(catalog, "zoo_folder", lambda: root)
    monkeypatch.delenv("KERASGAN_HUB_ORG", raising=False)
    monkeypatch.chdir(tmp_path)
    return root


def test_presets_are_listed_by_kind(zoo):
    assert catalog.list_presets() == ["dcgan_mnist"]
    assert catalog.list_presets("features") == ["features_mnist"]
    assert catalog.list_presets("all") == ["dcgan_mnist", "features_mnist"]
    with pytest.raises(ValueError, match="'all', 'mnist'.*Did you mean 'gan'"):
        catalog.list_presets("gans")


def test_presets_are_listed_by_dataset_and_task():
    of_mnist = catalog.list_presets("mnist")
    assert {"dcgan_mnist", "r3gan_mnist"} < set(of_mnist)
    assert not [n for n in of_mnist if "fashion" in n or n.startswith("features")]
    assert catalog.list_presets("features", data="mnist") == ["features_mnist"]
    assert catalog.list_presets(task="upscale") == ["srgan_emoji"]
    assert catalog.list_presets("emoji", task="generate") == ["r3gan_emoji"]
    for options in ({"kind": "minst"}, {"data": "minst"}, {"task": "upscal"}):
        with pytest.raises(ValueError, match="Did you mean"):
            catalog.list_presets(**options)


def test_bundled_name_wins_over_a_folder_with_a_warning(zoo, tmp_path):
    (tmp_path / "dcgan_mnist").mkdir()
    (tmp_path / "dcgan_mnist/config.json").write_text("{}")
    with pytest.warns(UserWarning, match="Write ./dcgan_mnist to use the folder"):
        assert catalog.find("dcgan_mnist") == zoo / "dcgan_mnist"
    assert catalog.find("./dcgan_mnist") == tmp_path / "dcgan_mnist"


@pytest.mark.parametrize(
    ("content", "remedy"),
    [("metadata.json", "file is lost"), ("training/x", "--resume"), ("x", "write one")],
)
def test_folder_without_a_preset_names_the_remedy(zoo, folder, content, remedy):
    (folder / content).parent.mkdir(exist_ok=True)
    (folder / content).touch()
    with pytest.raises(errors.PresetNotFoundError, match=remedy):
        catalog.find(folder)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("dcgan_minst", r"Received: 'dcgan_minst'. Did you mean 'dcgan_mnist'\? list"),
        (
            "me/mine",
            "Received: 'me/mine'. For one on the Hub, write hf://me/mine. list",
        ),
        ("~/mine", "Received: '~/mine'. list"),
    ],
)
def test_unknown_name_is_answered_with_the_near_one(zoo, name, message):
    with pytest.raises(errors.PresetNotFoundError, match=message) as caught:
        catalog.find(name)
    assert len(str(caught.value)) < 250  # not a list of all presets


def test_presets_are_found_in_the_home_folder(zoo, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(zoo))
    monkeypatch.setenv("USERPROFILE", str(zoo))
    files = catalog.files_of("~/dcgan_mnist")
    assert str(files) == str(zoo / "dcgan_mnist") and files.has("config.json")
    assert folders.Folder("~/dcgan_mnist").has("config.json")


@pytest.mark.parametrize("preset", ["", None, 3])
def test_preset_must_be_a_name_or_a_path(zoo, preset):
    with pytest.raises(errors.PresetNotFoundError, match="must be a bundled name"):
        catalog.find(preset)


def test_options_of_the_hub_need_an_address(zoo):
    with pytest.raises(ValueError, match="Only presets on the Hub take revision"):
        catalog.files_of("dcgan_mnist", revision="main")


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("wgan_mnist", ["hf://me/wgan_mnist"]),
        ("dcgan_mnits", []),
        ("dcgan_mnis", []),
        ("my/dcgan", []),
    ],
)
def test_names_but_no_misspellings_are_looked_up_on_the_hub(
    zoo, monkeypatch, name, asked
):
    addresses = []
    monkeypatch.setenv("KERASGAN_HUB_ORG", "me")
    monkeypatch.setattr(hub, "Snapshot", addresses.append)
    if asked:
        catalog.files_of(name)
    else:
        with pytest.raises(errors.PresetNotFoundError):
            catalog.files_of(name)
    assert addresses == asked
