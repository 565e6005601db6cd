"""Runs commands in this process, each test in a folder of its own."""

import json
import os
import sys
import warnings

import numpy as np
import pytest
from PIL import Image

import kerasgan
from kerasgan import cli
from kerasgan.presets import catalog

METADATA = {
    "format": 2,
    "kind": "gan",
    "image_shape": [28, 28, 1],
    "class": "DCGAN",
    "data": {"source": "mnist"},
    "parameters": {"generator": 1_200_000, "discriminator": 800_000},
}


@pytest.fixture(autouse=True)
def own_process(tmp_path, monkeypatch):
    """Gives each test its own working folder, and restores this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_BACKEND", os.environ.get("KERAS_BACKEND", "tensorflow"))
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    monkeypatch.setenv("KERASGAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)


@pytest.fixture
def kerasgan_command(monkeypatch, capfd):
    """Runs a command and returns exit code, stdout and stderr."""

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["kerasgan", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.run()
        return (ended.value.code or 0, *capfd.readouterr())

    return command


@pytest.fixture
def no_keras(monkeypatch):
    """Fails a test that gets as far as to import Keras."""

    def imported():
        raise AssertionError("Keras is imported before the error")

    for name in "data evaluate generate hub score train translate".split():
        monkeypatch.setattr(f"kerasgan.cli.{name}.import_keras", imported)


@pytest.fixture
def zoo(tmp_path, monkeypatch):
    """A zoo with one preset that has the files for `list` and `info`."""
    folder = tmp_path / "zoo" / "dcgan_mnist"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"name": "dcgan"}')
    (folder / "metadata.json").write_text(json.dumps(METADATA))
    monkeypatch.setattr(catalog, "zoo_folder", lambda: folder.parent)
    return folder


@pytest.fixture(scope="package")
def trained(tmp_path_factory):
    """A preset folder with a tiny untrained DCGAN."""
    folder = tmp_path_factory.mktemp("presets") / "tiny"
    gan = kerasgan.models.DCGAN(image_shape=(16, 16, 1), latent_dim=4, width=4)
    gan.save_to_preset(folder)
    return folder


@pytest.fixture(scope="package")
def conditional(tmp_path_factory):
    """Preset folders of a tiny CGAN, whose classes have names, and a tiny InfoGAN."""
    folder = tmp_path_factory.mktemp("presets")
    shape = {"image_shape": (16, 16, 1), "width": 4}
    cgan = kerasgan.models.CGAN(num_classes=3, latent_dim=4, **shape)
    cgan.condition.class_names = ["cat", "dog, big", "1"]
    infogan = kerasgan.models.InfoGAN(noise_dim=4, categories=3, **shape)
    cgan.save_to_preset(folder / "cgan")
    encoded = {"latent_dim": 8, "condition_dim": 4, "refiner_width": 4, "word_dim": 4}
    stackgan = kerasgan.models.StackGAN(encoder_width=2, **encoded, **shape)
    stackgan.condition.learn([["red apple"], ["house"]])
    stackgan.save_to_preset(folder / "stackgan")
    infogan.save_to_preset(folder / "infogan")
    return folder


@pytest.fixture(scope="package")
def measured_by(tmp_path_factory):
    """A classifier preset with random weights."""
    folder = tmp_path_factory.mktemp("presets") / "features_tiny"
    classifier = kerasgan.models.FeatureClassifier(image_shape=(16, 16, 1), width=1)
    classifier.save_to_preset(folder)
    return folder


@pytest.fixture
def photos(tmp_path):
    """Twelve pictures of several sizes in two folders."""
    rng = np.random.default_rng(0)
    for index in range(12):
        folder = tmp_path / "photos" / "ab"[index % 2]
        folder.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 256, (20 + index, 30, 3), dtype="uint8")
        Image.fromarray(pixels).save(folder / f"{index}.png")
    return tmp_path / "photos"
