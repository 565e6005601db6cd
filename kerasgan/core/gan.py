"""The abstract GAN: alternate updates, moving average, sampling, saving.

Papers: Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661 (Algorithm 1);
the moving average: Yazici et al. 2019, https://arxiv.org/abs/1806.04498.
"""

import contextlib
from collections.abc import Callable, Sequence
from typing import Any, Literal

import keras
from keras import ops

from kerasgan import augment, backend, images, checks
from kerasgan.presets import deferred
from kerasgan.core.arguments import refuses_unknown
from kerasgan.core.evaluating import Evaluating
from kerasgan.core.fit import Fitting
from kerasgan.core.sampling import Sampling
from kerasgan.core.zoo_model import ZooModel, dtype_scope


class GAN(Sampling, Evaluating, Fitting, backend.TrainStep, ZooModel, keras.Model):
    """A generator and a discriminator that train each other.

    A subclass names its networks, its losses and its default optimizer; everything
    else is here. Training runs `discriminator_steps` updates of the discriminator,
    each on its own batch, then one of the generator, then the moving average.

    Keras's own `save` and `load_model` work too; a new process imports
    `kerasgan.models` first, so that Keras knows the class.

    Args:
        generator: Function without arguments that builds the generator: a
            `keras.Model` from latents (N, latent_dim), or [latents, labels], to float32
            images (N, H, W, C) in [-1, 1]. Called twice: one is the moving average.
        discriminator: Function without arguments that builds the discriminator: a
            `keras.Model` from images, or [images, labels], to float32 logits (N,), or
            to a dictionary of them under "logits" and other heads.
        tracked: Names of what the losses report by `track`.
        discriminator_steps: Discriminator updates for each generator update.
        num_classes: Number of classes of a conditional GAN, else None.
        ema_decay: Decay of the generator's moving average per generator update, in
            [0, 1); lower during the first updates: min(ema_decay, (1 + n) / (10 + n)).
        augmentation: What is changed in all images that the discriminator sees in
            training, where there are few: parts of DiffAugment, such as
            "color,translation,cutout", or "ada"; see `kerasgan.augment`.
        ada_target: What ADA holds the mean sign of D(real) - D(fake) at (paper: of
            D(real)): 0 where the discriminator tells nothing, 1 where it tells all.
        ada_images: Real images in which ADA's probability can go from 0 to 1.
        networks: "all", or "sampler" to build the generator alone.
        seed: Seed of latents and all else that losses draw in training. Initial
            weights and layers that draw, such as dropout, follow
            `keras.utils.set_random_seed`.
        dtype: Dtype policy of the networks, such as "mixed_bfloat16".
        name: Name of the Keras model.

    Raises:
        ValueError: If an argument is out of its range.
    """

    stored = ("generator", "discriminator")
    trained = ("discriminator", "generator")

    @refuses_unknown
    def __init__(
        self,
        generator: Callable[[], keras.Model],
        discriminator: Callable[[], keras.Model],
        *,
        tracked: Sequence[str] = (),
        discriminator_steps: int = 1,
        num_classes: int | None = None,
        ema_decay: float = 0.999,
        augmentation: str | None = None,
        ada_target: float = 0.6,
        ada_images: int = 500_000,
        networks: Literal["all", "sampler"] = "all",
        seed: int | None = None,
        dtype=None,
        name: str | None = None,
    ):
        super().__init__(name=name, dtype=dtype)
        checks.check_sizes(self.arguments)
        checks.check_options(discriminator_steps, ema_decay, networks)
        if self.variable_dtype != "float32":
            raise ValueError(
                "`dtype` must keep weights in float32. "
                f"Received: dtype={dtype!r}. Use 'mixed_{self.variable_dtype}'."
            )
        self.discriminator_steps = discriminator_steps
        self.num_classes, self.ema_decay = num_classes, ema_decay
        with dtype_scope(self.dtype_policy):
            self.generator_ema = deferred.build("generator", generator)
            sampler = networks == "sampler"
            self.generator = self.generator_ema if sampler else generator()
            self.discriminator = (
                None if sampler else deferred.build("discriminator", discriminator)
            )
        checks.check_networks(self.generator, self.discriminator, num_classes)
        self.generator_ema.set_weights(self.generator.get_weights())
        self.generator_ema.trainable = False
        self.augmenter = augment.Augmenter(
            augmentation, self.image_shape[-1], ada_target, ada_images, tracked
        )
        self.augmenter_states = self.augmenter.states  # where Keras finds them
        self.random = keras.random.SeedGenerator(seed)
        self.step = keras.Variable(0, dtype="int32", trainable=False, name="step")
        names = ["d_loss", "g_loss", *tracked]
        names += ["ada_probability"] if self.augmenter.states else []
        self.trackers = {name: keras.metrics.Mean(name=name) for name in names}
        self.built = True

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(H, W, C) of the images."""
        return tuple(self.generator_ema.output_shape[1:])

    @property
    def latent_dim(self) -> int:
        """Length of a latent vector."""
        return self.generator_ema.inputs[0].shape[-1]

    # What a family defines.

    def discriminator_loss(self, critic: Callable, real, fake, labels):
        """The discriminator's loss, a scalar.

        Args:
            critic: Maps images to logits, both as the discriminator has them.
            real: Images (N, H, W, C) in [-1, 1].
            fake: Generated images (N, H, W, C), without a gradient.
            labels: The batch's labels (N,), or None.
        """
        raise NotImplementedError(f"{type(self).__name__} needs `discriminator_loss`.")

    def generator_loss(self, critic: Callable, real, fake, labels):
        """The generator's loss, a scalar; arguments as in `discriminator_loss`."""
        raise NotImplementedError(f"{type(self).__name__} needs `generator_loss`.")

    def track(self, **values) -> None:
        """Averages values over the epoch, for progress bar and history.

        ADA follows `d_real` and `d_fake`, the logits (N,) of a batch.

        Raises:
            ValueError: If a name is not among the constructor's `tracked`, or what ADA
                follows is no batch of logits.
        """
        for name, value in values.items():
            if name not in self.trackers:
                raise ValueError(
                    f"`track` knows {', '.join(self.trackers)}. "
                    f"Received: {name!r}. Add it to super().__init__(tracked=...)."
                )
            self.trackers[name].update_state(ops.stop_gradient(value))
        if self.augmenter.follows(values):
            self.augmenter.observe(values["d_real"], values["d_fake"])
            self.track(ada_probability=self.augmenter.probability.value)

    # The training algorithm.

    def adversarial_step(self, data) -> dict:
        """One discriminator update; a generator update every `discriminator_steps`."""
        real, labels = self.unpack(data)

        def generator_turn():
            self.track(g_loss=self.update_generator(real, labels))
            self.update_average()

        self.track(d_loss=self.update_discriminator(real, labels))
        self.step.assign_add(1)
        if self.discriminator_steps == 1:
            generator_turn()
        else:
            due = ops.equal(self.step % self.discriminator_steps, 0)
            backend.when(due, generator_turn)
        return self.get_metrics_result()

    def update_discriminator(self, real, labels):
        """One update of the discriminator; returns its loss."""

        def loss():
            fake = ops.stop_gradient(self.fake(self.generator, labels, real))
            return self.discriminator_loss(self.critic(labels), real, fake, labels)

        found = self.minimize(loss, self.discriminator, self.optimizer.discriminator)
        self.augmenter.check_followed()
        return found

    def update_generator(self, real, labels):
        """One update of the generator; returns its loss."""

        def loss():
            fake = self.fake(self.generator, labels, real)
            return self.generator_loss(self.critic(labels), real, fake, labels)

        return self.minimize(loss, self.generator, self.optimizer.generator)

    def update_average(self) -> None:
        """Moves the average towards the generator, batch statistics included."""
        count = ops.cast(self.step // self.discriminator_steps, "float32")
        decay = ops.minimum(self.ema_decay, (1.0 + count) / (10.0 + count))
        pairs = zip(self.generator_ema.weights, self.generator.weights, strict=True)
        for average, weight in pairs:
            change = ops.stop_gradient(weight.value - average.value)
            average.assign(average.value + (1.0 - decay) * change)

    def evaluation_step(self, data) -> dict:
        """The losses of the moving average, with nothing updated."""
        real, labels = self.unpack(data)
        critic = self.critic(labels, training=False)
        fake = self.fake(self.generator_ema, labels, real, training=False)
        with self.augmenter.paused():
            self.track(d_loss=self.discriminator_loss(critic, real, fake, labels))
        self.track(g_loss=self.generator_loss(critic, real, fake, labels))
        return self.get_metrics_result()

    def minimize(self, loss_fn: Callable, network, optimizer):
        """One update of `network`: its weights and, of all networks, its statistics.

        Args:
            loss_fn: Function without arguments; returns the loss, a scalar.
            network: The model whose trainable variables follow the gradient.
            optimizer: Its optimizer.

        Returns:
            The loss before the update.
        """

        def scaled():
            loss = loss_fn()
            return optimizer.scale_loss(loss), loss

        others = [n for n in (self.generator, self.discriminator) if n is not network]
        with _statistics_kept(others):
            (_, loss), gradients = backend.value_and_grad(
                scaled, network.trainable_variables
            )
        backend.apply_gradients(optimizer, gradients, network.trainable_variables)
        return ops.stop_gradient(loss)

    def unpack(self, data) -> tuple[Any, Any]:
        """A batch of `fit` as float32 images in [-1, 1] and labels or None."""
        real, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
        if keras.backend.standardize_dtype(real.dtype) == "uint8":
            real = ops.cast(real, "float32") / 127.5 - 1.0
        real = ops.cast(real, "float32")
        if self.num_classes is None:
            return real, None
        return real, ops.cast(ops.reshape(labels, (-1,)), "int32")

    def fake(self, generator, labels, real, training: bool = True):
        """As many generated images as `real` has, float32."""
        latents = self.sample_latents(ops.shape(real)[0])
        inputs = latents if labels is None else [latents, labels]
        return ops.cast(generator(inputs, training=training), "float32")

    def sample_latents(self, count):
        """Latents (count, latent_dim) inside a training step."""
        return keras.random.normal((count, self.latent_dim), seed=self.random)

    def critic(self, labels, training: bool = True) -> Callable:
        """The discriminator as a function of the images alone."""
        told = len(self.discriminator.inputs) > 1  # whether it takes labels too

        def logits(images):
            images = self.augmenter(images, self.random) if training else images
            inputs = [images, labels] if told else images
            outputs = self.discriminator(inputs, training=training)
            return keras.tree.map_structure(lambda x: ops.cast(x, "float32"), outputs)

        return logits

    def call(self, inputs, training: bool = False):
        """Latents, or [latents, labels], to images by the moving average."""
        return self.generator_ema(inputs, training=training)

    # Presets.

    def stored_network(self, name):
        """The generator of a preset is the moving average."""
        return self.generator_ema if name == "generator" else getattr(self, name)

    def prepare_to_save(self):
        """Refreshes the moving average's batch statistics."""
        self.refresh_statistics()

    def finish_loading(self):
        """Generator and moving average both hold the preset's weights."""
        self.generator.set_weights(self.generator_ema.get_weights())

    def updates_of(self, network, updates):
        """The generator's turn comes every `discriminator_steps`."""
        every = self.discriminator_steps if network == "generator" else 1
        return updates // every

    def describe(self):
        """Length of the latents, and what the picture shows."""
        caption = {"caption": "Each column shows one class."} if self.columns else {}
        return {"latent_dim": self.latent_dim, **caption}

    @property
    def columns(self) -> int | None:
        """Columns of a picture that shows a class in each, where classes are few."""
        return self.num_classes if self.num_classes in range(2, 21) else None

    def picture(self):
        """Images from seed 0: 64, or 8 of each class."""
        columns = self.columns or 8
        return images.make_picture(self.generate(8 * columns, seed=0), columns)

    def own_states(self):
        """The step and ADA's too."""
        known = self.step, *self.augmenter.states
        return [*known, *super().own_states()]


@contextlib.contextmanager
def _statistics_kept(networks):
    """Restores what a forward pass changes in networks that are not being updated."""
    variables = [v for network in networks for v in network.non_trainable_weights]
    before = [ops.copy(v.value) for v in variables]
    yield
    for variable, value in zip(variables, before, strict=True):
        variable.assign(value)
