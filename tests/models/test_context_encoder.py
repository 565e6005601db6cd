"""Context encoder: holes drawn in training, known pixels, losses by hand."""

import keras
import numpy as np
import pytest
from keras import ops

from kerasgan import losses
from kerasgan.models import ContextEncoder
from kerasgan.networks import Paste
from tests.support import checks
from tests.support.checks import as_array

IMAGES = checks.pictures(4)
PHOTOS = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), "uint8")
HOLES = np.zeros((3, 16, 16), bool)
HOLES[0, 4:9, 2:7] = HOLES[1, :, 3] = HOLES[2, 10:, 8:] = True


@pytest.fixture(scope="module")
def model():
    """A model that no test trains, whose generator makes more than 0."""
    model = checks.tiny("context_encoder")
    rng = np.random.default_rng(0)
    for weight in model.generator_ema.weights:  # blocks start at zero
        weight.assign_add(0.1 * rng.normal(size=weight.shape))
    return model


# Training.


def source_of(model, images):
    return as_array(model.unpack((ops.convert_to_tensor(images),)).source)


def test_the_generator_sees_the_image_around_a_hole_and_the_mask(model):
    source = source_of(model, IMAGES)
    image, mask = source[..., :3], source[..., 3:]
    assert source.shape == (4, 16, 16, 4) and set(np.unique(mask)) == {-1.0, 1.0}
    np.testing.assert_array_equal(image, np.where(mask > 0, 0, IMAGES))
    assert (mask > 0).any(axis=(1, 2, 3)).all()


@pytest.mark.backend_free
def test_training_draws_other_holes_each_time(model):
    first, second = (source_of(model, IMAGES) for _ in range(2))
    assert not np.array_equal(first, second)
    assert not np.array_equal(first[0, ..., 3], first[1, ..., 3])


@pytest.mark.backend_free
def test_training_draws_the_kinds_that_were_asked_for():
    model = checks.tiny("context_encoder", masks="center")
    mask = source_of(model, IMAGES)[..., 3] > 0
    expected = np.zeros((16, 16), bool)
    expected[4:12, 4:12] = True
    np.testing.assert_array_equal(mask, [expected] * 4)


@pytest.mark.backend_free
def test_uint8_images_train_as_floats_do(model):
    batch = model.unpack((ops.convert_to_tensor(PHOTOS),))
    np.testing.assert_allclose(as_array(batch.target), PHOTOS / 127.5 - 1, atol=1e-6)


def test_warmup_trains_the_generator_alone():
    model = checks.tiny("context_encoder", masks="center")
    critic = checks.snapshot(model.discriminator)
    model.compile(players=["warmup"], run_eagerly=checks.EAGER)
    options = {"batch_size": 4, "verbose": 0, "epochs": 2}
    logs = model.fit(np.full_like(IMAGES, 0.8), **options).history
    assert {"warmup_loss", "l1"} <= logs.keys() and "d_loss" not in logs
    assert logs["l1"][-1] < logs["l1"][0]
    assert checks.same(critic, checks.snapshot(model.discriminator))


def test_targets_besides_the_images_are_refused(model):
    model.compile()
    with pytest.raises(ValueError, match="learns from images alone. Received: targets"):
        model.fit(IMAGES, IMAGES, verbose=0)


# Losses by hand.


def batch_of(model, holes):
    """Images of 0.5 with these holes."""
    mask = np.where(holes, 1, -1)[..., None].astype("float32")
    images = np.full((len(holes), 16, 16, 3), 0.5, "float32")
    source = np.concatenate([np.where(mask > 0, 0, images), mask], -1)
    tensors = ops.convert_to_tensor(source), ops.convert_to_tensor(images)
    return type(model.unpack((tensors[1],)))(*tensors)


def constant(model, made, on_made, on_real=0.0):
    """The model's networks return constants: images, and logits by what they see."""

    def apply(name, *inputs):
        if name == "generator":
            return Paste()([ops.full(IMAGES[:3].shape, made), inputs[0]])
        real = bool(ops.all(inputs[1] == 0.5))
        return ops.full((3, 4, 4, 1), on_real if real else on_made)

    model.apply = apply


def test_the_distance_is_the_mean_over_each_hole():
    """0.75 in two holes of any size, 0 without one."""
    model = checks.tiny("context_encoder")
    constant(model, made=-0.25, on_made=0.0)
    holes = HOLES.copy()
    holes[2] = False
    loss = model.warmup_loss(batch_of(model, holes))
    assert float(as_array(loss)) == pytest.approx(2 / 3 * 0.75)
    assert float(model.trackers["l1"].result()) == pytest.approx(0.5)


