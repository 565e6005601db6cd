"""The engine: derivatives, alternate updates, moving average, parity, exact resume."""

import json

import keras
import numpy as np
import pytest
from keras import ops

from kerasgan import backend, penalties
from kerasgan.core.gan import GAN
from tests.support import checks, parity

# Positive numbers keep the arithmetic readable; for pictures they would be odd.
pytestmark = pytest.mark.filterwarnings("ignore:No value of `x` is negative")


@pytest.mark.parametrize("name", sorted(parity.CASES))
def test_ten_steps_give_the_same_losses_on_every_backend(name, monkeypatch):
    monkeypatch.setattr(keras.random, "uniform", parity.uniform)
    golden = json.loads(parity.GOLDEN.read_text())[name]
    found = parity.run(name)
    for key, values in golden.items():
        np.testing.assert_allclose(found[key], values, rtol=1e-4, atol=1e-4)


class Scalar(GAN):
    """A GAN on 1x1 images whose steps follow from arithmetic.

    G(z) = g, D(x) = d x; both losses linear, so that SGD with rate 1 subtracts the
    gradient.
    """

    def __init__(self, discriminator_steps=1, ema_decay=0.0, **kwargs):
        super().__init__(
            self._generator,
            self._discriminator,
            discriminator_steps=discriminator_steps,
            ema_decay=ema_decay,
            **kwargs,
        )

    def _generator(self):
        latents = keras.Input((1,))
        flat = keras.layers.Dense(1, kernel_initializer="zeros")(latents)
        return keras.Model(latents, keras.layers.Reshape((1, 1, 1))(flat))

    def _discriminator(self):
        images = keras.Input((1, 1, 1))
        dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
        logits = dense(keras.layers.Flatten()(images))
        return keras.Model(images, keras.layers.Reshape(())(logits))

    def discriminator_loss(self, critic, real, fake, labels):
        return ops.mean(critic(fake)) - ops.mean(critic(real))

    def generator_loss(self, critic, real, fake, labels):
        return -ops.mean(critic(fake))

    def values(self):
        """d, g and the average's g."""
        nets = (self.discriminator, self.generator, self.generator_ema)
        return [float(net.get_weights()[-1].ravel()[0]) for net in nets]


def step(gan, images, batch_size=2, **compiled):
    gan.compile(keras.optimizers.SGD(1.0), keras.optimizers.SGD(1.0), **compiled)
    options = {"batch_size": batch_size, "verbose": 0, "shuffle": False}
    return gan.fit(np.asarray(images, "float32").reshape(-1, 1, 1, 1), **options)


def test_one_step_equals_the_arithmetic():
    # d: 1 - (g - 0.5) = 1.5 with g = 0; then g: 0 + d = 1.5.
    gan = Scalar()
    history = step(gan, [0.25, 0.75]).history
    assert gan.values() == pytest.approx([1.5, 1.5, 1.5])
    assert history["d_loss"] == pytest.approx([-0.5])
    assert history["g_loss"] == pytest.approx([0.0])


def test_each_discriminator_update_has_a_batch_of_its_own():
    # d after batches 0.1, 0.2, 0.3 is 1.6; the generator moves once, by d.
    gan = Scalar(discriminator_steps=3)
    step(gan, [0.1, 0.1, 0.2, 0.2, 0.3, 0.3])
    assert gan.values() == pytest.approx([1.6, 1.6, 1.6])


def test_generator_waits_for_its_turn():
    gan = Scalar(discriminator_steps=3)
    step(gan, [0.1, 0.1, 0.2, 0.2])
    assert gan.values() == pytest.approx([1.3, 0.0, 0.0])


def test_turns_are_counted_across_calls_of_fit():
    gan = Scalar(discriminator_steps=3)
    step(gan, [0.1, 0.1, 0.2, 0.2])
    step(gan, [0.3, 0.3])
    assert gan.values() == pytest.approx([1.6, 1.6, 1.6])


def test_average_follows_with_its_warmed_up_decay():
    # First update: decay min(0.9, 2/11); the average moves by 9/11 of the change.
    gan = Scalar(ema_decay=0.9)
    step(gan, [0.5, 0.5])
    _, moved, average = gan.values()
    assert average == pytest.approx(moved * 9 / 11)


