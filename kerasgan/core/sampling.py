"""Latents from numpy's generators, so a seed gives the same images on every backend."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def draw_normal(
    shape: Sequence[int], rng: np.random.Generator, truncation: float | None = None
) -> np.ndarray:
    """Standard normal numbers; those outside [-t, t] are drawn again.

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


def check_latents(latents: Any, count: int, latent_dim: int) -> np.ndarray:
    """A user's latents as float32 (count, latent_dim).

    Raises:
        ValueError: If they have another shape, or one is not finite.
    """
    latents = np.asarray(latents, "float32")
    if latents.shape != (count, latent_dim) or not np.isfinite(latents).all():
        raise ValueError(
            f"`latents` must be finite, of shape {(count, latent_dim)}. "
            f"Received: shape {latents.shape}. Draw them with `draw_latents`."
        )
    return latents
