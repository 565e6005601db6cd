"""Models from images to images: Pix2Pix, CycleGAN, and its pool."""

import keras
import numpy as np
import pytest
from keras import ops

import kerasgan
from kerasgan.core.image_pool import ImagePool
from kerasgan.models import CycleGAN, Pix2Pix
from tests.support import checks
from tests.support.checks import as_array

IMAGES = checks.pictures(6)
FIT = {"batch_size": 3, "verbose": 0}


@pytest.fixture(scope="module")
def pix2pix():
    """A compiled model that no test trains."""
    model = checks.tiny("pix2pix", source_shape=(16, 16, 1))
    model.compile()
    return model


@pytest.fixture(scope="module")
def cyclegan():
    sizes = {"source_shape": (16, 16, 1), "identity_weight": 0.0, "pool": 4}
    model = checks.tiny("cyclegan", **sizes)
    model.compile()
    return model


SOURCES = IMAGES[..., :1]


@pytest.mark.parametrize("batch_size", [2, 32])
def test_translations_are_uint8_of_the_targets_shape(pix2pix, batch_size):
    made = pix2pix.translate(SOURCES, batch_size=batch_size)
    assert made.shape == (6, 16, 16, 3) and made.dtype == np.uint8
    assert not np.array_equal(made[0], made[1])


def test_uint8_and_float_sources_translate_alike(pix2pix):
    numbers = np.random.default_rng(0).integers(0, 256, SOURCES.shape, "uint8")
    floats = numbers / np.float32(127.5) - np.float32(1)
    made = [pix2pix.translate(x).astype(int) for x in (numbers, floats)]
    assert np.abs(made[0] - made[1]).max() <= 1


def test_translations_come_from_the_moving_average():
    model = checks.tiny("pix2pix")
    before = model.translate(IMAGES)
    model.generator.set_weights([w * 0 for w in model.generator.get_weights()])
    np.testing.assert_array_equal(model.translate(IMAGES), before)
    model.generator_ema.set_weights(model.generator.get_weights())
    assert not np.array_equal(model.translate(IMAGES), before)


def test_cyclegan_translates_both_ways(cyclegan):
    assert cyclegan.translate(SOURCES).shape == (6, 16, 16, 3)
    assert cyclegan.translate(IMAGES, "backward").shape == (6, 16, 16, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"direction": "backwards"}, "one way only, 'forward'.*'backward"),
        ({"direction": "backward"}, "one way only, 'forward'.*'backward"),
        ({"batch_size": 0}, "`batch_size` must be"),
        ({"images": SOURCES[..., 0]}, r"images\[..., None\]"),
    ],
)
def test_translate_refuses(pix2pix, arguments, message):
    with pytest.raises(ValueError, match=message):
        pix2pix.translate(**{"images": SOURCES} | arguments)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((SOURCES,), "learns from sources and targets. Received: sources alone"),
        ((SOURCES, IMAGES[:5]), "`x` and `y` must have the same number"),
        ((SOURCES, SOURCES), r"`y` must have image_shape=\(16, 16, 3\)"),
        ((IMAGES, IMAGES), r"`x` must have image_shape=\(16, 16, 1\)"),
        ((SOURCES, 90 * IMAGES), r"Floating-point `y` must lie in \[-1, 1\]"),
    ],
)
def test_pairs_that_do_not_fit_are_refused(pix2pix, data, message):
    with pytest.raises(ValueError, match=message):
        pix2pix.fit(*data, **FIT)


def test_evaluation_changes_nothing(cyclegan):
    states = [*cyclegan.weights, *cyclegan.own_states()]
    before = [np.array(ops.convert_to_numpy(state)) for state in states]
    options = {"batch_size": 3, "verbose": 0, "return_dict": True}
    logs = cyclegan.evaluate(SOURCES, IMAGES, **options)
    assert {"g_loss", "d_loss", "cycle"} <= logs.keys()
    assert np.isfinite(list(logs.values())).all()
    after = [np.array(ops.convert_to_numpy(state)) for state in states]
    assert checks.same(before, after)


