"""GANs from latents to data of any rank.

Paper: Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasgan import backend, checks, images, losses, penalties
from kerasgan.core import sampling
from kerasgan.core.adversarial import AdversarialModel
from kerasgan.core.arguments import given_condition
from kerasgan.core.batches import Batch, as_float, in_batches
from kerasgan.core.conditions import Condition, checked_condition
from kerasgan.core.network_checks import check_discriminator, check_generator
from kerasgan.core.players import Player
from kerasgan.core.statistics import Statistics, generator_inputs
from kerasgan.errors import TrainingDivergedError
from kerasgan.types import Tensor

DIVERGED = (
    "The generator must return finite numbers. Received: NaN or infinity. Its training "
    "diverged: return to an earlier preset or checkpoint."
)


@keras.saving.register_keras_serializable("kerasgan")
class GAN(AdversarialModel):
    """A generator and a discriminator that train each other.

    Training runs `discriminator_steps` updates of the discriminator, each on its own
    batch, then one of the generator and of its moving average. Data may have any rank.
    Your own networks need no subclass. A family overrides `build_generator`,
    `build_discriminator`, `default_optimizer` and `default_loss`; if its losses have
    more terms, also `discriminator_loss` and `generator_loss`.

    Args:
        generator: A functional or Sequential `keras.Model` from latents
            (N, latent_dim), or [latents, condition], to data (N, ...). A family has
            its own.
        discriminator: A functional or Sequential `keras.Model` from data, or
            [data, condition], to logits (N,) or patches (N, h, w, 1), or to a
            dictionary of them under "logits" and other heads. A family has its own.
        loss: A name in `kerasgan.losses.PAIRS` ("non_saturating", "minimax",
            "least_squares", "wasserstein", "hinge", "relativistic"), or a
            `losses.Pair`; None for the family's own.
        penalty: A name in `kerasgan.penalties.PENALTIES` ("one_centered" as WGAN-GP's,
            "dragan", "zero_centered" as R1), or None for the family's own.
        penalty_weight: The penalty's weight; 0 leaves it out.
        penalty_every: Batches from one penalty to the next; above 1, the penalty is
            multiplied by it, as StyleGAN2's lazy regularization.
        condition: What the networks get besides latents or data, such as
            `kerasgan.Labels(10)` or `kerasgan.Vectors(64)`; None for nothing.
        discriminator_steps: Discriminator updates for each generator update.
        **kwargs: `ema_decay`, `networks`, `seed`, `dtype` (of the family's own
            networks), `name` of `AdversarialModel`.

    Raises:
        TypeError: If a network is neither functional nor Sequential.
        ValueError: If an argument is out of its range, or networks do not fit.

    Example:
        ```python
        gan = kerasgan.GAN(my_generator, my_discriminator, loss="hinge")
        gan.compile(keras.optimizers.Adam(2e-4, beta_1=0.5))
        gan.fit(data, epochs=10)
        samples = gan.generate(16, seed=0)
        ```
    """

    stored = ("generator", "discriminator")
    averaged = ("generator",)
    phases = (("discriminator", "generator"),)
    scheduled_weights = ("penalty_weight",)
    default_loss = "non_saturating"
    default_penalty: str | None = None
    heads = ("logits",)  # of the discriminator, which the losses read
    conditional_discriminator = True  # whether it takes the condition
    truncations: tuple[float, ...] = (0.75, 1.0, 1.5)  # levels worth a look
    output_options: tuple[str, ...] = ()  # of `generate`, for `outputs_of`

    def __init__(
        self,
        generator: keras.Model | None = None,
        discriminator: keras.Model | None = None,
        *,
        loss: str | losses.Pair | None = None,
        penalty: str | None = None,
        penalty_weight: float = 10.0,
        penalty_every: int = 1,
        condition: Condition | None = None,
        discriminator_steps: int = 1,
        **kwargs: Any,
    ):
        self.adversarial = losses.pair(loss or self.default_loss)
        self.condition = checked_condition(condition)
        self._set_penalty(penalty, penalty_weight, penalty_every)
        self.discriminator_steps = checks.check_count(
            "discriminator_steps", discriminator_steps
        )
        self.logged = ("d_real", "d_fake", *self.logged)
        given = {"generator": generator, "discriminator": discriminator}
        super().__init__(given=given, **kwargs)
        made = self.stored_network("generator")
        shape = getattr(self, "generated_shape", getattr(self, "image_shape", None))
        check_generator(made, self.condition, shape)
        if self.discriminator is not None:
            seen = self.condition if self.conditional_discriminator else Condition()
            check_discriminator(self.discriminator, made, self.heads, seen)
        self.latent_dim = made.inputs[0].shape[-1]

    def _set_penalty(self, penalty, weight, every):
        penalty = penalty or self.default_penalty
        self.penalty_weight = checks.check_weight("penalty_weight", weight)
        self.penalty_every = checks.check_count("penalty_every", every)
        self.penalty = penalty if weight else None
        if penalty is not None:
            checks.check_choice("penalty", penalty, list(penalties.PENALTIES))
        if self.penalty:
            self.logged = ("gradient_penalty", *self.logged)
        if self.penalty and every > 1:
            first = "discriminator", "regularizer", "generator"
            self.phases = (first, *self.phases[1:])

    def build_generator(self) -> keras.Model:
        """The family's generator. A family overrides this."""
        raise self._missing("generator")

    def build_discriminator(self) -> keras.Model:
        """The family's discriminator. A family overrides this."""
        raise self._missing("discriminator")

    def _missing(self, name) -> TypeError:
        return TypeError(
            f"{type(self).__name__} needs a {name}. Received: none. Pass {name}=, or "
            "use a family of kerasgan.models."
        )

    def define_players(self) -> list[Player]:
        """Discriminator and generator; a regularizer, if the penalty is lazy."""
        players = [Player("discriminator", log_as="d_loss")]
        if self.penalty and self.penalty_every > 1:
            lazy = {"every": self.penalty_every, "shares": "discriminator"}
            players.append(Player("regularizer", ("discriminator",), **lazy))
        every = self.discriminator_steps
        return [*players, Player("generator", every=every, log_as="g_loss")]

    def default_optimizer(self, player: str) -> keras.optimizers.Optimizer:
        """Adam with DCGAN's settings. A family overrides this."""
        return keras.optimizers.Adam(2e-4, beta_1=0.5, beta_2=0.999)

    @property
    def data_shape(self) -> tuple[int, ...]:
        """The shape of one item: an image (H, W, C), a sequence, a row of numbers."""
        return tuple(self.stored_network("generator").output_shape[1:])

    @property
    def makes_images(self) -> bool:
        """Whether the items are images (H, W, C)."""
        return len(self.data_shape) == 3

    @property
    def class_names(self) -> list[str] | None:
        """The names of the classes, by number; None if there are none."""
        return self.condition.class_names

    # The parts of a step.

    def unpack(self, data: Any) -> Batch:
        """Real data as float32, and the condition's values."""
        real, given, _ = keras.utils.unpack_x_y_sample_weight(data)
        count = ops.shape(real)[0]
        return Batch(as_float(real), self.condition.of_batch(given, count, self.random))

    def loss_of(self, player: Player, batch: Any) -> Tensor:
        """The loss of a player; both networks see the critic, real and fake."""
        if player.name not in ("discriminator", "generator"):
            return super().loss_of(player, batch)
        fake = self.fake(batch)
        if player.name == "discriminator":
            fake = ops.stop_gradient(fake)
        loss = getattr(self, f"{player.name}_loss")
        return loss(self.critic(batch.condition), batch.real, fake, batch.condition)

    def fake(self, batch: Batch) -> Tensor:
        """As many generated items as real ones, float32."""
        latents = self.random_latents(ops.shape(batch.real)[0])
        inputs = self.condition.to_generator(latents, batch.condition)
        return self.apply("generator", *inputs)

    def random_latents(self, count: int) -> Tensor:
        """The noise (count, noise_length) of a training step."""
        length = self.condition.noise_length(self.latent_dim)
        return backend.normal((count, length), self.random)

    def critic(self, condition: Any) -> Callable:
        """A function from data to the discriminator's outputs, float32."""

        def outputs(data):
            data = self.prepare_seen(data) if self.learning else data
            inputs = self.condition.to_discriminator(data, condition)
            return self.apply("discriminator", *inputs)

        return outputs

    def prepare_seen(self, data: Any) -> Tensor:
        """What the discriminator sees of data in training. A family overrides this."""
        return data

    # Losses.

    def discriminator_loss(
        self, critic: Callable, real: Tensor, fake: Tensor, condition: Any
    ) -> Tensor:
        """The discriminator's loss, a scalar. A family may override this.

        Args:
            critic: Maps data to the discriminator's outputs.
            real: Real data (N, ...).
            fake: Generated data (N, ...), without a gradient.
            condition: The batch's labels, codes or vectors, or None.
        """
        logits = [losses.logits_of(critic(data)) for data in (real, fake)]
        return self.contest(*logits) + self.penalty_term(critic, real, fake)

    def generator_loss(
        self, critic: Callable, real: Tensor, fake: Tensor, condition: Any
    ) -> Tensor:
        """The generator's loss, a scalar; arguments as in `discriminator_loss`."""
        return self.generator_term(critic, real, losses.logits_of(critic(fake)))

    def generator_term(
        self, critic: Callable, real: Tensor, fake_logits: Tensor
    ) -> Tensor:
        """The generator's side of the loss pair."""
        return self.adversarial.generator_term(
            fake_logits, lambda: losses.logits_of(critic(real))
        )

    def contest(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """The discriminator's side of the loss pair.

        Every discriminator loss passes its logits through here: they are logged as
        `d_real` and `d_fake`, and `observe` gets them in training.
        """
        self.log(d_real=real_logits, d_fake=fake_logits)
        if self.learning:
            self.observe(real_logits, fake_logits)
        return self.adversarial.discriminator(real_logits, fake_logits)

    def observe(self, real_logits: Tensor, fake_logits: Tensor) -> None:
        """Called with the logits of every discriminator update, such as for ADA."""

    def penalty_term(self, critic: Callable, real: Tensor, fake: Tensor) -> Tensor:
        """The weighted penalty, logged as `gradient_penalty`; 0 without one."""
        if not self.penalty or self.penalty_every > 1:
            return 0.0
        penalty = penalties.PENALTIES[self.penalty](critic, real, fake, self.random)
        self.log(gradient_penalty=penalty)
        return self.scheduled("penalty_weight") * penalty

    def regularizer_loss(self, batch: Batch) -> Tensor:
        """A lazy penalty, weighted for the batches between."""
        fake = ops.stop_gradient(self.fake(batch))
        critic, measure = self.critic(batch.condition), penalties.PENALTIES
        penalty = measure[self.penalty](critic, batch.real, fake, self.random)
        self.log(gradient_penalty=penalty)
        return self.penalty_every * self.scheduled("penalty_weight") * penalty

    # Use.

    def call(self, inputs: Any, training: bool = False) -> Tensor:
        """Data from the moving average, for the generator's inputs."""
        return self.stored_network("generator")(inputs, training=training)

    def check_inputs(self, x: Any) -> np.ndarray:
        """Data of the generator's shape, uint8 or finite floats."""
        return checks.check_data(x, self.data_shape)

    def draw_latents(
        self, count: int, rng: np.random.Generator, truncation: float | None = None
    ) -> np.ndarray:
        """Latents (count, latent_dim), float32, from a `numpy.random.Generator`.

        The truncation changes the noise alone, not codes.
        """
        shape = count, self.condition.noise_length(self.latent_dim)
        noise = sampling.draw_normal(shape, rng, truncation)
        return self.condition.complete(noise, rng)

    def generate(
        self,
        num_samples: int | None = None,
        *,
        seed: int | None = None,
        latents: Any = None,
        truncation: float | None = None,
        batch_size: int = 128,
        output: str = "uint8",
        **condition: Any,
    ) -> Any:
        """Samples from the moving average of the generator.

        Args:
            num_samples: How many; by default 1, or as many as `latents` or the
                condition.
            seed: Seed of numpy's generator: the same samples on every backend.
            latents: (num_samples, latent_dim), instead of drawing them.
            truncation: t: noise outside [-t, t] is drawn again. Samples become more
                typical and less varied; far below 1 they degrade. A StyleGAN2 moves
                styles to mean + t (w - mean) instead, t from 0 to 1.
            batch_size: Samples computed at once.
            output: "uint8"; "float" for float32 in [-1, 1]; or "pil" for a list of
                images of Pillow. Other data than images are always float32.
            **condition: `labels=` of a conditional GAN: classes (num_samples,), as
                numbers or names, or one for all; by default, each in turn. `codes=` of
                an InfoGAN: categories (num_samples,), always one per image, or rows
                (num_samples, 1 + continuous). `vectors=` of a GAN with `Vectors`.
                `captions=` of a StackGAN: a text, or one for each image; and `stage=`:
                1 for the small images of its first stage.

        Returns:
            (num_samples, H, W, C) for images, or as `output` says; float32
            (num_samples, ...) for other data.

        Raises:
            ValueError: If the arguments contradict each other or this GAN.
            TypeError: If the GAN does not take one of them.
        """
        given, truncation, options = self._given("generate", truncation, condition)
        count = num_samples
        if count is None:
            counted = None if given is None else self.condition.count(given)
            count = len(latents) if np.ndim(latents) else counted or 1
        checks.check_count("num_samples", count)
        latents = sampling.latents_of(self, count, seed, latents, truncation, given)
        noise, drawn = self.condition.split(latents)
        value = self.condition.value(given, count, drawn)
        return self._computed(noise, value, batch_size, output, **options)

    def _given(self, method, truncation, keywords):
        """The condition's value, the truncation, and the options of `outputs_of`."""
        keywords = {"truncation": truncation, **keywords}
        named = [n for n in self.output_options if keywords.get(n) is not None]
        options = {name: keywords.pop(name) for name in named}
        truncation = keywords.pop("truncation", None)
        return given_condition(self, keywords, method), truncation, options

    def _computed(self, noise, value, batch_size, output, **options):
        """Samples for noise and the condition's values, in the form of `output`."""
        checks.check_count("batch_size", batch_size)
        images.check_output(output, self.data_shape)
        in_bytes = self.makes_images and output != "float"

        def predict(inputs):
            outputs = self.outputs_of(inputs, **options)
            if not np.isfinite(outputs).all():
                raise TrainingDivergedError(DIVERGED)
            return images.to_uint8(outputs) if in_bytes else outputs

        inputs = [np.asarray(x) for x in self.condition.to_generator(noise, value)]
        made = in_batches(predict, inputs, batch_size)
        return images.to_pillow(made) if output == "pil" else made

    def outputs_of(self, inputs: Sequence[np.ndarray], **options: Any) -> np.ndarray:
        """What the moving average makes of a generator's inputs, float32 (N, ...).

        A family that computes samples otherwise overrides this.

        Args:
            inputs: Noise, and the condition's values if there are any, (N, ...).
            **options: Those of `output_options` that `generate` got.
        """
        return self.infer("generator", inputs)

    def interpolate(
        self,
        *seeds: int,
        latents: Any = None,
        frames: int = 16,
        truncation: float | None = None,
        output: str = "uint8",
        **condition: Any,
    ) -> Any:
        """Samples on the way from one seed's sample to the next, evenly spaced.

        Args:
            *seeds: Two or more; the first sample is `generate(1, seed=seeds[0])`.
            latents: Latents to pass instead, (n, latent_dim), n at least 2.
            frames: How many, at least one for each seed or latent.
            truncation: As in `generate`, like `output`.
            output: Form of the result.
            **condition: As in `generate`: one value for all frames (by default, class
                0), one for each, or one for each seed, which the frames next to it
                take. With `codes=` of an InfoGAN, only the noise moves.

        Returns:
            As `generate`, (frames, ...).
        """
        given, truncation, options = self._given("interpolate", truncation, condition)
        stops = sampling.stops_of(self, seeds, latents, truncation)
        checks.check_count("frames", frames, least=len(stops))
        noise, value = sampling.way_of(self.condition, stops, frames, given)
        return self._computed(noise, value, 128, output, **options)

    # Measuring, presets.

    def evaluate_quality(
        self, dataset: Any, features: Any = "auto", held_out: Any = None, **options: Any
    ) -> dict[str, Any]:
        """Measures the moving average's images: FID and related metrics.

        Args:
            dataset: Real images, usually the training set: an array, a dataset of
                `kerasgan.data.load`, or an iterable of batches.
            features: "auto" for the data set's classifier, else Inception; otherwise
                what `kerasgan.evaluation.extractor` takes.
            held_out: Real images outside of the training set, for memorization and
                `real_score`; by default, every fifth image gives the latter.
            **options: `num_samples=10_000`, `seed=2`, `metrics=None` (all), `size=None`
                and `progress=True` of `kerasgan.evaluation.Evaluation`.

        Returns:
            `kerasgan.evaluation.Result`s by name, such as "fid_features_mnist"; "fid"
            is that of the standard Inception network.

        Raises:
            ValueError: If images, metrics or counts do not fit.
            InceptionUnavailableError: If no features are available.
        """
        from kerasgan.evaluation import evaluate_quality

        options = {"progress": True} | options
        return evaluate_quality(self, dataset, features, held_out, **options)

    @functools.cached_property
    def _statistics(self) -> Statistics:
        return Statistics(self.stored_network("generator"))

    def refresh_statistics(self, batches: int = 32, batch_size: int = 64) -> None:
        """Makes the moving average's batch statistics those of its own samples.

        Averages over `batches` of `batch_size` latents from a fixed seed, with labels
        in the shares of the training set. It computes them once for the same weights:
        another number of batches, or a preset that was not trained, changes nothing.
        Networks without batch normalization do not change either.
        """
        if self.condition.can_draw:
            inputs = generator_inputs(self, batches, batch_size)
            self._statistics.refresh(self, inputs, batches)

    def prepare_to_save(self) -> None:
        """Refreshes the moving average's batch statistics."""
        self.refresh_statistics()

    def finish_loading(self) -> None:
        """As in `AdversarialModel`; a preset has the statistics of its weights."""
        super().finish_loading()
        self._statistics.accept()

    def facts(self) -> dict:
        """As in `ZooModel`; also the weights that the batch statistics are of."""
        return super().facts() | {"statistics_of": self._statistics.accepted()}

    def restore_facts(self, facts: dict) -> None:
        """Takes back what `facts` gave; Keras reads the weights later."""
        super().restore_facts(facts)
        if facts.get("statistics_of"):
            self._statistics.accept(facts["statistics_of"])

    def describe(self) -> dict:
        """The shape, the length of the latents, and what the picture shows."""
        shape = "image_shape" if self.makes_images else "data_shape"
        facts = {shape: list(self.data_shape), "latent_dim": self.latent_dim}
        caption = {"caption": "Each column shows one class."} if self.columns else {}
        return facts | super().describe() | caption

    @property
    def columns(self) -> int | None:
        """Columns of a picture with one class in each, or None."""
        return self.condition.columns

    @property
    def draws_picture(self) -> bool:
        """Whether it makes images of latents, and of conditions that it draws."""
        return self.makes_images and self.condition.can_draw

    def picture(self) -> np.ndarray | None:
        """Images from seed 0: 64, or 8 of each class; None for other data."""
        if not self.draws_picture:
            return None
        columns = self.columns or 8
        shown = self.condition.shown(8 * columns)
        return images.make_picture(self.generate(8 * columns, seed=0, **shown), columns)
