"""Recipes of trainings that take seconds."""

import keras
import numpy as np
import pytest

from kerasgan import registry
from tests.training import helpers


@pytest.fixture
def recipe(tmp_path) -> dict:
    """A DCGAN on 20 images: 12 updates in 3 epochs."""
    images = helpers.images()
    np.savez(tmp_path / "data.npz", images=images)
    np.savez(tmp_path / "held_out.npz", images=255 - images)
    adam = {"name": "adam", "learning_rate": 0.001, "beta_1": 0.5}
    phase = {
        "updates": 12,
        "batch_size": 5,
        "optimizers": {"discriminator": adam, "generator": adam},
        "schedules": {"generator": {"name": "cosine", "final": 0.1}},
    }
    return {
        "format": 2,
        "model": {"name": "dcgan", "arguments": {"width": 4, "latent_dim": 4}},
        "data": {"source": str(tmp_path / "data.npz")},
        "phases": [phase],
        "seed": 1,
    }


@pytest.fixture
def evaluated(recipe, tmp_path) -> dict:
    """The recipe with an evaluation, by a tiny classifier, that keeps the best."""
    keras.utils.set_random_seed(0)
    classifier = registry.lookup("feature_classifier")((16, 16, 3), width=1)
    classifier.save_to_preset(tmp_path / "features_tiny")
    features = str(tmp_path / "features_tiny")
    recipe["data"]["held_out"] = str(tmp_path / "held_out.npz")
    return recipe | {"evaluation": {"features": features, "num_samples": 20}}
