"""The contract of every registered model."""

import functools
import inspect
import typing

import keras
import numpy as np
import pytest
from keras import layers

import kerasgan
from kerasgan import registry
from kerasgan.layers import growth
from tests.support import checks

NAMES, PAIRED = sorted(checks.TINY), sorted(checks.TRANSLATORS)
CONVOLUTIONAL = [name for name in NAMES if name != "vanilla_gan"]
trained = functools.cache(checks.Trained)


@pytest.mark.backend_free
def test_every_registered_model_is_checked():
    files = {name for name in registry.names() if _is_file(name)}
    assert {*NAMES, *PAIRED, *checks.CAPTIONED, "feature_classifier"} == files


def _is_file(name):
    return registry.lookup(name).__module__ == f"kerasgan.models.{name}"


@pytest.mark.parametrize("name", NAMES)
def test_a_gan_keeps_the_contract(name, tmp_path):
    checks.check_gan(trained(name), tmp_path / "preset")


@pytest.mark.parametrize("name", PAIRED)
def test_a_translator_keeps_the_contract(name, tmp_path):
    checks.check_docstring(registry.lookup(name))
    checks.check_config(name)
    model = trained(name)
    if checks.EAGER:
        trains = {n for player in model.gan.playing for n in player.trains}
        averages = {f"{n}_ema" for n in trains if n in model.gan.averages}
        assert model.moved == trains | averages
        assert np.isfinite([values[-1] for values in model.logs.values()]).all()
    check_paired_preset(model.gan, tmp_path / "preset")


def check_paired_preset(model, folder):
    """A preset gives the same results in all directions, from a sampler too."""
    model.save_to_preset(folder)
    height, width, _ = model.source_shape
    sources = checks.pictures(3)[:, :height, :width]
    for networks in ("all", "sampler"):
        again = kerasgan.from_preset(folder, networks=networks)
        assert type(again) is type(model)
        assert set(again.networks) == set(
            again.stored if networks == "all" else again.sampled
        )
        for more in checks.inputs_besides(model):
            expected = getattr(model, model.task)(sources, *more)
            made = getattr(again, model.task)(sources, *more)
            np.testing.assert_array_equal(made, expected)


@pytest.mark.backend_free
@pytest.mark.parametrize("name", [*NAMES, *PAIRED, *checks.CAPTIONED])
def test_file_and_registry_name_agree_and_name_papers(name):
    cls = registry.lookup(name)
    assert _is_file(name) and cls.registry_name == name
    assert inspect.getmodule(cls).__doc__.count("https://") >= 1


@pytest.mark.backend_free
@pytest.mark.parametrize(
    "name", [*NAMES, *PAIRED, *checks.CAPTIONED, "feature_classifier"]
)
def test_every_argument_of_a_constructor_has_its_type(name):
    """Configuration files are checked against these."""
    for base in registry.lookup(name).__mro__:
        if not base.__module__.startswith("kerasgan") or "__init__" not in vars(base):
            continue
        hints = typing.get_type_hints(base.__init__)
        parameters = list(inspect.signature(base.__init__).parameters.values())[1:]
        for parameter in parameters:
            if parameter.kind is parameter.VAR_KEYWORD or parameter.name == "dtype":
                continue
            hint, default = hints[parameter.name], parameter.default
            if default is parameter.empty:
                continue
            if typing.get_origin(hint) is typing.Literal:
                assert default in typing.get_args(hint)
            elif hint == tuple[int, int, int]:
                assert len(default) == 3
            else:
                kinds = [typing.get_origin(h) or h for h in typing.get_args(hint)]
                assert isinstance(default, tuple(kinds) or hint), parameter.name


@pytest.mark.parametrize("name", [*NAMES, *PAIRED, *checks.CAPTIONED])
def test_no_discriminator_ends_in_probabilities(name):
    """Sigmoids and softmaxes belong to the losses: once, not twice."""
    model = checks.tiny(name)
    critics = [n for k, n in model.networks.items() if k.endswith("discriminator")]
    assert critics
    for layer in (layer for critic in critics for layer in critic.layers):
        activation = getattr(layer, "activation", None)
        assert activation in (None, keras.activations.linear)
        assert not isinstance(layer, layers.Activation | layers.Softmax)


@pytest.mark.parametrize("name", NAMES)
def test_batch_normalization_has_momentum_and_epsilon(name):
    """The two are not mixed up."""
    gan = checks.tiny(name)
    norms = [
        layer
        for network in (gan.generator, gan.discriminator)
        for layer in network.layers
        if isinstance(layer, layers.BatchNormalization)
    ]
    assert bool(norms) == (name not in ("r3gan", "stylegan2"))
    assert all(n.momentum >= 0.9 and n.epsilon == 1e-3 for n in norms)


@pytest.mark.backend_free
@pytest.mark.parametrize("shape", [(28, 28, 1), (16, 32, 3), (20, 20, 2)])
@pytest.mark.parametrize("name", NAMES)
def test_other_sizes_and_channel_counts_work(shape, name):
    gan = checks.tiny(name, image_shape=shape)
    assert gan.generate(2, seed=0).shape == (2, *shape)
    assert checks.logits_of(gan, np.zeros((2, *shape), "float32")).shape == (2,)


@pytest.mark.parametrize("name", CONVOLUTIONAL)
@pytest.mark.parametrize("shape", [(8, 8, 1), (18, 18, 1), (16, 14, 3)])
def test_images_that_cannot_be_halved_twice_are_refused(name, shape):
    with pytest.raises(ValueError, match="divisible by 4 and at least 16"):
        checks.tiny(name, image_shape=shape)


