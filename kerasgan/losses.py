"""Adversarial losses: logits (N,) in, a scalar out. Real comes before fake."""

from keras import ops

from kerasgan.types import Tensor


def non_saturating_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Binary cross-entropy on logits: softplus(-D(x)) + softplus(D(G(z))), means.

    Args:
        real_logits: Logits (N,) of real images.
        fake_logits: Logits (N,) of generated images.

    Returns:
        A scalar, 2 log 2 where the discriminator cannot tell them apart.

    Reference: Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661, eq. 1.
    """
    return ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))


def non_saturating_generator(fake_logits: Tensor) -> Tensor:
    """-log D(G(z)) instead of log(1 - D(G(z))): a gradient also where D is sure.

    Args:
        fake_logits: Logits (N,) of generated images.

    Returns:
        A scalar, log 2 where the discriminator cannot tell.

    Reference: Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661, section 3.
    """
    return ops.mean(ops.softplus(-fake_logits))


def wasserstein_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """E D(G(z)) - E D(x): minus the critic's estimate of the distance.

    Args:
        real_logits: Logits (N,) of real images.
        fake_logits: Logits (N,) of generated images.

    Returns:
        A scalar of any sign.

    Reference: Arjovsky et al. 2017, https://arxiv.org/abs/1701.07875, eq. 2.
    """
    return ops.mean(fake_logits) - ops.mean(real_logits)


def wasserstein_generator(fake_logits: Tensor) -> Tensor:
    """-E D(G(z)).

    Args:
        fake_logits: Logits (N,) of generated images.

    Returns:
        A scalar of any sign.

    Reference: Arjovsky et al. 2017, https://arxiv.org/abs/1701.07875, eq. 2.
    """
    return -ops.mean(fake_logits)
