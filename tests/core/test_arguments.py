"""Keywords that a call does not take are told, with those that it takes."""

import pytest

import kerasgan
from kerasgan import metrics
from kerasgan.models import DCGAN, InfoGAN
from tests.support import checks
from tests.support.conditional import Conditional


class Popped(Conditional):
    """A user's class that reads its keywords itself."""

    def __init__(self, **options):
        self.depth = options.pop("depth", 1)
        super().__init__(**options)


class Closed(Conditional):
    """A user's class without further keywords."""

    def __init__(self, num_classes=3):
        super().__init__(num_classes)


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("cls", "name", "said"),
    [
        (DCGAN, "loss", "DCGAN takes image_shape, .*seed, .*Losses are the GAN's own"),
        (DCGAN, "widht", "Received: widht=. Did you mean 'width'"),
        (InfoGAN, "latent_dim", "InfoGAN takes image_shape, noise_dim, .*'noise_dim'"),
        (Popped, "dept", "Popped takes num_classes, discriminator_steps"),
        (Closed, "num_class", "Closed takes num_classes. .*Did you mean 'num_classes'"),
        (metrics.FeatureClassifier, "wdth", "FeatureClassifier takes .*'width'"),
    ],
)
def test_an_unknown_argument_of_a_constructor_is_told(cls, name, said):
    with pytest.raises(TypeError, match=said) as error:
        cls(**{name: 3})
    assert "tracked" not in str(error.value) and "kwargs" not in str(error.value)


@pytest.mark.backend_free
def test_a_class_may_read_its_keywords_itself():
    assert Popped(depth=2, num_classes=4).arguments == {"depth": 2, "num_classes": 4}


@pytest.mark.backend_free
@pytest.mark.parametrize("method", ["generate", "interpolate"])
def test_codes_of_a_gan_without_any_are_told(method):
    seeds = (1, 2) if method == "interpolate" else ()
    said = f"`DCGAN.{method}` takes .* Received: codes=. Only an InfoGAN has codes"
    with pytest.raises(TypeError, match=said):
        getattr(checks.tiny("dcgan"), method)(*seeds, codes=[1])


@pytest.mark.backend_free
def test_what_a_family_takes_beside_the_base_class_is_named():
    said = "`InfoGAN.generate` takes .*codes, .*truncation.*Did you mean 'codes'"
    with pytest.raises(TypeError, match=said):
        checks.tiny("infogan").generate(code=1)


@pytest.mark.backend_free
def test_a_presets_overrides_are_told_as_before(saved):
    with pytest.raises(kerasgan.errors.PresetConfigError, match="takes .*'widht'"):
        kerasgan.from_preset(saved, widht=3)
