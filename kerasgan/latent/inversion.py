"""Finds latents whose images are near given ones, by optimization.

Papers: Zhu et al. 2016, https://arxiv.org/abs/1609.03552 (section 3.1); Creswell and
Bharath 2016, https://arxiv.org/abs/1611.05644.
"""

from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from kerasgan import checks, images
from kerasgan.core.arguments import given_condition
from kerasgan.core.gan import GAN
from kerasgan.types import Tensor

STARTS = 64  # random latents that are tried for each image
CHUNK = 64  # images that are searched at once
RATE = 0.05  # of Adam
PRIOR = 0.1  # weight of the latents' mean square being 1, as that of random ones


class Inversion(NamedTuple):
    """Latents whose images are near the given ones.

    Attributes:
        latents: float32 (N, latent_dim), for `generate(latents=...)`.
        images: What the GAN makes of them, uint8 (N, H, W, C).
        distances: float32 (N,): the root of the mean squared difference of pixels in
            [-1, 1].
        first_distances: The same before the optimization.
    """

    latents: np.ndarray
    images: np.ndarray
    distances: np.ndarray
    first_distances: np.ndarray


def invert(
    gan: GAN,
    pictures: Any,
    steps: int = 300,
    *,
    seed: int = 0,
    progress: bool = True,
    **condition: Any,
) -> Inversion:
    """Searches latents of which the GAN makes given images.

    Each image starts from the nearest of 64 random samples or, if the GAN has one, from
    what its encoder says. Then Adam makes the mean squared difference of the pixels
    smaller, while latents stay about as far from 0 as random ones. The GAN does not
    change. Codes of an InfoGAN are those of the start.

    Args:
        gan: A GAN of images.
        pictures: (N, H, W, C) of the GAN's shape, uint8 or floats in [-1, 1].
        steps: Steps of Adam.
        seed: Seed of the random samples.
        progress: Whether to show a progress bar.
        **condition: `labels=` of the images, which a conditional GAN needs: one for all
            or one for each.

    Returns:
        Latents, images and distances. An image that the GAN cannot make stays far away.

    Raises:
        ValueError: If images do not fit, or a conditional GAN gets no labels.

    Example:
        ```python
        inverted = kerasgan.latent.invert(gan, photos)
        print(inverted.distances)
        ```
    """
    checks.check_count("steps", steps)
    checks.check_count("seed", seed, least=0)
    targets = images.to_float(gan.check_inputs(pictures))
    labels = _labels(gan, len(targets), condition)
    parts = []
    for first in range(0, len(targets), CHUNK):
        rows = slice(first, first + CHUNK)
        chosen = {} if labels is None else {"labels": labels[rows]}
        parts.append(_inverted(gan, targets[rows], chosen, steps, seed, progress))
    return Inversion(*map(np.concatenate, zip(*parts, strict=True)))


def _labels(gan, count, condition):
    """The classes (count,), or None for a GAN without labels.

    Raises:
        ValueError: If the GAN needs a condition that it did not get.
    """
    given = given_condition(gan, condition, "invert")
    name = gan.condition.name
    if name == "labels" and given is not None:
        return gan.condition.check(given, count)
    if name not in (None, "codes") or given is not None:
        remedy = "Pass labels=." if name == "labels" else "Leave it out, or draw anew."
        raise ValueError(
            "An inversion is of unconditional GANs, of InfoGANs without codes=, and of "
            f"GANs with labels, together with the labels of the images. Received: "
            f"{type(gan).__name__}, {sorted(condition) or 'without labels'}. {remedy}"
        )
    return None


def _inverted(gan, targets, chosen, steps, seed, progress) -> Inversion:
    start, before = _starts(gan, targets, chosen, seed)
    latents = start.copy()
    noise, drawn = gan.condition.split(start)
    value = chosen.get("labels", drawn)
    search = _Search(gan, noise)
    search.compile(keras.optimizers.Adam(_falling(steps)))
    batch = _Repeated(targets, value, steps)
    search.fit(batch, shuffle=False, verbose=int(progress))
    latents[:, : noise.shape[1]] = ops.convert_to_numpy(search.noise)
    after = _distances(gan.generate(latents=latents, **chosen), targets)
    farther = after > before
    latents[farther] = start[farther]
    made = gan.generate(latents=latents, **chosen)
    return Inversion(latents, made, np.minimum(before, after), before)


def _falling(steps):
    """A rate that falls to a tenth."""
    return keras.optimizers.schedules.CosineDecay(RATE, steps, alpha=0.1)


def _starts(gan, targets, chosen, seed):
    """The nearest latents that are tried for each image, and their distances."""
    count, rng = len(targets), np.random.default_rng(seed)
    tried = [gan.draw_latents(count, rng) for _ in range(STARTS)]
    if "encoder" in gan.networks:
        tried.append(np.asarray(gan.infer("encoder", [targets])))
    start, best = tried[0].copy(), np.full(count, np.inf, "float32")
    for latents in tried:
        distances = _distances(gan.generate(latents=latents, **chosen), targets)
        nearer = distances < best
        start[nearer], best[nearer] = latents[nearer], distances[nearer]
    return start, best


def _distances(made, targets):
    """The root of the mean squared difference of each image, float32 (N,)."""
    squares = np.square(images.from_uint8(made) - targets)
    return np.sqrt(squares.mean(axis=(1, 2, 3))).astype("float32")


class _Repeated(keras.utils.PyDataset):
    """The same batch for each step."""

    def __init__(self, targets, value, steps):
        super().__init__()
        self.batch = (np.zeros(len(targets)) if value is None else value, targets)
        self.steps = steps

    def __len__(self):
        return self.steps

    def __getitem__(self, index):
        return self.batch


class _Search(keras.Model):
    """Latents that train, through a generator that does not."""

    def __init__(self, gan: GAN, noise: np.ndarray):
        super().__init__(name="search")
        object.__setattr__(self, "_gan", gan)  # untracked, so it does not train
        self._unconditional = gan.condition.name is None
        self.noise = self.add_weight(shape=noise.shape, name="noise")
        self.noise.assign(noise)

    def call(self, value: Tensor) -> Tensor:
        """Images of all latents."""
        condition = None if self._unconditional else value
        noise = ops.convert_to_tensor(self.noise)
        inputs = self._gan.condition.to_generator(noise, condition)
        network = self._gan.stored_network("generator")
        made = network(inputs if len(inputs) > 1 else inputs[0], training=False)
        return ops.cast(made, "float32")

    def compute_loss(self, x: Any = None, y: Any = None, *args: Any, **kwargs: Any):
        """Mean squared difference and prior: y are targets, then come the images."""
        y_pred = args[0] if args else kwargs["y_pred"]
        distance = ops.mean(ops.square(y_pred - y))
        mean_square = ops.mean(ops.square(self.noise), axis=-1)
        return distance + PRIOR * ops.mean(ops.square(mean_square - 1.0))
