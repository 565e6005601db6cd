"""Presets of older formats still load, and generate what they generated."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kerasgan
from kerasgan import errors, images
from kerasgan.presets import metadata, recipes, schemas, upgrade

KEPT = sorted((Path(__file__).parents[1] / "fixtures" / "presets").iterdir())
ADAM = {"name": "adam", "learning_rate": 0.001}


def test_a_preset_of_every_format_is_kept():
    documents = [json.loads((p / "metadata.json").read_text()) for p in KEPT]
    formats = {document["format"] for document in documents}
    assert formats == set(range(1, upgrade.METADATA + 1))


@pytest.mark.parametrize("folder", KEPT, ids=lambda folder: folder.name)
def test_a_kept_preset_generates_what_it_did(folder):
    recorded = np.asarray(Image.open(folder / "samples.png")).astype(int)
    gan = kerasgan.from_preset(folder)
    grid = images.enlarge(images.make_grid(gan.generate(64, seed=0))).squeeze()
    assert recorded.std() > 20
    assert np.abs(grid - recorded).max() <= 2
    logits = np.asarray(gan.discriminator.predict(np.ones((1, 16, 16, 1)), verbose=0))
    assert np.isfinite(logits).all()


# Upgrades, one document at a time.


def recipe(name, arguments=None, **fields):
    """A recipe of format 1."""
    model = {"name": name, "arguments": arguments or {}}
    phases = [{"updates": 36, "batch_size": 64}]
    data = {"source": "mnist"}
    return {"format": 1, "model": model, "data": data, "phases": phases} | fields


R3GAN = {"penalty_weight": 2.0, "final_penalty_weight": 0.5, "penalty_updates": 24}


@pytest.mark.backend_free
def test_gamma_moves_from_arguments_to_a_schedule():
    old = recipe("r3gan", R3GAN | {"width": 8})
    before = copy.deepcopy(old)
    new = recipes.check(upgrade.upgrade_recipe(old))
    assert old == before
    assert new["model"]["arguments"] == {"width": 8, "penalty_weight": 2.0}
    cosine = {"name": "cosine", "final": 0.25, "updates": 24}
    assert new["phases"][0]["schedules"] == {"penalty_weight": cosine}


@pytest.mark.backend_free
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"penalty_updates": 5},
        {"final_penalty_weight": None},
        R3GAN | {"final_penalty_weight": 2.0},
    ],
)
def test_a_constant_gamma_has_no_schedule(arguments):
    new = recipes.check(upgrade.upgrade_recipe(recipe("r3gan", arguments)))
    assert "schedules" not in new["phases"][0]
    assert not new["model"]["arguments"].keys() - {"penalty_weight"}


@pytest.mark.backend_free
def test_gamma_kept_its_default_length_of_100_000():
    old = recipe("r3gan", {"final_penalty_weight": 0.1})
    new = upgrade.upgrade_recipe(old)["phases"][0]["schedules"]["penalty_weight"]
    assert new == {"name": "cosine", "final": 0.1, "updates": 100_000}


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("arguments", "phases"),
    [
        (R3GAN, 2),
        (R3GAN | {"penalty_weight": 0.0}, 1),
        (R3GAN | {"final_penalty_weight": "x"}, 1),
    ],
)
def test_what_no_schedule_expresses_is_refused(arguments, phases):
    old = recipe("r3gan", arguments, phases=[{"updates": 9, "batch_size": 4}] * phases)
    with pytest.raises(errors.RecipeError, match="Write the recipe in format 2"):
        upgrade.upgrade_recipe(old)


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("name", "betas"), [("infogan", (0.5, 0.999)), ("sagan", (0.0, 0.9))]
)
def test_optimizers_once_implied_are_written_out(name, betas):
    phases = [{"updates": 9, "batch_size": 4, "optimizers": {"generator": ADAM}}]
    new = recipes.check(upgrade.upgrade_recipe(recipe(name, phases=phases)))
    implied = {"name": "adam", "learning_rate": 2e-4}
    implied |= dict(zip(("beta_1", "beta_2"), betas, strict=True))
    optimizers = new["phases"][0]["optimizers"]
    assert optimizers == {"generator": ADAM, "discriminator": implied}


@pytest.mark.backend_free
def test_other_implied_optimizers_stay_implied():
    new = recipes.check(upgrade.upgrade_recipe(recipe("dcgan")))
    assert new["phases"] == recipe("dcgan")["phases"]


@pytest.mark.backend_free
def test_fields_of_recipes_get_their_new_names():
    data = {"source": "icons", "ground": "white"}
    evaluation = {"features": "features_mnist", "samples": 100}
    old = recipe("dcgan", data=data, evaluation=evaluation)
    new = recipes.check(upgrade.upgrade_recipe(old))
    assert new["data"] == {"source": "icons", "background": "white"}
    assert new["evaluation"] == {"features": "features_mnist", "num_samples": 100}


@pytest.mark.backend_free
def test_a_config_loses_arguments_of_the_first_edition():
    arguments = {"width": 8, "final_penalty_weight": None, "penalty_updates": 9}
    old = {"format": 1, "name": "r3gan", "arguments": arguments}
    assert upgrade.upgrade_config(old)["arguments"] == {"width": 8}
    other = old | {"name": "dcgan"}  # which never had them
    assert upgrade.upgrade_config(other) == other


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("fields", "condition"),
    [
        ({"num_classes": None}, None),
        ({"num_classes": 10}, "labels"),
        ({"num_classes": None, "codes": {"categories": 10, "continuous": 2}}, "codes"),
        ({"num_classes": 10, "kind": "features"}, None),
    ],
)
def test_metadata_get_their_condition(fields, condition):
    old = json.loads((KEPT[0] / "metadata.json").read_text()) | fields
    data = {"source": "icons", "ground": "white"}
    new = upgrade.upgrade_metadata(old | {"data": data})
    assert metadata.check_metadata(new, "metadata.json") is new
    assert new["format"] == 2 and new["condition"] == condition
    assert new["class_names"] is None and new["class_shares"] is None
    assert new["data"] == {"source": "icons", "background": "white"}
    assert new["files"] == old["files"]


@pytest.mark.backend_free
def test_results_get_their_new_names():
    entry = {"name": "memorisation_x", "value": 1.0, "floor": None, "protocol": {}}
    speed = {"hardware": {"cores": 2, "device": "cpu", "backend": "jax"}}
    speed |= {"precision": "float32", "figures": []}
    old = {"quality": {"memorisation_x": entry}, "throughput": {"jax": speed}}
    new = upgrade.upgrade_results(old | {"training": {"updates": 3}})
    schemas.check(new, schemas.RESULTS, "results.json")
    metric = {"name": "memorization_x", "value": 1.0, "real_score": None}
    assert new["quality"] == {"memorization_x": metric | {"protocol": {}}}
    assert new["throughput"]["jax"]["measurements"] == []
    assert new["format"] == 2 and new["training"] == {"updates": 3}


UPGRADES = (
    upgrade.upgrade_config,
    upgrade.upgrade_metadata,
    upgrade.upgrade_recipe,
    upgrade.upgrade_results,
)
ODD = [None, True, 1, 1.5, "x", [], [1], {}, {"format": True}, {"format": 1.0}]
ODD += [{"format": 3}, {"format": [1]}]


@pytest.mark.backend_free
@pytest.mark.parametrize("function", UPGRADES, ids=lambda f: f.__name__)
@pytest.mark.parametrize("document", [odd for odd in ODD if odd != {}], ids=repr)
def test_an_upgrade_leaves_other_documents_alone(function, document):
    assert function(document) is document


@pytest.mark.backend_free
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_an_upgrade_bears_odd_fields(odd):
    """What is odd is left to the check that follows."""
    for family in ("r3gan", "infogan"):
        whole = recipe(family, R3GAN) | {"name": family, "arguments": R3GAN}
        for field in [*whole, "evaluation", "quality", "throughput"]:
            old = whole | {field: odd}
            assert all(isinstance(upgrade(old), dict) for upgrade in UPGRADES[:3])
            del old["format"]
            assert UPGRADES[3](old)["format"] == 2
            inner = {"quality": {"a": odd}, "throughput": {"a": odd}}
            assert UPGRADES[3](inner)["quality"].keys() == {"a"}
