"""What a family of one's own meets: what is saved also loads, or is not saved."""

import json

import keras
import numpy as np
import pytest
from keras import layers

import kerasgan
from kerasgan import errors, models, registry
from kerasgan.presets import configs, weight_files, weights
from tests.support import checks

pytestmark = pytest.mark.backend_free


@pytest.fixture(autouse=True)
def names(monkeypatch):
    """Forgets what a test registers."""
    monkeypatch.setattr(registry, "_CLASSES", dict(registry._CLASSES))


def family(**bases):
    """A registered family with arguments of several types."""

    @kerasgan.register("mine")
    class Mine(models.WGANGP):
        """A family without a paper."""

        def __init__(
            self,
            *,
            units: int = 4,
            rate: float = 0.5,
            betas: tuple[float, ...] = (0.5, 0.9),
            parts: list[str] = ("a", "b"),
            anything=None,
            **options,
        ):
            super().__init__(**options)

    return Mine(**checks.SMALL, **bases)


def test_arguments_of_every_type_come_back(tmp_path):
    gan = family(units=np.int64(3), rate=1, betas=(0.1, 1), parts=["c"], anything="é")
    gan.save_to_preset(tmp_path / "mine")
    again = kerasgan.from_preset(tmp_path / "mine", networks="sampler")
    given = {"units": 3, "rate": 1, "betas": [0.1, 1], "parts": ["c"], "anything": "é"}
    assert again.arguments.items() >= given.items()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"units": 8.0}, "units: expected integer. Received: 8.0"),
        ({"units": "8"}, "units: expected integer. Received: '8'"),
        ({"units": True}, "units: expected integer. Received: True"),
        ({"rate": "0.5"}, "rate: expected number"),
        ({"rate": float("nan")}, "rate: expected number. Received: nan"),
        ({"betas": (0.5, "x")}, r"betas\[1\]: expected number. Received: 'x'"),
        ({"parts": [["a"]]}, r"parts\[0\]: expected string"),
        ({"parts": ["a"] * 65}, "parts: expected a list with a length of at most 64"),
        ({"anything": "a\nb"}, "anything: "),
    ],
)
def test_what_would_not_load_is_not_saved(arguments, message, tmp_path):
    gan = family(**arguments)
    with pytest.raises(errors.PresetConfigError, match=f"cannot be saved: {message}"):
        gan.save_to_preset(tmp_path / "mine")
    assert list(tmp_path.iterdir()) == []


def test_a_family_without_a_paper_has_a_card_without_one(tmp_path):
    family().save_to_preset(tmp_path / "mine")
    assert json.loads((tmp_path / "mine/metadata.json").read_text())["paper"] == ""
    assert "Paper" not in (tmp_path / "mine/README.md").read_text()


def test_a_family_must_state_the_shape_of_its_data(tmp_path, monkeypatch):
    gan = family()
    monkeypatch.setattr(gan, "describe", lambda: {"latent_dim": 8})
    with pytest.raises(ValueError, match=r"Mine, which does not. Let its `describe"):
        gan.save_to_preset(tmp_path / "mine")


@pytest.mark.parametrize("name", ["My GAN", "mine: x", "", "a" * 65, "../mine"])
def test_names_that_files_cannot_hold_are_refused(name):
    with pytest.raises(ValueError, match="must be lowercase letters, digits and _"):

        @kerasgan.register(name)
        class Mine(models.WGANGP):
            pass


def test_networks_that_files_cannot_hold_are_refused():
    with pytest.raises(ValueError, match="Received: 'Encoder A'"):

        @kerasgan.register("mine")
        class Mine(models.WGANGP):
            stored = ("generator", "Encoder A")


def test_a_family_that_was_never_imported_keeps_its_name(monkeypatch):
    registry._CLASSES.pop("lsgan")
    monkeypatch.setattr(registry, "lookup", {"lsgan": models.LSGAN}.get)
    with pytest.raises(ValueError, match="'lsgan', which is LSGAN"):

        @kerasgan.register("lsgan")
        class Mine(models.WGANGP):
            pass


def read_back(network):
    """The layout of a network, which its own weight file must have."""
    layout = weights.layout(network)
    arrays = weight_files.read(weights.to_bytes(network), layout, "file")
    weights.assign(network, arrays)
    return layout


def test_layers_need_names_that_weight_files_hold():
    class Größe(layers.Dense):
        pass

    x = keras.Input((2,))
    with pytest.raises(errors.PresetWeightsError, match="ASCII names.*größe.*Rename"):
        read_back(keras.Model(x, Größe(3)(x)))


@pytest.mark.matrix
def test_networks_may_have_many_small_weights():
    class Many(layers.Layer):
        def build(self, shape):
            for _ in range(3000):
                self.add_weight(shape=(1,), initializer="zeros")

        def call(self, x):
            return x

    x = keras.Input((1,))
    network = keras.Model(x, Many()(x))
    assert len(weights.to_bytes(network)) > 2**20 + 1.05 * 12_000
    read_back(network)


def test_schemas_of_lists_state_their_items():
    class Sized:
        def __init__(self, shape: tuple[int, int], names: list[str], free: list):
            pass

    schema = configs.schema_of(Sized)["properties"]
    kinds = {name: part["items"]["type"] for name, part in schema.items()}
    assert kinds == {"shape": "integer", "names": "string", "free": "integer"}
