"""Codes in the latents, which get a meaning from the images that must show them."""

from typing import Any

import keras
import numpy as np
from keras import ops

from kerasgan import backend, checks
from kerasgan.core.conditions import Condition
from kerasgan.types import Tensor


@keras.saving.register_keras_serializable("kerasgan")
class Codes(Condition):
    """InfoGAN's codes: a category as a one-hot vector, then numbers, after the noise.

    Training draws them in the graph. The discriminator has to recognize them, so it
    does not get them.

    Args:
        categories: Values of the categorical code, at least 2.
        continuous: How many continuous codes, uniform in [-1, 1].
    """

    name = "codes"

    def __init__(self, categories: int, continuous: int):
        self.categories = checks.check_count("categories", categories, least=2)
        self.continuous = checks.check_count("continuous", continuous, least=0)

    def check(self, given: Any, count: int, drawn: Any = None) -> np.ndarray:
        given = [given] * count if np.ndim(given) == 0 else given
        given = (
            np.repeat(given, count, axis=0) if np.shape(given)[:1] == (1,) else given
        )
        rows = checks.check_codes(given, count, self.categories, self.continuous)
        numbers = rows[:, 1:] if rows.shape[1] > 1 else drawn[:, self.categories :]
        return self.join(rows[:, 0].astype(int), numbers)

    def default(self, count: int, drawn: Any = None, same: bool = False) -> Any:
        return drawn

    def join(self, category: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """Categories (N,) and numbers (N, continuous) as codes, float32."""
        one_hot = np.eye(self.categories)[category]
        return np.concatenate([one_hot, numbers], axis=1).astype("float32")

    def category(self, codes: Tensor) -> np.ndarray:
        """The categories (N,) of codes (N, categories + continuous)."""
        return codes[:, : self.categories].argmax(axis=1)

    def groups(self, count: int, latents: Any) -> tuple[dict, np.ndarray | None]:
        return {}, self.category(self.split(latents)[1])

    def noise_length(self, latent_dim: Any) -> int:
        return latent_dim - self.categories - self.continuous

    def complete(self, noise: Any, rng: np.random.Generator) -> np.ndarray:
        category = rng.integers(self.categories, size=len(noise))
        numbers = rng.uniform(-1.0, 1.0, (len(noise), self.continuous))
        return np.concatenate([noise, self.join(category, numbers)], axis=1)

    def split(self, latents: Any) -> tuple:
        length = self.noise_length(latents.shape[-1])
        return latents[:, :length], latents[:, length:]

    def of_batch(self, given: Any, count: int, seed: Any) -> Tensor:
        category = backend.uniform((count,), seed) * self.categories
        category = ops.cast(ops.floor(category), "int32")
        category = ops.minimum(category, self.categories - 1)
        numbers = 2.0 * backend.uniform((count, self.continuous), seed) - 1.0
        one_hot = ops.one_hot(category, self.categories, dtype="float32")
        return ops.concatenate([one_hot, numbers], axis=-1)

    def to_generator(self, noise: Any, value: Any) -> tuple:
        join = np if isinstance(noise, np.ndarray) else ops
        return (join.concatenate([noise, value], axis=-1),)

    def to_discriminator(self, images: Any, value: Any) -> tuple:
        return (images,)

    def describe(self) -> dict:
        codes = {"categories": self.categories, "continuous": self.continuous}
        return {**super().describe(), "codes": codes}

    def get_config(self) -> dict:
        return {"categories": self.categories, "continuous": self.continuous}
