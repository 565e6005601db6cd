"""Images, features and a stub of a GAN for tests of evaluations and callbacks."""

import contextlib

import numpy as np

from kerasgan.core.conditions import Condition
from kerasgan.evaluation import inception_weights

FEW = {"num_samples": 40, "metrics": ("fid",)}


def mean_colors(images):
    """Three numbers per image, as a function of a user may return."""
    return images.astype("float64").mean(axis=(1, 2)) + images[:, 0, 0]


def photos(count=60, seed=0):
    """Random images, uint8 (count, 16, 16, 3)."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (count, 4, 4, 3), dtype="uint8")
    return coarse.repeat(4, axis=1).repeat(4, axis=2)


class PerfectGAN:
    """Generates real images, of the requested class if there are labels."""

    columns = None
    ema_decay = 0.9

    def __init__(self, images, labels=None, condition=None):
        self.images, self.labels = images, labels
        self.data_shape = images.shape[1:]
        self.condition, self.origin = condition or Condition(), {}
        self.saved = []

    def average_kept(self):
        return contextlib.nullcontext()

    def refresh_statistics(self):
        pass

    def draw_latents(self, count, rng, truncation=None):
        return rng.random((count, 1))

    def generate(self, num_samples=None, *, latents, labels=None, batch_size=128):
        if labels is None:
            return self._pick(self.images, latents)
        images = np.empty((len(latents), *self.images.shape[1:]), "uint8")
        for label in np.unique(labels):
            asked = labels == label
            images[asked] = self._pick(
                self.images[self.labels == label], latents[asked]
            )
        return images

    def _pick(self, images, latents):
        return images[(latents[:, 0] * len(images)).astype(int)]

    def save_to_preset(self, folder, overwrite=False):
        self.saved.append(folder)


def random_state(network, seed=0):
    """A checkpoint whose activations neither vanish nor explode (He et al. 2015)."""
    rng, state = np.random.default_rng(seed), {}
    for name, shape in inception_weights.expected_entries(network).items():
        if len(shape) > 1:
            state[name] = rng.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape)
        elif name.endswith(("bn.weight", "running_var")):
            state[name] = rng.uniform(0.8, 1.2, shape)
        else:
            state[name] = rng.normal(0, 0.1, shape)
    return {name: value.astype("float32") for name, value in state.items()}
