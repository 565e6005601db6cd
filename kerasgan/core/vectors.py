"""Vectors besides latents and data, such as embeddings of captions."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasgan import checks
from kerasgan.core.conditions import Condition
from kerasgan.types import Tensor

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
    limits = (-np.inf, np.inf)

    def __init__(self, size: int):
        self.size = checks.check_count("size", size)
        self.sample: np.ndarray | None = None

    @property
    def network_input(self) -> tuple[tuple[int, ...], str] | None:
        return (self.size,), "float"

    def count(self, given: Any) -> int | None:
        return len(given) if np.ndim(given) > 1 else None

    def check(self, given: Any, count: int, drawn: Any = None) -> np.ndarray:
        vectors = np.asarray(given, "float32")
        vectors = np.tile(vectors, (count, 1)) if vectors.ndim == 1 else vectors
        if vectors.shape != (count, self.size) or not np.isfinite(vectors).all():
            raise ValueError(
                f"`vectors` must be finite, of shape {(count, self.size)}. "
                f"Received: shape {vectors.shape}. Pass one vector for each item."
            )
        return vectors

    def check_data(self, given: Any, count: int, owner: str, warn: bool = False) -> Any:
        if given is None:
            raise ValueError(
                f"{owner} needs `vectors` ({count}, {self.size}). Received: data "
                "alone. Pass them as y."
            )
        return self.check(given, count)

    def default(self, count: int, drawn: Any = None, same: bool = False) -> None:
        raise ValueError(
            f"This model needs `vectors` ({count}, {self.size}). Received: none. "
            "Pass vectors=."
        )

    def learn(self, given: Any, names: Sequence[str] | None = None) -> None:
        step = max(1, len(given) // KEPT)
        self.sample = np.array(given[::step][:KEPT], "float32")

    @property
    def can_draw(self) -> bool:
        return self.sample is not None

    def measured(self, count: int, shares: Sequence[float] | None = None) -> dict:
        if self.sample is None:
            raise ValueError(
                "Metrics and pictures need training vectors. Received: a model that "
                "has not seen any in this process. Train it with fit(x, vectors) first."
            )
        return {"vectors": self.sample[np.arange(count) % len(self.sample)]}

    def shown(self, count: int) -> dict:
        return self.measured(count)

    def groups(self, count: int, latents: Any) -> tuple[dict, np.ndarray | None]:
        return self.measured(count), None

    def of_batch(self, given: Any, count: int, seed: Any) -> Tensor:
        return ops.cast(given, "float32")

    def get_config(self) -> dict:
        return {"size": self.size}