@pytest.mark.parametrize("method", ["generate", "interpolate", "draw_latents"])
def test_methods_of_gans_from_latents_name_the_remedy(pix2pix, method):
    with pytest.raises(TypeError, match=r"Pix2Pix makes images from images.*translate"):
        getattr(pix2pix, method)(IMAGES)


# Losses by hand.


def by_hand(model, outputs):
    """A model whose networks return constants of the given sizes."""

    def apply(name, *inputs):
        return ops.full((len(inputs[0]), *outputs[name][1]), outputs[name][0])

    model.apply = apply
    return model.unpack(tuple(map(ops.convert_to_tensor, (SOURCES * 0, IMAGES * 0))))


def test_pix2pix_adds_the_distance_to_the_target():
    model = checks.tiny("pix2pix", source_shape=(16, 16, 1), l1_weight=3.0)
    outputs = {"generator": (0.5, (16, 16, 3)), "discriminator": (0.0, (4, 4, 1))}
    batch = by_hand(model, outputs)
    expected = 3.0 * 0.5 + np.log(2)
    assert float(as_array(model.generator_loss(batch))) == pytest.approx(expected)
    results = float(as_array(model.discriminator_loss(batch)))
    assert results == pytest.approx(np.log(2))  # half of 2 log 2


@pytest.mark.parametrize("loss", ["least_squares", "relativistic"])
def test_pix2pix_takes_other_losses(loss):
    model = checks.tiny("pix2pix", source_shape=(16, 16, 1), loss=loss, l1_weight=0.0)
    outputs = {"generator": (0.5, (16, 16, 3)), "discriminator": (0.0, (4, 4, 1))}
    results = float(as_array(model.generator_loss(by_hand(model, outputs))))
    expected = {"least_squares": 0.5, "relativistic": np.log(2)}[loss]
    assert results == pytest.approx(expected)


def test_cyclegan_adds_cycle_and_identity():
    sizes = {"source_shape": (16, 16, 3), "cycle_weight": 4.0, "identity_weight": 0.25}
    model = checks.tiny("cyclegan", **sizes)
    outputs = {
        "generator": (0.5, (16, 16, 3)),
        "backward_generator": (-0.25, (16, 16, 3)),
        "discriminator": (0.0, (4, 4, 1)),
        "source_discriminator": (2.0, (4, 4, 1)),
    }
    model.apply = lambda name, x: ops.full(
        (len(x), *outputs[name][1]), outputs[name][0]
    )
    zeros = ops.convert_to_tensor(IMAGES * 0)
    batch = model.unpack((zeros, zeros))
    fool = (0 - 1) ** 2 + (2 - 1) ** 2  # Zhu et al. 2017, section 4
    cycles, same = 0.25 + 0.5, 0.5 + 0.25
    expected = fool + 4.0 * cycles + 4.0 * 0.25 * same
    assert float(as_array(model.generators_loss(batch))) == pytest.approx(expected)
    assert float(model.trackers["cycle"].result()) == pytest.approx(cycles / 2)
    halves = ((0 - 1) ** 2 + 0) / 2 + ((2 - 1) ** 2 + 2**2) / 2
    with model.frozen():  # without the pool
        results = float(as_array(model.discriminators_loss(batch)))
    assert results == pytest.approx(halves)


# Networks.


@pytest.mark.backend_free
@pytest.mark.parametrize(("depth", "seen"), [(1, 16), (2, 34), (3, 70)])
def test_patches_have_their_papers_size(depth, seen):
    """Isola et al. 2016, appendix 6.1.2: the pixels that a logit depends on."""
    critic = Pix2Pix(image_shape=(32, 32, 1), width=1, depth=depth).discriminator
    size = 1
    for layer in reversed(critic.layers):
        if isinstance(layer, keras.layers.Conv2D):
            size = (size - 1) * layer.strides[0] + layer.kernel_size[0]
    assert size == seen
    pair = [np.zeros((1, 32, 32, 1), "float32")] * 2
    assert critic(pair).shape == (1, 32 >> depth, 32 >> depth, 1)


