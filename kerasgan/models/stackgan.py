"""StackGAN: pictures of captions, small at first, then refined.

Paper: Zhang et al. 2016, https://arxiv.org/abs/1612.03242 (sections 3.2 to 3.4).
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasgan import images as pictures
from kerasgan import losses
from kerasgan.checks import check_choice, check_count, check_image_shape, check_weight
from kerasgan.core.adversarial import AdversarialModel
from kerasgan.core.batches import Batch, in_batches
from kerasgan.core.captions import Captions
from kerasgan.core.image_gan import ImageGAN
from kerasgan.core.players import Player
from kerasgan.layers import halvings
from kerasgan.networks import (
    captioned_discriminator,
    captioned_generator,
    captioned_refiner,
    image_encoder,
    text_encoder,
)
from kerasgan.registry import register
from kerasgan.types import Tensor

SCALE = 4  # sides of the second stage's images, divided by those of the first stage's
SHOWN = 16  # captions of the picture
STAGES = 1, 2


@register("stackgan")
class StackGAN(ImageGAN):
    """Draws captions in two stages, each a GAN with players of its own.

    Three phases train it, which `phases` names in their order. First, a text encoder
    and an image encoder learn which caption belongs to which image ("matching"). Then
    the first stage learns to draw images of a quarter of the sides, and at last the
    second stage learns to refine them. What earlier phases have trained stays as it is.
    The discriminators see real images with wrong captions, too.

    `generate(..., stage=1)` returns the first stage's images. A warning tells if no
    word of a caption is known.

    Args:
        image_shape: (H, W, C); H and W divisible by 4 and at least 16.
        latent_dim: Length of a latent vector.
        condition_dim: How many of the latents conditioning augmentation turns into
            those of the caption.
        text_dim: Length of the text encoder's vectors.
        word_dim: Length of the embeddings of words.
        width: Filters next to the images of the first stage; its generator has twice as
            many at smaller sides.
        discriminator_width: The same for its discriminator; `width` if None.
        refiner_width: Filters of the second stage's networks above the sides of the
            first stage's images.
        encoder_width: Filters of the image encoder's first layer; later ones have up
            to four times as many.
        kl_weight: Weight of the divergence of conditioning augmentation, lambda in
            eq. 4 and 6.
        dropout: Share of words and features that training leaves out of the encoders.
        **kwargs: `augmentation`, `instance_noise`, `loss`, `ema_decay`, ... of
            `kerasgan.ImageGAN`.

    Raises:
        ValueError: If an argument is out of its range.

    Differs from the paper:
        A bag of words and of their pieces instead of a recurrent text encoder, which
        trains here. Modulated residual blocks without batch normalization. The second
        stage adds to the enlarged image of the first, and gets the latents, too; both
        share the random numbers of the conditioning augmentation. Spectrally normalized
        discriminators, in which the caption is a factor of the features, and the hinge
        loss. The divergence is a mean over dimensions, as in the authors' code. The
        second stage trains on what the first one's moving average draws. Images come
        from moving averages.

    Example:
        ```python
        data = kerasgan.data.load("photos/", captions="captions.csv", size=64)
        gan = kerasgan.models.StackGAN(image_shape=(64, 64, 3))
        for players in gan.phases:
            gan.compile(players=players)
            gan.fit(data, epochs=100)
        images = gan.generate(captions=["red apple", "green apple"], seed=0)
        gan = kerasgan.models.StackGAN.from_preset("my_stackgan")
        ```

    Reference: Zhang et al. 2016, https://arxiv.org/abs/1612.03242.
    """

    stored = (
        *("generator", "refiner", "text_encoder", "image_encoder"),
        *("discriminator", "refiner_discriminator"),
    )
    averaged = ("generator", "refiner", "text_encoder", "image_encoder")
    sampled = ("generator", "refiner", "text_encoder")
    phases = (
        ("matching",),
        ("discriminator", "generator"),
        ("refiner_discriminator", "refiner"),
    )
    fixed = (
        *("condition", "penalty", "penalty_weight", "penalty_every"),
        *("discriminator_steps", "generator", "discriminator"),
    )
    logged = ("d_wrong", "kl", "matched")
    scheduled_weights = ("kl_weight",)
    default_loss = "hinge"
    heads = ("logits", "features", "caption")
    captioned = True
    output_options = ("stage",)

    def __init__(
        self,
        *,
        image_shape: tuple[int, int, int] = (64, 64, 3),
        latent_dim: int = 64,
        condition_dim: int = 32,
        text_dim: int = 64,
        word_dim: int = 64,
        width: int = 40,
        refiner_width: int = 32,
        encoder_width: int = 16,
        kl_weight: float = 2.0,
        dropout: float = 0.2,
        **kwargs: Any,
    ):
        halvings(image_shape)
        height, breadth, channels = check_image_shape(image_shape)
        self.generated_shape = height // SCALE, breadth // SCALE, channels
        self.condition_dim = check_count("condition_dim", condition_dim)
        if check_count("latent_dim", latent_dim) <= condition_dim:
            raise ValueError(
                "`latent_dim` must be above `condition_dim`. Received: latent_dim="
                f"{latent_dim}, condition_dim={condition_dim}. Choose more latents."
            )
        self.text_dim = check_count("text_dim", text_dim)
        self.word_dim = check_count("word_dim", word_dim)
        self.refiner_width = check_count("refiner_width", refiner_width)
        self.encoder_width = check_count("encoder_width", encoder_width)
        self.kl_weight = check_weight("kl_weight", kl_weight)
        self.dropout = check_weight("dropout", dropout, most=0.9)
        kwargs |= {"image_shape": image_shape, "latent_dim": latent_dim, "width": width}
        super().__init__(condition=Captions(text_dim), **kwargs)

    # Networks and players.

    def build_text_encoder(self) -> keras.Model:
        """Captions (N, length) to vectors (N, text_dim) of norm 1."""
        length = self.condition.length
        return text_encoder(length, self.word_dim, self.text_dim, self.dropout)

    def build_image_encoder(self) -> keras.Model:
        """Images (N, H, W, C) to vectors (N, text_dim) of norm 1."""
        width = self.encoder_width
        return image_encoder(self.image_shape, width, self.text_dim, self.dropout)

    def build_generator(self) -> keras.Model:
        options = self.latent_dim, self.text_dim, self.condition_dim, self.width
        return captioned_generator(self.generated_shape, *options)

    def build_refiner(self) -> keras.Model:
        """Small images, latents and text to images (N, H, W, C)."""
        options = self.latent_dim, self.text_dim, self.condition_dim, self.refiner_width
        return captioned_refiner(self.image_shape, SCALE, *options)

    def build_discriminator(self) -> keras.Model:
        width, name = self.discriminator_width, "discriminator"
        options = self.text_dim, width, 2 * width, name
        return captioned_discriminator(self.generated_shape, *options)

    def build_refiner_discriminator(self) -> keras.Model:
        """Images (N, H, W, C) and text to the same heads as `discriminator`."""
        width, name = self.refiner_width, "refiner_discriminator"
        options = self.text_dim, width, 3 * width, name
        return captioned_discriminator(self.image_shape, *options)

    def define_players(self) -> list[Player]:
        return [
            Player("matching", ("text_encoder", "image_encoder")),
            Player("discriminator", log_as="d_loss"),
            Player("generator", log_as="g_loss"),
            Player("refiner_discriminator"),
            Player("refiner"),
        ]

    def default_optimizer(self, player: str) -> keras.optimizers.Optimizer:
        if player == "matching":
            return keras.optimizers.Adam(1e-3)
        return keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.9)

    @property
    def data_shape(self) -> tuple[int, ...]:
        """(H, W, C) of the second stage's images."""
        return self.image_shape

    @property
    def metrics(self) -> list:
        """As in `AdversarialModel`, without what other phases log."""
        matching = self.players["matching"] in self.playing
        others = ("d_real", "d_fake", "d_wrong", "kl") if matching else ("matched",)
        return [m for m in super().metrics if m.name not in others]

    # Losses.

    def loss_of(self, player: Player, batch: Batch) -> Tensor:
        """A player's loss on a batch of images and captions, a scalar."""
        return AdversarialModel.loss_of(self, player, batch)

    def matching_loss(self, batch: Batch) -> Tensor:
        """Which caption of the batch belongs to which image, both ways."""
        images = self.apply("image_encoder", self._augmented(batch.real))
        text = self.apply("text_encoder", batch.condition)
        nearest = ops.argmax(ops.matmul(images, ops.transpose(text)), axis=-1)
        own = ops.arange(ops.shape(nearest)[0], dtype=nearest.dtype)
        self.log(matched=ops.mean(ops.cast(ops.equal(nearest, own), "float32")))
        return losses.contrastive(images, text)

    def discriminator_loss(self, batch: Batch) -> Tensor:
        text, latents = self._text(batch), self._latents_of(batch)
        fake = ops.stop_gradient(self.apply("generator", latents, text))
        return self._judged("discriminator", _small(batch.real), fake, text)

    def generator_loss(self, batch: Batch) -> Tensor:
        text, latents = self._text(batch), self._latents_of(batch)
        fake = self.apply("generator", latents, text)
        loss = self._persuaded("discriminator", _small(batch.real), fake, text)
        return loss + self._divergence("generator", text)

    def refiner_discriminator_loss(self, batch: Batch) -> Tensor:
        """As `discriminator_loss`, of the second stage."""
        inputs = self._drawn(batch)
        fake = ops.stop_gradient(self.apply("refiner", *inputs))
        return self._judged("refiner_discriminator", batch.real, fake, inputs[-1])

    def refiner_loss(self, batch: Batch) -> Tensor:
        """As `generator_loss`, of the second stage."""
        *inputs, text = self._drawn(batch)
        fake = self.apply("refiner", *inputs, text)
        loss = self._persuaded("refiner_discriminator", batch.real, fake, text)
        return loss + self._divergence("refiner", text)

    def _text(self, batch):
        """What the trained text encoder makes of the captions, without a gradient."""
        with self.frozen():
            return ops.stop_gradient(self.apply("text_encoder", batch.condition))

    def _latents_of(self, batch):
        return self.random_latents(ops.shape(batch.real)[0])

    def _drawn(self, batch):
        """The inputs of the second stage: small images, latents and text."""
        text, latents = self._text(batch), self._latents_of(batch)
        with self.frozen():
            small = ops.stop_gradient(self.apply("generator", latents, text))
        return small, latents, text

    def _judged(self, name, real, fake, text):
        """A discriminator's loss: generated images, and real ones of other captions.

        The mean of both, eq. 3 and 5 with the negatives of Reed et al. 2016
        (https://arxiv.org/abs/1605.05396, Algorithm 1).
        """
        on_real, on_fake = self._seen(name, real, text), self._seen(name, fake, text)
        caption = on_real["caption"]
        change = ops.sum(on_real["features"] * (_others(caption) - caption), axis=-1)
        wrong = on_real["logits"] + change
        self.log(d_wrong=wrong)
        loss = self.contest(on_real["logits"], on_fake["logits"])
        return (loss + self.adversarial.discriminator(on_real["logits"], wrong)) / 2

    def _persuaded(self, name, real, fake, text):
        """A generator's side of the loss pair."""
        logits = self._seen(name, fake, text)["logits"]
        return self.adversarial.generator_term(
            logits, lambda: self._seen(name, real, text)["logits"]
        )

    def _seen(self, name, images, text):
        return self.apply(name, self._augmented(images), text)

    def _augmented(self, images):
        return self.prepare_seen(images) if self.learning else images

    def _divergence(self, name, text):
        networks = self.networks if self.learning else self.averages
        kl = networks[name].get_layer("condition").divergence(text)
        self.log(kl=kl)
        return self.scheduled("kl_weight") * kl

    # Use.

    def call(self, inputs: Any, training: bool = False) -> Tensor:
        """The second stage's images, for latents and vectors of captions."""
        latents, captions = inputs
        text = self.stored_network("text_encoder")(captions)
        small = self.stored_network("generator")([latents, text])
        return self.stored_network("refiner")([small, latents, text])

    def outputs_of(self, inputs: Sequence[np.ndarray], stage: int = 2) -> np.ndarray:
        """As in `GAN`; `stage` 1 is for the first stage's small images."""
        check_choice("stage", stage, STAGES)
        latents, captions = inputs
        text = self.infer("text_encoder", [captions])
        small = self.infer("generator", [latents, text])
        return small if stage == 1 else self.infer("refiner", [small, latents, text])

    def embed_images(self, images: Any, batch_size: int = 128) -> np.ndarray:
        """The image encoder's vectors.

        Args:
            images: (N, H, W, C), uint8 or floats in [-1, 1].
            batch_size: Images computed at once.

        Returns:
            float32 (N, text_dim) of norm 1. Their products with those of captions are
            the larger, the better both match.
        """
        images = pictures.to_float(self.check_inputs(images))
        return in_batches(partial(self.infer, "image_encoder"), [images], batch_size)

    def embed_captions(self, captions: Sequence[str]) -> np.ndarray:
        """The text encoder's vectors of captions, float32 (N, text_dim) of norm 1."""
        vectors = self.condition.check(list(captions), len(captions))
        return in_batches(partial(self.infer, "text_encoder"), [vectors], len(vectors))

    # Presets.

    def describe(self) -> dict:
        """As in `GAN`; the captions of the picture."""
        facts = super().describe()
        if self.condition.can_draw:
            shown = "; ".join(self.condition.shown(SHOWN)["captions"])
            text = f"Each pair shows both stages. Captions, row by row: {shown}."
            facts["caption"] = text[:1000]
        return facts

    def picture(self) -> np.ndarray | None:
        """Images of some training captions from seed 0, both stages of each."""
        if not self.condition.can_draw:
            return None
        options = {"seed": 0} | self.condition.shown(SHOWN)
        stages = [self.generate(SHOWN, stage=stage, **options) for stage in STAGES]
        stages[0] = stages[0].repeat(SCALE, axis=1).repeat(SCALE, axis=2)
        both = np.stack(stages, axis=1).reshape(2 * SHOWN, *self.image_shape)
        return pictures.make_picture(both, columns=8)


def _small(images):
    """Images of the first stage's sides, by averages of areas."""
    return ops.average_pool(images, SCALE, SCALE, data_format="channels_last")


def _others(captions):
    """The caption of another image of the batch for each: wrong ones."""
    return ops.roll(captions, 1, axis=0)
