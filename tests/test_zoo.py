"""The bundled presets: complete, small, and the same pictures on every backend."""

import json

import numpy as np
import pytest

import kerasgan
from kerasgan import images, presets, recipes

NAMES = presets.list_presets()
LIMITS = {28: 2.5e6, 32: 9e6, 64: 5e6}  # bytes of all networks, by image side


def folder(name):
    return presets.zoo_folder() / name


def test_the_zoo_has_its_first_presets():
    assert {"dcgan_mnist", "wgan_gp_mnist"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_seed_0_gives_the_recorded_picture(name):
    """Within 2/255 of samples.png, which another backend may have drawn."""
    from PIL import Image

    recorded = np.asarray(Image.open(folder(name) / "samples.png")).astype(int)
    gan = kerasgan.from_preset(name, networks="sampler")
    grid = images.enlarge(images.make_grid(gan.generate(64, seed=0))).squeeze()
    assert np.abs(grid - recorded).max() <= 2


@pytest.mark.parametrize("name", NAMES)
def test_preset_is_complete(name):
    names = {path.name for path in folder(name).iterdir()}
    assert names == {
        "config.json",
        "metadata.json",
        "recipe.json",
        "results.json",
        "generator.weights.h5",
        "discriminator.weights.h5",
        "samples.png",
        "README.md",
    }


@pytest.mark.parametrize("name", NAMES)
def test_preset_keeps_to_its_size(name):
    metadata = json.loads((folder(name) / "metadata.json").read_text())
    size = sum(path.stat().st_size for path in folder(name).glob("*.weights.h5"))
    assert size <= LIMITS[metadata["image_shape"][0]]


@pytest.mark.parametrize("name", NAMES)
def test_recipe_is_valid_and_of_this_gan(name):
    recipe = recipes.load(name)
    config = json.loads((folder(name) / "config.json").read_text())
    assert recipe["model"]["name"] == config["name"]
    assert recipe["model"]["arguments"].items() <= config["arguments"].items()
    metadata = json.loads((folder(name) / "metadata.json").read_text())
    assert metadata["updates"] == sum(p["updates"] for p in recipe["phases"])


def test_the_zoo_keeps_to_its_size():
    files = (path for path in presets.zoo_folder().rglob("*") if path.is_file())
    assert sum(path.stat().st_size for path in files) < 60e6
