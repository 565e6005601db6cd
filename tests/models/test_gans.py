"""The contract of every registered GAN."""

import functools
import inspect

import keras
import numpy as np
import pytest
from keras import ops

import kerasgan
from kerasgan import registry
from kerasgan.layers import growth
from tests.support import checks

NAMES = sorted(registry.GANS)
trained = functools.cache(checks.Trained)


def test_every_registered_gan_is_checked():
    assert checks.TINY.keys() == registry.GANS.keys()


@pytest.mark.parametrize("name", NAMES)
def test_gan_keeps_the_contract(name, tmp_path):
    checks.check_gan(trained(name), tmp_path / "preset")


@pytest.mark.parametrize("name", NAMES)
def test_file_registry_name_and_preset_prefix_agree(name):
    cls = registry.GANS[name]
    assert cls.__module__ == f"kerasgan.models.{name}"
    assert inspect.getmodule(cls).__doc__.count("https://") >= 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("image_shape", [64, (64, 64), "a"])
def test_an_image_shape_is_three_numbers(name, image_shape):
    with pytest.raises(ValueError, match="must be .H, W, C., three positive integers"):
        checks.tiny(name, image_shape=image_shape)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_with_float32_ends(name, policy):
    gan = checks.tiny(name, dtype=policy)
    before = checks.snapshot(gan.discriminator)
    gan.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3))
    data = checks.batch(gan, 4 * gan.discriminator_steps)
    history = gan.fit(*data, batch_size=4, verbose=0).history
    assert np.isfinite([values[-1] for values in history.values()]).all()
    assert not checks.same(before, checks.snapshot(gan.discriminator))
    inner = [x for x in gan.generator.layers if isinstance(x, keras.layers.ReLU)]
    inner += [x for x in gan.generator.layers if isinstance(x, keras.layers.LeakyReLU)]
    assert {x.compute_dtype for x in inner} == {policy.removeprefix("mixed_")}
    images = gan.generator(checks.generator_inputs(gan, 2))
    assert keras.backend.standardize_dtype(images.dtype) == "float32"
    logits = checks.logits_of(gan, images)
    assert keras.backend.standardize_dtype(logits.dtype) == "float32"


def test_float16_scales_the_loss_of_each_optimizer():
    gan = checks.tiny("dcgan", dtype="mixed_float16")
    gan.compile()
    pair = (gan.optimizer.discriminator, gan.optimizer.generator)
    assert all(isinstance(p, keras.optimizers.LossScaleOptimizer) for p in pair)
    assert pair[0].dynamic_scale is not pair[1].dynamic_scale


def test_penalised_critics_have_no_batch_normalization():
    norm = keras.layers.BatchNormalization
    critics = [
        checks.tiny("wgan_gp").discriminator,
        checks.tiny("dcgan", penalty_weight=10.0).discriminator,
    ]
    assert not any(isinstance(layer, norm) for c in critics for layer in c.layers)
    plain = checks.tiny("dcgan").discriminator
    assert sum(isinstance(layer, norm) for layer in plain.layers) == 1


def test_instance_noise_is_added_in_training_alone():
    gan = checks.tiny("dcgan", instance_noise=0.5)
    assert gan.discriminator.count_params() == (
        checks.tiny("dcgan").discriminator.count_params()
    )
    noise = gan.discriminator.layers[1]
    images = ops.zeros((64, *checks.SHAPE))
    noisy = ops.convert_to_numpy(noise(images, training=True))
    assert noisy.std() == pytest.approx(0.5, rel=0.05) and abs(noisy.mean()) < 0.02
    assert not ops.convert_to_numpy(noise(images, training=False)).any()


@pytest.mark.parametrize("noise", [-0.1, 1.5, float("nan"), "much", True])
def test_instance_noise_out_of_range_is_refused(noise):
    with pytest.raises(ValueError, match="`instance_noise` must be a number from 0"):
        checks.tiny("dcgan", instance_noise=noise)


def test_wgan_gp_has_its_papers_settings():
    gan = checks.tiny("wgan_gp")
    optimizer = gan.default_optimizer()
    assert (gan.penalty_weight, gan.discriminator_steps) == (10.0, 5)
    assert (optimizer.beta_1, optimizer.beta_2) == (0.0, 0.9)
    assert float(optimizer.learning_rate) == pytest.approx(1e-4)