def test_the_generator_adds_both_weighted_losses():
    weights = {"reconstruction_weight": 2.0, "adversarial_weight": 0.5}
    model = checks.tiny("context_encoder", **weights)
    constant(model, made=0.0, on_made=1.0)
    batch = batch_of(model, HOLES)
    expected = 2.0 * 0.5 + 0.5 * np.log1p(np.exp(-1))
    assert float(as_array(model.generator_loss(batch))) == pytest.approx(expected)
    expected = (np.log(2) + np.log1p(np.exp(1))) / 2
    assert float(as_array(model.discriminator_loss(batch))) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("loss", "expected"), [("hinge", -1.0), ("relativistic", None)]
)
def test_other_losses_fit(loss, expected):
    weights = {"reconstruction_weight": 0.0, "adversarial_weight": 1.0}
    model = checks.tiny("context_encoder", loss=loss, **weights)
    constant(model, made=0.0, on_made=1.0, on_real=3.0)
    expected = np.log1p(np.exp(2)) if expected is None else expected
    result = model.generator_loss(batch_of(model, HOLES))
    assert float(as_array(result)) == pytest.approx(expected)


def test_the_discriminator_compares_what_fills_the_hole(model):
    """It sees the source, and the true or the filled image."""
    seen, own = [], model.apply
    options = {"adversarial_weight": 1.0, "reconstruction_weight": 0.0}
    other = checks.tiny("context_encoder", **options)
    own = other.apply
    other.apply = lambda name, *x: seen.append((name, *x)) or own(name, *x)
    batch = batch_of(other, HOLES)
    other.discriminator_loss(batch)
    (_, source), (_, *real), (_, *fake) = seen
    assert source is batch.source and real[0] is source and fake[0] is source
    assert real[1] is batch.target
    differs = (as_array(fake[1]) != as_array(batch.target)).any(axis=-1)
    np.testing.assert_array_equal(differs, HOLES)


# Filling holes.


@pytest.mark.parametrize(
    "masks", [HOLES, HOLES.astype("uint8") * 255, HOLES.astype("float32")[..., None]]
)
def test_known_pixels_come_back_exactly(model, masks):
    filled = model.inpaint(PHOTOS, masks)
    assert filled.dtype == np.uint8 and filled.shape == PHOTOS.shape
    np.testing.assert_array_equal(filled[~HOLES], PHOTOS[~HOLES])
    assert (filled[HOLES] != PHOTOS[HOLES]).mean() > 0.8


def test_what_is_under_a_hole_changes_nothing(model):
    others = np.where(HOLES[..., None], 255 - PHOTOS, PHOTOS)
    expected = model.inpaint(PHOTOS, HOLES)
    np.testing.assert_array_equal(model.inpaint(others, HOLES), expected)


def test_the_mask_itself_matters(model):
    """Two masks of the same image fill their common hole differently."""
    gray = np.full((1, 16, 16, 3), 128, "uint8")
    small, large = np.zeros((2, 16, 16), bool)
    small[6:9, 6:9] = large[4:12, 4:12] = True
    made = [model.inpaint(gray, mask)[0][small].astype(int) for mask in (small, large)]
    assert np.abs(made[0] - made[1]).max() > 2


def test_images_without_a_hole_come_back(model):
    np.testing.assert_array_equal(model.inpaint(PHOTOS, HOLES & False), PHOTOS)


def test_one_mask_fills_all_images(model):
    expected = model.inpaint(PHOTOS, np.stack([HOLES[0]] * 3))
    np.testing.assert_array_equal(model.inpaint(PHOTOS, HOLES[0]), expected)


@pytest.mark.parametrize("sides", [(16, 32), (19, 21), (50, 33)])
def test_any_sides_are_filled(model, sides):
    images = np.random.default_rng(0).integers(0, 256, (2, *sides, 3), "uint8")
    mask = np.zeros(sides, bool)
    mask[3:9, -6:] = True
    filled = model.inpaint(images, mask)
    assert filled.shape == images.shape
    np.testing.assert_array_equal(filled[:, ~mask], images[:, ~mask])


