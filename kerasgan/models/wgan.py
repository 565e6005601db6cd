"""WGAN: a critic with clipped weights estimates the Wasserstein distance.

Paper: Arjovsky et al. 2017, https://arxiv.org/abs/1701.07875 (Algorithm 1).
"""

from typing import Any

import keras
from keras import ops

from kerasgan.checks import check_weight
from kerasgan.core.image_gan import ImageGAN
from kerasgan.core.players import Player
from kerasgan.networks import strided_discriminator, strided_generator
from kerasgan.registry import register
from kerasgan.types import Tensor


@register("wgan")
class WGAN(ImageGAN):
    """Wasserstein GAN with weight clipping.

    `wasserstein` in the logs, E D(x) - E D(G(z)), estimates the distance between real
    and generated images up to a constant factor. It falls as samples get better.

    Args:
        clip: After each of its updates, the critic's weights are clipped to
            [-clip, clip], c in Algorithm 1; above 0.
        discriminator_steps: Critic updates for each generator update.
        **kwargs: `image_shape`, `latent_dim`, `width`, `discriminator_width`,
            `instance_noise`, `augmentation`, `loss`, ... of `kerasgan.ImageGAN`.

    Raises:
        ValueError: If the architecture cannot make `image_shape`, or `clip` is 0.

    Differs from the paper:
        Always `discriminator_steps` critic updates. The authors' code makes 100 for the
        first 25 generator updates and for every 500th. Samples come from a moving
        average of the generator.

    Example:
        ```python
        gan = kerasgan.models.WGAN(image_shape=(64, 64, 3))    # random weights
        gan = kerasgan.from_preset("wgan_mnist")
        images = gan.generate(16, seed=0)                      # uint8 (16, 28, 28, 1)
        ```

    Reference: Arjovsky et al. 2017, https://arxiv.org/abs/1701.07875.
    """

    default_loss = "wasserstein"
    logged = ("wasserstein",)

    def __init__(
        self, *, clip: float = 0.01, discriminator_steps: int = 5, **kwargs: Any
    ):
        if not clip:
            raise ValueError(
                "`clip` must be above 0: at 0 all weights are 0. Received: clip=0. "
                "The paper has 0.01."
            )
        self.clip = check_weight("clip", clip, zero="The paper has 0.01.")
        super().__init__(discriminator_steps=discriminator_steps, **kwargs)

    def build_generator(self) -> keras.Model:
        return strided_generator(self.image_shape, self.latent_dim, self.width)

    def build_discriminator(self) -> keras.Model:
        shape, width = self.image_shape, self.discriminator_width
        return strided_discriminator(shape, width, normalize=not self.penalty)

    def default_optimizer(self, player: str) -> keras.optimizers.Optimizer:
        # PyTorch's settings, as in the authors' code; its epsilon is outside the root.
        return keras.optimizers.RMSprop(5e-5, rho=0.99, epsilon=1e-16)

    def contest(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        self.log(wasserstein=ops.mean(real_logits) - ops.mean(fake_logits))
        return super().contest(real_logits, fake_logits)

    def take_turn(self, player: Player, batch: Any) -> None:
        super().take_turn(player, batch)
        if player.name == "discriminator":
            for weight in self.discriminator.trainable_variables:
                value = ops.stop_gradient(weight.value)
                weight.assign(ops.clip(value, -self.clip, self.clip))
