"""Trainings become longer, and end early."""

import pytest

import kerasgan
from kerasgan import errors
from kerasgan.training import checkpoints, lengths, runner
from kerasgan.training.budget import Budget
from tests.training import helpers

pytestmark = pytest.mark.backend_free
COSINE = {"name": "cosine"}


def two_phases() -> dict:
    """A recipe of 10 and 20 updates, whose second phase has a schedule."""
    second = {"updates": 20, "batch_size": 4, "schedules": {"generator": COSINE}}
    return {"phases": [{"updates": 10, "batch_size": 4}, second]}


def test_a_training_lasts_longer_from_now():
    longer = lengths.extended(two_phases(), 15, 100)
    assert [phase["updates"] for phase in longer["phases"]] == [10, 105]
    assert "updates" not in longer["phases"][1]["schedules"]["generator"]
    with pytest.raises(errors.RecipeError, match="5 before that phase"):
        lengths.extended(two_phases(), 5, 100)


def test_a_training_that_ends_early_says_what_it_did():
    recipe = lengths.ended(two_phases(), 15)
    assert [phase["updates"] for phase in recipe["phases"]] == [10, 5]
    assert recipe["phases"][1]["schedules"]["generator"]["updates"] == 20
    assert len(lengths.ended(two_phases(), 10)["phases"]) == 1
    with pytest.raises(errors.RecipeError, match="at least one update"):
        lengths.ended(two_phases(), 0)


def test_a_finished_training_goes_on(recipe, tmp_path):
    out = tmp_path / "out"
    runner.train(recipe, out, budget=Budget(updates=4), verbose=0)
    with pytest.raises(FileExistsError, match="--resume --hours 1"):
        runner.train(recipe, out, resume=True, verbose=0)
    more = {"resume": True, "budget": Budget(updates=6), "verbose": 0}
    assert int(runner.train(recipe, out, **more).step) == 10
    training = helpers.read_json(out / "results.json")["training"]
    assert training["extended"] == [{"after": 4, "planned": 4}]
    assert [entry["images"] for entry in training["progress"]] == [20, 40, 50]
    phases = helpers.read_json(out / "recipe.json")["phases"]
    assert [phase["updates"] for phase in phases] == [10]


def test_an_interrupted_training_becomes_a_preset(recipe, tmp_path):
    out = tmp_path / "out"
    helpers.interrupted(recipe, out, 2)
    state, _ = checkpoints.newest(out / "training")
    gan = runner.train(recipe, out, finish=True, verbose=0)
    assert int(gan.step) == state["updates"] == 8
    phase = helpers.read_json(out / "recipe.json")["phases"][0]
    assert phase["updates"] == 8 and phase["schedules"]["generator"]["updates"] == 12
    assert kerasgan.from_preset(out).generate(2, seed=0).shape == (2, 16, 16, 3)


@pytest.mark.matrix
def test_an_evaluated_training_goes_on_from_its_best(evaluated, tmp_path):
    out = tmp_path / "out"
    runner.train(evaluated, out, budget=Budget(updates=4), verbose=0)
    more = {"resume": True, "budget": Budget(updates=4), "verbose": 0}
    runner.train(evaluated, out, **more)
    progress = helpers.read_json(out / "results.json")["training"]["progress"]
    assert len([entry for entry in progress if "fid_features_tiny" in entry]) == 2
