"""A stranger's numbers cost no memory, and a stranger's recipe no network."""

import json
import tracemalloc

import pytest

import kerasgan
from kerasgan import errors, hub
from kerasgan.presets import deferred, recipes
from kerasgan.training import phases
from tests.presets.test_recipes import RECIPE, changed
from tests.support import checks
from tests.support.spoil import edit

pytestmark = pytest.mark.backend_free


def of(**arguments):
    """A recipe with these arguments besides the image's shape."""
    arguments = {"image_shape": [16, 16, 1]} | arguments
    return changed("model", "arguments", value=arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {"latent_dim": 2**20, "width": 4},  # its training would take 2.5 GB
        {"latent_dim": 2**20, "width": 2**20},
        {"width": 2000},
    ],
)
def test_recipes_of_large_networks_are_refused_in_little_memory(arguments):
    recipe = recipes.check(of(**arguments))
    tracemalloc.start()
    with pytest.raises(errors.RecipeError, match="may take at most 256 MiB. Received"):
        phases.build(recipe)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50 * 2**20 and deferred._waiting() == []


def test_presets_without_their_weights_have_the_same_budget(saved, tmp_path):
    with pytest.raises(errors.PresetConfigError, match="at most 256 MiB"):
        kerasgan.from_preset(saved, load_weights=False, width=2000)
    assert kerasgan.from_preset(saved, load_weights=False, width=16).width == 16


@pytest.mark.parametrize("size", [1025, [64, 4096]])
def test_recipes_of_large_images_are_refused(size):
    with pytest.raises(errors.RecipeError, match="size.*at most 1024"):
        recipes.check(changed("data", "size", value=size))
    recipes.check(changed("data", "size", value=[1024, 64]))


def test_recipes_never_contact_the_hub(monkeypatch, tmp_path, saved):
    monkeypatch.setattr(hub, "Snapshot", None)  # would fail if it were called
    recipe = RECIPE | {"evaluation": {"features": "hf://evil/features"}}
    message = "evaluation.features must be a bundled preset.*kerasgan pull"
    with pytest.raises(errors.RecipeError, match=message):
        recipes.check(recipe)
    for features in ("features_mnist", "inception", "./features"):
        recipes.check(RECIPE | {"evaluation": {"features": features}})


@pytest.mark.parametrize("field", ["title", "license", "origin", "source", "held_out"])
@pytest.mark.parametrize("text", ["a\nb", "a\x1b[31m", "a\x9b31m", "\ud800"])
def test_texts_of_data_are_one_line(field, text):
    with pytest.raises(errors.RecipeError, match=f"data.{field}: expected a text"):
        recipes.check(changed("data", field, value=text))


def test_metadata_of_such_texts_are_refused(tmp_path):
    folder = tmp_path / "tiny"
    checks.tiny("r3gan").save_to_preset(folder)
    data = {"source": "mnist", "title": "a\x1b]0;b\x07"}
    edit(folder, "metadata.json", data=json.loads(json.dumps(data)))
    with pytest.raises(errors.PresetConfigError, match="data"):
        kerasgan.from_preset(folder)
