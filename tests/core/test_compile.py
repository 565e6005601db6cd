"""`compile`: optimizers by player, players, schedules, and what it refuses."""

import keras
import numpy as np
import pytest
from keras import ops

from kerasgan import backend
from tests.support import checks, parity

SGD, Adam = keras.optimizers.SGD, keras.optimizers.Adam
FIT = {"batch_size": 4, "verbose": 0, "shuffle": False}
WAVES = parity.WAVES[:8]
COSINE = keras.optimizers.schedules.CosineDecay(2.0, 10, alpha=0.5)


@pytest.fixture(scope="module")
def gan():
    """A GAN that tests may compile again, but not train."""
    return parity.wave_gan()


@pytest.fixture(scope="module")
def lazy():
    return parity.wave_gan(penalty="zero_centered", penalty_every=4)


def rates(gan) -> list[float]:
    parts = gan.optimizer.parts.values()
    return [float(ops.convert_to_numpy(part.learning_rate)) for part in parts]


def test_compile_without_arguments_takes_the_default_optimizers():
    gan = checks.tiny("infogan")
    gan.compile()
    assert list(gan.optimizer.parts) == ["discriminator", "generator"]
    assert rates(gan) == pytest.approx([2e-4, 1e-3])


def test_a_player_without_an_optimizer_gets_its_default(gan):
    gan.compile({"generator": SGD(0.5)})
    assert rates(gan) == pytest.approx([2e-4, 0.5])
    gan.compile({"generator": None, "discriminator": SGD(0.5)})
    assert rates(gan) == pytest.approx([0.5, 2e-4])


def test_one_optimizer_alone_is_copied_for_each_player(gan):
    given = Adam(3e-3, beta_1=0.3)
    gan.compile(given)
    parts = list(gan.optimizer.parts.values())
    assert rates(gan) == pytest.approx([3e-3, 3e-3])
    assert all(part.beta_1 == 0.3 and part is not given for part in parts)
    assert parts[0] is not parts[1] and not given.built


def test_optimizers_are_given_by_name_too(gan):
    gan.compile("rmsprop")
    parts = gan.optimizer.parts.values()
    assert all(isinstance(part, keras.optimizers.RMSprop) for part in parts)


def test_one_optimizer_object_for_two_players_is_refused(gan):
    adam = Adam()
    with pytest.raises(ValueError, match="Received: one object twice. Create two"):
        gan.compile({"discriminator": adam, "generator": adam})


def test_an_optimizer_of_an_unknown_player_is_refused(gan):
    message = "must be one of 'discriminator', 'generator'.*'generater'. Did you mean"
    with pytest.raises(ValueError, match=message):
        gan.compile({"generater": Adam()})


def test_an_optimizer_of_a_sharing_player_is_refused(lazy):
    with pytest.raises(ValueError, match="Received: player='regularizer'"):
        lazy.compile({"regularizer": Adam()})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"optimizer": "adam"}, "takes optimizers, players, schedules"),
        ({"d_optimizer": "adam"}, r"d_optimizer.*by player: compile\(..discriminator"),
        ({"loss": "mse"}, "Received: .'loss'.*arguments of the constructor"),
        ({"optimizers": 3}, "`optimizers` must be a keras.optimizers.Optimizer"),
        ({"optimizers": {"generator": 3}}, r"optimizers\['generator'\]` must be"),
        ({"schedules": {"penalty_weight": 3}}, r"schedules\['penalty_weight'\] must"),
    ],
)
def test_compile_refuses_what_it_does_not_take(gan, arguments, message):
    with pytest.raises(TypeError, match=message):
        gan.compile(**arguments)


def test_an_unknown_optimizer_is_refused_with_a_near_name(gan):
    with pytest.raises(ValueError, match="such as 'adam'.*'adm'.*Did you mean"):
        gan.compile("adm")


def test_an_unknown_player_is_refused_with_the_list(gan):
    message = "must be one of 'discriminator', 'generator'. Received: .*'encoder'"
    with pytest.raises(ValueError, match=message):
        gan.compile(players=["encoder"])


@pytest.mark.parametrize("players", [[], (), "generator"])
def test_players_must_be_a_list_of_some(gan, players):
    with pytest.raises(ValueError, match="a list of some of discriminator, generator"):
        gan.compile(players=players)


def test_a_sharing_player_needs_its_owner(lazy):
    message = "must include 'discriminator', whose optimizer 'regularizer' shares"
    with pytest.raises(ValueError, match=message):
        lazy.compile(players=["regularizer", "generator"])


def test_an_unknown_schedule_is_refused_with_the_list(gan):
    message = "GAN takes schedules for penalty_weight. Received: .*'learning_rate'"
    with pytest.raises(ValueError, match=message):
        gan.compile(schedules={"learning_rate": COSINE})


def test_a_refused_compile_changes_nothing(gan):
    gan.compile(SGD(0.25))
    for arguments in ({"players": ["x"]}, {"schedules": {"x": COSINE}}):
        with pytest.raises(ValueError):
            gan.compile({"generator": SGD(0.5)}, **arguments)
    assert rates(gan) == [0.25, 0.25] and not gan.schedules
    assert [player.name for player in gan.playing] == ["discriminator", "generator"]


