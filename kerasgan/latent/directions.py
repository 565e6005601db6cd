"""Directions in latent space that change images the most, in closed form.

Paper: Shen and Zhou 2021, https://arxiv.org/abs/2007.06600 (SeFa).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike

from kerasgan import checks, images
from kerasgan.core.gan import GAN
from kerasgan.core.sampling import check_latents

FARTHEST = 3.0  # deviations of a latent's numbers


class Directions(NamedTuple):
    """Directions of unit length in latent space, the strongest first.

    Attributes:
        vectors: float32 (count, latent_dim).
        strengths: float32 (count,): how far the first layer moves for a step of 1.
    """

    vectors: np.ndarray
    strengths: np.ndarray


def find_directions(gan: GAN, count: int = 6) -> Directions:
    """The directions that move the output of the generator's first layer the most.

    They are the right singular vectors of its matrix, whether the layer is dense or a
    convolution. Codes of an InfoGAN and classes do not take part.

    Args:
        gan: A GAN.
        count: How many, at most the length of the noise.

    Raises:
        ValueError: If the generator does not begin with a linear layer, or `count` is
            out of its range.

    Reference: Shen and Zhou 2021, https://arxiv.org/abs/2007.06600, eq. 4 and 5.
    """
    length = gan.condition.noise_length(gan.latent_dim)
    checks.check_count("count", count, most=length)
    matrix = first_matrix(gan)[:length]
    left, strengths, _ = np.linalg.svd(matrix, full_matrices=False)
    vectors = np.zeros((count, gan.latent_dim), "float32")
    vectors[: len(left.T), :length] = left.T[:count]
    # A singular vector has no sign of its own: let its largest number be positive.
    largest = np.abs(vectors).argmax(axis=1)
    vectors *= np.sign(vectors[np.arange(count), largest])[:, None]
    return Directions(vectors, strengths[:count].astype("float32"))


def first_matrix(gan: GAN) -> np.ndarray:
    """What the first layer with weights multiplies latents by, (latent_dim, features).

    Raises:
        ValueError: If that is not linear in the latents.
    """
    network = gan.stored_network("generator")
    size = gan.latent_dim
    unit = np.concatenate([np.zeros((1, size)), np.eye(size), 2.0 * np.eye(size)])
    inputs: list[Any] = [unit.astype("float32")]
    for other in network.inputs[1:]:
        shape = (len(unit), *other.shape[1:])
        inputs.append(np.zeros(shape, keras.backend.standardize_dtype(other.dtype)))
    taken = network.inputs if len(inputs) > 1 else network.inputs[0]
    for layer in network.layers:
        if not any(len(weight.shape) > 1 for weight in layer.weights):
            continue
        first = keras.Model(taken, layer.output)
        outputs = first(inputs if len(inputs) > 1 else inputs[0], training=False)
        outputs = ops.convert_to_numpy(ops.cast(outputs, "float32"))
        outputs = outputs.reshape(len(unit), -1).astype("float64")
        once, twice = (outputs[1 : 1 + size], outputs[1 + size :]) - outputs[0]
        scale = np.abs(once).max()
        if scale == 0:
            continue  # a layer of the classes
        if np.abs(twice - 2.0 * once).max() > 1e-3 * scale:
            break
        return once
    raise ValueError(
        "Directions need a generator that begins with a linear layer: dense, or a "
        f"convolution. Received: {type(gan).__name__}, which does not. Choose another "
        "preset, or move latents by `walk` along vectors of your own."
    )


def walk(
    gan: GAN,
    latents: ArrayLike,
    vector: ArrayLike,
    distances: Sequence[float],
    **condition: Any,
) -> np.ndarray:
    """Images on the way along a direction.

    Args:
        gan: A GAN.
        latents: Where the way leads through, (latent_dim,).
        vector: The direction, (latent_dim,).
        distances: How far to go from there, for each image.
        **condition: `labels=` or `captions=` for all images, as in `generate`.

    Returns:
        uint8 (len(distances), H, W, C).
    """
    start, step = check_latents([latents, vector], 2, gan.latent_dim)
    moved = start + np.asarray(distances, "float32")[:, None] * step
    return gan.generate(latents=moved, **condition)


def strips(
    gan: GAN,
    directions: Directions,
    seed: int = 0,
    frames: int = 7,
    farthest: float = FARTHEST,
    **condition: Any,
) -> np.ndarray:
    """A picture with a row for each direction, through the same image in the middle.

    Args:
        gan: A GAN.
        directions: From `find_directions`.
        seed: The image in the middle is `generate(1, seed=seed)`.
        frames: Images in a row; an odd number has the image itself in the middle.
        farthest: The distance of both ends of a row from the middle.
        **condition: As in `walk`.

    Returns:
        One image, uint8 (H', W', C).
    """
    checks.check_count("seed", seed, least=0)
    checks.check_count("frames", frames, least=2)
    start = gan.draw_latents(1, np.random.default_rng(seed))[0]
    distances = np.linspace(-farthest, farthest, frames)
    rows = [walk(gan, start, v, distances, **condition) for v in directions.vectors]
    return images.make_picture(np.concatenate(rows), frames)
