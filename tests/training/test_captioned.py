"""Recipes with captions: read, trained in three phases, resumed, and drawn."""

import numpy as np
import pytest

import kerasgan
from kerasgan import errors, images
from kerasgan.presets import recipes, schemas
from kerasgan.training import inputs, runner
from tests.support import checks
from tests.training.helpers import interrupted, read_json, same_weights

pytestmark = pytest.mark.backend_free


@pytest.fixture
def recipe(tmp_path):
    """Nine images, one without a name; two updates in each of three phases."""
    (tmp_path / "train").mkdir()
    rows = ["file,name,keywords"]
    for index, picture in enumerate(images.to_uint8(checks.pictures(9))):
        images.save_png(tmp_path / "train" / f"{index}.png", picture)
        rows.append(f"{index}.png,{'red' if index % 2 else 'blue'} thing,a|b")
    (tmp_path / "captions.csv").write_text("\n".join(rows[:-1]))
    own = {"width": 4, "refiner_width": 4, "latent_dim": 8, **checks.ENCODED}
    folder, table = str(tmp_path / "train"), str(tmp_path / "captions.csv")
    return {
        "format": 2,
        "model": {"name": "stackgan", "arguments": own},
        "data": {"source": folder, "captions": table, "held_out": folder},
        "phases": [{"updates": 2, "batch_size": 4} for _ in range(3)],
        "seed": 1,
    }


@pytest.mark.matrix
@pytest.mark.filterwarnings("ignore:.*1 of 9 images have no name")
def test_three_phases_train_resume_exactly_and_draw(recipe, tmp_path):
    straight = runner.train(recipe, tmp_path / "straight", verbose=0)
    interrupted(recipe, tmp_path / "halted", 2)
    resumed = runner.train(recipe, tmp_path / "halted", resume=True, verbose=0)
    assert same_weights(straight, resumed)
    assert int(resumed.step) == 6
    metadata = read_json(tmp_path / "halted" / "metadata.json")
    assert metadata["condition"] == "captions"
    assert metadata["captions"]["words"] == ["a b blue red thing"]
    assert metadata["data"]["captions"] == "captions.csv"
    again = kerasgan.from_preset(tmp_path / "halted", networks="sampler")
    options = {"captions": ["red thing"], "seed": 0}
    expected = resumed.generate(**options).astype(int)
    assert np.abs(again.generate(**options) - expected).max() <= 1


@pytest.mark.filterwarnings("ignore:.*1 of 9 images have no name")
def test_captions_are_read_beside_images_and_held_out_ones(recipe):
    read = inputs.read(recipe)
    assert len(read.images.captions) == 8 and read.held_out is None
    assert read.images.captions[1] == ["red thing", "a", "b"]
    other = inputs.digest(read.images)
    read.images.captions[0] = ["green thing"]
    assert inputs.digest(read.images) != other
    recipe["data"].pop("captions")
    with pytest.raises(errors.RecipeError, match="needs `data.captions`, a CSV file"):
        inputs.read(recipe)


def test_an_evaluation_of_captions_belongs_after_the_training(recipe):
    recipe["evaluation"] = {"features": "features_cifar10"}
    with pytest.raises(errors.RecipeError, match="measure the preset"):
        inputs.checked(recipe)


def test_published_recipes_have_no_path_of_captions(recipe):
    assert recipes.check(recipe)
    published = schemas.without_paths(recipe["data"])
    assert published["captions"] == "captions.csv"
    assert published["held_out"] == "train/"
