"""SRGAN: its network's reach, its losses, its phases, and content networks."""

import json

import keras
import numpy as np
import pytest
from keras import ops

import kerasgan
from kerasgan.models import SRGAN
from kerasgan.networks import enlarging_network, reach_of
from kerasgan.presets import catalog
from tests.support import checks
from tests.support.checks import as_array

SOURCES, TARGETS = checks.pictures(6)[:, :8, :8], checks.pictures(6, seed=2)
FEATURES = "features_cifar10"


def tensors(*arrays):
    return tuple(map(ops.convert_to_tensor, arrays))


def randomized(model):
    """Its networks with weights that let every input matter."""
    rng = np.random.default_rng(0)
    for weight in model.generator_ema.weights:
        value = rng.normal(size=tuple(weight.shape)) / np.sqrt(weight.shape[0] + 1)
        weight.assign(0.1 * value if weight.name == "bias" else 0.3 * value)
    return model


# The network.


@pytest.mark.backend_free
@pytest.mark.parametrize(("scale", "blocks"), [(2, 1), (4, 0), (4, 2)])
def test_a_result_depends_on_the_pixels_in_reach(scale, blocks):
    """At the reach it changes, one farther it does not, on all four sides."""
    rng = np.random.default_rng(0)
    network = enlarging_network(1, 2, blocks, scale, "generator")
    for weight in network.weights:  # positive, so that nothing cancels
        weight.assign(rng.uniform(0.02, 0.04, tuple(weight.shape)))
    reach = reach_of(blocks, scale)
    middle = reach + 1
    source = np.zeros((1, 2 * middle + 1, 2 * middle + 1, 1), "float32")
    batch = [source]
    for distance in (reach, reach + 1):
        for place in ((0, distance), (0, -distance), (distance, 0), (-distance, 0)):
            changed = source.copy()
            changed[0, middle + place[0], middle + place[1]] = 0.5
            batch.append(changed)
    results = as_array(network(np.concatenate(batch)))
    block = slice(scale * middle, scale * (middle + 1))  # the pixels of the middle
    moved = np.abs(results[1:] - results[:1])[:, block, block].max(axis=(1, 2, 3)) > 0
    assert moved.tolist() == [True] * 4 + [False] * 4


@pytest.mark.backend_free
def test_a_new_network_makes_neither_checkerboard_nor_frame():
    """A constant image becomes a constant image."""
    network = enlarging_network(3, 8, 1, 4, "generator")
    for layer in network.layers:  # enough to be seen
        if isinstance(layer, keras.layers.Conv2D) and layer.filters == 3:
            layer.kernel.assign(10.0 * layer.kernel.value)
    made = as_array(network(np.full((1, 9, 7, 3), 0.4, "float32")))[0]
    assert made.shape == (36, 28, 3)
    assert np.abs(made - 0.4).max() > 1e-3  # not only the upsampled source
    assert np.ptp(made, axis=(0, 1)).max() < 1e-5


@pytest.mark.backend_free
def test_a_new_network_resembles_nearest_neighbors():
    model = checks.tiny("srgan", scale=4)
    source = SOURCES[:, :4, :4]
    made = as_array(model.generator(source))
    expected = source.repeat(4, axis=1).repeat(4, axis=2)
    assert made.shape == (6, 16, 16, 3)
    assert np.abs(made - expected).max() < 0.3


def test_results_stay_in_the_range_of_images():
    model = randomized(checks.tiny("srgan"))
    bias = model.generator_ema.weights[-1]
    bias.assign(np.array([5.0, 0.0, -5.0]))
    made = model.infer("generator", [SOURCES])
    assert made.dtype == np.float32
    assert made[..., 0].min() == 1.0 and made[..., 2].max() == -1.0
    training = as_array(model.generator_ema(SOURCES, training=True))
    assert training[..., 0].min() > 1.0  # so that it has a gradient


@pytest.mark.parametrize("sides", [(8, 8), (5, 12)])
def test_one_network_takes_every_size(sides):
    model = checks.tiny("srgan", scale=4)
    source = np.zeros((1, *sides, 3), "float32")
    made = model.infer("generator", [source])
    assert made.shape == (1, 4 * sides[0], 4 * sides[1], 3)


def test_a_piece_equals_that_of_the_whole_image():
    model = randomized(checks.tiny("srgan"))
    reach, rng = model.reach, np.random.default_rng(0)
    source = rng.uniform(-1, 1, (1, 40, 40, 3)).astype("float32")
    whole = model.infer("generator", [source])
    piece = model.infer("generator", [source[:, : 20 + reach, 20 - reach :]])
    expected = whole[:, :40, 40:]
    np.testing.assert_allclose(piece[:, :40, 2 * reach :], expected, atol=1e-5)


