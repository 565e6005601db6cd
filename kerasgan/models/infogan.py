"""InfoGAN: codes that get a meaning from their mutual information with the image.

Paper: Chen et al. 2016, https://arxiv.org/abs/1606.03657 (eq. 6, appendix C).
"""

from functools import partial
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from kerasgan import images as pictures
from kerasgan import losses
from kerasgan.checks import check_count, check_images, check_weight
from kerasgan.core.batches import in_batches
from kerasgan.core.codes import Codes
from kerasgan.core.image_gan import ImageGAN
from kerasgan.layers import Input, initializer, logit
from kerasgan.networks import shrink, strided_generator
from kerasgan.registry import register
from kerasgan.types import Critic, Tensor

ROWS = 3  # of the picture, for each code
FARTHEST = 2.0  # how far the picture varies a continuous code, beyond [-1, 1]


@register("infogan")
class InfoGAN(ImageGAN):
    """GAN whose latents hold codes that the images must show.

    A latent vector is noise, then a category as a one-hot vector, then continuous
    codes. A head Q of the discriminator recognizes the codes in the image, and both
    networks are rewarded if it succeeds. So the codes get a meaning without any label.
    On MNIST, most categories become a digit.

    Args:
        noise_dim: Length of the noise in a latent vector.
        categories: Values of the categorical code, at least 2.
        continuous: How many continuous codes, uniform in [-1, 1].
        category_weight: Weight of the category's information, lambda in eq. 6.
        continuous_weight: The same for the continuous codes.
        **kwargs: `image_shape`, `width`, `discriminator_width`, `instance_noise`,
            `augmentation`, `loss`, ... of `kerasgan.ImageGAN`.

    Raises:
        ValueError: If the architecture cannot make `image_shape`.

    Differs from the paper:
        DCGAN's networks, whose discriminator has no layer of 1024 units, and a Q of
        one smaller layer without batch normalization; a leak of 0.2, not 0.1; normal
        noise. Q takes the deviation of the continuous codes as 1, as the authors' code.
        The preset's recipe has one learning rate for both networks. Samples come from a
        moving average of the generator.

    Example:
        ```python
        gan = kerasgan.models.InfoGAN(image_shape=(64, 64, 3), categories=5)
        gan = kerasgan.from_preset("infogan_mnist")
        images = gan.generate(codes=[0, 1, 2], seed=0)             # three categories
        images = gan.generate(codes=[[3, -1, 0], [3, 1, 0]], seed=0)
        ```

    Reference: Chen et al. 2016, https://arxiv.org/abs/1606.03657.
    """

    conditional_discriminator = False
    fixed = ("condition", "latent_dim")  # noise and codes
    examined = "best_match_accuracy"
    logged = ("category", "continuous")
    scheduled_weights = ("penalty_weight", "category_weight", "continuous_weight")

    def __init__(
        self,
        *,
        noise_dim: int = 62,
        categories: int = 10,
        continuous: int = 2,
        category_weight: float = 1.0,
        continuous_weight: float = 0.1,
        **kwargs: Any,
    ):
        check_count("noise_dim", noise_dim)
        self.category_weight = check_weight("category_weight", category_weight)
        self.continuous_weight = check_weight("continuous_weight", continuous_weight)
        codes = Codes(categories, continuous)
        self.heads = ("logits", "category", "continuous")[: 3 if continuous else 2]
        self.logged = self.heads[1:]
        kwargs |= {"latent_dim": noise_dim + categories + continuous}
        super().__init__(condition=codes, **kwargs)

    def build_generator(self) -> keras.Model:
        return strided_generator(self.image_shape, self.latent_dim, self.width)

    def build_discriminator(self) -> keras.Model:
        images = Input(self.image_shape, name="images")
        codes, width = self.condition, self.discriminator_width
        x = shrink(images, width, normalize=not self.penalty)
        q = layers.LeakyReLU(0.2)(layers.Dense(2 * width)(x))
        category = layers.Dense(codes.categories, dtype="float32", name="category")(q)
        heads = {
            "logits": logit(x, kernel_initializer=initializer()),
            "category": category,
        }
        if codes.continuous:
            options = {"dtype": "float32", "name": "continuous"}
            heads["continuous"] = layers.Dense(codes.continuous, **options)(q)
        return keras.Model(images, heads, name="discriminator")

    def default_optimizer(self, player: str) -> keras.optimizers.Optimizer:
        rate = 1e-3 if player == "generator" else 2e-4
        return keras.optimizers.Adam(rate, beta_1=0.5, beta_2=0.999)

    def discriminator_loss(
        self, critic: Critic, real: Tensor, fake: Tensor, codes: Tensor
    ) -> Tensor:
        on_real, on_fake = critic(real), critic(fake)
        loss = self.contest(on_real["logits"], on_fake["logits"])
        loss += self.penalty_term(critic, real, fake)
        return loss + self.information_loss(on_fake, codes)

    def generator_loss(
        self, critic: Critic, real: Tensor, fake: Tensor, codes: Tensor
    ) -> Tensor:
        on_fake = critic(fake)
        loss = self.generator_term(critic, real, on_fake["logits"])
        return loss + self.information_loss(on_fake, codes)

    def information_loss(self, heads: dict, codes: Tensor) -> Tensor:
        """Minus the bound on the mutual information, L_I in eq. 5, up to H(c)."""
        categories = self.condition.categories
        drawn = ops.argmax(codes[:, :categories], axis=-1)
        category = losses.cross_entropy(heads["category"], drawn)
        self.log(category=category)
        loss = self.scheduled("category_weight") * category
        if self.condition.continuous:
            predicted, drawn = heads["continuous"], codes[:, categories:]
            continuous = losses.squared_error(predicted, drawn)
            self.log(continuous=continuous)
            loss += self.scheduled("continuous_weight") * continuous
        return loss

    def classify(self, images: Any) -> np.ndarray:
        """The category that the discriminator sees in images (N, H, W, C), int (N,).

        Raises:
            ValueError: If the GAN has no discriminator, or the images do not fit.
        """
        if self.discriminator is None:
            raise ValueError(
                "The discriminator recognizes categories. Received: a GAN with "
                'networks="sampler". Load it with networks="all".'
            )
        scaled = pictures.to_float(check_images(images, self.image_shape))
        heads = in_batches(partial(self.infer, "discriminator"), [scaled], 500)
        return heads["category"].argmax(axis=1)

    def picture(self) -> np.ndarray:
        """Rows of one noise each; along a row, one code varies."""
        codes, rng = self.condition, np.random.default_rng(0)
        columns, noise, rows = max(codes.categories, 8), [], []
        for code in range(1 + codes.continuous):
            for row in range(ROWS):
                drawn = codes.split(self.draw_latents(1, rng))[0]
                noise.append(np.repeat(drawn, columns, axis=0))
                values = np.zeros((columns, 1 + codes.continuous))
                values[:, 0] = row % codes.categories
                values[:, code] = (
                    np.linspace(-FARTHEST, FARTHEST, columns)
                    if code
                    else np.arange(columns) % codes.categories
                )
                rows.append(values)
        noise, values = np.concatenate(noise), np.concatenate(rows)
        value = codes.join(values[:, 0].astype(int), values[:, 1:])
        latents = np.concatenate([noise, value], axis=1)
        return pictures.make_picture(self.generate(latents=latents), columns)

    def describe(self) -> dict:
        """Length of the latents, the codes in them, and what the picture shows."""
        caption = (
            "Each row has its own noise, and one code varies along it: the category in "
            f"the first {ROWS} rows, the first continuous code from {-FARTHEST:g} to "
            f"{FARTHEST:g} in the next {ROWS}, and so on."
        )
        return {**super().describe(), "caption": caption}
