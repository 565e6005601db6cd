"""StyleGAN2: two halves, truncation, lazy regularization, path lengths by hand."""

import keras
import numpy as np
import pytest
from keras import ops

from kerasgan import backend
from kerasgan.core.batches import Batch
from tests.support import checks
from tests.support.checks import as_array

LATENTS = np.random.default_rng(1).standard_normal((3, 8)).astype("float32")


@pytest.fixture(scope="module")
def gan():
    """A GAN whose mean style and noise are not 0."""
    gan = checks.tiny("stylegan2", path_length_every=8, penalty_every=16)
    for layer in gan.generator_ema.layers:
        if hasattr(layer, "strength"):
            layer.strength.assign(0.1)
    gan.generator_ema.get_layer("mean_style").mean.assign(np.linspace(-1, 1, 8))
    return gan


def test_mapping_and_synthesis_are_the_generator(gan):
    styles = gan.infer("mapping", [LATENTS])
    assert styles.shape == (3, 6, 8)
    np.testing.assert_array_equal(styles[:, :1].repeat(6, axis=1), styles)
    expected = gan.infer("generator", [LATENTS])
    np.testing.assert_allclose(gan.infer("synthesis", [styles]), expected, atol=1e-5)


def test_truncation_0_gives_the_mean_image(gan):
    mean = np.linspace(-1, 1, 8, dtype="float32")
    mean = np.broadcast_to(mean, (4, 6, 8))
    expected = np.rint(gan.infer("synthesis", [mean]) * 127.5 + 127.5)
    results = gan.generate(4, seed=0, truncation=0)
    assert np.abs(results - expected).max() <= 1
    np.testing.assert_array_equal(results, gan.generate(4, seed=1, truncation=0.0))


def test_truncation_moves_styles_towards_their_mean(gan):
    whole = gan.generate(4, seed=0)
    np.testing.assert_array_equal(gan.generate(4, seed=0, truncation=1.0), whole)
    steps = [gan.generate(4, seed=0, truncation=t).astype(int) for t in (0, 0.5, 1)]
    lengths = [np.abs(a - b).mean() for a, b in zip(steps, steps[1:], strict=False)]
    assert 0 < max(lengths) < np.abs(steps[0] - steps[2]).mean()
    latents = np.random.default_rng(0).standard_normal((4, 8), dtype="float32")
    batched = gan.generate(latents=latents, truncation=0.5, batch_size=3)
    assert np.abs(batched - steps[1]).max() <= 1


@pytest.mark.backend_free
def test_an_animation_may_be_truncated(gan):
    frames = gan.interpolate(1, 2, frames=3, truncation=0.5)
    for frame, seed in zip(frames[::2], (1, 2), strict=True):
        image = gan.generate(1, seed=seed, truncation=0.5)[0].astype(int)
        assert np.abs(frame - image).max() <= 1


@pytest.mark.parametrize("truncation", [-0.1, 1.1, "much", float("nan"), True])
def test_a_truncation_outside_of_0_and_1_is_refused(gan, truncation):
    with pytest.raises(ValueError, match="`truncation` must be a number from 0 to 1"):
        gan.generate(1, truncation=truncation)


@pytest.mark.backend_free
def test_regularizers_have_their_papers_turns(gan):
    assert {p.name: (p.trains, p.every, p.shares) for p in gan.playing} == {
        "discriminator": (("discriminator",), 1, None),
        "regularizer": (("discriminator",), 16, "discriminator"),
        "generator": (("generator",), 1, None),
        "path_length": (("generator",), 8, "generator"),
    }
    gan = checks.tiny("stylegan2", path_length_weight=0.0, penalty_weight=0.0)
    assert [p.name for p in gan.playing] == ["discriminator", "generator"]


def test_path_lengths_are_those_of_a_linear_synthesis(monkeypatch):
    """Images A w have the gradient A^T y, and the length ||A^T y|| for the noise y."""
    gan = checks.tiny("stylegan2", path_length_weight=3.0, path_length_every=4)
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((6, 8, *checks.SHAPE)).astype("float32")
    noise = rng.standard_normal((2, *checks.SHAPE)).astype("float32")
    matrix_, styles = ops.array(matrix), ops.array(np.ones((2, 6, 8), "float32"))

    def half(name, *inputs):
        if name == "mapping":
            return styles
        return ops.einsum("nld,ldhwc->nhwc", inputs[0], matrix_)

    monkeypatch.setattr(gan, "_half_of_batch", half)
    monkeypatch.setattr(gan, "random_latents", lambda count: None)
    monkeypatch.setattr(backend, "normal", lambda shape, seed: ops.array(noise))
    gan.mean_path_length.assign(5.0)
    batch = Batch(ops.array(checks.pictures(3)), None)  # half of 3 are 2
    gradients = np.einsum("ldhwc,nhwc->nld", matrix, noise / 16)
    lengths = np.sqrt((gradients**2).sum(2).mean(1))
    mean = 5.0 + 0.01 * (lengths.mean() - 5.0)
    expected = 4 * 3.0 * ((lengths - mean) ** 2).mean()
    assert as_array(gan.path_length_loss(batch)) == pytest.approx(expected, rel=1e-4)
    assert float(as_array(gan.mean_path_length)) == pytest.approx(mean, rel=1e-5)
    with gan.frozen():
        gan.path_length_loss(batch)
    assert float(as_array(gan.mean_path_length)) == pytest.approx(mean, rel=1e-5)
    assert float(gan.trackers["path_length"].result()) == pytest.approx(
        lengths.mean(), rel=1e-4
    )


@pytest.mark.backend_free
def test_training_moves_the_mean_style_of_the_average():
    gan = checks.tiny("stylegan2")
    gan.compile(run_eagerly=checks.EAGER)
    gan.fit(checks.pictures(4), batch_size=4, verbose=0)
    means = [
        as_array(network.get_layer("mean_style").mean)
        for network in (gan.generator, gan.generator_ema)
    ]
    assert all(np.abs(mean).max() > 0 for mean in means)
    assert float(as_array(gan.mean_path_length)) > 0


@pytest.mark.backend_free
def test_only_the_discriminator_may_be_the_users_own():
    latents = keras.Input((8,))
    network = keras.Model(latents, keras.layers.Dense(4)(latents))
    with pytest.raises(TypeError, match="Received: generator="):
        checks.tiny("stylegan2", generator=network)
