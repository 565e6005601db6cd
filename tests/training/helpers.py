"""Data and callbacks that the tests of training share."""

import copy
import json

import keras
import numpy as np
import pytest

from kerasgan import registry
from kerasgan.training import runner
from tests.support import checks


class Interrupt(keras.callbacks.Callback):
    """Stops as a person does, with Ctrl-C, after an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self.epoch:
            raise KeyboardInterrupt


class Snapshot(keras.callbacks.Callback):
    """Copies the moving average's weights after an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self.epoch:
            self.weights = checks.snapshot(self.model.generator_ema)


class Spoil(keras.callbacks.Callback):
    """Makes the generator NaN after the first epoch."""

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 0:
            weights = self.model.generator.get_weights()
            self.model.generator.set_weights([w * np.nan for w in weights])


def interrupted(recipe, out, epoch: int = 1, **options) -> None:
    """Trains until a Ctrl-C after an epoch."""
    options = {"verbose": 0, "checkpoint_seconds": 0} | options
    with pytest.raises(KeyboardInterrupt):
        runner.train(recipe, out, callbacks=[Interrupt(epoch)], **options)


def counted(monkeypatch, owner, name) -> list:
    """Records each call of a function, which works as before."""
    calls, function = [], getattr(owner, name)

    def call(*args, **kwargs):
        calls.append(name)
        return function(*args, **kwargs)

    monkeypatch.setattr(owner, name, call)
    return calls


def read_json(path):
    """A JSON file."""
    return json.loads(path.read_text("utf-8"))


def images(seed: int = 0, channels: int = 3) -> np.ndarray:
    """20 random uint8 images."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 255, (20, 16, 16, channels), "uint8")


def add_labels(path, classes: int = 3) -> np.ndarray:
    """Adds labels, in turn, to the images of an .npz file; returns them."""
    pictures = np.load(path)["images"]
    labels = np.arange(len(pictures)) % classes
    np.savez(path, images=pictures, labels=labels)
    return labels


def dcgan_recipe(folder) -> dict:
    """A DCGAN on 20 images in `folder`: 12 updates in 3 epochs."""
    np.savez(folder / "data.npz", images=images())
    np.savez(folder / "held_out.npz", images=255 - images())
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
        "data": {"source": str(folder / "data.npz")},
        "phases": [phase],
        "seed": 1,
    }


def with_rate(recipe, rate: float) -> dict:
    """The recipe with another learning rate of all players."""
    recipe = copy.deepcopy(recipe)
    for optimizer in recipe["phases"][0]["optimizers"].values():
        optimizer["learning_rate"] = rate
    return recipe


def evaluated_recipe(folder) -> dict:
    """The same with an evaluation, by a tiny classifier, that keeps the best."""
    keras.utils.set_random_seed(0)
    classifier = registry.lookup("feature_classifier")((16, 16, 3), width=1)
    classifier.save_to_preset(folder / "features_tiny")
    recipe = dcgan_recipe(folder)
    recipe["data"]["held_out"] = str(folder / "held_out.npz")
    features = str(folder / "features_tiny")
    return recipe | {"evaluation": {"features": features, "num_samples": 20}}


def classifier_recipe(folder, updates: int) -> dict:
    """The recipe of a tiny classifier on 20 labeled gray images in `folder`."""
    path = folder / "data.npz"
    np.savez(path, images=images(channels=1))
    add_labels(path)
    arguments = {"num_classes": 3, "width": 2, "shift": 1, "flip": True}
    cosine = {"classifier": {"name": "cosine"}}
    return {
        "format": 2,
        "model": {"name": "feature_classifier", "arguments": arguments},
        "data": dict.fromkeys(("source", "held_out"), str(path)),
        "phases": [{"updates": updates, "batch_size": 5, "schedules": cosine}],
    }


def same_weights(model, other) -> bool:
    """Whether two models have the same weights, bit for bit."""
    return checks.same(checks.snapshot(model), checks.snapshot(other))
