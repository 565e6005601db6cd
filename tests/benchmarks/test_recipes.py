"""The recipes that wait for a better machine."""

import os
from pathlib import Path

import numpy as np
import pytest

from kerasgan.presets import recipes, schemas
from kerasgan.training import runner

pytestmark = pytest.mark.backend_free

FOLDER = Path(__file__).parents[2] / "benchmarks" / "recipes"
PATHS = sorted(FOLDER.glob("*.json"))
TRANSLATORS = ["cyclegan_horse2zebra", "pix2pix_facades"]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_waiting_recipe_is_valid(path):
    assert recipes.load(path)["phases"]


@pytest.mark.matrix
@pytest.mark.parametrize("name", TRANSLATORS)
def test_a_recipe_of_photographs_trains(name, tmp_path):
    root = os.environ.get("KERASGAN_TEST_DATA")
    if not root:
        pytest.skip("KERASGAN_TEST_DATA is not set: no photographs")
    recipe = recipes.load(FOLDER / f"{name}.json")
    fields = recipe["data"]
    for field in {*schemas.PLACES} & fields.keys():
        fields[field] = str(Path(root) / fields[field])
    small = {"width": 2} | ({"blocks": 1} if name.startswith("cyclegan") else {})
    recipe = recipes.adapt(recipe, updates=2, batch_size=1, arguments=small)
    recipe["phases"][0].pop("schedules", None)
    model = runner.train(recipe, tmp_path / "out", verbose=0)
    made = model.translate(model.examples.source[:1])
    assert made.shape == (1, 128, 128, 3) and np.ptp(made)
