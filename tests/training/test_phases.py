"""A phase's optimizers and schedules are those that the recipe states."""

import math

import numpy as np
import pytest
from keras import ops

from kerasgan import errors
from kerasgan.presets import recipes, upgrade
from kerasgan.training import phases
from tests.support import checks

pytestmark = pytest.mark.backend_free

ADAM = {"name": "adam", "learning_rate": 0.5}


def compiled(name, **phase):
    """A tiny GAN, compiled for a phase."""
    gan = checks.tiny(name)
    phases.compile_phase(gan, {"updates": 12} | phase)
    return gan


def rates(optimizer, steps) -> list[float]:
    """The learning rate at each of these steps."""
    values = []
    for step in steps:
        optimizer.iterations.assign(step)
        values.append(float(ops.convert_to_numpy(optimizer.learning_rate)))
    return values


def weights(gan, name, batches) -> list[float]:
    """The scheduled weight of a loss at each of these batches since `compile`."""
    values = []
    for batch in batches:
        gan.optimizer.iterations.assign(batch)
        values.append(float(ops.convert_to_numpy(gan.scheduled(name))))
    return values


def trainable(network) -> list[np.ndarray]:
    """Copies of the weights that an optimizer updates."""
    return [np.array(checks.as_array(w)) for w in network.trainable_weights]


def test_a_schedule_ends_at_its_share_of_the_rate():
    cosine = {"name": "cosine", "final": 0.1}
    options = {"optimizers": dict.fromkeys(("discriminator", "generator"), ADAM)}
    gan = compiled("dcgan", schedules={"generator": cosine}, **options)
    assert rates(gan.optimizer.parts["generator"], [0, 12]) == pytest.approx(
        [0.5, 0.05]
    )
    assert rates(gan.optimizer.parts["discriminator"], [0, 12]) == [0.5, 0.5]


def test_a_cosine_may_begin_with_a_rise():
    schedule = {"name": "cosine", "final": 0.2, "warmup": 1 / 3}
    options = {"schedules": {"generator": schedule}}
    gan = compiled("r3gan", optimizers={"generator": ADAM}, **options)
    computed = rates(gan.optimizer.parts["generator"], (0, 1, 4, 8, 12, 20))
    assert computed == pytest.approx([0.0, 0.125, 0.5, 0.3, 0.1, 0.1])


def test_a_rise_through_all_updates_reaches_the_rate():
    schedules = {"generator": {"name": "cosine", "warmup": 1.0}}
    gan = compiled("r3gan", updates=4, schedules=schedules)
    assert rates(gan.optimizer.parts["generator"], [3]) == pytest.approx([2e-4])


def test_a_schedule_counts_its_players_own_turns():
    linear = {"name": "linear", "final": 0.5}
    options = {"schedules": dict.fromkeys(("discriminator", "generator"), linear)}
    spec = dict.fromkeys(("discriminator", "generator"), ADAM)
    gan = checks.tiny("wgan_gp", discriminator_steps=4)
    phases.compile_phase(gan, {"updates": 12, "optimizers": spec} | options)
    assert rates(gan.optimizer.parts["discriminator"], [6, 12]) == [0.375, 0.25]
    assert rates(gan.optimizer.parts["generator"], [3, 12]) == [0.25, 0.25]


def test_a_weight_follows_its_schedule_in_batches():
    linear = {"name": "linear", "final": 0.5, "updates": 4}
    gan = compiled("r3gan", schedules={"penalty_weight": linear})
    computed = weights(gan, "penalty_weight", (0, 2, 4, 12))
    assert computed == pytest.approx([1.0, 0.75, 0.5, 0.5])


def test_a_weights_schedule_takes_the_phase_by_default():
    cosine = {"name": "cosine", "final": 3.0}  # a weight may rise
    gan = compiled("r3gan", schedules={"penalty_weight": cosine})
    assert weights(gan, "penalty_weight", (0, 6, 12)) == pytest.approx([1.0, 2.0, 3.0])


@pytest.mark.parametrize(("start", "final", "updates"), [(1.0, 0.1, 24), (0.5, 0.2, 9)])
def test_an_upgraded_recipe_gives_the_first_editions_gamma(start, final, updates):
    arguments = {"penalty_weight": start, "final_penalty_weight": final}
    old = {
        "format": 1,
        "model": {
            "name": "r3gan",
            "arguments": arguments | {"penalty_updates": updates},
        },
        "data": {"source": "mnist"},
        "phases": [{"updates": 36, "batch_size": 64}],
    }
    recipe = recipes.check(upgrade.upgrade_recipe(old))
    gan = checks.tiny("r3gan", **recipe["model"]["arguments"])
    phases.compile_phase(gan, recipe["phases"][0])
    steps = (0, 1, 5, updates // 2, updates - 1, updates, 30)
    falls = [(1 + math.cos(math.pi * min(s / updates, 1.0))) / 2 for s in steps]
    gamma = [final + fall * (start - final) for fall in falls]
    assert weights(gan, "penalty_weight", steps) == pytest.approx(gamma, abs=1e-6)


def test_weight_decay_comes_beside_the_update():
    rate, decay, after = 0.01, 0.5, []
    for adam in ({}, {"weight_decay": decay}):
        adam = adam | {"name": "adam", "learning_rate": rate}
        gan = compiled("vanilla_gan", optimizers={"generator": adam})
        before = trainable(gan.generator)
        gan.fit(checks.pictures(20), batch_size=20, verbose=0)
        after.append(trainable(gan.generator))
    for old, plain, decayed in zip(before, *after, strict=True):
        np.testing.assert_allclose(decayed, plain - rate * decay * old, atol=1e-5)


def test_a_phase_compiles_only_its_players():
    gan = checks.tiny("dcgan")
    phases.compile_phase(gan, {"updates": 3, "players": ["discriminator"]})
    assert [player.name for player in gan.playing] == ["discriminator"]
    assert list(gan.optimizer.parts) == ["discriminator"]


def test_players_that_arguments_add_train_too():
    gan = checks.tiny("wgan_gp", penalty_every=4, discriminator_steps=1)
    phases.compile_phase(gan, {"updates": 12})
    expected = ["discriminator", "regularizer", "generator"]
    assert [player.name for player in gan.playing] == expected
    assert phases.turns(gan, [{"updates": 12}])["regularizer"] == (12, 3)


def test_turns_add_up_over_phases():
    gan = checks.tiny("wgan_gp", discriminator_steps=4)
    both = [{"updates": 8}, {"updates": 5, "players": ["discriminator"]}]
    assert phases.turns(gan, both) == {"discriminator": (13, 13), "generator": (8, 2)}


def test_a_network_that_no_preset_holds_is_refused():
    arguments = {"image_shape": [28, 28, 1], "width": 2**20}  # 140 TB
    with pytest.raises(errors.RecipeError, match="at most 256 MiB"):
        phases.build({"model": {"name": "dcgan", "arguments": arguments}})
