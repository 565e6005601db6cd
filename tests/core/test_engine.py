"""The training algorithm: turns, moving averages, derivatives, statistics."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from kerasgan import GAN, Player, backend, losses, penalties
from tests.support import checks, parity
from tests.support.checks import as_array

FIT = {"batch_size": 2, "verbose": 0, "shuffle": False}
SGD = keras.optimizers.SGD


def scalar(cls=GAN, discriminator=None, **options) -> GAN:
    """A GAN of numbers (1,) whose steps follow from arithmetic.

    G(z) = g from 0, D(x) = d x from d = 1; both losses are linear, so that SGD with a
    rate of 1 subtracts the gradient.
    """
    latents, numbers = keras.Input((1,)), keras.Input((1,))
    generator = layers.Dense(1, kernel_initializer="zeros")(latents)
    dense = layers.Dense(1, use_bias=False, kernel_initializer="ones")
    own = keras.Model(numbers, layers.Reshape(())(dense(numbers)))
    options = {"loss": "wasserstein", "ema_decay": 0.0, **options}
    return cls(keras.Model(latents, generator), discriminator or own, **options)


def fit(gan, numbers):
    return gan.fit(np.asarray(numbers, "float32").reshape(-1, 1), **FIT)


def values(gan) -> list[float]:
    """d, g and the average's g."""
    networks = gan.discriminator, gan.generator, gan.generator_ema
    return [float(network.get_weights()[-1].ravel()[0]) for network in networks]


def test_one_step_equals_the_arithmetic():
    # d: 1 - (g - 0.5) = 1.5 with g = 0; then g: 0 + d = 1.5.
    gan = scalar()
    gan.compile(SGD(1.0))
    history = fit(gan, [0.25, 0.75]).history
    assert values(gan) == pytest.approx([1.5, 1.5, 1.5])
    assert history["d_loss"] == pytest.approx([-0.5])
    assert history["g_loss"] == pytest.approx([0.0])
    assert history["d_real"] == pytest.approx([0.5])


@pytest.fixture(scope="module")
def patient():
    """A compiled GAN whose generator comes every third batch, and a way back."""
    gan = scalar(discriminator_steps=3)
    gan.compile(SGD(1.0))
    return gan, checks.snapshot(gan)


@pytest.fixture
def waiting(patient):
    gan, weights = patient
    gan.set_weights(weights)
    gan.step.assign(0)
    return gan


def test_each_critic_step_has_a_batch_of_its_own(waiting):
    # d after batches 0.1, 0.2, 0.3 is 1.6; the generator moves once, by d.
    fit(waiting, [0.1, 0.1, 0.2, 0.2, 0.3, 0.3])
    assert values(waiting) == pytest.approx([1.6, 1.6, 1.6])


def test_generator_waits_for_its_turn(waiting):
    fit(waiting, [0.1, 0.1, 0.2, 0.2])
    assert values(waiting) == pytest.approx([1.3, 0.0, 0.0])


def test_turns_are_counted_across_calls_of_fit(waiting):
    fit(waiting, [0.1, 0.1, 0.2, 0.2])
    fit(waiting, [0.3, 0.3])
    assert values(waiting) == pytest.approx([1.6, 1.6, 1.6])


def test_average_follows_with_its_warmed_up_decay():
    # First update: decay min(0.9, 2/11); the average moves by 9/11 of the change.
    gan = scalar(ema_decay=0.9)
    gan.compile(SGD(1.0))
    fit(gan, [0.5, 0.5])
    _, moved, average = values(gan)
    assert average == pytest.approx(moved * 9 / 11)
    gan.generator_ema.set_weights([w * 0 for w in gan.generator_ema.get_weights()])
    gan.step.assign(10_000)
    fit(gan, [0.5, 0.5])
    _, moved, average = values(gan)
    assert average == pytest.approx(0.1 * moved)


class Lazy(GAN):
    """A third player moves d by 10 at every second batch, with d's optimizer."""

    phases = (("discriminator", "regularizer", "generator"),)

    def define_players(self):
        options = {"every": 2, "shares": "discriminator"}
        lazy = Player("regularizer", ("discriminator",), **options)
        return [*super().define_players(), lazy]

    def regularizer_loss(self, batch):
        return -10.0 * ops.mean(self.critic(None)(ops.ones((2, 1))))


def test_a_lazy_player_shares_its_owners_optimizer():
    gan = scalar(Lazy)
    gan.compile({"discriminator": SGD(1.0), "generator": SGD(0.0)})
    assert list(gan.optimizer.parts) == ["discriminator", "generator"]
    history = fit(gan, [1.0] * 6).history  # g stays 0
    assert values(gan)[0] == pytest.approx(1 + 3 * 1 + 10)
    assert int(gan.optimizer.parts["discriminator"].iterations) == 4
    assert history["regularizer_loss"] == pytest.approx([-10.0 * 3])  # at batch 2


