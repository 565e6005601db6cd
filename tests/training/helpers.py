"""Data and callbacks that the tests of training share."""

import keras
import numpy as np

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
