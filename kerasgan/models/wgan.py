"""WGAN: a critic of clipped weights estimates the Wasserstein distance.

Paper: Arjovsky et al. 2017, https://arxiv.org/abs/1701.07875 (Algorithm 1).
"""

import keras
from keras import ops

from kerasgan import losses
from kerasgan.core.gan import GAN
from kerasgan.layers import strided_discriminator, strided_generator
from kerasgan.registry import register
from kerasgan.checks import check_weight


@register("wgan")
class WGAN(GAN):
    """Wasserstein GAN with weight clipping.

    Its `wasserstein` in the logs, E D(x) - E D(G(z)), estimates the distance between
    real and generated images up to a constant factor: it falls as samples get better.

    Args:
        image_shape: (H, W, C); H and W divisible by 4 and at least 16.
        latent_dim: Length of a latent vector.
        width: Filters next to the image; they double at each halving of the sides.
        discriminator_width: The same for the critic; `width` if None.
        clip: After each of its updates the critic's weights are clipped to
            [-clip, clip], c in Algorithm 1; above 0.
        discriminator_steps: Critic updates per generator update, n_critic in
            Algorithm 1; each on a batch of its own.
        **kwargs: `ema_decay`, `seed`, `dtype`, ... of `kerasgan.GAN`.

    Raises:
        ValueError: If the architecture cannot make `image_shape`, or `clip` is 0.

    Differs from the paper:
        Always `discriminator_steps` critic updates, where the authors' code makes 100
        for the first 25 generator updates and for every 500th. Samples come from a
        moving average of the generator.

    Example:
        ```python
        gan = kerasgan.models.WGAN(image_shape=(64, 64, 3))    # random weights
        gan = kerasgan.from_preset("wgan_mnist")
        images = gan.generate(16, seed=0)                      # uint8 (16, 28, 28, 1)
        ```

    Reference: Arjovsky et al. 2017, https://arxiv.org/abs/1701.07875.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int] = (28, 28, 1),
        latent_dim: int = 100,
        width: int = 64,
        discriminator_width: int | None = None,
        clip: float = 0.01,
        discriminator_steps: int = 5,
        **kwargs,
    ):
        super().__init__(
            lambda: strided_generator(image_shape, latent_dim, width),
            lambda: strided_discriminator(image_shape, discriminator_width or width),
            tracked=["d_real", "d_fake", "wasserstein"],
            discriminator_steps=discriminator_steps,
            **kwargs,
        )
        if not clip:
            raise ValueError(
                "`clip` must be above 0: at 0 all weights are 0. Received: clip=0. "
                "The paper has 0.01."
            )
        self.clip = check_weight("clip", clip, zero="The paper has 0.01.")

    def default_optimizer(self):
        # PyTorch's settings, as the authors' code; its epsilon is outside of the root.
        return keras.optimizers.RMSprop(5e-5, rho=0.99, epsilon=1e-16)

    def update_discriminator(self, real, labels):
        loss = super().update_discriminator(real, labels)
        for weight in self.discriminator.trainable_variables:
            value = ops.stop_gradient(weight.value)
            weight.assign(ops.clip(value, -self.clip, self.clip))
        return loss

    def discriminator_loss(self, critic, real, fake, labels):
        real_logits, fake_logits = critic(real), critic(fake)
        loss = losses.wasserstein_discriminator(real_logits, fake_logits)
        self.track(d_real=real_logits, d_fake=fake_logits, wasserstein=-loss)
        return loss

    def generator_loss(self, critic, real, fake, labels):
        return losses.wasserstein_generator(critic(fake))