def test_a_lazy_penalty_is_multiplied_by_its_batches():
    # R1 / 2 of D(x) = d x is d^2 / 2: its gradient d, times 4 batches and the weight.
    options = {"penalty": "zero_centered", "penalty_weight": 0.1, "penalty_every": 4}
    gan = scalar(**options)
    gan.compile({"discriminator": SGD(1.0), "generator": SGD(0.0)})
    fit(gan, [0.0] * 6)
    assert values(gan)[0] == pytest.approx(1.0)
    history = fit(gan, [0.0] * 2).history
    assert values(gan)[0] == pytest.approx(1.0 - 4 * 0.1 * 1.0)
    assert history["gradient_penalty"] == pytest.approx([0.5])
    assert history["regularizer_loss"] == pytest.approx([4 * 0.1 * 0.5])


def test_turns_of_a_player_are_counted_by_its_interval():
    gan = scalar(Lazy, discriminator_steps=5)
    results = [gan.updates_of(name, 23) for name in gan.players]
    assert results == [23, 4, 11]  # discriminator, generator, regularizer


OWN = ("wgan_gp", "dragan", "sagan", "infogan", "lazy_r1", "pix2pix", "cyclegan")


@pytest.mark.parametrize("case", [*checks.once(*OWN), "encoder"])
def test_a_turn_changes_only_the_players_own_networks(case):
    build, data, _ = parity.CASES[case]
    model = build()
    parity.fix_weights(model)
    networks = {**model.networks}
    networks |= {f"{name}_ema": average for name, average in model.averages.items()}
    for player in model.players.values():
        owner = [player.shares] if player.shares else []
        model.compile(SGD(0.1), players=[*owner, player.name], run_eagerly=checks.EAGER)
        before = {name: checks.snapshot(n) for name, n in networks.items()}
        take_one_turn(model, player, [x[:4] for x in data])
        moved = {
            name
            for name, network in networks.items()
            if not checks.same(before[name], checks.snapshot(network))
        }
        averages = {f"{name}_ema" for name in player.trains if name in model.averages}
        assert moved == {*player.trains, *averages}, player.name


def take_one_turn(model, player, data):
    """One turn of one player, whoever else plays."""

    def only(batch, due=None):
        model.take_turn(player, model.unpack(batch))
        return model.get_metrics_result()

    model.adversarial_step = only
    model.fit(*data, batch_size=4, verbose=0)


class TestDerivatives:
    """Against central differences, on a function with curvature."""

    def network(self):
        keras.utils.set_random_seed(1)
        images = keras.Input((4, 4, 2))
        x = layers.Conv2D(3, 3, activation="tanh")(images)
        x = layers.Dense(1)(layers.Flatten()(x))
        return keras.Model(images, layers.Reshape(())(x))

    def images(self):
        drawn = np.random.default_rng(2).normal(size=(3, 4, 4, 2)).astype("float32")
        return np.clip(drawn, -1, 1)

    def test_input_gradient_agrees_with_finite_differences(self):
        network, images = self.network(), self.images()
        logits, gradient = backend.value_and_input_grad(
            network, ops.convert_to_tensor(images)
        )
        assert ops.shape(logits) == (3,)
        direction = np.random.default_rng(3).normal(size=images.shape)
        h = 1e-2
        ends = [
            as_array(network((images + s * h * direction).astype("float32")))
            for s in (1, -1)
        ]
        expected = (as_array(gradient) * direction).sum((1, 2, 3))
        slopes = (ends[0] - ends[1]) / (2 * h)
        np.testing.assert_allclose(slopes, expected, rtol=2e-3, atol=1e-4)

    @pytest.mark.parametrize("penalty", ["one_centered", "zero_centered"])
    def test_a_penalty_moves_weights_along_its_gradient(self, penalty):
        """The second-order gradient, as `fit` uses it, against differences."""
        measure, images = getattr(penalties, penalty), self.images()

        class Penalized(GAN):
            def discriminator_loss(_self, critic, real, fake, condition):
                return measure(critic, real)[1]

        latents = keras.Input((1,))
        made = layers.Reshape((4, 4, 2))(layers.Dense(32)(latents))
        gan = Penalized(keras.Model(latents, made), self.network())
        gan.compile({"discriminator": SGD(1.0), "generator": SGD(0.1)})
        before = checks.snapshot(gan.discriminator)
        gan.fit(images, batch_size=3, verbose=0)
        after = checks.snapshot(gan.discriminator)
        gradient = [b - a for b, a in zip(before, after, strict=True)]

        def value(sign, h=1e-2):
            moved = [w + sign * h * g for w, g in zip(before, gradient, strict=True)]
            gan.discriminator.set_weights(moved)
            return float(
                as_array(measure(gan.discriminator, ops.convert_to_tensor(images))[1])
            )

        slope = (value(1) - value(-1)) / 2e-2
        squared = sum(float((g**2).sum()) for g in gradient)
        assert squared > 1e-4
        assert slope == pytest.approx(squared, rel=1e-2)


