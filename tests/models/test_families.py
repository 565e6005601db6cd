"""What each family promises beyond the contract: its losses, its networks."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from kerasgan import losses, registry
from kerasgan.layers import ClassAffine
from kerasgan.models import ACGAN, CGAN, DCGAN, WGANGP, VanillaGAN
from tests.support import checks
from tests.support.checks import as_array

CONDITIONAL = ["acgan", "cgan"]
EITHER = ["r3gan", "sagan", "sngan", "stylegan2"]  # conditional with `num_classes`
PICTURES = ops.convert_to_tensor(checks.pictures(4))


def losses_of(gan, critic, real=None, fake=None, condition=None):
    """The discriminator's and the generator's loss against a critic by hand."""
    arguments = critic, real, fake, condition
    results = gan.discriminator_loss(*arguments), gan.generator_loss(*arguments)
    return [float(as_array(loss)) for loss in results]


# Losses by hand: logits of real images 0.25 and 3, of generated ones -4 and 0.5.

REAL, FAKE = np.array([0.25, 3.0]), np.array([-4.0, 0.5])


def softplus(x):
    return np.log1p(np.exp(x))


BY_HAND = {
    "dcgan": (softplus(-REAL).mean() + softplus(FAKE).mean(), softplus(-FAKE).mean()),
    "cgan": (softplus(-REAL).mean() + softplus(FAKE).mean(), softplus(-FAKE).mean()),
    "vanilla_gan": (
        softplus(-REAL).mean() + softplus(FAKE).mean(),
        softplus(-FAKE).mean(),
    ),
    "lsgan": (
        ((REAL - 1) ** 2).mean() / 2 + (FAKE**2).mean() / 2,
        ((FAKE - 1) ** 2).mean() / 2,
    ),
    "wgan": (FAKE.mean() - REAL.mean(), -FAKE.mean()),
    "wgan_gp": (FAKE.mean() - REAL.mean(), -FAKE.mean()),
    "f_anogan": (FAKE.mean() - REAL.mean(), -FAKE.mean()),
    "sngan": ((0.75 + 0) / 2 + (0 + 1.5) / 2, -FAKE.mean()),
    "sagan": ((0.75 + 0) / 2 + (0 + 1.5) / 2, -FAKE.mean()),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_losses_are_those_worked_out_by_hand(name):
    gan = checks.tiny(name, penalty_weight=0.0)
    real, fake = ops.zeros((2, 16, 16, 3)), ops.ones((2, 16, 16, 3))

    def critic(images):
        return ops.array(REAL if images is real else FAKE, "float32")

    results = losses_of(gan, critic, real, fake)
    assert results == pytest.approx(BY_HAND[name], rel=1e-5)


def linear(images):
    """D(x) = 3 x_0 + 4 x_1 for each image: its gradient has norm 5 everywhere."""
    flat = ops.reshape(images, (-1, 768))
    return 3.0 * flat[:, 0] + 4.0 * flat[:, 1]


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("wgan_gp", {"penalty_weight": 2.0}, 2 * 16.0),
        ("dcgan", {"penalty_weight": 2.0}, 2 * 16.0),
        ("dcgan", {"penalty_weight": 2.0, "penalty": "zero_centered"}, 25.0),
        ("acgan", {"penalty_weight": 2.0, "penalty": "one_centered"}, 2 * 16.0),
        ("wgan_gp", {"penalty_weight": 0.0}, 0.0),
        ("lsgan", {}, 0.0),
    ],
)
def test_penalties_are_weighted(name, options, expected):
    gan = checks.tiny(name, **options)
    critic = (lambda x: {"logits": linear(x)}) if name == "acgan" else linear
    results = gan.penalty_term(critic, PICTURES, PICTURES / 2)
    assert float(as_array(ops.convert_to_tensor(results))) == pytest.approx(
        expected, 1e-5
    )
    assert ("gradient_penalty" in gan.trackers) == bool(expected)


@pytest.mark.parametrize("loss", sorted(losses.PAIRS))
def test_every_loss_serves_every_gan(loss):
    gan = checks.tiny("wgan_gp", loss=loss, penalty_weight=0.0)
    pair = losses.PAIRS[loss]
    critic = gan.critic(None)
    real, fake = PICTURES, PICTURES / 2
    with gan.frozen():
        on_real, on_fake = critic(real), critic(fake)
        results = losses_of(gan, critic, real, fake)
    generator = (on_real, on_fake) if pair.relativistic else (on_fake,)
    expected = [pair.discriminator(on_real, on_fake), pair.generator(*generator)]
    assert results == pytest.approx([float(as_array(x)) for x in expected], rel=1e-5)


@pytest.mark.parametrize(
    "critic",
    [
        lambda: checks.tiny("wgan_gp").discriminator,
        lambda: checks.tiny("dcgan", penalty_weight=10.0).discriminator,
        lambda: checks.tiny("acgan", penalty="dragan").discriminator,
        lambda: checks.tiny("wgan", penalty="one_centered").discriminator,
    ],
    ids=["wgan_gp", "dcgan", "acgan", "wgan"],
)
def test_penalized_critics_have_no_batch_normalization(critic):
    norms = [x for x in critic().layers if isinstance(x, layers.BatchNormalization)]
    plain = checks.tiny("dcgan").discriminator.layers
    assert not norms
    assert sum(isinstance(x, layers.BatchNormalization) for x in plain) == 1


def test_instance_noise_is_added_in_training_alone():
    gan = checks.tiny("dcgan", instance_noise=0.5)
    images, seen = ops.zeros((64, *checks.SHAPE)), []
    gan.apply = lambda name, x: seen.append(as_array(x))
    gan.critic(None)(images)
    with gan.frozen():
        gan.critic(None)(images)
    noisy, plain = seen
    assert noisy.std() == pytest.approx(0.5, rel=0.05) and abs(noisy.mean()) < 0.02
    assert not plain.any()


def test_dcgan_starts_from_its_papers_weights():
    keras.utils.set_random_seed(0)
    gan = DCGAN(image_shape=(32, 32, 3), width=32)
    for layer in (*gan.generator.layers, *gan.discriminator.layers):
        if hasattr(layer, "kernel"):
            assert as_array(layer.kernel).std() == pytest.approx(0.02, rel=0.1)
        if isinstance(layer, layers.BatchNormalization):
            scale = as_array(layer.gamma)
            assert scale.mean() == pytest.approx(1.0, abs=0.02)
            assert 0.01 < scale.std() < 0.03
            assert (layer.momentum, layer.epsilon) == (0.9, 1e-3)


# VanillaGAN.


def test_perceptrons_make_images_of_any_shape():
    gan = VanillaGAN(image_shape=(5, 3, 2), latent_dim=4, width=2)
    assert gan.generate(2, seed=0).shape == (2, 5, 3, 2)


def test_minimax_is_the_papers_game():
    gan = checks.tiny("vanilla_gan", loss="minimax")
    results = losses_of(gan, lambda _: ops.array(FAKE, "float32"))
    assert results[1] == pytest.approx(-softplus(FAKE).mean(), rel=1e-5)


def test_label_smoothing_reaches_the_discriminators_loss():
    plain, smooth = (checks.tiny("vanilla_gan", label_smoothing=s) for s in (0.0, 0.25))
    critic = lambda _: ops.array(REAL, "float32")  # noqa: E731
    expected, results = (losses_of(gan, critic) for gan in (plain, smooth))
    assert results[0] - expected[0] == pytest.approx(0.25 * REAL.mean(), rel=1e-4)
    assert results[1] == expected[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"label_smoothing": 0.9}, "from 0 to 0.5"),
        ({"label_smoothing": 0.1, "loss": "hinge"}, 'needs loss="minimax" or'),
        ({"loss": "minmax"}, "Received: loss='minmax'. Did you mean 'minimax'"),
    ],
)
def test_vanilla_gan_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        checks.tiny("vanilla_gan", **options)


# WGAN.


@pytest.fixture(scope="module")
def clipped():
    """A WGAN after one critic update, its logs, and its largest weight before."""
    gan = checks.tiny("wgan", clip=0.003, discriminator_steps=2)
    before = largest(gan.discriminator)
    gan.compile(run_eagerly=checks.EAGER)
    logs = gan.fit(checks.pictures(4), batch_size=4, verbose=0).history
    return gan, logs, before


def largest(network):
    return max(np.abs(as_array(v.value)).max() for v in network.trainable_variables)


def test_critics_weights_are_clipped_after_each_update(clipped):
    gan, _, before = clipped
    assert before > 0.003 and int(gan.step) == 1
    assert largest(gan.discriminator) == pytest.approx(0.003, rel=1e-6)
    assert largest(gan.generator) > 0.01


def test_the_critics_estimate_is_logged(clipped):
    _, logs, _ = clipped
    real, fake = logs["d_real"][0], logs["d_fake"][0]
    assert logs["wasserstein"] == pytest.approx([-logs["d_loss"][0]])
    assert logs["wasserstein"][0] == pytest.approx(real - fake, abs=1e-6)


def test_wgan_has_its_authors_optimizer():
    optimizer = checks.tiny("wgan").default_optimizer("discriminator")
    assert isinstance(optimizer, keras.optimizers.RMSprop)
    assert float(as_array(optimizer.learning_rate)) == pytest.approx(5e-5)
    assert (optimizer.rho, optimizer.epsilon) == (0.99, 1e-16)


@pytest.mark.parametrize("clip", [0, -1, "x"])
def test_a_clip_of_nothing_is_refused(clip):
    with pytest.raises(ValueError, match="`clip` must be"):
        checks.tiny("wgan", clip=clip)


# Labels.


@pytest.mark.parametrize("name", CONDITIONAL)
@pytest.mark.parametrize("num_classes", [1, 0, 2.5, None])
def test_a_conditional_gan_needs_two_classes(name, num_classes):
    with pytest.raises(ValueError, match="`num_classes` must be an integer of at"):
        checks.tiny(name, num_classes=num_classes)


@pytest.mark.parametrize("name", EITHER)
def test_classes_are_two_at_least_or_none(name):
    with pytest.raises(ValueError, match="`num_classes` must be an integer of at"):
        checks.tiny(name, num_classes=1)
    assert checks.tiny(name, num_classes=None).condition.name is None
    assert checks.tiny(name, num_classes=3).condition.num_classes == 3


@pytest.mark.parametrize("name", EITHER)
def test_statistics_of_each_class_use_the_label(name):
    gan = checks.tiny(name, num_classes=3)
    for layer in gan.generator_ema.layers:
        if isinstance(layer, ClassAffine):  # starts alike for all classes
            values = np.arange(layer.gamma.shape[0] * layer.gamma.shape[1])
            layer.gamma.assign(values.reshape(layer.gamma.shape) / 10)
    latents = np.ones((3, gan.latent_dim), "float32")
    images = gan.generate(latents=latents, labels=[0, 1, 1]).astype(int)
    assert np.abs(images[0] - images[1]).max() > 0
    np.testing.assert_array_equal(images[1], images[2])


@pytest.mark.backend_free
@pytest.mark.parametrize(("name", "num_classes"), [("sagan", 3), ("sngan", None)])
def test_the_kind_that_the_contract_leaves_out_trains(name, num_classes):
    assert num_classes != checks.TINY[name].get("num_classes")
    gan = checks.tiny(name, num_classes=num_classes, discriminator_steps=1)
    before = [checks.snapshot(n) for n in gan.networks.values()]
    gan.compile(keras.optimizers.SGD(1e-2), run_eagerly=checks.EAGER)
    history = gan.fit(*checks.batch(gan, 4), batch_size=4, verbose=0).history
    assert np.isfinite([values[-1] for values in history.values()]).all()
    after = [checks.snapshot(n) for n in gan.networks.values()]
    assert not any(checks.same(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("option", ["width", "discriminator_width"])
def test_attention_needs_a_width_of_eight(option):
    with pytest.raises(ValueError, match=f"`{option}` must be an integer of at least"):
        checks.tiny("sagan", **{option: 7})


@pytest.mark.parametrize("name", CONDITIONAL)
def test_the_generator_uses_labels(name):
    gan = checks.tiny(name)
    latents = np.random.default_rng(0).normal(size=(2, 8))
    made = [gan.generate(latents=latents, labels=k) for k in (0, 1)]
    assert not np.array_equal(*made)


def test_only_the_cgans_discriminator_gets_the_label():
    labels = [ops.convert_to_tensor([k] * 4, "int32") for k in (0, 1)]
    gan = checks.tiny("cgan")
    with gan.frozen():
        one, other = (as_array(gan.critic(x)(PICTURES)) for x in labels)
    assert not np.array_equal(one, other)
    assert len(checks.tiny("acgan").discriminator.inputs) == 1


@pytest.mark.parametrize("name", [*CONDITIONAL, *EITHER])
def test_labels_that_are_missing_or_wrong_are_refused(name):
    gan = checks.tiny(name, num_classes=3)
    gan.compile()
    options = {"batch_size": 4, "verbose": 0}
    with pytest.raises(ValueError, match="num_classes=3 needs labels"):
        gan.fit(checks.pictures(4), **options)
    with pytest.raises(ValueError, match=r"`labels` must lie in \[0, 2\]"):
        gan.fit(checks.pictures(4), np.array([0, 1, 2, 3]), **options)


@pytest.mark.parametrize("cls", [ACGAN, CGAN])
def test_the_picture_shows_a_class_in_each_column(cls):
    gan = cls(image_shape=checks.SHAPE, latent_dim=4, width=2, num_classes=5)
    assert gan.picture().shape[1] == 2 * (5 * (16 + 2) + 2)  # enlarged twice
    assert gan.describe()["caption"] == "Each column shows one class."


def test_acgan_adds_the_class_loss_of_all_images():
    gan = checks.tiny("acgan", class_weight=2.0)
    real, fake = ops.zeros((2, 16, 16, 3)), ops.ones((2, 16, 16, 3))
    labels = ops.convert_to_tensor([0, 2], "int32")

    def critic(images):
        on_real = images is real
        logits = ops.full((2,), 1.0 if on_real else -2.0)
        classes = ops.one_hot(labels, 3) * (3.0 if on_real else 5.0)
        return {"logits": logits, "classes": classes}

    on_real, on_fake = np.log1p(2 * np.exp(-3.0)), np.log1p(2 * np.exp(-5.0))
    source = softplus(-1.0) + softplus(-2.0) + 2 * (on_real + on_fake)
    expected = [source, softplus(2.0) + 2 * on_fake]
    results = losses_of(gan, critic, real, fake, labels)
    assert results == pytest.approx(expected, rel=1e-5)


def test_a_class_weight_out_of_range_is_refused():
    with pytest.raises(ValueError, match="`class_weight` must be a number"):
        checks.tiny("acgan", class_weight=-1)


# Classes of one's own.


def test_a_subclass_keeps_the_defaults_of_its_family():
    class Wider(WGANGP):
        def __init__(self, *, width=4, **options):
            super().__init__(width=width, **options)

    gan = Wider(image_shape=checks.SHAPE)
    assert gan.arguments["discriminator_steps"] == 5 and gan.arguments["width"] == 4
    assert registry.lookup("wgan_gp") is WGANGP
