"""A run that stopped and went on equals one that did not, number by number."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from tests.support import checks, parity
from tests.support.conditional import SHAPE, conditional

FIT = {"batch_size": 4, "verbose": 0, "shuffle": False}
COSINE = keras.optimizers.schedules.CosineDecay(10.0, 8, alpha=0.1)
ADA = {"augmentation": "ada", "ada_images": 100, "ada_target": 0.0}
SQUARES = np.random.default_rng(0).uniform(-1, 1, (8, *SHAPE)).astype("float32")
SMALL = {"image_shape": (8, 8, 1), "width": 1, "blocks": 1, "depth": 1, "pool": 6}


def several_steps_penalty_ada():
    gan = checks.tiny("wgan_gp", width=2, discriminator_steps=3, seed=None, **ADA)
    gan.compile(schedules={"penalty_weight": COSINE})
    return gan, (checks.pictures(16),)


def lazy_penalty():
    lazy = {"penalty": "zero_centered", "penalty_every": 4, "seed": None}
    gan = parity.wave_gan(**lazy)
    gan.compile({"generator": keras.optimizers.RMSprop(1e-3)})
    return gan, (parity.WAVES[:16],)


def condition():
    gan = conditional()
    gan.compile()
    return gan, (SQUARES, np.arange(8) % 3)


def several_networks_pools():
    model = parity.models.CycleGAN(**SMALL)
    model.compile(run_eagerly=checks.EAGER)
    return model, (SQUARES, SQUARES[::-1])


def dropout():
    model = checks.tiny("pix2pix", width=2, seed=None)
    model.compile(run_eagerly=checks.EAGER)
    return model, (checks.pictures(8), checks.pictures(8, seed=2))


def a_later_phase():
    model = checks.tiny("f_anogan", width=2, seed=None)
    model.compile(players=["encoder"])
    return model, (checks.pictures(8),)


def noise_and_codes():
    gan = checks.tiny("infogan", width=2, instance_noise=0.2, seed=None)
    gan.compile(run_eagerly=checks.EAGER)
    return gan, (checks.pictures(8),)


def path_lengths_mean_style():
    options = {"penalty_every": 2, "path_length_every": 2, "seed": None}
    gan = checks.tiny("stylegan2", width=2, **options)
    gan.compile(run_eagerly=checks.EAGER)
    return gan, (checks.pictures(12),)


PATHS = [
    several_steps_penalty_ada,
    lazy_penalty,
    condition,
    several_networks_pools,
    dropout,
    a_later_phase,
    noise_and_codes,
    pytest.param(path_lengths_mean_style, marks=pytest.mark.matrix),
]


def numbers(model) -> list[np.ndarray]:
    """All that a resumed run must share with an uninterrupted one."""
    variables = [*model.weights, *model.optimizer.variables, *model.own_states()]
    return [np.array(ops.convert_to_numpy(v)) for v in variables]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
def test_a_resumed_run_equals_the_uninterrupted_one(path, tmp_path):
    straight, data = path()
    straight.fit(*data, **FIT)
    straight.save_weights(tmp_path / "at_half.weights.h5")
    at_half = numbers(straight)
    expected = straight.fit(*data, **FIT).history
    resumed, _ = path()
    resumed.load_weights(tmp_path / "at_half.weights.h5")
    assert checks.same(at_half, numbers(resumed))
    np.testing.assert_equal(resumed.fit(*data, **FIT).history, expected)  # NaN too
    assert checks.same(numbers(straight), numbers(resumed))


def test_own_states_are_those_that_keras_forgets():
    gan = checks.tiny("wgan_gp", **ADA)
    results = [state.name for state in gan.own_states()]
    assert sorted(results) == [
        "ada_probability",
        "ada_sign",
        "seed_generator_state",
        "step",
    ]


def test_pools_are_own_states():
    model = parity.models.CycleGAN(**SMALL)
    names = {state.name for state in model.own_states()}
    sides = {"target_pool", "source_pool"}
    assert {f"{s}_{what}" for s in sides for what in ("images", "count")} <= names


def test_seeds_of_dropout_are_own_states():
    data, latents = keras.Input((3,)), keras.Input((2,))
    x = layers.Dropout(0.5, seed=1)(layers.Dense(8)(data))
    critic = keras.Model(data, layers.Reshape(())(layers.Dense(1)(x)))
    generator = keras.Model(latents, layers.Dense(3)(latents))
    plain = parity.wave_gan()
    gan = parity.GAN(generator, critic)
    assert len(gan.own_states()) == len(plain.own_states()) + 1


def test_states_of_another_model_are_refused(tmp_path):
    gan = checks.tiny("vanilla_gan", augmentation="ada")
    gan.save_weights(tmp_path / "ada.weights.h5")
    with pytest.raises(ValueError, match="Expected 2 states .*Received: 4. The file"):
        checks.tiny("vanilla_gan").load_weights(tmp_path / "ada.weights.h5")
