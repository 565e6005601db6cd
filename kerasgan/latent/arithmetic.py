"""Sums of latents, such as "smiling woman" - "woman" + "man".

Paper: Radford et al. 2015, https://arxiv.org/abs/1511.06434 (section 6.3.2).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from kerasgan.core.gan import GAN
from kerasgan.core.sampling import check_latents


def combine(gan: GAN, latents: ArrayLike, weights: Sequence[float]) -> np.ndarray:
    """A weighted sum of latents, at the distance from 0 that random latents have.

    Codes of an InfoGAN are those of the first latent.

    Args:
        gan: The GAN that the latents are for.
        latents: (N, latent_dim), such as means over several images that show the same.
        weights: N numbers, such as [1, -1, 1].

    Returns:
        float32 (1, latent_dim), for `generate(latents=...)`.

    Raises:
        ValueError: If the numbers do not fit, or the sum is 0.

    Example:
        ```python
        a, b, c = (gan.draw_latents(1, np.random.default_rng(n))[0] for n in range(3))
        images = gan.generate(latents=latent.combine(gan, [a, b, c], [1, -1, 1]))
        ```

    Reference: Radford et al. 2015, https://arxiv.org/abs/1511.06434, section 6.3.2.
    """
    latents = check_latents(latents, np.shape(latents)[0], gan.latent_dim)
    if len(weights) != len(latents):
        raise ValueError(
            f"`weights` must have a number for each latent, {len(latents)}. Received: "
            f"{len(weights)}. Pass weights such as [1, -1, 1]."
        )
    length = gan.condition.noise_length(gan.latent_dim)
    noise = np.asarray(weights, "float64") @ latents[:, :length]
    norm = np.linalg.norm(noise)
    if norm < 1e-6:
        raise ValueError(
            "The sum of the latents must not be 0, which has no direction. Received: "
            f"weights={list(weights)}. Choose other latents or weights."
        )
    noise *= np.sqrt(length) / norm
    return np.concatenate([noise, latents[0, length:]])[None].astype("float32")
