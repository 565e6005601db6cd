"""The inputs of a training: images read once, and the complete recipe."""

import numpy as np
import pytest

from kerasgan import data, errors
from kerasgan.presets import recipes
from kerasgan.training import inputs, phases
from tests.training import helpers
from tests.training.helpers import counted

pytestmark = pytest.mark.backend_free

READING = {"data_dir": None, "skip_unreadable": False}


def completed(recipe) -> dict:
    """The complete recipe of a training."""
    images, _ = inputs.read(recipe, **READING)
    return inputs.complete(recipe, images)


def updates_of(recipe) -> list[int]:
    """The updates of each phase of the complete recipe."""
    return [phase["updates"] for phase in completed(recipe)["phases"]]


def test_held_out_images_are_read_only_if_needed(recipe, tmp_path, monkeypatch):
    recipe["data"]["held_out"] = str(tmp_path / "held_out.npz")
    calls = counted(monkeypatch, data, "read")
    images, held_out = inputs.read(recipe, **READING)
    assert len(calls) == 1 and held_out is None and len(images.images) == 20
    recipe["evaluation"] = {"features": "features_mnist"}
    assert len(inputs.read(recipe, **READING).held_out.images) == 20


def test_labels_are_for_models_with_classes(recipe, tmp_path):
    helpers.add_labels(tmp_path / "data.npz")
    assert inputs.read(recipe, **READING).images.labels is None
    recipe["model"]["name"] = "cgan"  # whose constructor has classes by default
    assert inputs.read(recipe, **READING).images.num_classes == 3


def test_a_recipe_without_updates_takes_50_epochs(recipe):
    assert updates_of(recipe) == [12]
    del recipe["phases"][0]["updates"]
    assert updates_of(recipe) == [50 * 4]


def test_automatic_flips_are_decided_by_the_images(recipe, tmp_path):
    recipe["data"]["flip"] = "auto"
    images, _ = inputs.read(recipe, **READING)
    assert images.flip and inputs.complete(recipe, images)["data"]["flip"] is True
    np.savez(tmp_path / "data.npz", images=helpers.images(channels=1))
    images, _ = inputs.read(recipe, **READING)
    assert inputs.complete(recipe, images)["data"]["flip"] is False


def test_another_number_of_classes_is_refused(recipe, tmp_path):
    helpers.add_labels(tmp_path / "data.npz")
    recipe["model"] = {"name": "sngan", "arguments": {"num_classes": 4, "width": 4}}
    with pytest.raises(errors.RecipeError, match="num_classes=4. .* Pass --set num_c"):
        completed(recipe)
    recipe["model"]["arguments"]["num_classes"] = 3
    assert completed(recipe)["model"]["arguments"]["num_classes"] == 3


def test_a_familys_name_alone_takes_defaults(recipe):
    options = {"batch_size": 5, "arguments": {"width": 4, "latent_dim": 4}}
    family = recipes.adapt(recipes.load("wgan_gp"), data=recipe["data"], **options)
    made = completed(family)
    assert made["seed"] == 0
    gan = phases.build(made)
    phases.compile_phase(gan, made["phases"][0])
    assert gan.image_shape == (16, 16, 3)
    assert float(gan.optimizer.learning_rate) == pytest.approx(1e-4)


def test_a_digest_depends_on_images_and_labels(recipe, tmp_path):
    recipe["model"]["name"] = "cgan"
    digests = set()
    for classes in (2, 3):
        helpers.add_labels(tmp_path / "data.npz", classes)
        digests.add(inputs.digest(inputs.read(recipe, **READING).images))
    helpers.dcgan_recipe(tmp_path)  # the same images, without labels
    recipe["model"]["name"] = "dcgan"
    digests.add(inputs.digest(inputs.read(recipe, **READING).images))
    assert len(digests) == 3