@pytest.mark.parametrize(
    ("masks", "message"),
    [
        (None, "must say which pixels to fill"),
        (HOLES[:2], "Received: 2 masks"),
        (HOLES[:, :8], "Resize"),
        (HOLES | True, "a hole everywhere"),
        (HOLES * 2.0, "from 0 to 1"),
    ],
)
def test_masks_that_do_not_fit_are_refused(model, masks, message):
    with pytest.raises(ValueError, match=message):
        model.inpaint(PHOTOS, masks)


@pytest.mark.backend_free
def test_jpeg_masks_are_rounded_with_one_warning(model):
    noisy = np.where(HOLES, 250, 4).astype("uint8")
    with pytest.warns(UserWarning, match="not binary") as warned:
        filled = model.inpaint(PHOTOS, noisy)
    assert sum("not binary" in str(w.message) for w in warned) == 1
    np.testing.assert_array_equal(filled, model.inpaint(PHOTOS, HOLES))


@pytest.mark.backend_free
def test_the_picture_shows_input_output_and_truth(model):
    model.examples = model.as_pairs(PHOTOS)
    masks = model.examples.source[..., 3] > 0
    shown, made, truth = model.shown(model.examples)
    np.testing.assert_array_equal(truth, PHOTOS)
    np.testing.assert_array_equal(shown, np.where(masks[..., None], 128, PHOTOS))
    np.testing.assert_array_equal(made, model.inpaint(PHOTOS, masks))
    assert model.picture().dtype == np.uint8
    model.examples = None


# The network.


def test_results_depend_on_no_pixel_beyond_the_reach(model):
    """So tiles that overlap by the reach give the same result."""
    reach, stride = model.reach, model.stride
    assert (stride, reach) == (4, 35)
    side = 4 * -(-(2 * reach + 20) // 4)
    source = np.random.default_rng(0).uniform(-1, 1, (1, side, 8, 4)).repeat(2, 0)
    source = source.astype("float32")
    source[..., 3] = 1  # a hole everywhere
    source[1, : side // 2, :, :3] *= -1
    made = model.infer("generator", [source])
    changed = np.abs(made[0] - made[1]).max(axis=(1, 2))
    assert changed[side // 2 + reach :].max() == 0
    assert changed[side // 2 + reach // 2] > 0


def test_an_own_generator_has_an_unknown_reach():
    source = keras.Input((None, None, 4))
    made = keras.layers.Conv2D(3, 3, padding="same")(source)
    own = keras.Model(source, Paste()([made, source]))
    model = checks.tiny("context_encoder", generator=own)
    assert model.generator is own and model.reach is None
    np.testing.assert_array_equal(model.inpaint(PHOTOS, HOLES)[~HOLES], PHOTOS[~HOLES])


@pytest.mark.backend_free
@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 16, 3), (64, 64, 3)])
def test_networks_fit_other_shapes(shape):
    model = ContextEncoder(image_shape=shape, width=2, depth=2)
    images = np.zeros((1, *shape), "uint8")
    mask = np.zeros(shape[:2], bool)
    mask[5:9, 5:9] = True
    assert model.inpaint(images, mask).shape == images.shape
    assert model.stride == {28: 4, 32: 4, 64: 16}[shape[0]]


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"masks": "circles"}, "`masks` must be one of 'center', 'boxes', 'strokes'"),
        ({"masks": ["boxes", "stroke"]}, "Did you mean 'strokes'"),
        ({"masks": []}, "each once"),
        ({"masks": ["boxes", "boxes"]}, "each once"),
        ({"image_shape": (18, 16, 3)}, "divisible by 4 and at least 16"),
        ({"reconstruction_weight": -1}, "`reconstruction_weight` must be a number"),
        ({"adversarial_weight": "x"}, "`adversarial_weight` must be a number"),
        ({"depth": 5}, "`depth` must leave at least 2 pixels of 16"),
        ({"widest": 0}, "`widest` must be"),
        ({"loss": "l2"}, "`loss` must be one of"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        checks.tiny("context_encoder", **arguments)


@pytest.mark.backend_free
def test_the_source_shape_follows_from_the_images():
    assert checks.tiny("context_encoder").source_shape == (16, 16, 4)
    with pytest.raises(TypeError, match="source_shape"):
        ContextEncoder(image_shape=(16, 16, 3), source_shape=(16, 16, 4))


@pytest.mark.backend_free
def test_the_default_loss_is_the_papers():
    model = checks.tiny("context_encoder")
    weights = model.reconstruction_weight, model.adversarial_weight
    assert weights == (0.999, 0.001) and model.adversarial is losses.pair(
        "non_saturating"
    )