# Losses by hand.


def by_hand(model, generated, logits):
    """A model whose networks return constants: images, then logits in turn."""
    turns = iter(logits)

    def apply(name, x):
        size = len(x)
        if name == "generator":
            return ops.full((size, 16, 16, 3), generated)
        return ops.full((size, 4, 4, 1), next(turns))

    model.apply = apply
    return model.unpack(tensors(SOURCES * 0, TARGETS * 0))


def value(loss):
    return float(as_array(loss))


def test_the_warmup_is_the_mean_squared_difference():
    model = checks.tiny("srgan")
    assert value(model.warmup_loss(by_hand(model, 0.5, []))) == pytest.approx(0.25)
    assert float(model.trackers["pixel"].result()) == pytest.approx(0.25)


def test_the_generator_adds_pixels_and_the_discriminator():
    model = checks.tiny("srgan", pixel_weight=3.0, adversarial_weight=0.01)
    expected = 3.0 * 0.25 + 0.01 * np.log(1 + np.exp(-1.5))
    results = value(model.generator_loss(by_hand(model, 0.5, [1.5])))
    assert results == pytest.approx(expected)


def test_the_discriminator_sees_targets_and_results():
    model = checks.tiny("srgan")
    batch = by_hand(model, 0.5, [2.0, -1.0])  # real comes first
    expected = np.log(1 + np.exp(-2.0)) + np.log(1 + np.exp(-1.0))
    assert value(model.discriminator_loss(batch)) == pytest.approx(expected)


def test_a_relativistic_loss_compares_with_targets():
    options = {"pixel_weight": 0.0, "adversarial_weight": 1.0}
    model = checks.tiny("srgan", loss="relativistic", **options)
    batch = by_hand(model, 0.5, [-1.0, 2.0])  # generated images come first
    results = value(model.generator_loss(batch))
    assert results == pytest.approx(np.log(1 + np.exp(3.0)))


@pytest.mark.backend_free
def test_a_preset_names_no_folder_of_its_content(tmp_path):
    folder = str(catalog.zoo_folder() / FEATURES)
    checks.tiny("srgan", content=folder).save_to_preset(tmp_path / "saved")
    config = json.loads((tmp_path / "saved" / "config.json").read_text())
    assert config["arguments"]["content"] == FEATURES


def test_content_is_the_distance_of_feature_maps():
    options = {"pixel_weight": 0.0, "adversarial_weight": 0.0, "content_weight": 2.0}
    model = checks.tiny("srgan", content=FEATURES, **options)
    first, second = SOURCES[:, :1, :1], SOURCES[:, 1:2, :1]
    maps = {0.5: [first, second], 0.0: [first - 0.3, second + 0.1]}
    model.content = type(model.content)(FEATURES, 3)
    model.content.read = lambda: (
        lambda x, training: tensors(*maps[float(as_array(x)[0, 0, 0, 0])])
    )
    expected = 2.0 * (0.3**2 + 0.1**2) / 2
    results = value(model.generator_loss(by_hand(model, 0.5, [0.0])))
    assert results == pytest.approx(expected, rel=1e-5)


# Phases.


def trained(model):
    """The names of networks and averages that an epoch of its players moved."""
    networks = model.networks | {f"{k}_ema": v for k, v in model.averages.items()}
    before = {name: checks.snapshot(network) for name, network in networks.items()}
    history = model.fit(SOURCES, TARGETS, batch_size=3, verbose=0).history
    losses = [history[player.log_as][-1] for player in model.playing]
    assert np.isfinite([*losses, history["pixel"][-1]]).all()
    return {
        name
        for name, network in networks.items()
        if not checks.same(before[name], checks.snapshot(network))
    }


def test_the_warmup_comes_first_and_trains_the_generator():
    model = checks.tiny("srgan")
    model.compile(run_eagerly=checks.EAGER)
    assert [player.name for player in model.playing] == ["warmup"]
    assert trained(model) == {"generator", "generator_ema"}


def test_the_second_phase_trains_both_networks():
    """It leaves the content network alone."""
    model = checks.tiny("srgan", content=FEATURES)
    model.compile(players=SRGAN.phases[1], run_eagerly=checks.EAGER)
    content = checks.snapshot(model.content.network)
    assert trained(model) == {"generator", "generator_ema", "discriminator"}
    assert checks.same(content, checks.snapshot(model.content.network))


# Content networks.


@pytest.fixture(scope="module")
def content_model():
    """A compiled model with a content network."""
    model = checks.tiny("srgan", content=FEATURES, width=2)
    model.compile(players=SRGAN.phases[1])
    return model