@pytest.mark.backend_free
@pytest.mark.parametrize("name", [*NAMES, *PAIRED])
@pytest.mark.parametrize("image_shape", [64, (64, 64), "a", (28.5, 28, 1)])
def test_an_image_shape_is_three_numbers(name, image_shape):
    with pytest.raises(ValueError, match="must be .H, W, C., three positive integers"):
        checks.tiny(name, image_shape=image_shape)


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"width": 0}, "`width` must be"),
        ({"width": 2.5}, "`width` must be"),
        ({"width": 2**20 + 1}, "`width` must be at most 1048576, the largest"),
        ({"discriminator_width": 0}, "`discriminator_width` must be"),
        ({"latent_dim": -3}, "`latent_dim` must be"),
        ({"latent_dim": 0}, "`latent_dim` must be"),
        ({"ema_decay": "x"}, "`ema_decay` must lie"),
        ({"ema_decay": 1.0}, "`ema_decay` must lie"),
        ({"discriminator_steps": 0}, "`discriminator_steps` must be"),
        ({"discriminator_steps": 2.5}, "`discriminator_steps` must be"),
        ({"networks": "some"}, "`networks` must be one of 'all', 'sampler'"),
        ({"penalty_weight": -1.0}, "`penalty_weight` must be a number"),
        ({"penalty_weight": "10"}, "`penalty_weight` must be a number"),
        ({"penalty_weight": float("nan")}, "`penalty_weight` must be a number"),
        ({"penalty_weight": True}, "`penalty_weight` must be a number"),
        ({"penalty_every": 0}, "`penalty_every` must be"),
        ({"penalty": "one_centred"}, "Did you mean 'one_centered'"),
        ({"loss": "wasserstien"}, "Did you mean 'wasserstein'"),
        ({"instance_noise": -0.1}, "`instance_noise` must be a number from 0 to 1"),
        ({"instance_noise": 1.5}, "`instance_noise` must be a number from 0 to 1"),
        ({"instance_noise": float("nan")}, "`instance_noise` must be a number from 0"),
        ({"instance_noise": "much"}, "`instance_noise` must be a number from 0 to 1"),
        ({"instance_noise": True}, "`instance_noise` must be a number from 0 to 1"),
    ],
)
@pytest.mark.parametrize("name", ["dcgan", "wgan_gp"])
def test_arguments_out_of_their_range_are_refused(name, arguments, message):
    with pytest.raises(ValueError, match=message):
        checks.tiny(name, **arguments)


# Settings of the papers.

RATES = {  # of discriminator and generator, beta_1, beta_2
    "acgan": (2e-4, 2e-4, 0.5, 0.999),
    "cgan": (3e-4, 3e-4, 0.5, 0.999),
    "dcgan": (2e-4, 2e-4, 0.5, 0.999),
    "infogan": (2e-4, 1e-3, 0.5, 0.999),
    "lsgan": (2e-4, 2e-4, 0.5, 0.999),
    "r3gan": (2e-4, 2e-4, 0.0, 0.99),
    "sagan": (4e-4, 1e-4, 0.0, 0.9),
    "sngan": (2e-4, 2e-4, 0.0, 0.9),
    "stylegan2": (2e-3, 2e-3, 0.0, 0.99),
    "vanilla_gan": (2e-4, 2e-4, 0.5, 0.999),
    "wgan_gp": (1e-4, 1e-4, 0.0, 0.9),
    "pix2pix": (2e-4, 2e-4, 0.5, 0.999),
    "cyclegan": (2e-4, 2e-4, 0.5, 0.999),
}


@pytest.mark.backend_free
@pytest.mark.parametrize("name", RATES)
def test_default_optimizers_have_their_papers_rates(name):
    cls = registry.lookup(name)
    players = sorted(cls.phases[0])  # the discriminators come first
    optimizers = [cls.default_optimizer(None, player) for player in players]
    results = [float(np.array(o.learning_rate)) for o in optimizers]
    assert results == pytest.approx(RATES[name][:2])
    for optimizer in optimizers:
        assert (optimizer.beta_1, optimizer.beta_2) == RATES[name][2:]


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("wgan_gp", {"penalty_weight": 10.0, "discriminator_steps": 5}),
        ("wgan", {"clip": 0.01, "discriminator_steps": 5}),
        ("r3gan", {"penalty_weight": 1.0, "latent_dim": 64, "discriminator_steps": 1}),
        ("sngan", {"discriminator_steps": 5, "latent_dim": 128}),
        ("sagan", {"discriminator_steps": 1, "latent_dim": 128}),
        ("stylegan2", {"mixing": 0.9, "path_length_weight": 2.0, "penalty_every": 16}),
        ("pix2pix", {"l1_weight": 100.0}),
        ("cyclegan", {"cycle_weight": 10.0, "identity_weight": 0.5, "pool": 50}),
        ("f_anogan", {"feature_weight": 1.0, "discriminator_steps": 5}),
    ],
)
def test_defaults_are_their_papers(name, settings):
    from kerasgan.core.arguments import defaults_of

    assert settings.items() <= defaults_of(registry.lookup(name)).items()


# The registry.


@pytest.mark.backend_free
def test_registering_a_name_twice_is_refused():
    with pytest.raises(ValueError, match="which is DCGAN"):

        @registry.register("dcgan")
        class Other(kerasgan.GAN):
            pass


@pytest.mark.backend_free
def test_a_misspelled_name_lists_the_nearest():
    with pytest.raises(ValueError, match="Did you mean 'wgan_gp'"):
        registry.lookup("wgan_pg")


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("side", "start"), [(16, 4), (28, 7), (32, 4), (48, 6), (64, 4), (100, 25)]
)
def test_generators_start_at_the_smallest_side_of_four(side, start):
    assert growth((side, side, 1), 8)[0][:2] == (start, start)
