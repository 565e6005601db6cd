"""Images from latents, which come from numpy's generators.

So a seed gives the same image on every backend.
"""

from collections.abc import Sequence

import numpy as np

from kerasgan import images, checks
from kerasgan.core.arguments import refuses_unknown
from kerasgan.core.batches import in_batches
from kerasgan.errors import TrainingDivergedError


def draw_normal(shape: Sequence[int], rng, truncation: float | None = None):
    """Standard normal numbers, redrawn where they fall outside [-t, t].

    Args:
        shape: The shape of the result.
        rng: A `numpy.random.Generator`.
        truncation: t, at least 0.01; None keeps every number.

    Returns:
        float32 of that shape.

    Raises:
        ValueError: If `truncation` is below 0.01.
    """
    drawn = rng.standard_normal(shape, dtype="float32")
    if truncation is None:
        return drawn
    if not isinstance(truncation, int | float) or not truncation >= 0.01:
        raise ValueError(
            "`truncation` must be a number of at least 0.01, usually between 1 and 2. "
            f"Received: truncation={truncation!r}."
        )
    while (outside := np.abs(drawn) > truncation).any():
        drawn[outside] = rng.standard_normal(int(outside.sum()), dtype="float32")
    return drawn


def slerp(start: np.ndarray, stop: np.ndarray, frames: int) -> np.ndarray:
    """Spherical interpolation between two latents, which keeps their typical norm.

    Args:
        start: One latent, (latent_dim,).
        stop: One latent, (latent_dim,).
        frames: How many points, both ends included; at least 2.

    Returns:
        float32 (frames, latent_dim).

    Reference: White 2016, https://arxiv.org/abs/1609.04468.
    """
    norms = np.linalg.norm(start) * np.linalg.norm(stop)
    angle = np.arccos(np.clip(start @ stop / norms, -1.0, 1.0))
    t = np.linspace(0.0, 1.0, frames)[:, None]
    if np.sin(angle) < 1e-6:
        return ((1 - t) * start + t * stop).astype("float32")
    weights = np.sin((1 - t) * angle), np.sin(t * angle)
    return ((weights[0] * start + weights[1] * stop) / np.sin(angle)).astype("float32")


def fill_labels(labels, count: int, num_classes: int) -> np.ndarray:
    """Labels for `count` images: given, one class for all, or each class in turn."""
    if labels is None:
        return np.arange(count, dtype="int32") % num_classes
    if np.ndim(labels) == 0:
        return np.full(count, labels)
    return np.asarray(labels)


class Sampling:
    """What a GAN can do without training: images from latents."""

    def draw_latents(self, count: int, rng, truncation: float | None = None):
        """Latents (count, latent_dim), float32, from a `numpy.random.Generator`."""
        return draw_normal((count, self.latent_dim), rng, truncation)

    @refuses_unknown
    def generate(
        self,
        n: int | None = None,
        labels=None,
        seed: int | None = None,
        latents=None,
        truncation: float | None = None,
        batch_size: int = 128,
    ) -> np.ndarray:
        """Images from the moving average of the generator.

        Args:
            n: How many; 1, or as many as `labels` or `latents`, where not given.
            labels: Classes (n,) or one for all, of a conditional GAN; each in turn
                where not given.
            seed: Seed of numpy's generator: the same images on every backend.
            latents: (n, latent_dim), instead of drawing them.
            truncation: t: latents outside [-t, t] are drawn again. What is gained in
                likeness is lost in variety; below 1 images lie far from those that
                the generator was trained on.
            batch_size: Images computed at once.

        Returns:
            uint8 (n, H, W, C).

        Raises:
            ValueError: If the arguments contradict each other or this GAN.
            TypeError: If it does not take one, as `codes` of a GAN without any.
        """
        if n is None:
            given = latents if latents is not None else labels
            n = len(given) if np.ndim(given) else 1
        checks.check_count("n", n)
        checks.check_count("batch_size", batch_size)
        if seed is not None:
            checks.check_count("seed", seed, least=0)
        if latents is not None and (seed is not None or truncation is not None):
            raise ValueError(
                "`seed` and `truncation` draw latents. Received: both `latents` and "
                "one of them. Leave out either."
            )
        if latents is None:
            latents = self.draw_latents(n, np.random.default_rng(seed), truncation)
        latents = np.asarray(latents, "float32")
        if latents.shape != (n, self.latent_dim) or not np.isfinite(latents).all():
            raise ValueError(
                f"`latents` must be finite, of shape {(n, self.latent_dim)}. "
                f"Received: shape {latents.shape}."
            )
        inputs = self._inputs(latents, labels)
        inputs = inputs if isinstance(inputs, list) else [inputs]
        return in_batches(self._predict_uint8, inputs, batch_size)

    @refuses_unknown
    def interpolate(
        self, seed_a: int, seed_b: int, frames: int = 16, labels=None
    ) -> np.ndarray:
        """Images on the way from one seed's image to another's.

        Args:
            seed_a: The first image is `generate(1, seed=seed_a)`.
            seed_b: The last image is `generate(1, seed=seed_b)`.
            frames: How many images, at least 2.
            labels: One class for all frames, of a conditional GAN.

        Returns:
            uint8 (frames, H, W, C).
        """
        a, b = self._ends(seed_a, seed_b, frames)
        labels = 0 if labels is None and self.num_classes else labels
        return self.generate(labels=labels, latents=slerp(a, b, frames))

    def _ends(self, seed_a, seed_b, frames):
        """The latents of both seeds, each (latent_dim,)."""
        checks.check_count("frames", frames, least=2)
        checks.check_count("seed_a", seed_a, least=0)
        checks.check_count("seed_b", seed_b, least=0)
        rngs = map(np.random.default_rng, (seed_a, seed_b))
        return [self.draw_latents(1, rng)[0] for rng in rngs]

    def _inputs(self, latents, labels):
        """What the generator takes: latents, or [latents, labels]."""
        if self.num_classes is None:
            if labels is not None:
                raise ValueError(
                    f"{type(self).__name__} is unconditional. Received: labels. "
                    "Leave them out, or use a conditional GAN."
                )
            return latents
        labels = fill_labels(labels, len(latents), self.num_classes)
        return [
            latents,
            checks.check_labels(labels, len(latents), self.num_classes),
        ]

    def _predict_uint8(self, inputs):
        inputs = inputs if len(inputs) > 1 else inputs[0]
        found = np.asarray(self.predict_on_batch(inputs))
        if not np.isfinite(found).all():
            raise TrainingDivergedError(
                "The generator must draw finite numbers. Received: NaN or infinity. "
                "Its training diverged: go back to a preset or checkpoint before that."
            )
        return images.to_uint8(found)
