"""Adversarial losses: logits (N,) in, a scalar out. Real comes before fake."""

from collections.abc import Callable
from dataclasses import dataclass

from keras import ops

from kerasgan.checks import check_choice
from kerasgan.types import Tensor


def non_saturating_discriminator(
    real_logits: Tensor, fake_logits: Tensor, smoothing: float = 0.0
) -> Tensor:
    """Binary cross-entropy on logits: softplus(-D(x)) + softplus(D(G(z))), means.

    The discriminator's loss in both of the paper's games, minimax and non-saturating.

    Args:
        real_logits: Logits (N,) of real images.
        fake_logits: Logits (N,) of generated images.
        smoothing: s, in [0, 1): real images have the target 1 - s, generated ones 0
            (one-sided label smoothing).

    Returns:
        A scalar, 2 log 2 if the discriminator cannot tell them apart.

    References: Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661, eq. 1;
    Salimans et al. 2016, https://arxiv.org/abs/1606.03498, section 3.4.
    """
    real = ops.softplus(-real_logits)
    if smoothing:  # -t log D - (1 - t) log(1 - D), of which log D - log(1 - D) = logit
        real += smoothing * real_logits
    return ops.mean(real) + ops.mean(ops.softplus(fake_logits))


def minimax_generator(fake_logits: Tensor) -> Tensor:
    """log(1 - D(G(z))), which saturates: no gradient if the discriminator is sure.

    Args:
        fake_logits: Logits (N,) of generated images.

    Returns:
        A scalar, below 0; -log 2 if the discriminator cannot tell.

    Reference: Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661, eq. 1.
    """
    return -ops.mean(ops.softplus(fake_logits))


def non_saturating_generator(fake_logits: Tensor) -> Tensor:
    """-log D(G(z)) instead of log(1 - D(G(z))): a gradient even if D is sure.

    Args:
        fake_logits: Logits (N,) of generated images.

    Returns:
        A scalar, log 2 if the discriminator cannot tell.

    Reference: Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661, section 3.
    """
    return ops.mean(ops.softplus(-fake_logits))


def least_squares_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """1/2 (D(x) - 1)^2 + 1/2 D(G(z))^2, means: targets 1 for real and 0 for generated.

    Args:
        real_logits: Outputs (N,) for real images, without a sigmoid.
        fake_logits: Outputs (N,) for generated images.

    Returns:
        A scalar of at least 0; 1/4 if every output is 1/2.

    Reference: Mao et al. 2016, https://arxiv.org/abs/1611.04076, eq. 9.
    """
    real = ops.mean(ops.square(real_logits - 1.0))
    return 0.5 * (real + ops.mean(ops.square(fake_logits)))


def least_squares_generator(fake_logits: Tensor) -> Tensor:
    """1/2 (D(G(z)) - 1)^2: generated images are to be taken for real ones.

    Args:
        fake_logits: Outputs (N,) for generated images, without a sigmoid.

    Returns:
        A scalar of at least 0.

    Reference: Mao et al. 2016, https://arxiv.org/abs/1611.04076, eq. 9.
    """
    return 0.5 * ops.mean(ops.square(fake_logits - 1.0))


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


def hinge_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """max(0, 1 - D(x)) + max(0, 1 + D(G(z))), means.

    Args:
        real_logits: Logits (N,) of real images.
        fake_logits: Logits (N,) of generated images.

    Returns:
        A scalar of at least 0; 2 if every logit is 0.

    Reference: Miyato et al. 2018, https://arxiv.org/abs/1802.05957, eq. 16.
    """
    return ops.mean(ops.relu(1.0 - real_logits)) + ops.mean(ops.relu(1.0 + fake_logits))


def hinge_generator(fake_logits: Tensor) -> Tensor:
    """-E D(G(z)), the generator's side of the hinge loss.

    Args:
        fake_logits: Logits (N,) of generated images.

    Returns:
        A scalar of any sign.

    Reference: Miyato et al. 2018, https://arxiv.org/abs/1802.05957, eq. 17.
    """
    return -ops.mean(fake_logits)


def relativistic_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """softplus(-(D(x) - D(G(z)))): each real image against one generated one.

    Args:
        real_logits: Logits (N,) of real images.
        fake_logits: Logits (N,) of generated images, as many.

    Returns:
        A scalar above 0, log 2 if all logits are equal.

    Reference: Huang et al. 2024, https://arxiv.org/abs/2501.05441, eq. 2.
    """
    return ops.mean(ops.softplus(fake_logits - real_logits))


