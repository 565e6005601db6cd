"""Recipes of trainings that take seconds."""

import pytest

from tests.training import helpers


@pytest.fixture
def recipe(tmp_path) -> dict:
    """A DCGAN on 20 images: 12 updates in 3 epochs."""
    return helpers.dcgan_recipe(tmp_path)


@pytest.fixture
def evaluated(tmp_path) -> dict:
    """The same with an evaluation that keeps the best state."""
    return helpers.evaluated_recipe(tmp_path)
