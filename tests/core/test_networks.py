"""Users' own networks: what trains without a subclass, and what does not fit."""

import math

import keras
import numpy as np
import pytest
from keras import layers

from kerasgan import GAN, Labels, Vectors, models
from kerasgan.models import ACGAN, CGAN, DCGAN, WGANGP, FAnoGAN, InfoGAN, Pix2Pix
from tests.support import checks

POINT, SOUND, IMAGE = (2,), (16, 1), (16, 16, 3)
ITEMS = np.random.default_rng(0).uniform(-1, 1, (8, 768)).astype("float32")


def generator(shape=POINT, latent_dim=4, inputs=1):
    latents = keras.Input((latent_dim,))
    labels = [keras.Input((), dtype="int32") for _ in range(inputs - 1)]
    made = layers.Reshape(shape)(layers.Dense(int(np.prod(shape)), "tanh")(latents))
    return keras.Model([latents, *labels] if labels else latents, made)


def discriminator(shape=POINT, inputs=1):
    data = keras.Input(shape)
    labels = [keras.Input((), dtype="int32") for _ in range(inputs - 1)]
    logits = layers.Reshape(())(layers.Dense(1)(layers.Flatten()(data)))
    return keras.Model([data, *labels] if labels else data, logits)


def items(shape):
    return ITEMS[:, : int(np.prod(shape))].reshape(8, *shape)


@pytest.mark.parametrize(
    ("cls", "shape"), [(GAN, POINT), (GAN, SOUND), (GAN, IMAGE), (WGANGP, IMAGE)]
)
def test_users_networks_train_on_data_of_any_rank(cls, shape):
    options = {"loss": "wasserstein", "penalty": "one_centered", "ema_decay": 0.5}
    gan = cls(generator=generator(shape), discriminator=discriminator(shape), **options)
    before = [checks.snapshot(n) for n in gan.networks.values()]
    gan.compile(keras.optimizers.SGD(0.1))
    history = gan.fit(items(shape), batch_size=1, verbose=0).history
    assert np.isfinite(history["gradient_penalty"]).all()
    after = [checks.snapshot(n) for n in gan.networks.values()]
    assert not any(checks.same(a, b) for a, b in zip(before, after, strict=True))
    assert gan.data_shape == shape and gan.latent_dim == 4
    assert gan.generate(2, seed=0).shape == (2, *shape)


def test_one_network_may_be_the_familys_own():
    gan = WGANGP(generator=generator(IMAGE), width=4, discriminator_width=2)
    assert gan.image_shape == IMAGE
    assert gan.discriminator.input_shape == (None, *IMAGE)
    assert gan.generator.input_shape == (None, 4)


def test_images_follow_the_users_generator():
    gan = DCGAN(generator=generator((8, 8, 1)), discriminator=discriminator((8, 8, 1)))
    assert gan.image_shape == (8, 8, 1)
    assert gan.generate(2, seed=0).dtype == np.uint8


def test_a_sequential_with_an_input_is_a_network():
    made = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    gan = GAN(made, discriminator())
    assert gan.generate(3, seed=0).shape == (3, 2)


def test_the_average_is_a_copy_of_the_users_generator():
    own = generator()
    gan = GAN(own, discriminator())
    assert gan.generator is own and gan.generator_ema is not own
    assert checks.same(checks.snapshot(own), checks.snapshot(gan.generator_ema))
    assert not gan.generator_ema.trainable_variables


class Subclassed(keras.Model):
    def call(self, inputs):
        return inputs


@pytest.mark.parametrize(
    ("network", "kind"),
    [
        (Subclassed(), "Subclassed"),
        (keras.Sequential([layers.Dense(2)]), "Sequential"),
        (layers.Dense(2), "Dense"),
        (lambda x: x, "function"),
    ],
    ids=["subclassed", "unbuilt", "layer", "function"],
)
def test_other_networks_are_refused(network, kind):
    message = rf"must be a functional or Sequential .*Received: {kind}. Build it"
    with pytest.raises(TypeError, match="`discriminator` " + message):
        GAN(generator(), network)
    with pytest.raises(TypeError, match="`generator` " + message):
        DCGAN(generator=network)


# Networks that do not fit.


@pytest.mark.parametrize("shape", [(3,), (2, 1), IMAGE])
def test_a_discriminator_of_other_data_is_refused(shape):
    received = str(shape).replace("(", r"\(").replace(")", r"\)")
    message = rf"generator of \(2,\) and a discriminator that takes {received}"
    with pytest.raises(ValueError, match=message):
        GAN(generator(), discriminator(shape))


def test_a_discriminator_may_leave_sides_open():
    images = keras.Input((None, None, 3))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(2, 3)(images))
    critic = keras.Model(images, layers.Reshape(())(layers.Dense(1)(x)))
    assert GAN(generator(IMAGE), critic).data_shape == IMAGE


