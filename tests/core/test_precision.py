"""Mixed precision: one model of each path trains, with float32 ends."""

import keras
import numpy as np
import pytest
from keras import layers

from tests.support import checks

Adam = keras.optimizers.Adam
INNER = layers.ReLU, layers.LeakyReLU, layers.Conv2D


@pytest.mark.parametrize(
    "name", ["dcgan", *checks.once("r3gan", "cyclegan", "stylegan2")]
)
def test_mixed_bfloat16_trains_with_float32_ends(name):
    model = checks.tiny(name, dtype="mixed_bfloat16")
    before = {name: checks.snapshot(n) for name, n in model.networks.items()}
    model.compile(Adam(1e-3), run_eagerly=checks.EAGER)
    history = model.fit(*checks.batch(model, 4), batch_size=4, verbose=0).history
    assert np.isfinite([values[-1] for values in history.values()]).all()
    for name, network in model.networks.items():
        assert not checks.same(before[name], checks.snapshot(network)), name
        inner = {x.compute_dtype for x in network.layers if isinstance(x, INNER)}
        ends = {keras.backend.standardize_dtype(x.dtype) for x in network.outputs}
        assert "bfloat16" in inner and ends == {"float32"}, name
        assert {w.dtype for w in network.weights} == {"float32"}


@pytest.fixture(scope="module")
def half():
    """A compiled GAN that computes in float16."""
    gan = checks.tiny("vanilla_gan", dtype="mixed_float16")
    gan.compile(Adam(1e-3))
    return gan


def test_float16_scales_the_loss_of_each_player(half):
    scaled = keras.optimizers.LossScaleOptimizer
    first, second = half.optimizer.parts.values()
    assert isinstance(first, scaled) and isinstance(second, scaled)
    assert first.dynamic_scale is not second.dynamic_scale


def variables(gan) -> list:
    return [np.array(v) for v in gan.trainable_variables]


def test_float16_trains(half):
    before = variables(half)
    history = half.fit(checks.pictures(4), batch_size=4, verbose=0).history
    assert np.isfinite([values[-1] for values in history.values()]).all()
    changed = [
        not np.array_equal(*pair) for pair in zip(before, variables(half), strict=True)
    ]
    assert all(changed)


def test_an_overflow_in_float16_skips_the_update_alone(half):
    for part in half.optimizer.parts.values():
        part.dynamic_scale.assign(1e38)  # every gradient overflows
    before, step = variables(half), int(half.step)
    turns = [int(part.iterations) for part in half.optimizer.parts.values()]
    half.fit(checks.pictures(4), batch_size=4, verbose=0)
    assert int(half.step) == step + 1
    assert checks.same(before, variables(half))
    assert turns == [int(part.iterations) for part in half.optimizer.parts.values()]
