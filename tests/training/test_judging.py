"""Recipes of models that judge images: of anomalies, and with few labels."""

import numpy as np
import pytest

from kerasgan.presets import recipes
from kerasgan.training import inputs, runner
from tests.support import checks
from tests.training.helpers import read_json

pytestmark = pytest.mark.backend_free


@pytest.fixture
def source(tmp_path):
    """A file with splits of 24 and 12 gray images of three classes."""
    rng, arrays = np.random.default_rng(0), {}
    for split, count in (("train", 24), ("test", 12)):
        arrays[f"{split}_images"] = rng.integers(0, 255, (count, 16, 16), "uint8")
        arrays[f"{split}_labels"] = (np.arange(count) % 3)[:, None]
    np.savez(tmp_path / "few.npz", **arrays)
    return {"source": str(tmp_path / "few.npz"), "split": "train", "held_out": "test"}


def recipe_of(name, data, **phase):
    """A tiny recipe of a family, with two updates of each phase."""
    recipe = recipes.load(name)
    arguments = checks.TINY[name] | {"image_shape": [16, 16, 1], "width": 4}
    batch = {"updates": 5, "batch_size": 4}
    phases = [entry | batch | phase for entry in recipe["phases"]]
    model = {"name": name, "arguments": arguments}
    return recipe | {"model": model, "data": data, "phases": phases}


def test_a_recipe_trains_on_normal_images_and_measures_all(source, tmp_path):
    data = source | {"classes": [1], "notice": "For research, not for diagnosis."}
    out = tmp_path / "out"
    model = runner.train(recipe_of("f_anogan", data), out, verbose=0)
    assert model.updates == 10 and model.can_score
    quality = read_json(out / "results.json")["quality"]
    assert set(quality) == {"auroc", "average_precision"}
    protocol = quality["auroc"]["protocol"]
    assert protocol["normal"] == [1] and protocol["count"] == 12
    assert protocol["task"] == "1 class normal, 2 classes anomalous"
    metadata, card = read_json(out / "metadata.json"), (out / "README.md").read_text()
    kept = {"source": "few.npz", "split": "train", "held_out": "test"}
    assert kept.items() <= metadata["data"].items() and metadata["task"] == "score"
    assert "**For research, not for diagnosis.**" in card
    assert "trained on class 1 of few.npz" in card and "gan.heatmap(images)" in card


def test_a_recipe_keeps_few_labels_and_measures_the_accuracy(source, tmp_path):
    data, out = source | {"labeled": 3, "labeled_seed": 1}, tmp_path / "out"
    recipe = recipe_of("sgan", data)
    labels = inputs.read(recipe).images.labels
    assert sorted(labels[labels >= 0]) == [0, 1, 2]
    model = runner.train(recipe, out, verbose=0)
    accuracy = read_json(out / "results.json")["quality"]["accuracy"]
    assert accuracy["protocol"] == {"images": "few test", "count": 12}
    assert np.sum(accuracy["details"]["confusion"]) == 12
    card = (out / "README.md").read_text()
    assert "classifies 16x16 images with 1 channel into 3 classes" in card
    assert "(with the labels of 3 images)" in card and "labeled=100" in card
    assert "not this model's purpose" in card
    assert model.condition.num_classes == 3
