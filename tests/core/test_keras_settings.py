"""Keras's global settings, such as those of a user's keras.json, change nothing."""

import functools

import keras
import numpy as np
import pytest
from keras import layers

import kerasgan
from kerasgan.models import FeatureClassifier
from tests.support import checks

pytestmark = pytest.mark.matrix
GANS, TRANSLATORS = sorted(checks.TINY), sorted(checks.TRANSLATORS)
DIFFERENT = {"augmentation": "color,translation,cutout"}
NOISE = {"instance_noise": 0.1}
# JAX warns if Keras makes float64 numbers, such as learning rates.
with_jax = pytest.mark.filterwarnings("ignore:Explicitly requested dtype float64")
PRESETS = ["dcgan_mnist", "sagan_fashion_mnist", "features_mnist"]


@pytest.fixture
def channels_first():
    keras.config.set_image_data_format("channels_first")
    yield
    keras.config.set_image_data_format("channels_last")


@pytest.fixture(params=["float64", "float16"])
def floatx(request):
    """Another float type and the policy that follows from it."""
    policy = keras.config.dtype_policy()
    keras.config.set_floatx(request.param)
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy(policy)


def made(model) -> np.ndarray:
    """Images of a model."""
    if model.registry_name in TRANSLATORS:
        height, width, _ = model.source_shape
        sources = checks.pictures(2)[:, :height, :width]
        return getattr(model, model.task)(sources, *checks.inputs_besides(model)[0])
    if model.registry_name == "feature_classifier":
        return model.classify(np.random.default_rng(0).uniform(-1, 1, (9, 28, 28, 1)))
    return model.generate(2, seed=0)


@functools.cache
def usual(name) -> np.ndarray:
    """Images of a tiny model or of a preset, with Keras's usual settings."""
    return made(kerasgan.from_preset(name) if name in PRESETS else checks.tiny(name))


@pytest.fixture
def expected(name):
    """What a model makes; requested before the fixtures that change settings."""
    return usual(name)


@pytest.mark.backend_free
@pytest.mark.parametrize("name", [*GANS, *TRANSLATORS])
def test_networks_are_channels_last(expected, channels_first, name):
    model = checks.tiny(name)
    for network in (*model.networks.values(), *model.averages.values()):
        assert "channels_first" not in network.to_json()
    np.testing.assert_array_equal(made(model), expected)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_channels_last(expected, channels_first, name):
    model = kerasgan.from_preset(name)
    np.testing.assert_array_equal(made(model), expected)


@pytest.mark.backend_free
@pytest.mark.parametrize("name", ["pix2pix", "sagan"])
def test_channels_last_trains(channels_first, name):
    model = checks.tiny(name)
    model.compile(run_eagerly=checks.EAGER)
    history = model.fit(*checks.batch(model, 4), batch_size=4, verbose=0).history
    assert np.isfinite([values[-1] for values in history.values()]).all()


@pytest.mark.backend_free
def test_a_classifier_augments_channels_last(channels_first):
    model = FeatureClassifier((16, 16, 3), num_classes=2, width=2, shift=2, flip=True)
    model.compile()
    labels = np.arange(4) % 2
    model.fit(checks.pictures(4), labels, batch_size=4, verbose=0)
    assert "channels_first" not in model.augmentation.to_json()


class Following(kerasgan.ImageGAN):
    """A user's class, whose layers follow Keras's settings."""

    def build_generator(self):
        latents = keras.Input((self.latent_dim,))
        x = layers.Reshape((8, 8, 3))(layers.Dense(8 * 8 * 3)(latents))
        return keras.Model(latents, layers.UpSampling2D()(x))

    def build_discriminator(self):
        return checks.tiny("dcgan").discriminator


def test_a_generator_makes_images_of_image_shape(channels_first):
    message = (
        r"must make images of \(16, 16, 3\)\. Received: .*\(8, 16, 6\)\. Its layers "
        r"follow .*\"channels_first\": pass data_format=\"channels_last\""
    )
    with pytest.raises(ValueError, match=message):
        Following(image_shape=checks.SHAPE)


# The float type.


@pytest.mark.backend_free
@pytest.mark.parametrize("floatx", ["float16"], indirect=True)
@pytest.mark.parametrize("name", [*GANS, *TRANSLATORS])
def test_networks_are_float32(expected, floatx, name):
    model = checks.tiny(name)
    assert {w.dtype for w in model.weights} <= {"float32", "int32", "uint32"}
    np.testing.assert_array_equal(made(model), expected)


@with_jax
@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_float32(expected, floatx, name):
    model = kerasgan.from_preset(name)
    np.testing.assert_array_equal(made(model), expected)


@with_jax
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("vanilla_gan", {"augmentation": "ada"}),
        pytest.param("wgan_gp", DIFFERENT, marks=pytest.mark.backend_free),
        pytest.param("infogan", NOISE, marks=pytest.mark.backend_free),
        pytest.param("cyclegan", {}, marks=pytest.mark.backend_free),
    ],
)
def test_float32_trains(floatx, name, options):
    model = checks.tiny(name, **options)
    model.compile(run_eagerly=name != "vanilla_gan")
    history = model.fit(*checks.batch(model, 4), batch_size=2, verbose=0).history
    values = [v[-1] for k, v in history.items() if k != "g_loss"]
    assert np.isfinite(values).all()
    assert {v.dtype for v in model.trainable_variables} == {"float32"}


@with_jax
@pytest.mark.backend_free
def test_a_weight_that_follows_a_schedule_is_float32(floatx):
    model = checks.tiny("r3gan")
    cosine = keras.optimizers.schedules.CosineDecay(1.0, 10)
    model.compile(schedules={"penalty_weight": cosine}, run_eagerly=checks.EAGER)
    history = model.fit(checks.pictures(4), batch_size=4, verbose=0).history
    assert np.isfinite(history["d_loss"]).all()


@with_jax
def test_a_classifier_trains_in_float32(floatx):
    model = FeatureClassifier((16, 16, 3), num_classes=2, width=2, shift=2, flip=True)
    model.compile()
    labels = np.arange(4) % 2
    model.fit(checks.pictures(4), labels, batch_size=4, verbose=0)
    assert {w.dtype for w in model.trainable_weights} == {"float32"}


@pytest.mark.backend_free
def test_a_policy_of_the_users_is_kept():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        assert checks.tiny("dcgan").dtype_policy.name == "mixed_bfloat16"
    finally:
        keras.config.set_dtype_policy(before)


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("dtype", "remedy"),
    [
        ("float64", "float32"),
        ("float16", "mixed_float16"),
        ("bfloat16", "mixed_bfloat16"),
    ],
)
def test_weights_of_other_types_are_refused(dtype, remedy):
    message = f"must keep weights in float32. Received: .*{dtype}.* Use '{remedy}'"
    for build in (lambda: checks.tiny("dcgan", dtype=dtype), classifier(dtype)):
        with pytest.raises(ValueError, match=message):
            build()


def classifier(dtype):
    return lambda: FeatureClassifier((16, 16, 3), num_classes=2, dtype=dtype)