def test_feature_maps_equal_those_of_the_classifier(content_model):
    """On the classifier's own size; other sizes work too."""
    classifier = kerasgan.from_preset(FEATURES).classifier
    images = np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3)).astype("float32")
    maps = [as_array(x) for x in content_model.content(images)]
    assert [x.shape[1:] for x in maps] == [(32, 32, 32), (16, 16, 64), (8, 8, 128)]
    pool = as_array(classifier(images, training=False)["pool"])
    np.testing.assert_allclose(maps[-1].mean(axis=(1, 2)), pool, rtol=1e-4, atol=1e-5)
    other = content_model.content(np.zeros((1, 64, 48, 3), "float32"))
    assert [tuple(x.shape[1:3]) for x in other] == [(64, 48), (32, 24), (16, 12)]


def test_a_content_network_is_no_part_of_the_model(content_model):
    plain = checks.tiny("srgan", width=2)
    shapes = [[tuple(v.shape) for v in m.variables] for m in (content_model, plain)]
    assert shapes[0] == shapes[1]
    assert content_model.content.network.trainable_variables == []


def test_content_changes_what_the_generator_learns(content_model):
    batch = content_model.unpack(tensors(SOURCES, TARGETS))
    with content_model.frozen():
        both = value(content_model.generator_loss(batch))
        distance = content_model.content.distance(
            content_model.apply("generator", batch.source), batch.target
        )
        content, content_model.content = content_model.content, None
        without = value(content_model.generator_loss(batch))
        content_model.content = content
    assert both == pytest.approx(without + value(distance), rel=1e-4)


def test_the_content_network_is_read_by_the_phase_that_needs_it(tmp_path):
    """A preset that names one that is missing loads, and trains its warm-up."""
    model = checks.tiny("srgan", content="no_such_features")
    model.save_to_preset(tmp_path / "model")
    model = SRGAN.from_preset(tmp_path / "model")
    model.compile()
    with pytest.raises(kerasgan.errors.PresetNotFoundError, match="no_such_features"):
        model.compile(players=["discriminator", "generator"])


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("dcgan_mnist", "'dcgan_mnist', a DCGAN. Pass for example"),
        ("features_mnist", r"images with 3 channel\(s\).*'features_mnist', of images"),
        ("hf://someone/features", "must be a bundled preset or a folder.*pull"),
    ],
)
def test_a_content_network_that_does_not_fit_is_refused(content, message):
    model = checks.tiny("srgan", content=content)
    with pytest.raises(ValueError, match=message):
        model.compile(players=["discriminator", "generator"])


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scale": 3}, "`scale` must be one of 2, 4"),
        ({"scale": 2.0}, "`scale` must be an integer"),
        ({"image_shape": (18, 16, 3), "scale": 4}, "divisible by 4, the scale"),
        ({"blocks": 0}, "`blocks` must be an integer from 1 to 64"),
        ({"depth": 4}, "`depth` must leave at least 2 pixels of 16"),
        ({"pixel_weight": -1}, "`pixel_weight` must be a number"),
        ({"content_weight": "x"}, "`content_weight` must be a number"),
        ({"adversarial_weight": -1}, "`adversarial_weight` must be a number"),
        ({"loss": "l2"}, "`loss` must be one of"),
    ],
)
def test_srgan_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        checks.tiny("srgan", **arguments)


@pytest.mark.backend_free
def test_sources_have_the_sides_of_targets_by_the_scale():
    model = checks.tiny("srgan")
    assert (model.scale, model.stride) == (2, 1)
    assert model.source_shape == model.data_shape == (8, 8, 3)
    with pytest.raises(TypeError, match="source_shape"):
        checks.tiny("srgan", source_shape=(8, 8, 3))


@pytest.mark.backend_free
def test_users_own_generators_have_an_unknown_reach():
    assert checks.tiny("srgan").reach == reach_of(1, 2)
    own = enlarging_network(3, 2, 1, 2, "generator")
    assert checks.tiny("srgan", generator=own).reach is None


@pytest.mark.backend_free
@pytest.mark.parametrize("player", ["warmup", "discriminator", "generator"])
def test_default_optimizers_have_the_papers_rate(player):
    optimizer = SRGAN.default_optimizer(None, player)
    assert float(as_array(optimizer.learning_rate)) == pytest.approx(1e-4)
    assert (optimizer.beta_1, optimizer.beta_2) == (0.9, 0.999)


@pytest.mark.backend_free
def test_defaults_are_the_papers():
    model = SRGAN(width=1, discriminator_width=1, networks="sampler")
    settings = {"image_shape": (96, 96, 3), "scale": 4, "blocks": 16}
    assert (settings | {"adversarial_weight": 1e-3}).items() <= model.arguments.items()