def test_average_reaches_its_full_decay():
    gan = Scalar(ema_decay=0.9)
    gan.step.assign(10_000)
    step(gan, [0.5, 0.5])
    _, moved, average = gan.values()
    assert average == pytest.approx(0.1 * moved)


@pytest.mark.parametrize("name", sorted(checks.TINY))
@pytest.mark.parametrize("turn", ["discriminator", "generator"])
def test_an_update_changes_only_its_own_network(turn, name):
    gan = checks.tiny(name)  # with batch statistics in the generator or in both
    gan.compile(run_eagerly=True)
    other = {"discriminator": "generator", "generator": "discriminator"}[turn]
    own, rest = getattr(gan, turn), getattr(gan, other)
    before = checks.snapshot(own), checks.snapshot(rest)

    def only(data):
        real, labels = gan.unpack(data)
        gan.track(d_loss=getattr(gan, f"update_{turn}")(real, labels))
        return gan.get_metrics_result()

    gan.adversarial_step = only
    gan.fit(*checks.batch(gan, 4), batch_size=4, verbose=0)
    assert not checks.same(before[0], checks.snapshot(own))
    assert checks.same(before[1], checks.snapshot(rest))


def numbers(gan) -> list[np.ndarray]:
    """All that a resumed run must share with an uninterrupted one."""
    variables = [*gan.weights, *gan.optimizer.variables, *gan.own_states()]
    return [ops.convert_to_numpy(v) for v in variables]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [*((n, {}) for n in sorted(checks.TINY)), ("dcgan", {"instance_noise": 0.2})],
)
def test_resumed_run_equals_the_uninterrupted_one(name, arguments, tmp_path):
    options = {"batch_size": 4, "verbose": 0, "shuffle": False}

    def fresh(seed):
        gan = checks.tiny(name, seed=seed, **arguments)
        gan.compile(keras.optimizers.Adam(1e-3), keras.optimizers.RMSprop(1e-3))
        return gan

    straight = fresh(1)
    data = checks.batch(straight, 16)
    straight.fit(*data, **options)
    straight.save_weights(tmp_path / "at_half.weights.h5")
    expected = straight.fit(*data, **options).history
    resumed = fresh(2)
    resumed.load_weights(tmp_path / "at_half.weights.h5")
    assert resumed.fit(*data, **options).history == expected
    assert checks.same(numbers(straight), numbers(resumed))


def test_dropout_seeds_are_part_of_the_saved_state():
    class Dropping(Scalar):
        def _discriminator(self):
            images = keras.Input((1, 1, 1))
            x = keras.layers.Flatten()(images)
            x = keras.layers.Dropout(0.5, seed=1)(keras.layers.Dense(8)(x))
            logits = keras.layers.Reshape(())(keras.layers.Dense(1)(x))
            return keras.Model(images, logits)

    gan = Dropping()
    assert len(gan.own_states()) == 3  # step, latents' seed, dropout's seed