def test_the_sampler_cannot_be_compiled():
    gan = checks.tiny("dcgan", networks="sampler")
    with pytest.raises(ValueError, match="cannot train. Build or load it with"):
        gan.compile()


@pytest.mark.parametrize("steps", [0, 1.5, "2"])
def test_steps_per_execution_must_be_a_count(gan, steps):
    with pytest.raises(ValueError, match="`steps_per_execution` must"):
        gan.compile(steps_per_execution=steps)


@pytest.mark.parametrize(
    "option",
    [{"jit_compile": True}, {"steps_per_execution": 2}],
    ids=["jit_compile", "steps_per_execution"],
)
def test_a_backend_compiles_or_refuses(gan, option):
    (name,) = option
    if name in backend.SUPPORTS:
        gan.compile(**option)
        assert getattr(gan, name) == option[name]
    else:
        with pytest.raises(ValueError, match=name):
            gan.compile(**option)


# Learning rates and schedules.


def test_a_learning_rate_callback_scales_all_players():
    gan = parity.wave_gan()
    gan.compile({"discriminator": SGD(0.4), "generator": SGD(0.1)})
    halve = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    gan.fit(WAVES, epochs=2, callbacks=[halve], **FIT)
    assert rates(gan) == pytest.approx([0.1, 0.025])


def test_learning_rates_warm_up_from_zero(gan):
    gan.compile({"discriminator": SGD(0.4), "generator": SGD(0.1)})
    for rate in (0.0, 0.2):
        gan.optimizer.learning_rate = rate
    assert rates(gan) == pytest.approx([0.2, 0.05])


def test_setting_the_rate_of_a_schedule_is_refused(gan):
    decay = keras.optimizers.schedules.CosineDecay(1e-3, 10)
    gan.compile({"discriminator": SGD(0.4), "generator": SGD(decay)})
    with pytest.raises(TypeError, match="follows a schedule"):
        gan.optimizer.learning_rate = 0.1


def test_a_rates_schedule_counts_its_players_turns():
    gan = parity.wave_gan(discriminator_steps=2)
    decay = keras.optimizers.schedules.PolynomialDecay(1.0, 4, end_learning_rate=0.0)
    gan.compile({"discriminator": SGD(decay), "generator": SGD(decay)})
    gan.fit(WAVES * 0, **FIT)  # two discriminator updates, one generator update
    assert rates(gan) == pytest.approx([0.5, 0.75])


def test_a_weights_schedule_counts_batches_since_compile():
    gan = parity.wave_gan(penalty="zero_centered", penalty_weight=7.0)
    assert gan.scheduled("penalty_weight") == 7.0
    for _ in range(2):
        gan.compile(
            SGD(0.0), schedules={"penalty_weight": COSINE}, run_eagerly=checks.EAGER
        )
        gan.fit(parity.WAVES[:20], **FIT)
        results = ops.convert_to_numpy(gan.scheduled("penalty_weight"))
        assert float(results) == pytest.approx(1.5)  # the middle of 2 and 1
    gan.compile()
    assert gan.scheduled("penalty_weight") == 7.0


def test_a_weights_schedule_acts_in_the_compiled_step():
    """The second update differs by the second weight alone."""
    results = []
    for end in (5.0, 0.0):
        gan = parity.wave_gan(penalty="zero_centered", penalty_weight=5.0)
        parity.fix_weights(gan)
        steps = keras.optimizers.schedules.PiecewiseConstantDecay([0], [5.0, end])
        optimizers = {"discriminator": SGD(0.1), "generator": SGD(0.0)}
        gan.compile(optimizers, schedules={"penalty_weight": steps})
        states = []
        for _ in range(2):
            gan.fit(WAVES[:4], **FIT)
            states.append(checks.snapshot(gan.discriminator))
        results.append(states)
    (first, second), (same, other) = results
    assert checks.same(first, same) and not checks.same(second, other)


# The optimizer that `fit` sees.


def test_the_optimizer_can_be_rebuilt(gan):
    gan.compile({"discriminator": SGD(0.4), "generator": Adam(0.1)})
    again = type(gan.optimizer).from_config(gan.optimizer.get_config())
    assert again.get_config() == gan.optimizer.get_config()
    assert isinstance(again.parts["discriminator"], SGD)
    assert isinstance(again.parts["generator"], Adam)


def test_a_compile_config_compiles_the_same_again(gan):
    arguments = {"players": ["generator"], "schedules": {"penalty_weight": COSINE}}
    gan.compile({"generator": SGD(0.3)}, **arguments)
    config = gan.get_compile_config()
    again = parity.wave_gan()
    assert again.get_compile_config() == {}
    again.compile_from_config(config)
    assert again.get_compile_config() == config
    assert [player.name for player in again.playing] == ["generator"]
    assert rates(again) == pytest.approx([0.3])
    values = [
        ops.convert_to_numpy(m.schedules["penalty_weight"](5)) for m in (gan, again)
    ]
    np.testing.assert_array_equal(*values)


def test_a_player_plays_once():
    with pytest.raises(ValueError, match="each once"):
        checks.tiny("dcgan").compile(players=["generator", "generator"])
