"""Recipes of models from images to images: pairs, two sets, and images alone."""

import json

import numpy as np
import pytest
from PIL import Image

import kerasgan
from kerasgan import data
from kerasgan.errors import RecipeError
from kerasgan.presets import recipes
from kerasgan.training import inputs, runner
from tests.support import checks
from tests.training import helpers

pytestmark = pytest.mark.backend_free

SMALL = {"width": 2, "depth": 1}


def pairs_recipe(folder, name: str = "pix2pix", **changes) -> dict:
    """A recipe on 20 gray sources and 20 targets in `folder`: 8 updates in 2 epochs."""
    sources = {"source": 2, "held_out": 3, "targets": 4, "held_out_targets": 5}
    for field, seed in sources.items():
        channels = 1 if name == "pix2pix" and "targets" not in field else 3
        np.savez(folder / f"{field}.npz", images=helpers.images(seed, channels))
    places = {field: str(folder / f"{field}.npz") for field in sources} | changes
    return {
        "format": 2,
        "model": {"name": name, "arguments": SMALL},
        "data": {name: x for name, x in places.items() if x is not None},
        "phases": [{"updates": 8, "batch_size": 5}],
        "seed": 1,
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    recipe = pairs_recipe(folder, flip=True)
    return runner.train(recipe, folder / "out", verbose=0), folder / "out"


def test_pairs_train_to_a_preset(finished):
    model, out = finished
    again = kerasgan.from_preset(out)
    assert again.source_shape == (16, 16, 1) and again.image_shape == (16, 16, 3)
    sources = helpers.images(3, channels=1)
    expected = model.translate(sources)
    np.testing.assert_array_equal(again.translate(sources), expected)


def test_the_picture_shows_held_out_pairs(finished):
    model, out = finished
    held_out = helpers.images(3, channels=1)
    np.testing.assert_array_equal(model.examples.source[[0, -1]], held_out[[0, -1]])
    pixels = np.asarray(Image.open(out / "samples.png"))
    np.testing.assert_array_equal(pixels, model.picture())
    grids = sorted((out / "training" / "samples").iterdir())
    assert [path.name for path in grids] == ["epoch_0001.png", "epoch_0002.png"]


def test_no_path_of_pairs_is_published(finished):
    _, out = finished
    fields = json.loads((out / "recipe.json").read_text())["data"]
    places = "source", "targets", "held_out", "held_out_targets"
    assert {name: fields[name] for name in places} == {n: f"{n}.npz" for n in places}


@pytest.mark.matrix
def test_a_resumed_training_of_pairs_is_exact(finished, tmp_path):
    recipe = pairs_recipe(tmp_path, flip=True)
    helpers.interrupted(recipe, tmp_path / "out")
    model = runner.train(recipe, tmp_path / "out", resume=True, verbose=0)
    assert helpers.same_weights(model.generator_ema, finished[0].generator_ema)


def test_pairs_differ_by_their_targets():
    sources, targets = helpers.images(0), helpers.images(1)
    pairs = [data.PairDataset(sources, t, batch_size=5) for t in (targets, sources)]
    assert len({inputs.digest(dataset) for dataset in pairs}) == 2


@pytest.mark.matrix
def test_two_sets_of_other_sizes_train(tmp_path):
    recipe = pairs_recipe(tmp_path, "cyclegan")
    recipe["model"]["arguments"] = SMALL | {"blocks": 1}
    np.savez(tmp_path / "targets.npz", images=helpers.images(4)[:12])
    model = runner.train(recipe, tmp_path / "out", verbose=0)
    assert model.updates == 8 and model.examples is not None


@pytest.mark.parametrize(
    ("name", "arguments", "changes"),
    [
        ("srgan", {"scale": 2, "blocks": 1, "content": None}, {"make": "downscale:2"}),
        ("context_encoder", {}, {}),
    ],
)
def test_images_alone_train(tmp_path, name, arguments, changes):
    absent = {"targets": None, "held_out_targets": None}
    recipe = pairs_recipe(tmp_path, name, **absent, **changes)
    recipe["model"]["arguments"] = SMALL | arguments
    recipe["dtype"] = "mixed_bfloat16"
    model = runner.train(recipe, tmp_path / "out", verbose=0)
    assert model.updates == 8 and (tmp_path / "out" / "samples.png").is_file()


def test_shapes_that_differ_from_the_images_are_refused(tmp_path):
    recipe = pairs_recipe(tmp_path)
    recipe["model"]["arguments"] = SMALL | {"source_shape": [16, 16, 3]}
    with pytest.raises(RecipeError, match=r"source_shape=\(16, 16, 3\)"):
        runner.train(recipe, tmp_path / "out", verbose=0)


@pytest.mark.parametrize("name", sorted(checks.TRANSLATORS))
def test_a_family_has_a_recipe_of_small_batches(name):
    assert {p["batch_size"] for p in recipes.load(name)["phases"]} == {16}