@pytest.mark.parametrize("shape", [(16, 16, 3), (16, 32, 1), (48, 48, 3), (20, 20, 1)])
def test_translators_keep_the_sides(shape):
    for cls, options in ((Pix2Pix, {}), (CycleGAN, {"blocks": 1})):
        model = cls(image_shape=shape, width=1, depth=1, **options)
        images = np.zeros((2, *shape), "float32")
        assert model.translate(images).shape == (2, *shape)


def test_a_single_image_is_translated_as_in_a_batch(pix2pix):
    """Each image is normalized by itself."""
    alone = pix2pix.translate(SOURCES[:1], batch_size=1).astype(int)
    assert np.abs(pix2pix.translate(SOURCES)[0] - alone).max() <= 1


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("pix2pix", {"image_shape": (18, 16, 3)}, "divisible by 4 and at least 16"),
        ("pix2pix", {"image_shape": (8, 8, 3)}, "divisible by 4 and at least 16"),
        ("cyclegan", {"image_shape": (18, 16, 3)}, "divisible by 4"),
        ("pix2pix", {"source_shape": (32, 32, 3)}, "must have the sides"),
        ("pix2pix", {"depth": 4}, "`depth` must leave at least 2 pixels of 16"),
        ("pix2pix", {"depth": 0}, "`depth` must be an integer from 1 to 8"),
        ("pix2pix", {"l1_weight": -1}, "`l1_weight` must be a number"),
        ("pix2pix", {"loss": "l2"}, "`loss` must be one of"),
        ("pix2pix", {"width": 0}, "`width` must be"),
        ("cyclegan", {"source_shape": (16, 16, 1)}, "identity_weight=0"),
        ("cyclegan", {"depth": 4}, "`depth` must leave at least 2 pixels"),
        ("cyclegan", {"blocks": 0}, "`blocks` must be an integer from 1 to 32"),
        ("cyclegan", {"pool": -1}, "`pool` must be an integer from 0 to 4096"),
        ("cyclegan", {"cycle_weight": "x"}, "`cycle_weight` must be a number"),
        ("cyclegan", {"identity_weight": -1}, "`identity_weight` must be a number"),
    ],
)
def test_translators_refuse(name, arguments, message):
    with pytest.raises(ValueError, match=message):
        checks.tiny(name, **arguments)


# The pool.


@pytest.fixture
def pool():
    """A pool of four numbers, each an image of one pixel."""
    model = checks.tiny("cyclegan", pool=0)
    return ImagePool(model, (1, 1, 1), 4, "test_pool")


def pooled(pool, numbers, seed):
    images = np.reshape(np.asarray(numbers, "float32"), (-1, 1, 1, 1))
    return as_array(pool(ops.convert_to_tensor(images), seed)).ravel()


def kept(pool):
    return as_array(pool.images.value).ravel()


def test_a_pool_returns_the_images_while_it_fills(pool):
    seed = keras.random.SeedGenerator(0)
    np.testing.assert_array_equal(pooled(pool, [1, 2, 3], seed), [1, 2, 3])
    assert int(pool.count) == 3 and sorted(kept(pool)) == [0, 1, 2, 3]
    pooled(pool, [4], seed)
    assert int(pool.count) == 4 and sorted(kept(pool)) == [1, 2, 3, 4]


def test_a_full_pool_swaps_about_half(pool):
    seed, swaps = keras.random.SeedGenerator(0), 0
    pooled(pool, [1, 2, 3, 4], seed)
    for start in range(10, 210, 2):
        before, given = kept(pool), [start, start + 1]
        returned = pooled(pool, given, seed)
        for new, back in zip(given, returned, strict=True):
            swapped = back != new
            swaps += swapped
            if swapped:
                assert back in before and new in kept(pool)
        assert len(set(returned)) == 2 and len(set(kept(pool))) == 4
        assert sorted({*before, *given}) == sorted({*kept(pool), *returned})
    assert 75 < swaps < 125