def test_logits_of_a_wrong_shape_are_refused():
    data = keras.Input(POINT)
    with pytest.raises(ValueError, match=r"output_shape=\(None, 1\).*Reshape\(\(\)\)"):
        GAN(generator(), keras.Model(data, layers.Dense(1)(data)))


def heads(*names):
    data = keras.Input(IMAGE)
    x = layers.Flatten()(data)
    logits = layers.Reshape(())(layers.Dense(1)(x))
    outputs = {name: layers.Dense(3)(x) for name in names}
    return keras.Model(
        data, outputs | ({"logits": logits} if "logits" in names else {})
    )


@pytest.mark.parametrize(
    ("make", "missing"),
    [
        (lambda: GAN(generator(IMAGE), heads("source")), "logits"),
        (lambda: ACGAN(discriminator=heads("logits"), image_shape=IMAGE), "classes"),
        (
            lambda: ACGAN(discriminator=discriminator(IMAGE), image_shape=IMAGE),
            "classes",
        ),
        (
            lambda: InfoGAN(
                discriminator=heads("logits", "category"), image_shape=IMAGE, width=2
            ),
            "continuous",
        ),
        (
            lambda: FAnoGAN(discriminator=heads("logits"), image_shape=IMAGE, width=2),
            "features",
        ),
    ],
    ids=["logits", "ACGAN", "ACGAN without any", "InfoGAN", "FAnoGAN"],
)
def test_a_missing_head_is_named(make, missing):
    message = f"must return a dictionary with .*; '{missing}' is missing"
    with pytest.raises(ValueError, match=message):
        make()


def test_a_generator_that_takes_no_labels_is_refused():
    message = r"generator must take `labels`.*1 input.*leave the condition out"
    with pytest.raises(ValueError, match=message):
        GAN(generator(), discriminator(inputs=2), condition=Labels(3))
    with pytest.raises(ValueError, match=message):
        CGAN(generator=generator(IMAGE), num_classes=3)


def test_a_generator_that_takes_labels_needs_a_condition():
    with pytest.raises(ValueError, match="must take no condition.*Pass condition="):
        GAN(generator(inputs=2), discriminator())


def test_a_discriminator_that_takes_no_labels_is_refused():
    message = "discriminator must take `labels`.*1 input"
    with pytest.raises(ValueError, match=message):
        GAN(generator(inputs=2), discriminator(), condition=Labels(3))
    with pytest.raises(ValueError, match="discriminator must take no condition"):
        GAN(generator(), discriminator(inputs=2))


@pytest.mark.parametrize("condition", [Vectors(5), Vectors(6)])
def test_networks_take_the_kind_of_condition(condition):
    with pytest.raises(ValueError, match="second input must be `vectors`: float"):
        GAN(generator(inputs=2), discriminator(inputs=2), condition=condition)


def test_a_condition_is_an_object():
    with pytest.raises(TypeError, match="must be a kerasgan.Labels.*'labels'"):
        GAN(generator(), discriminator(), condition="labels")


def test_latents_leave_room_for_noise_beside_codes():
    latents = keras.Input((12,))
    made = layers.Reshape(IMAGE)(layers.Dense(math.prod(IMAGE))(latents))
    with pytest.raises(ValueError, match="besides codes"):
        InfoGAN(generator=keras.Model(latents, made), image_shape=IMAGE)


def test_a_generators_latents_are_vectors():
    latents = keras.Input((4, 1))
    made = keras.Model(latents, layers.Dense(2)(layers.Flatten()(latents)))
    with pytest.raises(ValueError, match=r"must be latents \(N, latent_dim\)"):
        GAN(made, discriminator())


def test_a_generator_of_several_outputs_is_refused():
    latents = keras.Input((4,))
    both = keras.Model(latents, [layers.Dense(2)(latents), layers.Dense(2)(latents)])
    with pytest.raises(ValueError, match="must return one tensor. Received: 2"):
        GAN(both, discriminator())


# Models from images to images.


def test_a_translator_takes_networks_by_their_names():
    base = checks.tiny("pix2pix")
    model = Pix2Pix(**checks.PAIRED, depth=1, generator=base.generator)
    assert model.generator is base.generator
    assert model.generator_ema is not base.generator
    assert "discriminator" not in model.arguments


@pytest.mark.parametrize("name", ["generator", "source_discriminator"])
def test_a_translators_networks_are_checked_too(name):
    with pytest.raises(TypeError, match=f"`{name}` must be a functional"):
        models.CycleGAN(**checks.TRANSLATORS["cyclegan"], **{name: layers.Dense(2)})
