"""GANs of images: their shape, widths, noise and augmentation, declared once."""

from typing import Any

import keras
import numpy as np
from keras import ops

from kerasgan import augment, backend, checks
from kerasgan.core.gan import GAN
from kerasgan.core.network_checks import check_network, check_one_output
from kerasgan.core.players import Player
from kerasgan.types import Tensor


class ImageGAN(GAN):
    """A GAN from latents to images, with what all families of them share.

    Args:
        image_shape: (H, W, C); H and W divisible by 4 and at least 16, if a family
            builds the networks.
        latent_dim: Length of a latent vector.
        width: Filters next to the image.
        discriminator_width: The same for the discriminator; `width` if None.
        instance_noise: Deviation of the normal noise that training adds to all images
            that the discriminator sees (https://arxiv.org/abs/1610.04490); 0 for none.
        augmentation: For small datasets: parts of DiffAugment, such as
            "color,translation,cutout", or "ada"; see `kerasgan.augment`.
        ada_target: The mean sign of D(real) - D(fake) that ADA holds (paper: of
            D(real)): 0 if the discriminator sees no difference, 1 if it sees all.
        ada_images: Real images in which ADA's probability can move from 0 to 1.
        generator: As in `GAN`; `image_shape` and `latent_dim` are then its own.
        discriminator: As in `GAN`.
        **kwargs: `loss`, `penalty`, `discriminator_steps`, `ema_decay`, ... of `GAN`.

    Raises:
        ValueError: If an argument is out of its range, or networks do not fit.
    """

    data_limits = (-1.0, 1.0)

    def __init__(
        self,
        *,
        image_shape: tuple[int, int, int] = (28, 28, 1),
        latent_dim: int = 100,
        width: int = 64,
        discriminator_width: int | None = None,
        instance_noise: float = 0.0,
        augmentation: str | None = None,
        ada_target: float = 0.6,
        ada_images: int = 500_000,
        generator: keras.Model | None = None,
        discriminator: keras.Model | None = None,
        **kwargs: Any,
    ):
        if generator is not None:
            check_network("generator", generator)
            check_one_output("generator", generator)
            image_shape = generator.output_shape[1:]
        self.image_shape = checks.check_image_shape(image_shape)
        self.latent_dim, self.width = latent_dim, width
        self.discriminator_width = discriminator_width or width
        self.instance_noise = checks.check_weight(
            "instance_noise", instance_noise, most=1.0
        )
        self.augmenter = augment.Augmenter(
            augmentation, self.image_shape[-1], ada_target, ada_images
        )
        if self.augmenter.adaptive:
            self.logged = ("ada_probability", *self.logged)
        super().__init__(generator, discriminator, **kwargs)
        self.augmenter_states = self.augmenter.states  # so that Keras finds them
        self._observed = False

    def prepare_seen(self, data: Any) -> Tensor:
        """Augmented images, with noise."""
        data = self.augmenter(data, self.random)
        if self.instance_noise:
            shape = (ops.shape(data)[0], *data.shape[1:])
            data = data + self.instance_noise * backend.normal(shape, self.random)
        return data

    def observe(self, real_logits: Tensor, fake_logits: Tensor) -> None:
        """Moves ADA's probability."""
        self._observed = True
        if self.augmenter.adaptive:
            self.augmenter.observe(real_logits, fake_logits)
            self.log(ada_probability=self.augmenter.probability.value)

    def loss_of(self, player: Player, batch: Any) -> Tensor:
        """As in `GAN`; ADA needs a discriminator loss that calls `contest`."""
        self._observed = False
        loss = super().loss_of(player, batch)
        blind = player.name == "discriminator" and not self._observed
        if blind and self.learning and self.augmenter.adaptive:
            raise ValueError(
                "ADA needs the logits of real and generated images. Received: a "
                "`discriminator_loss` that does not call `contest`. Call "
                "self.contest(real_logits, fake_logits) in it."
            )
        return loss

    def check_inputs(self, x: Any) -> np.ndarray:
        """Images of the model's shape, uint8 or floats in [-1, 1]."""
        return checks.check_images(x, self.image_shape, "x")

    def invert(self, pictures: Any, steps: int = 300, **options: Any) -> Any:
        """Latents whose images are near given ones; see `kerasgan.latent.invert`.

        Args:
            pictures: (N, H, W, C), uint8 or floats in [-1, 1].
            steps: Steps of the optimization.
            **options: As in `kerasgan.latent.invert`, such as `labels=`.

        Returns:
            A `kerasgan.latent.Inversion`: latents, images and distances.
        """
        from kerasgan.latent import invert

        return invert(self, pictures, steps, **options)