class TestDerivatives:
    """Against central differences, on a function with curvature."""

    def network(self):
        keras.utils.set_random_seed(1)
        images = keras.Input((4, 4, 2))
        x = keras.layers.Conv2D(3, 3, activation="tanh")(images)
        x = keras.layers.Dense(1)(keras.layers.Flatten()(x))
        return keras.Model(images, keras.layers.Reshape(())(x))

    def images(self):
        return np.random.default_rng(2).normal(size=(3, 4, 4, 2)).astype("float32")

    def test_input_gradient_agrees_with_finite_differences(self):
        network, images = self.network(), self.images()
        values, gradient = backend.value_and_input_grad(
            network, ops.convert_to_tensor(images)
        )
        gradient = ops.convert_to_numpy(ops.stop_gradient(gradient))
        assert ops.shape(values) == (3,)
        direction = np.random.default_rng(3).normal(size=images.shape)
        h = 1e-2
        ends = [
            ops.convert_to_numpy(
                ops.stop_gradient(network((images + s * h * direction).astype("f4")))
            )
            for s in (1, -1)
        ]
        slopes = (ends[0] - ends[1]) / (2 * h)
        expected = (gradient * direction).sum((1, 2, 3))
        np.testing.assert_allclose(slopes, expected, rtol=2e-3, atol=1e-4)

    @pytest.mark.parametrize("penalty", ["one_centered", "zero_centered"])
    def test_penalty_moves_weights_along_its_gradient(self, penalty):
        """The second-order gradient, as `fit` uses it, against differences."""
        measure = getattr(penalties, penalty)

        class Penalised(Scalar):
            def _discriminator(_self):
                return self.network()

            def _generator(_self):
                latents = keras.Input((1,))
                x = keras.layers.Dense(32)(latents)
                return keras.Model(latents, keras.layers.Reshape((4, 4, 2))(x))

            def discriminator_loss(_self, critic, real, fake, labels):
                return measure(critic, real)[1]

        gan, images = Penalised(), np.clip(self.images(), -1, 1)
        gan.compile(keras.optimizers.SGD(1.0), keras.optimizers.SGD(0.1))
        before = checks.snapshot(gan.discriminator)
        gan.fit(images, batch_size=3, verbose=0)
        after = checks.snapshot(gan.discriminator)
        gradient = [b - a for b, a in zip(before, after, strict=True)]

        def value(sign, h=1e-2):
            moved = [w + sign * h * g for w, g in zip(before, gradient, strict=True)]
            gan.discriminator.set_weights(moved)
            critic = lambda x: gan.discriminator(x)  # noqa: E731
            result = measure(critic, ops.convert_to_tensor(images))[1]
            return float(ops.convert_to_numpy(ops.stop_gradient(result)))

        slope = (value(1) - value(-1)) / 2e-2
        squared = sum(float((g**2).sum()) for g in gradient)
        assert squared > 1e-4
        assert slope == pytest.approx(squared, rel=1e-2)


def test_penalty_keeps_weights_finite_where_the_gradient_vanishes():
    """Without the epsilon the root's derivative at 0 makes every weight NaN."""

    class Flat(Scalar):
        def _discriminator(self):
            images = keras.Input((1, 1, 1))
            dense = keras.layers.Dense(1, kernel_initializer="zeros")
            logits = dense(keras.layers.Flatten()(images))
            return keras.Model(images, keras.layers.Reshape(())(logits))

        def discriminator_loss(self, critic, real, fake, labels):
            return penalties.one_centered(critic, real)[1]

    gan = Flat()
    history = step(gan, [0.25, 0.75]).history
    assert history["d_loss"] == pytest.approx([1.0], abs=1e-5)
    assert np.isfinite(gan.discriminator.get_weights()[0]).all()


def test_a_skipped_float16_update_counts_a_step_but_no_iteration():
    gan = checks.tiny("dcgan", dtype="mixed_float16")
    gan.compile()
    for part in (gan.optimizer.discriminator, gan.optimizer.generator):
        part.dynamic_scale.assign(1e38)  # every gradient overflows
    before = checks.snapshot(gan.generator)[0]
    gan.fit(checks.pictures(4), batch_size=4, verbose=0)
    assert int(gan.step) == 1
    assert int(gan.optimizer.generator.iterations) == 0
    np.testing.assert_array_equal(before, checks.snapshot(gan.generator)[0])


def test_refreshed_statistics_are_those_of_the_average():
    gan = checks.tiny("dcgan")
    rng = np.random.default_rng(0)
    gan.generator_ema.set_weights(
        [w + 0.1 * rng.normal(size=w.shape) for w in gan.generator_ema.get_weights()]
    )
    gan.refresh_statistics(batches=50)
    norm = next(
        layer
        for layer in gan.generator_ema.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    )
    below = keras.Model(gan.generator_ema.inputs, norm.input)
    latents = gan.draw_latents(5000, np.random.default_rng(1))
    inputs = below.predict(latents, verbose=0)
    mean, variance = inputs.mean((0, 1, 2)), inputs.var((0, 1, 2))
    np.testing.assert_allclose(norm.moving_mean, mean, atol=0.05 * mean.std() + 0.02)
    np.testing.assert_allclose(norm.moving_variance, variance, rtol=0.15)
    assert norm.momentum == 0.9 and not gan.generator_ema.trainable_variables
