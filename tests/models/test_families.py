"""What each family promises beyond the contract: its paper's facts, its refusals."""

import inspect
import typing

import keras
import numpy as np
import pytest
from keras import layers, ops

from kerasgan import losses, registry
from kerasgan.layers import ClassAffine, OneHot, label_planes, labels_input
from kerasgan.models import ACGAN, CGAN, WGAN, VanillaGAN
from tests.support import checks
from tests.support.checks import as_array

NAMES = sorted(registry.GANS)
CONVOLUTIONAL = [name for name in NAMES if name != "vanilla_gan"]
CONDITIONAL = ["acgan", "cgan"]
EITHER = ["sagan", "sngan"]  # conditional with `num_classes`


# All of them.


@pytest.mark.parametrize("name", NAMES)
def test_every_argument_of_a_constructor_says_its_type(name):
    """Configuration files are checked against these."""
    cls = registry.GANS[name]
    hints = typing.get_type_hints(cls.__init__)
    for parameter in list(inspect.signature(cls.__init__).parameters.values())[1:]:
        if parameter.kind is not parameter.VAR_KEYWORD:
            hint, default = hints[parameter.name], parameter.default
            if typing.get_origin(hint) is typing.Literal:
                assert default in typing.get_args(hint)
            elif hint == tuple[int, int, int]:
                assert len(default) == 3
            else:
                assert isinstance(default, hint), parameter.name


@pytest.mark.parametrize("name", NAMES)
def test_no_discriminator_ends_in_probabilities(name):
    """Sigmoids and softmaxes belong to the losses: once, not twice."""
    for layer in checks.tiny(name).discriminator.layers:
        activation = getattr(layer, "activation", None)
        assert activation in (None, keras.activations.linear)
        assert not isinstance(layer, layers.Activation | layers.Softmax)


@pytest.mark.parametrize("name", NAMES)
def test_momentum_and_epsilon_of_batch_normalization_are_not_mixed_up(name):
    gan = checks.tiny(name)
    norms = [
        layer
        for network in (gan.generator, gan.discriminator)
        for layer in network.layers
        if isinstance(layer, layers.BatchNormalization)
    ]
    assert bool(norms) == (name != "r3gan")
    assert all(n.momentum >= 0.9 and n.epsilon == 1e-3 for n in norms)


@pytest.mark.parametrize("name", CONVOLUTIONAL)
@pytest.mark.parametrize("shape", [(8, 8, 1), (18, 18, 1), (16, 14, 3)])
def test_images_that_cannot_be_halved_twice_are_refused(name, shape):
    with pytest.raises(ValueError, match="divisible by 4 and at least 16"):
        checks.tiny(name, image_shape=shape)


@pytest.mark.parametrize("name", CONDITIONAL)
@pytest.mark.parametrize("num_classes", [1, 0, 2.5, None])
def test_a_conditional_gan_needs_two_classes(name, num_classes):
    with pytest.raises(ValueError, match="`num_classes` must be an integer of at"):
        checks.tiny(name, num_classes=num_classes)


@pytest.mark.parametrize("name", EITHER)
def test_classes_are_two_at_least_or_none(name):
    with pytest.raises(ValueError, match="`num_classes` must be an integer of at"):
        checks.tiny(name, num_classes=1)
    assert checks.tiny(name, num_classes=None).num_classes is None


@pytest.mark.parametrize("name", EITHER)
def test_a_conditional_gan_refuses_images_without_labels(name):
    gan = checks.tiny(name, num_classes=3)
    gan.compile()
    with pytest.raises(ValueError, match="num_classes=3 needs labels"):
        gan.fit(checks.pictures(4), batch_size=4, verbose=0)


@pytest.mark.parametrize("name", EITHER)
def test_statistics_of_each_class_make_a_generator_listen_to_labels(name):
    gan = checks.tiny(name, num_classes=3)
    for layer in gan.generator_ema.layers:
        if isinstance(layer, ClassAffine):  # starts alike for all classes
            values = np.arange(layer.gamma.shape[0] * layer.gamma.shape[1])
            layer.gamma.assign(values.reshape(layer.gamma.shape) / 10)
    latents = np.ones((3, gan.latent_dim), "float32")
    images = gan.generate(latents=latents, labels=[0, 1, 1]).astype(int)
    assert np.abs(images[0] - images[1]).max() > 0
    np.testing.assert_array_equal(images[1], images[2])


@pytest.mark.parametrize("name", EITHER)
def test_spectrally_normalized_gans_have_their_papers_settings(name):
    gan = registry.GANS[name](image_shape=(16, 16, 1), width=8)
    optimizer = gan.default_optimizer()
    assert (optimizer.beta_1, optimizer.beta_2) == (0.0, 0.9)
    assert float(optimizer.learning_rate) == pytest.approx(2e-4)
    assert gan.discriminator_steps == {"sngan": 5, "sagan": 1}[name]
    assert gan.latent_dim == 128


