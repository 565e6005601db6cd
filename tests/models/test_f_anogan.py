"""f-AnoGAN: two phases, and scores of anomalies."""

import keras
import numpy as np
import pytest
from keras import ops

from kerasgan.models import FAnoGAN
from tests.support import checks
from tests.support.checks import as_array

IMAGES = checks.pictures(6)


def with_encoder(**options):
    """A model whose encoder is not a new one."""
    model = checks.tiny("f_anogan", width=2, **options)
    bias = model.encoder.get_layer("latents").bias
    bias.assign(np.full(bias.shape, 0.1))
    return model


@pytest.fixture(scope="module")
def model():
    return with_encoder()


def test_phases_are_the_gan_and_then_the_encoder(model):
    assert FAnoGAN.phases == (("discriminator", "generator"), ("encoder",))
    model.compile()
    assert [player.name for player in model.playing] == ["discriminator", "generator"]
    assert list(model.optimizer.parts) == ["discriminator", "generator"]


def test_the_second_phase_trains_the_encoder_alone(model):
    networks = {**model.networks, "average": model.generator_ema}
    before = {name: checks.snapshot(network) for name, network in networks.items()}
    model.compile(players=["encoder"], run_eagerly=checks.EAGER)
    assert isinstance(model.optimizer.parts["encoder"], keras.optimizers.RMSprop)
    history = model.fit(IMAGES, batch_size=3, verbose=0).history
    assert np.isfinite(history["encoder_loss"]).all()
    same = {n: checks.same(before[n], checks.snapshot(w)) for n, w in networks.items()}
    assert same == {
        "generator": True,
        "discriminator": True,
        "encoder": False,
        "average": True,
    }


def test_training_the_encoder_lowers_its_loss():
    """Images of the generator's own, which it can reconstruct."""
    model = checks.tiny("f_anogan", width=4)
    for weight in model.generator_ema.trainable_weights or model.generator_ema.weights:
        weight.assign(3.0 * weight.value)
    images = model.generate(8, seed=0)
    model.compile({"encoder": keras.optimizers.Adam(1e-2)}, players=["encoder"])
    history = model.fit(images, batch_size=8, epochs=20, verbose=0).history
    assert history["encoder_loss"][-1] < 0.9 * history["encoder_loss"][0]


def test_the_encoder_loss_is_the_mean_score(model):
    scores = model.score(IMAGES)
    model.compile(players=["encoder"])
    logs = model.evaluate(IMAGES, batch_size=6, verbose=0, return_dict=True)
    assert logs["encoder_loss"] == pytest.approx(scores.mean(), rel=1e-5)


@pytest.mark.parametrize("batch_size", [1, 4, 128])
def test_scores_do_not_depend_on_batches(model, batch_size):
    scores = model.score(IMAGES, batch_size=batch_size)
    assert scores.shape == (6,) and scores.dtype == np.float32
    np.testing.assert_allclose(scores, model.score(IMAGES), rtol=1e-4)


def test_scores_are_distances_of_images_and_features():
    model = with_encoder(feature_weight=3.0)

    def infer(name, inputs):
        (x,) = inputs
        if name == "encoder":
            return x
        if name == "generator":
            return x + 0.5  # each pixel is 0.5 off
        return {"features": x.mean(axis=(1, 2, 3))[:, None] * 2.0}

    model.infer = infer
    expected = 0.25 + 3.0 * (0.5 * 2.0) ** 2
    np.testing.assert_allclose(model.score(IMAGES), [expected] * 6, rtol=1e-4)


def test_a_heatmap_is_the_absolute_difference_at_each_pixel():
    model = with_encoder()
    offsets = np.linspace(0, 0.5, 16)[:, None, None] * [
        1.0,
        0.5,
        0.0,
    ]  # by row, channel

    def infer(name, inputs):
        (x,) = inputs
        return x + offsets if name == "generator" else x

    model.infer = infer
    maps = model.heatmap(IMAGES, batch_size=4)
    assert maps.shape == (6, 16, 16)
    expected = np.broadcast_to(offsets.mean(axis=-1), maps.shape)
    np.testing.assert_allclose(maps, expected, atol=1e-6)


def test_heatmaps_are_float32_and_those_of_single_images(model):
    maps = model.heatmap(IMAGES)
    assert maps.dtype == np.float32 and 0 <= maps.min() < maps.max() <= 2
    np.testing.assert_allclose(maps, model.heatmap(IMAGES, 1), atol=1e-4)


def test_mixed_precision_scores_in_float32(model):
    mixed = with_encoder(dtype="mixed_bfloat16")
    for name, network in model.networks.items():
        mixed.networks[name].set_weights(network.get_weights())
    mixed.generator_ema.set_weights(model.generator_ema.get_weights())
    scores, maps = mixed.score(IMAGES), mixed.heatmap(IMAGES)
    assert scores.dtype == maps.dtype == np.float32
    np.testing.assert_allclose(scores, model.score(IMAGES), rtol=0.05)


def test_uint8_and_float_images_score_alike(model):
    numbers = np.random.default_rng(0).integers(0, 256, IMAGES.shape, "uint8")
    floats = numbers / np.float32(127.5) - np.float32(1)
    expected, results = model.score(numbers), model.score(floats)
    np.testing.assert_allclose(results, expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        (IMAGES[..., :1], {}, "built for"),
        (IMAGES[:0], {}, "at least one image"),
        (IMAGES * 200, {}, r"must lie in \[-1, 1\]"),
        (IMAGES, {"batch_size": 0}, "`batch_size` must be"),
    ],
)
@pytest.mark.parametrize("method", ["score", "heatmap"])
def test_what_does_not_fit_is_refused(model, method, images, options, message):
    with pytest.raises(ValueError, match=message):
        getattr(model, method)(images, **options)


def test_a_sampler_scores(model, tmp_path):
    model.save_to_preset(tmp_path / "trained")
    sampler = FAnoGAN.from_preset(tmp_path / "trained", networks="sampler")
    np.testing.assert_allclose(sampler.score(IMAGES), model.score(IMAGES), rtol=1e-4)


@pytest.mark.parametrize("networks", ["all", "sampler"])
def test_an_encoder_that_was_never_trained_is_refused(networks):
    model = checks.tiny("f_anogan", width=2, networks=networks)
    assert not model.can_score
    message = r"need a trained encoder.*compile\(players=\["
    with pytest.raises(ValueError, match=message):
        model.score(IMAGES)


def test_the_critic_returns_its_features(model):
    outputs = model.discriminator(ops.convert_to_tensor(IMAGES))
    assert set(outputs) == {"logits", "features"}
    dense = [x for x in model.discriminator.layers if isinstance(x, keras.layers.Dense)]
    expected = as_array(dense[-1](outputs["features"])).ravel()
    np.testing.assert_allclose(as_array(outputs["logits"]), expected, rtol=1e-4)


def test_a_feature_weight_out_of_range_is_refused():
    with pytest.raises(ValueError, match="`feature_weight` must be a number"):
        checks.tiny("f_anogan", feature_weight=-1)