def test_dcgan_starts_from_its_papers_weights():
    keras.utils.set_random_seed(0)
    gan = registry.lookup("dcgan")(image_shape=(32, 32, 3), width=32)
    for network in (gan.generator, gan.discriminator):
        for layer in network.layers:
            if hasattr(layer, "kernel"):
                kernel = ops.convert_to_numpy(layer.kernel)
                assert kernel.std() == pytest.approx(0.02, rel=0.1)
            if isinstance(layer, keras.layers.BatchNormalization):
                scale = ops.convert_to_numpy(layer.gamma)
                assert scale.mean() == pytest.approx(1.0, abs=0.02)
                assert 0.01 < scale.std() < 0.03
                assert (layer.momentum, layer.epsilon) == (0.9, 1e-3)


@pytest.mark.parametrize(
    ("side", "start"), [(16, 4), (28, 7), (32, 4), (48, 6), (64, 4), (100, 25)]
)
def test_generators_start_at_the_smallest_side_of_at_least_four(side, start):
    assert growth((side, side, 1), 8)[0][:2] == (start, start)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"width": 0}, "`width` must be"),
        ({"width": 2.5}, "`width` must be"),
        ({"discriminator_width": 0}, "`discriminator_width` must be"),
        ({"latent_dim": -3}, "`latent_dim` must be"),
        ({"ema_decay": "x"}, "`ema_decay` must lie"),
        ({"num_classes": 3}, "`num_classes` belongs to"),
    ],
)
@pytest.mark.parametrize("name", ["dcgan", "wgan_gp"])
def test_arguments_of_a_wrong_size_are_refused(name, arguments, said):
    with pytest.raises(ValueError, match=said):
        checks.tiny(name, **arguments)


def test_a_gan_without_losses_says_what_to_define():
    class Empty(kerasgan.GAN):
        def __init__(self):
            noise = keras.Input((2,))
            image = keras.layers.Reshape((1, 2, 1))(noise)
            flat = keras.layers.Dense(1)(keras.layers.Flatten()(image))
            logits = keras.layers.Reshape(())(flat)
            super().__init__(
                lambda: keras.Model(noise, image), lambda: keras.Model(image, logits)
            )

    gan = Empty()
    with pytest.raises(NotImplementedError, match="pass optimizers to `compile`"):
        gan.compile()
    with pytest.raises(NotImplementedError, match="needs `generator_loss`"):
        gan.generator_loss(None, None, None, None)
    with pytest.raises(ValueError, match="needs a compiled GAN"):
        gan.fit(np.zeros((4, 1, 2, 1), "float32"))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("ema_decay", 1.0),
        ("discriminator_steps", 0),
        ("discriminator_steps", 2.5),
        ("networks", "some"),
    ],
)
def test_options_of_the_base_are_checked(option, value):
    with pytest.raises(ValueError, match=option):
        checks.tiny("wgan_gp", **{option: value})


def test_logits_of_a_wrong_shape_are_refused():
    class Column(kerasgan.GAN):
        def __init__(self):
            noise, image = keras.Input((2,)), keras.Input((1, 2, 1))
            drawn = keras.layers.Reshape((1, 2, 1))(noise)
            column = keras.layers.Dense(1)(keras.layers.Flatten()(image))
            super().__init__(
                lambda: keras.Model(noise, drawn), lambda: keras.Model(image, column)
            )

    with pytest.raises(ValueError, match=r"Reshape\(\(\)\)"):
        Column()


def test_registering_a_name_twice_is_refused():
    with pytest.raises(ValueError, match="which is DCGAN"):

        @registry.register("dcgan")
        class Other(kerasgan.GAN):
            pass


def test_misspelt_name_lists_the_nearest():
    with pytest.raises(ValueError, match="Did you mean 'wgan_gp'"):
        registry.lookup("wgan_pg")


def test_track_refuses_a_name_that_was_not_declared():
    gan = checks.tiny("dcgan")
    with pytest.raises(ValueError, match="tracked="):
        gan.track(gradient_penalty=ops.zeros(()))
