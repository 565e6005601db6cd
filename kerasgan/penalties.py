"""Gradient penalties: a critic and images in, logits and a scalar out.

The norm is per image, over H, W and C. No batch normalization in a penalised critic:
its logits must depend on one image each.
"""

import keras
from keras import ops

from kerasgan import backend
from kerasgan.types import Critic, Tensor


def one_centered(critic: Critic, images: Tensor) -> tuple[Tensor, Tensor]:
    """Gradient penalty that keeps the critic 1-Lipschitz.

    Mean over images of (||dD/dx||_2 - 1)^2, the norm taken over H, W and C.

    Args:
        critic: Maps images (N, H, W, C) to logits (N,).
        images: Where to measure, (N, H, W, C) in [-1, 1]. WGAN-GP mixes real and fake.

    Returns:
        Logits (N,) and the penalty, a scalar.

    Raises:
        ValueError: If `images` is not of rank 4.

    Reference: Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028, eq. 3.
    """
    logits, squared_norms = _squared_norms(critic, images)
    # Without the epsilon the derivative of the root at 0 is infinite.
    norms = ops.sqrt(squared_norms + 1e-12)
    return logits, ops.mean(ops.square(norms - 1.0))


def zero_centered(critic: Critic, images: Tensor) -> tuple[Tensor, Tensor]:
    """Mean over images of ||dD/dx||_2^2: R1 on real images, R2 on generated ones.

    Args:
        critic: Maps images (N, H, W, C) to logits (N,).
        images: Where to measure, (N, H, W, C) in [-1, 1].

    Returns:
        Logits (N,) and the penalty, a scalar, without the paper's gamma / 2.

    Raises:
        ValueError: If `images` is not of rank 4.

    Reference: Mescheder et al. 2018, https://arxiv.org/abs/1801.04406, eq. 9.
    """
    logits, squared_norms = _squared_norms(critic, images)
    return logits, ops.mean(squared_norms)


def mix(real: Tensor, fake: Tensor, seed) -> Tensor:
    """Points on the lines between real and generated images, for WGAN-GP.

    Args:
        real: Images (N, H, W, C).
        fake: Images (N, H, W, C).
        seed: A `keras.random.SeedGenerator`.

    Returns:
        Images (N, H, W, C), the mixing coefficient uniform and one per image.

    Reference: Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028, Algorithm 1.
    """
    t = keras.random.uniform((ops.shape(real)[0], 1, 1, 1), seed=seed)
    return real + t * (fake - real)


def dragan_noise(real: Tensor, seed) -> Tensor:
    """Points around the real images, where DRAGAN measures its penalty.

    Args:
        real: Images (N, H, W, C).
        seed: A `keras.random.SeedGenerator`.

    Returns:
        x + 0.5 std(x) U, (N, H, W, C): std over the batch, U uniform on [0, 1].

    Reference: Kodali et al. 2017, https://arxiv.org/abs/1705.07215, and its code.
    """
    noise = keras.random.uniform(ops.shape(real), seed=seed)
    return real + 0.5 * ops.std(real) * noise


def _squared_norms(critic, images):
    if len(images.shape) != 4:
        raise ValueError(
            "A penalty expects images of shape (N, H, W, C). "
            f"Received: images.shape={tuple(images.shape)}. Reshape them."
        )
    logits, gradient = backend.value_and_input_grad(critic, images)
    return logits, ops.sum(ops.square(gradient), axis=(1, 2, 3))
