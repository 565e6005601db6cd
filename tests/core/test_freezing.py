"""Frozen layers: they stay as they are, and the others train, on every backend."""

import keras
import numpy as np
import pytest

from tests.support import checks

EAGER = checks.EAGER


def compiled(name="dcgan"):
    gan = checks.tiny(name)
    gan.compile(run_eagerly=EAGER)
    return gan


def train(gan):
    """How much each weight of the discriminator and of the generator moved."""
    networks = gan.discriminator, gan.generator
    before = [checks.snapshot(network) for network in networks]
    history = gan.fit(checks.pictures(8), batch_size=4, verbose=0).history
    assert np.isfinite(history["d_loss"]).all()
    return [
        [
            not np.array_equal(a, b)
            for a, b in zip(old, network.get_weights(), strict=True)
        ]
        for old, network in zip(before, networks, strict=True)
    ]


@pytest.mark.parametrize("when", ["before compile", "after compile", "after a fit"])
def test_a_frozen_generator_stays_and_the_discriminator_trains(when):
    gan = checks.tiny("dcgan")
    if when != "before compile":
        gan.compile(run_eagerly=EAGER)
    if when == "after a fit":
        train(gan)
    gan.generator.trainable = False
    if when == "before compile":
        gan.compile(run_eagerly=EAGER)
    discriminator, generator = train(gan)
    assert any(discriminator) and not any(generator)


@pytest.mark.parametrize("compiles", [False, True])
def test_frozen_layers_of_the_discriminator_stay(compiles):
    """FreezeD: Mo et al. 2020, https://arxiv.org/abs/2002.10964."""
    gan = checks.tiny("wgan_gp")
    gan.compile() if compiles else gan.compile(run_eagerly=EAGER)
    train(gan)
    first = next(layer for layer in gan.discriminator.layers if layer.weights)
    first.trainable = False
    discriminator, _ = train(gan)
    assert not any(discriminator[:2]) and any(discriminator[2:])


def test_a_keras_file_keeps_what_is_frozen(tmp_path):
    gan = checks.tiny("dcgan")
    frozen = [layer for layer in gan.generator.layers if layer.weights][:2]
    for layer in frozen:
        layer.trainable = False
    gan.compile(run_eagerly=EAGER)
    train(gan)
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    for one, other in ((gan.generator, again.generator), (gan, again)):
        expected = [w.shape for w in one.trainable_weights]
        assert [w.shape for w in other.trainable_weights] == expected
    for one, other in zip(
        gan.optimizer.variables, again.optimizer.variables, strict=True
    ):
        np.testing.assert_array_equal(checks.as_array(one), checks.as_array(other))


def test_layers_that_were_frozen_at_compile_need_another_one():
    gan = checks.tiny("dcgan")
    gan.generator.trainable = False
    gan.compile(run_eagerly=EAGER)
    gan.generator.trainable = True
    with pytest.raises(ValueError, match="'generator'.*Call compile"):
        train(gan)
    gan.compile(run_eagerly=EAGER)
    assert any(train(gan)[1])