def relativistic_generator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """softplus(-(D(G(z)) - D(x))): the discriminator's loss with the sides changed.

    Args:
        real_logits: Logits (N,) of real images.
        fake_logits: Logits (N,) of generated images, as many.

    Returns:
        A scalar above 0, log 2 if all logits are equal.

    Reference: Huang et al. 2024, https://arxiv.org/abs/2501.05441, eq. 2.
    """
    return relativistic_discriminator(fake_logits, real_logits)


def cross_entropy(class_logits: Tensor, labels: Tensor) -> Tensor:
    """-log softmax(logits)[label], the mean over images.

    Args:
        class_logits: Logits of the classes (N, K), without a softmax.
        labels: The classes (N,), int32.

    Returns:
        A scalar of at least 0, log K if all logits are equal.

    Reference: Odena et al. 2016, https://arxiv.org/abs/1610.09585, eq. 3.
    """
    return ops.mean(
        ops.sparse_categorical_crossentropy(labels, class_logits, from_logits=True)
    )


def squared_error(predicted: Tensor, target: Tensor) -> Tensor:
    """1/2 ||predicted - target||^2, the mean over images.

    Minus the log likelihood of a normal distribution of deviation 1, up to a constant.

    Args:
        predicted: (N, d).
        target: (N, d).

    Returns:
        A scalar of at least 0.

    Reference: Chen et al. 2016, https://arxiv.org/abs/1606.03657, section 6.
    """
    return 0.5 * ops.mean(ops.sum(ops.square(predicted - target), axis=-1))


def contrastive(images: Tensor, captions: Tensor, temperature: float = 0.1) -> Tensor:
    """Cross-entropy of each image's own caption among all, and the other way round.

    Args:
        images: Vectors (N, d) of norm 1.
        captions: Those of the images' captions, in the same order.
        temperature: What products of vectors are divided by.

    Returns:
        A scalar of at least 0, log N if all products are equal.

    References: Xu et al. 2017, https://arxiv.org/abs/1711.10485, eq. 10 to 12, for
    whole images; Radford et al. 2021, https://arxiv.org/abs/2103.00020, figure 3.
    """
    logits = ops.matmul(images, ops.transpose(captions)) / temperature
    own = ops.arange(ops.shape(logits)[0])
    sides = [cross_entropy(x, own) for x in (logits, ops.transpose(logits))]
    return 0.5 * (sides[0] + sides[1])


@dataclass(frozen=True)
class Pair:
    """A discriminator's loss and the generator's against it.

    Attributes:
        discriminator: Maps logits of real and of generated data to a scalar.
        generator: Maps logits of generated data to a scalar; if `relativistic`, logits
            of real and of generated data.
        relativistic: Whether the generator's loss compares with real data.
    """

    discriminator: Callable
    generator: Callable
    relativistic: bool = False

    def generator_term(self, fake_logits: Tensor, real_logits: Callable) -> Tensor:
        """The generator's loss, a scalar.

        Args:
            fake_logits: Logits of generated data.
            real_logits: Returns logits of real data; only a relativistic pair calls it.
        """
        if self.relativistic:
            return self.generator(real_logits(), fake_logits)
        return self.generator(fake_logits)


PAIRS = {
    "non_saturating": Pair(non_saturating_discriminator, non_saturating_generator),
    "minimax": Pair(non_saturating_discriminator, minimax_generator),
    "least_squares": Pair(least_squares_discriminator, least_squares_generator),
    "wasserstein": Pair(wasserstein_discriminator, wasserstein_generator),
    "hinge": Pair(hinge_discriminator, hinge_generator),
    "relativistic": Pair(relativistic_discriminator, relativistic_generator, True),
}


def pair(loss: str | Pair) -> Pair:
    """Returns the pair of that name, or the given pair.

    Raises:
        ValueError: If there is no such name; the message lists the names.
    """
    return loss if isinstance(loss, Pair) else PAIRS[check_choice("loss", loss, PAIRS)]


def logits_of(outputs: Tensor | dict[str, Tensor]) -> Tensor:
    """Returns the logits (N,) of a discriminator's outputs, a tensor or dictionary."""
    return outputs["logits"] if isinstance(outputs, dict) else outputs