def test_a_batch_above_the_pool_is_refused(cyclegan):
    message = "`pool` must hold at least a batch of 6. Received: pool=4"
    with pytest.raises(ValueError, match=message):
        cyclegan.fit(SOURCES, IMAGES, batch_size=6, verbose=0)
    batches = [(SOURCES, IMAGES)]
    with pytest.raises(ValueError, match=message):
        cyclegan.fit((batch for batch in batches), verbose=0)


@pytest.mark.backend_free
def test_without_a_pool_any_batch_trains():
    model = checks.tiny("cyclegan", pool=0, width=1)
    assert model.pools == {} and model.pool_states == []
    model.compile(run_eagerly=checks.EAGER)
    history = model.fit(IMAGES, IMAGES, batch_size=6, verbose=0).history
    assert np.isfinite(history["d_loss"]).all()


def test_a_pool_that_is_not_full_returns_no_empty_place(pool):
    seed = keras.random.SeedGenerator(0)
    pooled(pool, [1], seed)
    np.testing.assert_array_equal(pooled(pool, [2, 3, 4], seed), [2, 3, 4])
    assert int(pool.count) == 4 and sorted(kept(pool)) == [1, 2, 3, 4]


def network(*shapes, made=None):
    """A network of these inputs, to images of `made` or to patches."""
    inputs = [keras.Input(shape) for shape in shapes]
    x = keras.layers.Concatenate()(inputs) if len(inputs) > 1 else inputs[0]
    x = keras.layers.Conv2D(1 if made is None else made, 3, padding="same")(x)
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], x)


@pytest.mark.parametrize(
    ("name", "networks", "message"),
    [
        ("pix2pix", {"generator": network((16, 16, 1), made=3)}, "generator must take"),
        (
            "pix2pix",
            {"generator": network(checks.SHAPE, made=1)},
            "generator must make",
        ),
        (
            "pix2pix",
            {"discriminator": network(checks.SHAPE)},
            "discriminator must take",
        ),
        ("cyclegan", {"source_discriminator": network((8, 8, 3))}, "source_discrim"),
        (
            "cyclegan",
            {"backward_generator": network(checks.SHAPE, made=2)},
            "backward_generator must make",
        ),
    ],
)
def test_translators_name_the_network_that_does_not_fit(name, networks, message):
    with pytest.raises(ValueError, match=message):
        checks.tiny(name, **networks)


def test_translators_take_users_networks():
    generator = network(checks.SHAPE, made=3)
    model = checks.tiny("pix2pix", generator=generator)
    assert model.generator is generator
    assert model.translate(IMAGES).shape == (6, *checks.SHAPE)
    with pytest.raises(ValueError, match="16x16 pixels alone. Received: 32x32"):
        model.translate(np.zeros((20, 21, 3), "uint8"))


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("name", "use"), [("srgan", "upscale"), ("context_encoder", "inpaint")]
)
def test_each_task_has_its_own_method(name, use):
    with pytest.raises(TypeError, match=f"Received: translate. Use {use}"):
        checks.tiny(name).translate(IMAGES)


def test_a_translators_card_shows_how_to_translate(tmp_path):
    checks.tiny("pix2pix").save_to_preset(tmp_path / "model")
    card = (tmp_path / "model" / "README.md").read_text()
    assert "translates images into 16x16 images" in card
    assert 'model.translate("photo.png")' in card and "samples.png" not in card
    assert "pipeline_tag: image-to-image" in card


@pytest.mark.backend_free
def test_an_untrained_copy_keeps_the_samples(tmp_path):
    model = checks.tiny("pix2pix")
    model.examples = checks.pictures(2), checks.pictures(2, seed=2)
    model.save_to_preset(tmp_path / "first")
    again = kerasgan.from_preset(tmp_path / "first")
    again.save_to_preset(tmp_path / "second")
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("first", "second")
    )
    assert "samples.png" in first
    assert {name for name in first if first[name] != second[name]} == {"README.md"}
    again.compile()
    again.fit(checks.pictures(4), checks.pictures(4), batch_size=4, verbose=0)
    again.save_to_preset(tmp_path / "trained")
    assert not (tmp_path / "trained" / "samples.png").exists()
