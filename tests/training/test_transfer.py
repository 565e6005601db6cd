"""Trainings that start from the weights of a preset."""

import numpy as np
import pytest

from kerasgan import errors
from kerasgan.training import runner, transfer
from kerasgan.training.budget import Budget
from tests.support import checks
from tests.support.checks import as_array
from tests.training import helpers
from tests.training.helpers import read_json

pytestmark = pytest.mark.backend_free


@pytest.fixture
def preset(tmp_path):
    """A DCGAN's preset that fits the recipe."""
    gan = checks.tiny("dcgan", image_shape=(16, 16, 3), width=4, latent_dim=4)
    gan.save_to_preset(tmp_path / "preset")
    return gan, str(tmp_path / "preset")


def test_training_starts_from_a_preset(recipe, preset, tmp_path):
    gan, place = preset
    slow = helpers.with_rate(recipe, 1e-9)
    options = {"budget": Budget(updates=4), "verbose": 0, "start_from": place}
    model = runner.train(slow, tmp_path / "out", **options)
    pairs = zip(
        model.discriminator.trainable_weights,
        gan.discriminator.trainable_weights,
        strict=True,
    )
    for weight, old in pairs:
        np.testing.assert_allclose(as_array(weight), as_array(old), atol=1e-6)
    assert read_json(tmp_path / "out/recipe.json")["start"]["preset"] == "preset"
    based = read_json(tmp_path / "out/metadata.json")["fine_tuned_from"]
    assert based["name"] == "preset"


@pytest.mark.matrix
def test_frozen_layers_of_the_discriminator_stay(recipe, preset, tmp_path):
    gan, place = preset
    options = {"start_from": place, "freeze_layers": 1, "verbose": 0}
    model = runner.train(recipe, tmp_path / "out", **options)
    first, *rest = model.discriminator.get_weights()
    old, *others = gan.discriminator.get_weights()
    np.testing.assert_array_equal(first, old)
    assert any((a != b).any() for a, b in zip(rest, others, strict=True))


def test_layers_of_other_shapes_start_anew(preset):
    _, place = preset
    gray = checks.tiny("dcgan", image_shape=(16, 16, 1), width=4, latent_dim=4)
    new = transfer.transfer(gray, place)
    assert len(new) == 2 and {name.split(":")[0] for name in new} == {
        "generator",
        "discriminator",
    }


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("lsgan", {}, "must be a preset of LSGAN. Received: .*, a DCGAN"),
        ("dcgan", {"image_shape": (32, 32, 3)}, "its image_shape is"),
    ],
)
def test_a_preset_that_does_not_fit_is_refused(preset, name, arguments, message):
    model = checks.tiny(name, **arguments)
    with pytest.raises(errors.RecipeError, match=message):
        transfer.transfer(model, preset[1])


def test_freezing_all_layers_is_refused(preset):
    with pytest.raises(errors.RecipeError, match="must be less than the"):
        transfer.freeze(preset[0], 99)
