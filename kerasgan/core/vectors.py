"""Vectors besides latents and data, such as embeddings of captions."""

import keras
import numpy as np
from keras import ops

from kerasgan import checks
from kerasgan.core.conditions import Condition

KEPT = 1024  # training vectors that a condition remembers


@keras.saving.register_keras_serializable("kerasgan")
class Vectors(Condition):
    """One vector for each item, float32 (N, size), such as a caption's embedding.

    `fit` with arrays remembers some of the training vectors. Pictures, metrics and
    batch statistics use them. They are not part of a preset.

    Args:
        size: Length of a vector.

    Attributes:
        sample: Vectors of the training set, or None.
    """

    name = "vectors"
    takes_data = True

    def __init__(self, size: int):
        self.size = checks.check_count("size", size)
        self.sample: np.ndarray | None = None

    @property
    def network_input(self):
        return (self.size,), "float"

    def count(self, given):
        return len(given) if np.ndim(given) > 1 else None

    def check(self, given, count, drawn=None):
        vectors = np.asarray(given, "float32")
        vectors = np.tile(vectors, (count, 1)) if vectors.ndim == 1 else vectors
        if vectors.shape != (count, self.size) or not np.isfinite(vectors).all():
            raise ValueError(
                f"`vectors` must be finite, of shape {(count, self.size)}. "
                f"Received: shape {vectors.shape}. Pass one vector for each item."
            )
        return vectors

    def check_data(self, given, count, owner, warn=False):
        if given is None:
            raise ValueError(
                f"{owner} needs `vectors` ({count}, {self.size}). Received: data "
                "alone. Pass them as y."
            )
        return self.check(given, count)

    def default(self, count, drawn=None, same=False):
        raise ValueError(
            f"This model needs `vectors` ({count}, {self.size}). Received: none. "
            "Pass vectors=."
        )

    def learn(self, given, names=None):
        step = max(1, len(given) // KEPT)
        self.sample = np.array(given[::step][:KEPT], "float32")

    @property
    def can_draw(self):
        return self.sample is not None

    def measured(self, count, shares=None):
        if self.sample is None:
            raise ValueError(
                "Metrics and pictures need training vectors. Received: a model that "
                "has not seen any in this process. Train it with fit(x, vectors) first."
            )
        return {"vectors": self.sample[np.arange(count) % len(self.sample)]}

    def shown(self, count):
        return self.measured(count)

    def groups(self, count, latents):
        return self.measured(count), None

    def of_batch(self, given, count, seed):
        return ops.cast(given, "float32")

    def get_config(self):
        return {"size": self.size}
