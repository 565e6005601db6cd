"""Gradient penalties: a critic and data in, logits and a scalar out.

The norm is per item: over H, W and C of an image. A penalized critic has no batch
normalization, because its logits must depend on one item each.
"""

import math
from collections.abc import Callable

import keras
from keras import ops

from kerasgan import backend
from kerasgan.types import Critic, Tensor


def one_centered(critic: Critic, data: Tensor) -> tuple[Tensor, Tensor]:
    """Gradient penalty that keeps the critic 1-Lipschitz.

    Mean over items of (||dD/dx||_2 - 1)^2, the norm taken over all axes but the first.

    Args:
        critic: Maps data (N, ...) to logits (N,), alone or under "logits".
        data: Where to measure, such as images (N, H, W, C) in [-1, 1].

    Returns:
        Logits (N,) and the penalty, a scalar.

    Raises:
        ValueError: If `data` has no axis besides the first.

    Reference: Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028, eq. 3.
    """
    logits, squared_norms = _squared_norms(critic, data)
    # Without the epsilon, the derivative of the root at 0 is infinite.
    norms = ops.sqrt(squared_norms + 1e-12)
    return logits, ops.mean(ops.square(norms - 1.0))


def zero_centered(critic: Critic, data: Tensor) -> tuple[Tensor, Tensor]:
    """Mean over items of ||dD/dx||_2^2: R1 on real data, R2 on generated ones.

    Args:
        critic: Maps data (N, ...) to logits (N,), alone or under "logits".
        data: Where to measure, such as images (N, H, W, C) in [-1, 1].

    Returns:
        Logits (N,) and the penalty, a scalar, without the paper's gamma / 2.

    Raises:
        ValueError: If `data` has no axis besides the first.

    Reference: Mescheder et al. 2018, https://arxiv.org/abs/1801.04406, eq. 9.
    """
    logits, squared_norms = _squared_norms(critic, data)
    return logits, ops.mean(squared_norms)


def mix(real: Tensor, fake: Tensor, seed: keras.random.SeedGenerator) -> Tensor:
    """Draws points on the lines between real and generated data, for WGAN-GP.

    Args:
        real: Data (N, ...).
        fake: Data (N, ...).
        seed: Source of the random numbers.

    Returns:
        Data (N, ...); the mixing coefficient is uniform, one per item.

    Reference: Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028, Algorithm 1.
    """
    shape = (ops.shape(real)[0], *[1] * (len(real.shape) - 1))
    return real + backend.uniform(shape, seed) * (fake - real)


def dragan_noise(real: Tensor, seed: keras.random.SeedGenerator) -> Tensor:
    """Draws points around the real data, for DRAGAN's penalty.

    Args:
        real: Data (N, ...).
        seed: Source of the random numbers.

    Returns:
        x + 0.5 std(x) U, (N, ...): std over the batch, U uniform on [0, 1].

    Reference: Kodali et al. 2017, https://arxiv.org/abs/1705.07215, and its code.
    """
    shape = (ops.shape(real)[0], *real.shape[1:])
    mean = backend.mean_of_replicas(ops.mean(real))
    variance = backend.mean_of_replicas(ops.mean(ops.square(real - mean)))
    return real + 0.5 * ops.sqrt(variance) * backend.uniform(shape, seed)


def path_lengths(
    synthesis: Callable, styles: Tensor, seed: keras.random.SeedGenerator
) -> tuple[Tensor, Tensor]:
    """How far images move with their styles, along random directions in images.

    Args:
        synthesis: Maps styles to images (N, H, W, C).
        styles: (N, layers, d), one style for each layer.
        seed: Source of the directions, N(0, 1) / sqrt(H W).

    Returns:
        The norms (N,) of the gradients by the styles, whose squares are averaged over
        the layers; and the mean of the norms over the batches of all devices, without a
        gradient.

    Reference: Karras et al. 2020, https://arxiv.org/abs/1912.04958, eq. 4.
    """

    def projected(styles):
        images = synthesis(styles)
        _, height, width, channels = images.shape
        shape = (ops.shape(images)[0], height, width, channels)
        directions = backend.normal(shape, seed) / math.sqrt(height * width)
        return ops.sum(images * directions, axis=(1, 2, 3))

    _, gradient = backend.value_and_input_grad(projected, styles)
    squares = ops.mean(ops.sum(ops.square(gradient), axis=2), axis=1)
    lengths = ops.sqrt(squares + 1e-12)  # at 0, the root has no finite derivative
    return lengths, backend.mean_of_replicas(ops.stop_gradient(ops.mean(lengths)))


# The penalties that `GAN(penalty=...)` names. Each maps the critic, real and generated
# data, and a seed generator to a scalar, which the weight multiplies.
PENALTIES: dict[str, Callable] = {
    "one_centered": lambda critic, real, fake, seed: one_centered(
        critic, mix(real, fake, seed)
    )[1],
    "dragan": lambda critic, real, fake, seed: one_centered(
        critic, dragan_noise(real, seed)
    )[1],
    "zero_centered": lambda critic, real, fake, seed: (
        zero_centered(critic, real)[1] / 2  # gamma / 2 of the paper
    ),
}


def _squared_norms(critic, data):
    if len(data.shape) < 2:
        raise ValueError(
            "A penalty expects data of shape (N, ...). "
            f"Received: shape {tuple(data.shape)}. Add an axis."
        )

    def logits_of(data):
        outputs = critic(data)
        return outputs["logits"] if isinstance(outputs, dict) else outputs

    logits, gradient = backend.value_and_input_grad(logits_of, data)
    axes = tuple(range(1, len(data.shape)))
    return logits, ops.sum(ops.square(gradient), axis=axes)