def test_a_penalty_is_finite_where_the_gradient_vanishes():
    """Without the epsilon, the root's derivative at 0 makes every weight NaN."""

    class Flat(GAN):
        def discriminator_loss(self, critic, real, fake, condition):
            return penalties.one_centered(critic, real)[1]

    numbers = keras.Input((1,))
    logits = layers.Dense(1, kernel_initializer="zeros")(numbers)
    gan = scalar(Flat, keras.Model(numbers, layers.Reshape(())(logits)))
    gan.compile(SGD(1.0))
    history = fit(gan, [0.25, 0.75]).history
    assert history["d_loss"] == pytest.approx([1.0], abs=1e-5)
    assert np.isfinite(gan.discriminator.get_weights()[0]).all()


def test_evaluation_reports_losses_and_changes_nothing():
    gan = parity.wave_gan(penalty="one_centered", loss="wasserstein")
    gan.compile()
    states = [*gan.weights, *gan.own_states()]
    before = [np.array(ops.convert_to_numpy(state)) for state in states]
    options = {"batch_size": 4, "verbose": 0, "return_dict": True}
    logs = gan.evaluate(parity.WAVES[:8], **options)
    assert {"d_loss", "g_loss", "gradient_penalty"} <= logs.keys()
    assert np.isfinite(list(logs.values())).all()
    assert checks.same(before, [ops.convert_to_numpy(state) for state in states])
    assert gan.evaluate(parity.WAVES[:8], **options) == logs


def test_evaluation_is_of_the_moving_average():
    gan = parity.wave_gan()
    gan.compile()
    options = {"batch_size": 4, "verbose": 0, "return_dict": True}
    logs = gan.evaluate(parity.WAVES[:8], **options)
    for weight in gan.generator.weights:
        weight.assign(np.zeros(weight.shape, "float32"))
    assert gan.evaluate(parity.WAVES[:8], **options) == logs
    gan.generator_ema.set_weights(gan.generator.get_weights())
    assert gan.evaluate(parity.WAVES[:8], **options) != logs


def test_averages_are_kept_while_they_are_tried():
    model = checks.tiny("cyclegan")
    before = {name: checks.snapshot(a) for name, a in model.averages.items()}
    with pytest.raises(KeyError), model.average_kept():
        for average in model.averages.values():
            average.set_weights([w + 1 for w in average.get_weights()])
        raise KeyError
    assert before.keys() == {"generator", "backward_generator"}
    for name, average in model.averages.items():
        assert checks.same(before[name], checks.snapshot(average))


def test_refreshed_statistics_are_those_of_the_average():
    gan = checks.tiny("dcgan")
    rng, average = np.random.default_rng(0), gan.generator_ema
    moved = [w + 0.1 * rng.normal(size=w.shape) for w in average.get_weights()]
    average.set_weights(moved)
    gan.refresh_statistics(batches=50)
    norm = next(x for x in average.layers if isinstance(x, layers.BatchNormalization))
    below = keras.Model(average.inputs, norm.input)
    latents = gan.draw_latents(5000, np.random.default_rng(1))
    inputs = below.predict(latents, verbose=0)
    mean, variance = inputs.mean((0, 1, 2)), inputs.var((0, 1, 2))
    np.testing.assert_allclose(norm.moving_mean, mean, atol=0.05 * mean.std() + 0.02)
    np.testing.assert_allclose(norm.moving_variance, variance, rtol=0.15)
    assert norm.momentum == 0.9 and not average.trainable_variables


def test_log_refuses_a_name_that_was_not_declared():
    gan = checks.tiny("dcgan")
    message = "`log` takes .*d_real.* Received: 'd_reel'. Did you mean 'd_real'"
    with pytest.raises(ValueError, match=message):
        gan.log(d_reel=ops.zeros(()))


@pytest.mark.parametrize("method", ["define_players", "unpack"])
def test_a_model_without_its_methods_says_what_to_define(method):
    from kerasgan import AdversarialModel

    class Empty(AdversarialModel):
        phases = (("generator",),)

        if method == "unpack":

            def define_players(self):
                return [Player("generator")]

    call = {"define_players": Empty, "unpack": lambda: Empty().unpack(None)}[method]
    with pytest.raises(NotImplementedError, match=f"Empty needs `{method}`"):
        call()


def test_a_gan_without_networks_says_what_it_needs():
    with pytest.raises(TypeError, match="GAN needs a generator.*Pass generator="):
        GAN()
    generator = checks.tiny("dcgan").generator
    with pytest.raises(TypeError, match="GAN needs a discriminator"):
        GAN(generator)


def test_a_loss_pair_of_ones_own_trains():
    pair = losses.Pair(
        lambda real, fake: ops.mean(ops.square(fake - real)),
        lambda fake: ops.mean(ops.square(fake)),
    )
    gan = scalar(loss=pair)
    gan.compile(SGD(0.1))
    # D: (0 - 0.5)^2 with d = 1 has the gradient 2 * 0.5 * 0.5.
    assert fit(gan, [0.5, 0.5]).history["d_loss"] == pytest.approx([0.25])
    assert values(gan)[0] == pytest.approx(1 - 0.1 * 0.5)


def test_default_optimizers_are_new_with_each_call():
    gan = checks.tiny("dcgan")
    first, second = (gan.default_optimizer("generator") for _ in "ab")
    assert first is not second
