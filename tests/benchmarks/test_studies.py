"""The studies in benchmarks/search.py and benchmarks/augmentation.py."""

import json
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from kerasgan import models
from kerasgan.presets import recipes

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import augmentation  # noqa: E402
import search  # noqa: E402
import trainings  # noqa: E402

pytestmark = pytest.mark.backend_free

PLANNED = json.loads((BENCHMARKS / "tries.json").read_text())


@pytest.mark.parametrize("preset", sorted(PLANNED))
def test_every_try_is_a_different_recipe(preset):
    tries = PLANNED[preset]["tries"]
    planned = [search.recipe_of(PLANNED[preset]["start"], c) for c in tries.values()]
    assert len({json.dumps(recipe) for recipe in planned}) == len(tries) <= 6
    assert {recipe["model"]["name"] for recipe in planned} == {preset[:-6]}


@pytest.fixture
def start(tmp_path):
    """The recipe of a tiny GAN, evaluated with a tiny classifier."""
    keras.utils.set_random_seed(0)
    folder = tmp_path / "features_tiny"
    models.FeatureClassifier(image_shape=(16, 16, 3), width=1).save_to_preset(folder)
    images = np.random.default_rng(0).integers(0, 255, (20, 16, 16, 3), "uint8")
    np.savez(tmp_path / "data.npz", images=images)
    np.savez(tmp_path / "held_out.npz", images=255 - images)
    adam = {"name": "adam", "learning_rate": 1e-3}
    pair = {"discriminator": adam, "generator": dict(adam)}
    arguments = {"width": 4, "latent_dim": 4, "image_shape": [16, 16, 3]}
    return {
        "format": 2,
        "model": {"name": "dcgan", "arguments": arguments},
        "data": {
            "source": str(tmp_path / "data.npz"),
            "held_out": str(tmp_path / "held_out.npz"),
        },
        "phases": [{"batch_size": 5, "optimizers": pair}],
        "evaluation": {"features": str(folder), "num_samples": 20},
    }


@pytest.fixture
def planned(start, tmp_path, monkeypatch):
    """Two tries."""
    noisy = {"arguments": {"instance_noise": 0.5}, "batch_size": 10}
    rates = {"optimizers": {"generator": {"learning_rate": 1e-2}}}
    document = {"tiny": {"start": start, "tries": {"noise": noisy, "rates": rates}}}
    (tmp_path / "tries.json").write_text(json.dumps(document))
    monkeypatch.setattr(search, "HERE", tmp_path)
    monkeypatch.setattr(search, "RESULTS", tmp_path / "search.json")
    monkeypatch.setattr(sys, "argv", ["search.py"])
    return tmp_path / "search.json"


@pytest.mark.matrix
def test_each_try_is_measured_once(planned, monkeypatch):
    search.main()
    results = json.loads(planned.read_text())["tiny"]
    assert {name: row["images"] for name, row in results.items()} == {
        "noise": 60,
        "rates": 60,
    }
    assert all(row["fid_features_tiny"] > 0 for row in results.values())
    assert results["noise"]["recipe"]["model"]["arguments"]["instance_noise"] == 0.5
    optimizers = results["rates"]["recipe"]["phases"][0]["optimizers"]
    rates = [optimizers[n]["learning_rate"] for n in ("discriminator", "generator")]
    assert rates == [1e-3, 1e-2]
    monkeypatch.setattr(search, "measure", None)  # would fail if it were called
    search.main()


def test_recorded_policies_share_one_recipe():
    recipe = trainings.bare(recipes.load(augmentation.RECIPE))
    results = json.loads(augmentation.PATH.read_text())
    assert results.keys() == augmentation.POLICIES.keys()
    for name, entry in results.items():
        expected = augmentation.recipe_of(recipe, name)
        assert expected.items() <= trainings.bare(entry["recipe"]).items()


@pytest.mark.parametrize("policy", ["ada", "diffaugment"])
def test_recorded_augmentation_helps_on_few_images(policy):
    results = json.loads(augmentation.PATH.read_text())
    for metric in ("fid_features_cifar10", "kid_features_cifar10"):
        without, with_it = (
            results[name]["quality"][metric]["value"] for name in ("none", policy)
        )
        assert with_it < 0.8 * without


@pytest.mark.matrix
def test_each_policy_is_trained_and_measured(start, tmp_path, monkeypatch):
    start["phases"][0]["updates"] = 8
    (tmp_path / "recipe.json").write_text(json.dumps(start))
    monkeypatch.setattr(augmentation, "PATH", tmp_path / "results.json")
    arguments = [str(tmp_path / "recipe.json"), "--out", str(tmp_path / "out")]
    arguments += ["--policies", "none", "ada", "--num-samples", "20"]
    arguments += ["--features", start["evaluation"]["features"]]
    monkeypatch.setattr(sys, "argv", ["augmentation.py", *arguments])
    augmentation.main()
    results = json.loads((tmp_path / "results.json").read_text())
    policies = {"none": None, "ada": "ada"}
    assert results.keys() == policies.keys()
    for name, policy in policies.items():
        entry = results[name]
        assert entry["recipe"]["model"]["arguments"]["augmentation"] == policy
        assert entry["progress"][-1]["images"] == 40
        assert entry["quality"]["memorization_features_tiny"]["value"] > 0

    monkeypatch.setattr(trainings.runner, "train", None)  # would fail if called
    augmentation.main()
    start["data"]["title"] = "Noise"  # does not change the training
    (tmp_path / "recipe.json").write_text(json.dumps(start))
    augmentation.main()
    start["model"]["arguments"]["width"] = 8
    (tmp_path / "recipe.json").write_text(json.dumps(start))
    with pytest.raises(ValueError, match="the training of another recipe"):
        augmentation.main()