@pytest.mark.parametrize("name", EITHER)
def test_the_loss_is_the_hinge(name):
    """Logits beyond the margin of 1 count no more, those of the generator always."""
    gan = checks.tiny(name, num_classes=None)
    real, fake = ops.zeros((2, 16, 16, 3)), ops.ones((2, 16, 16, 3))

    def critic(images):
        return ops.array([0.25, 3.0] if images is real else [-4.0, 0.5])

    found = gan.discriminator_loss(critic, real, fake, None)
    assert as_array(found) == pytest.approx((0.75 + 0) / 2 + (0 + 1.5) / 2)
    found = gan.generator_loss(critic, real, fake, None)
    assert as_array(found) == pytest.approx((4.0 - 0.5) / 2)


@pytest.mark.parametrize(("name", "num_classes"), [("sagan", 3), ("sngan", None)])
def test_the_kind_that_the_contract_leaves_out_trains_too(name, num_classes):
    gan = checks.tiny(name, num_classes=num_classes, augmentation="ada")
    gan.augmenter.probability.assign(0.5)
    assert num_classes != checks.TINY[name].get("num_classes")
    before = [checks.snapshot(n) for n in (gan.discriminator, gan.generator)]
    gan.compile(*(keras.optimizers.SGD(1e-2) for _ in "dg"))
    data = checks.batch(gan, 4 * gan.discriminator_steps)
    history = gan.fit(*data, batch_size=4, verbose=0).history
    assert np.isfinite([values[-1] for values in history.values()]).all()
    after = [checks.snapshot(n) for n in (gan.discriminator, gan.generator)]
    assert not any(checks.same(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("option", ["width", "discriminator_width"])
def test_attention_needs_a_width_of_eight(option):
    with pytest.raises(ValueError, match=f"`{option}` must be an integer of at least"):
        checks.tiny("sagan", **{option: 7})


# VanillaGAN.


def test_a_perceptron_draws_images_of_any_shape():
    gan = VanillaGAN(image_shape=(5, 3, 2), latent_dim=4, width=2)
    assert gan.generate(2, seed=0).shape == (2, 5, 3, 2)
    with pytest.raises(ValueError, match="three positive integers"):
        VanillaGAN(image_shape=(5, 3))


@pytest.mark.parametrize("loss", ["minimax", "non_saturating"])
def test_the_loss_asked_for_is_the_generators(loss):
    gan = checks.tiny("vanilla_gan", loss=loss)
    images = ops.convert_to_tensor(checks.pictures(4))
    critic = gan.critic(None, training=False)
    expected = getattr(losses, f"{loss}_generator")(critic(images))
    found = gan.generator_loss(critic, images, images, None)
    assert as_array(found) == pytest.approx(as_array(expected), rel=1e-6)
    assert (as_array(found) < 0) == (loss == "minimax")


def test_unknown_losses_are_refused_with_the_list():
    said = (
        "'minimax', 'non_saturating'. Received: loss='minmax'. Did you mean 'minimax'"
    )
    with pytest.raises(ValueError, match=said):
        checks.tiny("vanilla_gan", loss="minmax")
    with pytest.raises(ValueError, match="Received: loss=None"):
        checks.tiny("vanilla_gan", loss=None)


def test_label_smoothing_reaches_the_discriminators_loss():
    images = ops.convert_to_tensor(checks.pictures(4))
    plain, smooth = (checks.tiny("vanilla_gan", label_smoothing=s) for s in (0.0, 0.25))
    logits = plain.critic(None, training=False)(images)
    found, without = (
        as_array(
            g.discriminator_loss(g.critic(None, training=False), images, images, None)
        )
        for g in (smooth, plain)
    )
    added = 0.25 * as_array(logits).mean()
    assert found - without == pytest.approx(added, rel=1e-3, abs=1e-6)
    with pytest.raises(ValueError, match="from 0 to 0.5"):
        checks.tiny("vanilla_gan", label_smoothing=0.9)


# WGAN.


def test_the_critics_weights_are_clipped_after_each_update():
    gan = checks.tiny("wgan", clip=0.003, discriminator_steps=2)
    trainable = gan.discriminator.trainable_variables
    assert max(np.abs(as_array(v.value)).max() for v in trainable) > 0.003
    gan.compile()
    gan.fit(checks.pictures(4), batch_size=4, verbose=0)  # one critic update
    assert int(gan.step) == 1
    largest = [np.abs(as_array(v.value)).max() for v in trainable]
    assert max(largest) == pytest.approx(0.003, rel=1e-6)
    generator = gan.generator.trainable_variables
    assert max(np.abs(as_array(v.value)).max() for v in generator) > 0.01


def test_wgan_has_its_papers_settings():
    gan = WGAN(image_shape=checks.SHAPE, width=4)
    optimizer = gan.default_optimizer()
    assert isinstance(optimizer, keras.optimizers.RMSprop)
    assert float(optimizer.learning_rate) == pytest.approx(5e-5)
    assert (gan.clip, gan.discriminator_steps) == (0.01, 5)


def test_the_critics_estimate_is_logged():
    gan = checks.tiny("wgan", discriminator_steps=1)
    gan.compile()
    logs = gan.fit(checks.pictures(4), batch_size=4, verbose=0).history
    assert logs["wasserstein"] == pytest.approx([-logs["d_loss"][0]])
    real, fake = logs["d_real"][0], logs["d_fake"][0]
    assert logs["wasserstein"][0] == pytest.approx(real - fake, abs=1e-6)


def test_a_clip_of_zero_is_refused():
    with pytest.raises(ValueError, match="`clip` must be above 0"):
        checks.tiny("wgan", clip=0)


# Labels.


def test_labels_become_vectors_and_planes():
    labels = labels_input()
    model = keras.Model(labels, [OneHot(3)(labels), label_planes(labels, (2, 4, 1), 3)])
    vectors, planes = map(as_array, model(ops.convert_to_tensor([2, 0], "int32")))
    np.testing.assert_array_equal(vectors, [[0, 0, 1], [1, 0, 0]])
    assert planes.shape == (2, 2, 4, 3)
    np.testing.assert_array_equal(
        planes, np.broadcast_to(vectors[:, None, None], planes.shape)
    )
    again = OneHot.from_config(OneHot(3).get_config())
    np.testing.assert_array_equal(
        as_array(again(ops.convert_to_tensor([1]))), [[0, 1, 0]]
    )


@pytest.mark.parametrize("name", CONDITIONAL)
def test_the_generator_listens_to_labels(name):
    gan = checks.tiny(name)
    latents = np.random.default_rng(0).normal(size=(2, 8))
    drawn = [gan.generate(latents=latents, labels=k) for k in (0, 1)]
    assert not np.array_equal(*drawn)


def test_only_the_cgans_discriminator_is_told_the_label():
    images = ops.convert_to_tensor(checks.pictures(2))
    labels = [ops.convert_to_tensor([k, k], "int32") for k in (0, 1)]
    gan = checks.tiny("cgan")
    one, other = (as_array(gan.critic(x, training=False)(images)) for x in labels)
    assert not np.array_equal(one, other)
    assert len(checks.tiny("acgan").discriminator.inputs) == 1


@pytest.mark.parametrize("name", CONDITIONAL)
def test_labels_that_are_missing_or_out_of_range_are_refused(name):
    gan = checks.tiny(name)
    gan.compile()
    with pytest.raises(ValueError, match="num_classes=3 needs labels"):
        gan.fit(checks.pictures(4), batch_size=4)
    with pytest.raises(ValueError, match=r"`labels` must lie in \[0, 2\]"):
        gan.fit(checks.pictures(4), np.array([0, 1, 2, 3]), batch_size=4)


@pytest.mark.parametrize("cls", [ACGAN, CGAN])
def test_the_picture_shows_a_class_in_each_column(cls):
    gan = cls(image_shape=checks.SHAPE, latent_dim=4, width=2, num_classes=5)
    assert gan.picture().shape[1] == 2 * (5 * (16 + 2) + 2)  # enlarged twice
    assert gan.describe()["caption"] == "Each column shows one class."


def heads_critic(gan, real, labels):
    """A critic whose heads are constants, other ones for `real` than for the rest."""

    def critic(images):
        on_real = images is real
        logits = ops.full((2,), 1.0 if on_real else -2.0)
        classes = ops.one_hot(labels, 3) * (3.0 if on_real else 5.0)
        return {"logits": logits, "classes": classes}

    return critic


def test_acgan_adds_the_class_loss_of_real_and_of_generated_images():
    gan = checks.tiny("acgan", class_weight=2.0)
    real, fake = ops.zeros((2, 16, 16, 3)), ops.ones((2, 16, 16, 3))
    labels = ops.convert_to_tensor([0, 2], "int32")
    critic = heads_critic(gan, real, labels)
    on_real, on_fake = np.log1p(2 * np.exp(-3.0)), np.log1p(2 * np.exp(-5.0))
    source = np.log1p(np.exp(-1.0)) + np.log1p(np.exp(-2.0))
    found = gan.discriminator_loss(critic, real, fake, labels)
    assert as_array(found) == pytest.approx(source + 2 * (on_real + on_fake), rel=1e-5)
    found = gan.generator_loss(critic, real, fake, labels)
    expected = np.log1p(np.exp(2.0)) + 2 * on_fake
    assert as_array(found) == pytest.approx(expected, rel=1e-5)


# The engine with labels and several heads.


def test_a_discriminator_of_several_heads_must_name_its_logits():
    class Nameless(ACGAN):
        def __init__(self):
            image = keras.Input(checks.SHAPE)
            heads = {
                "source": layers.Reshape(())(layers.Dense(1)(layers.Flatten()(image)))
            }
            base = checks.tiny("acgan")
            super(ACGAN, self).__init__(
                lambda: base.generator, lambda: keras.Model(image, heads), num_classes=3
            )

    with pytest.raises(ValueError, match='one "logits". Received: source'):
        Nameless()


@pytest.mark.parametrize("name", ["acgan", "infogan"])
def test_evaluation_of_several_heads_gives_the_same_losses_twice(name):
    gan = checks.tiny(name)
    gan.compile()
    options = {"batch_size": 10, "verbose": 0, "return_dict": True}
    first = gan.evaluate(*checks.batch(gan), **options)
    assert first == pytest.approx(gan.evaluate(*checks.batch(gan), **options))
