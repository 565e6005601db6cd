"""Keywords that a call does not take are named, with those that it takes."""

import pytest

import kerasgan
from kerasgan.core.arguments import defaults_of
from kerasgan.models import (
    DCGAN,
    R3GAN,
    CycleGAN,
    FAnoGAN,
    FeatureClassifier,
    InfoGAN,
)
from kerasgan.presets.configs import all_parameters
from tests.support import checks

pytestmark = pytest.mark.backend_free


class Deep(DCGAN):
    """A user's class with a keyword of its own."""

    def __init__(self, *, depth=1, **options):
        self.depth = depth
        super().__init__(**options)


class Closed(DCGAN):
    """A user's class without further keywords."""

    def __init__(self, width=2):
        super().__init__(width=width, **{**checks.SMALL, "width": width})


@pytest.mark.parametrize(
    ("cls", "name", "message"),
    [
        (DCGAN, "lossy", "DCGAN takes penalty_weight, image_shape, .*'loss'"),
        (DCGAN, "widht", "Received: widht=. Did you mean 'width'"),
        (DCGAN, "num_classes", "Conditional GANs take it: CGAN, ACGAN, SNGAN, SAGAN"),
        (DCGAN, "given", "Received: given="),
        (InfoGAN, "latent_dim", "InfoGAN takes noise_dim, .*Received: latent_dim="),
        (R3GAN, "penalty", "R3GAN takes num_classes, latent_dim, .*Received: penalty="),
        (Deep, "dept", "Deep takes depth, penalty_weight, .*Did you mean 'depth'"),
        (Closed, "widht", "Closed takes width. .*Did you mean 'width'"),
        (CycleGAN, "bloks", "CycleGAN takes .*Did you mean 'blocks'"),
        (CycleGAN, "encoder", "CycleGAN takes .*source_discriminator.*: encoder="),
        (FeatureClassifier, "wdth", "FeatureClassifier takes .*'width'"),
    ],
)
def test_an_unknown_argument_of_a_constructor_is_named(cls, name, message):
    with pytest.raises(TypeError, match=message) as error:
        cls(**{name: 3})
    assert "kwargs" not in str(error.value)


@pytest.mark.parametrize(
    ("cls", "name"),
    [(DCGAN, "condition"), (kerasgan.models.CGAN, "condition"), (FAnoGAN, "given")],
)
def test_a_list_of_arguments_names_no_fixed_ones(cls, name):
    with pytest.raises(TypeError) as error:
        cls(nonsense=3)
    takes = str(error.value).split(" Received")[0]
    fixed = name in (*cls.fixed, "given")
    assert (f" {name}," in takes) == (not fixed)


def test_a_subclass_adds_keywords_by_its_signature():
    arguments = Deep(depth=2, **checks.SMALL).arguments
    assert (arguments["depth"], arguments["width"]) == (2, 8)
    assert Deep(**checks.SMALL).arguments["depth"] == 1


def test_arguments_hold_the_defaults_of_all_bases():
    arguments = checks.tiny("wgan_gp").arguments
    assert arguments["discriminator_steps"] == 5  # WGANGP's own
    assert arguments["instance_noise"] == 0.0  # ImageGAN's
    assert arguments["penalty_weight"] == 10.0  # GAN's
    assert arguments["ema_decay"] == 0.999  # AdversarialModel's
    assert "condition" not in arguments and "generator" not in arguments


def test_a_nearer_default_hides_that_of_a_base():
    assert defaults_of(DCGAN)["penalty_weight"] == 0.0
    assert defaults_of(R3GAN)["latent_dim"] == 64
    assert not {"penalty", "penalty_every"} & defaults_of(R3GAN).keys()


def test_parameters_end_at_a_constructor_without_keywords():
    assert list(all_parameters(Closed)) == ["width"]


@pytest.mark.parametrize("method", ["generate", "interpolate"])
def test_codes_of_a_gan_without_any_are_refused(method):
    seeds = (1, 2) if method == "interpolate" else ()
    message = f"`DCGAN.{method}` takes .* Received: codes=. Only an InfoGAN has codes"
    with pytest.raises(TypeError, match=message):
        getattr(checks.tiny("dcgan"), method)(*seeds, codes=[1])


def test_the_conditions_keyword_is_among_those_of_generate():
    message = "`InfoGAN.generate` takes .*truncation, .*codes.*Did you mean 'codes'"
    with pytest.raises(TypeError, match=message):
        checks.tiny("infogan").generate(code=1)


def test_an_unknown_override_of_a_preset_is_named(saved):
    with pytest.raises(kerasgan.errors.PresetConfigError, match="takes .*'widht'"):
        kerasgan.from_preset(saved, widht=3)
