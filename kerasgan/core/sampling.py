"""Latents from numpy's generators, so a seed gives the same images on every backend."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasgan import checks


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
    return _between(start, stop, np.linspace(0.0, 1.0, frames))


def _between(start, stop, places):
    """Points at places (n,) of the way, from 0 to 1, on a sphere."""
    norms = np.linalg.norm(start) * np.linalg.norm(stop)
    angle = np.arccos(np.clip(start @ stop / norms, -1.0, 1.0))
    t = places[:, None]
    if np.sin(angle) < 1e-6:
        return ((1 - t) * start + t * stop).astype("float32")
    weights = np.sin((1 - t) * angle), np.sin(t * angle)
    return ((weights[0] * start + weights[1] * stop) / np.sin(angle)).astype("float32")


def way_through(stops: np.ndarray, frames: int, straight: bool = False) -> np.ndarray:
    """Points on the way through several latents, evenly spaced.

    Args:
        stops: The latents, (n, latent_dim), n at least 2.
        frames: How many points, both ends included.
        straight: Whether the way is straight, instead of on a sphere as in `slerp`.

    Returns:
        float32 (frames, latent_dim).
    """
    places = np.linspace(0, len(stops) - 1, frames)
    legs = np.minimum(places.astype(int), len(stops) - 2)
    parts = []
    for leg, (start, stop) in enumerate(itertools.pairwise(stops)):
        t = places[legs == leg] - leg
        if straight:
            t = t[:, None]
            parts.append(((1 - t) * start + t * stop).astype("float32"))
        else:
            parts.append(_between(start, stop, t))
    return np.concatenate(parts)


def way_of(
    condition: Any, stops: np.ndarray, frames: int, given: Any
) -> tuple[np.ndarray, Any]:
    """Noise and the condition's values on the way through several latents.

    Args:
        condition: The GAN's condition.
        stops: The latents, (n, latent_dim), n at least 2.
        frames: How many points.
        given: What the user passed for the condition, or None: one value, one for each
            frame, or one for each stop, which the frames next to it take.
    """
    noise, drawn = condition.split(way_through(stops, frames))
    if given is not None and drawn is not None:  # only the noise is on its way
        length = noise.shape[1]
        noise = way_through(stops[:, :length], frames)
        drawn = way_through(stops[:, length:], frames, straight=True)
    if given is not None and condition.count(given) == len(stops):
        places = np.linspace(0, len(stops) - 1, frames)
        given = [given[int(place + 0.5)] for place in places]
    return noise, condition.value(given, frames, drawn, same=True)


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


def latents_of(
    gan: Any,
    count: int,
    seed: int | None,
    latents: Any,
    truncation: float | None,
    given: Any = None,
) -> np.ndarray:
    """Latents for `generate`, float32 (count, latent_dim): the user's, or drawn.

    Args:
        gan: Has `draw_latents`, `latent_dim` and `condition`.
        count: How many.
        seed: As in `GAN.generate`, like `latents` and `truncation`.
        latents: A user's, or None.
        truncation: Of the noise.
        given: What the user passed for the condition, or None.

    Raises:
        ValueError: If the arguments are invalid or contradict each other.
    """
    if seed is not None:
        checks.check_count("seed", seed, least=0)
    if latents is None:
        return gan.draw_latents(count, np.random.default_rng(seed), truncation)
    if seed is not None or truncation is not None:
        raise ValueError(
            "`seed` and `truncation` draw latents. Received: both `latents` and "
            "one of them. Leave out one side."
        )
    latents = check_latents(latents, count, gan.latent_dim)
    if given is not None and gan.condition.split(latents)[1] is not None:
        raise ValueError(
            f"`latents` contain {gan.condition.name} already. Received: both. "
            "Leave out one of them."
        )
    return latents


def stops_of(
    gan: Any, seeds: Sequence[int], latents: Any, truncation: float | None
) -> np.ndarray:
    """The latents (n, latent_dim), n at least 2, that an interpolation passes.

    Raises:
        ValueError: If there are fewer, or both seeds and latents.
    """
    count = len(seeds) if latents is None else np.shape(latents)[0]
    if count < 2 or (seeds and latents is not None):
        rows = "no" if latents is None else np.shape(latents)[0]
        raise ValueError(
            "`interpolate` needs two or more seeds, or `latents` of two or more rows. "
            f"Received: {len(seeds)} seeds and {rows} latents. Pass one of them, such "
            "as interpolate(1, 2)."
        )
    if latents is not None:
        return latents_of(gan, count, None, latents, truncation)
    for seed in seeds:
        checks.check_count("seeds", seed, least=0)
    return np.concatenate([latents_of(gan, 1, s, None, truncation) for s in seeds])
