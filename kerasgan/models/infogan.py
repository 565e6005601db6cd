"""InfoGAN: codes whose meaning is learnt, by mutual information with the image.

Paper: Chen et al. 2016, https://arxiv.org/abs/1606.03657 (eq. 6, appendix C).
"""

import keras
from keras import layers, ops

from kerasgan import losses
from kerasgan.core.codes import Coded
from kerasgan.core.gan import GAN
from kerasgan.layers import initializer, logit, noisy, shrink, strided_generator
from kerasgan.registry import register
from kerasgan.checks import check_count, check_weight


def build_discriminator(
    image_shape, categories: int, continuous: int, width: int, noise: float
) -> keras.Model:
    """Images (N, H, W, C) to logits (N,), and Q's view of the codes behind them."""
    images = keras.Input(image_shape, name="images")
    x = shrink(noisy(images, noise), width)
    q = layers.LeakyReLU(0.2)(layers.Dense(2 * width)(x))
    heads = {
        "logits": logit(x, kernel_initializer=initializer()),
        "category": layers.Dense(categories, dtype="float32", name="category")(q),
    }
    if continuous:
        options = {"dtype": "float32", "name": "continuous"}
        heads["continuous"] = layers.Dense(continuous, **options)(q)
    return keras.Model(images, heads, name="discriminator")


@register("infogan")
class InfoGAN(Coded, GAN):
    """GAN whose latents hold codes that the images must show.

    A latent vector is noise, then a category as a one-hot vector, then continuous
    codes. A head Q of the discriminator tells the codes from the image, and both
    networks are rewarded where it can: so the codes come to mean something, without a
    label. On MNIST most categories become a digit.

    Args:
        image_shape: (H, W, C); H and W divisible by 4 and at least 16.
        noise_dim: Length of the noise in a latent vector.
        categories: Values of the categorical code, at least 2.
        continuous: How many continuous codes, uniform in [-1, 1].
        width: Filters next to the image; they double at each halving of the sides.
        discriminator_width: The same for the discriminator; `width` if None.
        category_weight: Weight of the category's information, lambda in eq. 6.
        continuous_weight: The same of the continuous codes.
        instance_noise: Deviation of the normal noise that training adds to all images
            that the discriminator sees (https://arxiv.org/abs/1610.04490); 0 is none.
        **kwargs: `ema_decay`, `seed`, `dtype`, ... of `kerasgan.GAN`.

    Raises:
        ValueError: If the architecture cannot make `image_shape`.

    Differs from the paper:
        DCGAN's networks, whose discriminator has no layer of 1024 units, and a Q of
        one smaller layer without batch normalization; a leak of 0.2, not 0.1; one
        learning rate for both networks, not 1e-3 for the generator; normal noise. Q
        takes the deviation of the continuous codes as 1, as the authors' code. Samples
        come from a moving average of the generator.

    Example:
        ```python
        gan = kerasgan.models.InfoGAN(image_shape=(64, 64, 3), categories=5)
        gan = kerasgan.from_preset("infogan_mnist")
        images = gan.generate(codes=[0, 1, 2], seed=0)             # three categories
        images = gan.generate(codes=[[3, -1, 0], [3, 1, 0]], seed=0)
        ```

    Reference: Chen et al. 2016, https://arxiv.org/abs/1606.03657.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int] = (28, 28, 1),
        noise_dim: int = 62,
        categories: int = 10,
        continuous: int = 2,
        width: int = 64,
        discriminator_width: int | None = None,
        category_weight: float = 1.0,
        continuous_weight: float = 0.1,
        instance_noise: float = 0.0,
        **kwargs,
    ):
        check_count("noise_dim", noise_dim)
        check_count("categories", categories, least=2)
        check_count("continuous", continuous, least=0)
        noise = check_weight("instance_noise", instance_noise, most=1.0)
        d_width, codes = discriminator_width or width, categories + continuous
        super().__init__(
            lambda: strided_generator(image_shape, noise_dim + codes, width),
            lambda: build_discriminator(
                image_shape, categories, continuous, d_width, noise
            ),
            tracked=["d_real", "d_fake", "category"]
            + ["continuous"] * (continuous > 0),
            **kwargs,
        )
        self.noise_dim = noise_dim
        self.categories, self.continuous = categories, continuous
        self.category_weight = check_weight("category_weight", category_weight)
        self.continuous_weight = check_weight("continuous_weight", continuous_weight)

    def default_optimizer(self):
        return keras.optimizers.Adam(2e-4, beta_1=0.5, beta_2=0.999)

    # Training: the codes of the generated images stand where others have labels.

    def unpack(self, data):
        """Real images, and codes (N, categories + continuous) for the fakes."""
        real, _ = super().unpack(data)
        count, draw = ops.shape(real)[0], {"seed": self.random}
        category = keras.random.randint((count,), 0, self.categories, **draw)
        continuous = keras.random.uniform((count, self.continuous), -1.0, 1.0, **draw)
        one_hot = ops.one_hot(category, self.categories, dtype="float32")
        return real, ops.concatenate([one_hot, continuous], axis=-1)

    def fake(self, generator, labels, real, training: bool = True):
        """Images of noise and these codes."""
        shape = ops.shape(real)[0], self.noise_dim
        noise = keras.random.normal(shape, seed=self.random)
        latents = ops.concatenate([noise, labels], axis=-1)
        return ops.cast(generator(latents, training=training), "float32")

    def discriminator_loss(self, critic, real, fake, labels):
        on_real, on_fake = critic(real)["logits"], critic(fake)
        self.track(d_real=on_real, d_fake=on_fake["logits"])
        loss = losses.non_saturating_discriminator(on_real, on_fake["logits"])
        return loss + self.information_loss(on_fake, labels)

    def generator_loss(self, critic, real, fake, labels):
        on_fake = critic(fake)
        loss = losses.non_saturating_generator(on_fake["logits"])
        return loss + self.information_loss(on_fake, labels)

    def information_loss(self, heads, codes):
        """Minus the bound on the mutual information, L_I in eq. 5, up to H(c)."""
        drawn = ops.argmax(codes[:, : self.categories], axis=-1)
        category = losses.cross_entropy(heads["category"], drawn)
        self.track(category=category)
        loss = self.category_weight * category
        if self.continuous:
            told, drawn = heads["continuous"], codes[:, self.categories :]
            continuous = losses.squared_error(told, drawn)
            self.track(continuous=continuous)
            loss += self.continuous_weight * continuous
        return loss
