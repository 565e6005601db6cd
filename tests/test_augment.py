"""Augmentation: what it changes, what it leaves, its gradient, ADA's feedback."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from kerasgan import ImageGAN, augment, backend, penalties
from tests.support import checks
from tests.support.checks import as_array

PARTS = ["color", "translation", "cutout"]


def seed():
    return keras.random.SeedGenerator(3)


def pictures(channels=3, count=6):
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (count, 16, 24, channels)).astype("float32")


def change(images, part, seeds):
    """One part, or ADA with a fixed probability."""
    if part == "ada":
        return augment.ada(images, 0.7, seeds)
    return augment.diff_augment(images, [part], seeds)


def test_images_move_by_whole_pixels_and_nothing_comes_in():
    images = pictures()
    moves = [ops.array([[2.0], [-3.0]] * 3), ops.array([[0.0], [5.0]] * 3)]
    moved = as_array(augment.resampled(ops.array(images), [1.0, 1.0], moves))
    expected = np.zeros_like(images)
    expected[0::2, 2:] = images[0::2, :-2]
    expected[1::2, :-3, 5:] = images[1::2, 3:, :-5]
    np.testing.assert_allclose(moved, expected, atol=1e-6)


def test_a_scale_below_zero_mirrors_and_two_is_bilinear():
    images = pictures(count=1)
    still = [ops.zeros((1, 1))] * 2
    mirrored = as_array(augment.resampled(ops.array(images), [1.0, -1.0], still))
    np.testing.assert_allclose(mirrored, images[:, :, ::-1], atol=1e-6)
    twice = as_array(augment.resampled(ops.array(images), [2.0, 1.0], still))
    between = 0.75 * images[0, 7] + 0.25 * images[0, 8]  # row 7 comes from 7.25
    np.testing.assert_allclose(twice[0, 7], between, atol=1e-6)


def test_translation_stays_within_an_eighth():
    images = np.ones((400, 16, 28, 1), "float32")
    moved = as_array(augment.translation(ops.array(images), seed()))[..., 0]
    rows, columns = (moved.max(axis).sum(1) for axis in (2, 1))
    assert set(rows) == {14, 15, 16}
    assert set(columns) == {24, 25, 26, 27, 28}  # 28 / 8 is 3.5, and rounded up
    assert set(np.unique(moved)) == {0, 1}


def test_cutout_blanks_half_of_each_side_inside_the_image():
    """As the authors': the center is at any place, or just beyond an even side."""
    images = np.ones((600, 16, 21, 1), "float32")
    blank = 1 - as_array(augment.cutout(ops.array(images), seed()))[..., 0]
    spans = []
    for axis in (2, 1):
        line = blank.max(axis)
        first, after = line.argmax(1), line.shape[1] - line[:, ::-1].argmax(1)
        spans.append(set(zip(first.tolist(), after.tolist(), strict=True)))
    centers = range(17), range(21)
    for span, places, size, side in zip(spans, centers, (8, 11), (16, 21), strict=True):
        starts = [place - size // 2 for place in places]
        assert span == {(max(0, s), min(side, s + size)) for s in starts}
    areas = blank.max(2).sum(1) * blank.max(1).sum(1)
    np.testing.assert_array_equal(blank.sum((1, 2)), areas)


QUANTILES = [0.1, 0.5, 0.9]
NORMAL = np.array([-1.2816, 0.0, 1.2816])  # of a normal distribution


def test_colors_change_by_the_published_amounts():
    """One brightness, saturation and contrast for each image, all uniform."""
    image = np.array([[[-0.6, 0.1, 0.2], [0.9, 0.3, 0.0]]], "float32")
    images = np.tile(image[None], (4000, 1, 1, 1))
    changed = as_array(augment.color(ops.array(images), seed()))
    old, new = image.mean(-1)[0], changed.mean(-1)[:, 0]
    brightness = changed.mean((1, 2, 3)) - image.mean()
    contrast = (new[:, 1] - new[:, 0]) / (old[1] - old[0])
    color = (changed[:, 0, 0] - new[:, :1]) / (image[0, 0] - old[0])
    np.testing.assert_allclose(color, color[:, :1] * np.ones(3), rtol=1e-3, atol=1e-4)
    saturation = color[:, 0] / contrast
    for value, low, high in (
        (brightness, -0.5, 0.5),
        (saturation, 0.0, 2.0),
        (contrast, 0.5, 1.5),
    ):
        assert low - 1e-4 <= value.min() and value.max() <= high + 1e-4
        expected = low + (high - low) * np.array(QUANTILES)
        np.testing.assert_allclose(np.quantile(value, QUANTILES), expected, atol=0.06)


@pytest.mark.parametrize("part", [*PARTS, "ada"])
def test_real_and_fake_are_changed_differently_and_repeatably(part):
    images, seeds = ops.array(pictures()), seed()
    augmenter = augment.Augmenter(part, 3, 0.6, 100)
    for state in augmenter.states[:1]:
        state.assign(0.8)
    first, second = (as_array(augmenter(images, seeds)) for _ in range(2))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(first, as_array(augmenter(images, seed())))


@pytest.mark.parametrize("part", [*PARTS, "ada"])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_gradient_is_the_adjoint_of_the_change(part, channels):
    """The change is affine: <A x, w> = <x, A' w>, whatever A was drawn."""
    images = pictures(channels)
    weights = np.random.default_rng(1).normal(size=images.shape).astype("float32")

    def critic(x):
        return ops.sum(change(x, part, seed()) * ops.array(weights), axis=(1, 2, 3))

    _, gradient = backend.value_and_input_grad(critic, ops.array(images))
    linear = as_array(critic(ops.array(images)) - critic(ops.zeros(images.shape)))
    adjoint = (as_array(gradient) * images).sum((1, 2, 3))
    np.testing.assert_allclose(adjoint, linear, rtol=1e-3, atol=1e-3)


class Penalized(ImageGAN):
    """Its discriminator's loss is R1 alone, of images that are changed."""

    def __init__(self, part):
        latents, images = keras.Input((1,)), keras.Input(checks.SHAPE)
        made = layers.Reshape(checks.SHAPE)(layers.Dense(768)(latents))
        x = layers.Dense(3, "tanh")(layers.Flatten()(images))
        critic = keras.Model(images, layers.Reshape(())(layers.Dense(1)(x)))
        networks = {"generator": keras.Model(latents, made), "discriminator": critic}
        super().__init__(**networks, augmentation=part)
        if self.augmenter.states:
            self.augmenter.probability.assign(0.7)

    def loss_of(self, player, batch):
        return penalties.zero_centered(self.critic(None), batch.real)[1]


@pytest.mark.parametrize("part", [*PARTS, "ada"])
def test_the_gradient_of_a_penalty_passes_through_the_change(part):
    """Second order, as a training takes it, against finite differences."""
    keras.utils.set_random_seed(0)
    gan, images = Penalized(part), checks.pictures(4)
    start, before = np.array(gan.random.state), checks.snapshot(gan.discriminator)
    gan.compile(keras.optimizers.SGD(1.0), players=["discriminator"])
    gan.fit(images, batch_size=4, shuffle=False, verbose=0)
    after = checks.snapshot(gan.discriminator)
    gradient = [b - a for b, a in zip(before, after, strict=True)]
    squared = sum(float((g**2).sum()) for g in gradient)

    def penalty(step):
        moved = [w + step * g for w, g in zip(before, gradient, strict=True)]
        gan.discriminator.set_weights(moved)
        gan.random.state.assign(start)  # the same changes
        value = penalties.zero_centered(gan.critic(None), ops.array(images))[1]
        return float(as_array(value))

    h = 2e-3 / squared**0.5
    assert (penalty(h) - penalty(-h)) / (2 * h) == pytest.approx(squared, rel=1e-2)


def test_ada_changes_nothing_at_probability_0():
    images = pictures()
    same = as_array(augment.ada(ops.array(images), 0.0, seed()))
    np.testing.assert_allclose(same, images, atol=1e-6)


def drawn(probability):
    """What ADA drew for each of 1500 images, from its effect on simple ones."""
    side, count = 16, 1500
    place = np.arange(side, dtype="float32") - (side - 1) / 2

    def middle(image):
        """Of the images, changed by the same draws, the four places in the middle."""
        images = np.broadcast_to(image, (count, side, side, 3)).astype("float32")
        changed = as_array(augment.ada(ops.array(images), probability, seed()))
        return changed[:, side // 2 - 1 : side // 2 + 1, side // 2 - 1 : side // 2 + 1]

    black = middle(0.0)[:, 0, 0, 0]
    white = middle(1.0)[:, 0, 0, 0] - black  # contrast, and the flip of its sign
    outside = np.abs(white) < 0.02  # of few images even the middle is moved out
    white[outside] = 1.0
    red = middle(np.array([2.0, -1.0, -1.0]) / 6**0.5)[:, 0, 0] - black[:, None]
    contrast = np.log2(np.abs(white))
    saturation = np.log2(np.linalg.norm(red, axis=-1) + 1e-9) - contrast
    amounts = {"brightness": black / white, "contrast": contrast, "flip": white < 0}
    amounts["saturation"] = saturation
    for name, ramp in (("rows", place[:, None, None]), ("columns", place[:, None])):
        gray = (middle(ramp)[..., 0] - black[:, None, None]) / white[:, None, None]
        slope = gray[:, 1, 1] - gray[:, 0, 0]  # the other ramp is level
        slope[outside] = 1.0
        amounts[f"{name} scale"] = -np.log2(np.abs(slope))
        amounts[f"{name} mirror"] = slope < 0
        amounts[f"{name} move"] = -gray.mean((1, 2)) / slope
    return {name: values[~outside] for name, values in amounts.items()}


ADA = {  # standard deviations
    "brightness": 0.2,
    "contrast": 0.5,
    "saturation": 1.0,
    "rows scale": 0.2 * 2**0.5,
    "columns scale": 0.2 * 2**0.5,
}


def test_ada_draws_by_the_published_amounts():
    amounts = drawn(1.0)
    for name, deviation in ADA.items():
        spread = np.quantile(amounts[name], QUANTILES) / deviation
        np.testing.assert_allclose(spread, NORMAL, atol=0.15, err_msg=name)
    for name in ("flip", "columns mirror"):
        assert amounts[name].mean() == pytest.approx(0.5, abs=0.05)
    assert amounts["rows mirror"].mean() < 0.01  # none, but for images moved out
    rows, columns = amounts["rows scale"], amounts["columns scale"]
    for once in (rows + columns, rows - columns):  # a scale, and a stretch
        spread = np.quantile(once, QUANTILES) / 0.4
        np.testing.assert_allclose(spread, NORMAL, atol=0.15)
    deviation = (2.0**2 + 1.5) ** 0.5  # normal, and a whole number of pixels
    for name in ("rows move", "columns move"):
        moved = np.quantile(amounts[name], QUANTILES) / deviation
        np.testing.assert_allclose(moved, NORMAL, atol=0.2, err_msg=name)


def test_ada_changes_each_thing_of_so_many_images():
    amounts = drawn(0.3)
    for name in ("brightness", "contrast", "saturation"):
        assert (np.abs(amounts[name]) > 1e-3).mean() == pytest.approx(0.3, abs=0.05)
    assert amounts["flip"].mean() == pytest.approx(0.15, abs=0.04)
    assert amounts["columns mirror"].mean() == pytest.approx(0.15, abs=0.04)
    scaled = np.abs(amounts["rows scale"]) > 1e-3
    assert scaled.mean() == pytest.approx(1 - 0.7**2, abs=0.05)
    still = [np.abs(amounts[f"{side} move"]) < 1e-2 for side in ("rows", "columns")]
    neither = 0.7 * (0.7 + 0.3 / 16)  # one draw for both sides, of which 1 of 16 is 0
    assert (still[0] & still[1]).mean() == pytest.approx(neither, abs=0.05)
    both = (np.abs(amounts["brightness"]) > 1e-3) & (np.abs(amounts["contrast"]) > 1e-3)
    assert both.mean() == pytest.approx(0.09, abs=0.04)


def test_hues_turn_about_gray():
    """A third of a turn takes red to green; nothing becomes paler or grayer."""
    red = np.zeros((1, 1, 1, 3), "float32") + [1.0, 0.0, 0.0] - 1 / 3
    third = as_array(augment.hue(ops.array(red, "float32"), 2 * np.pi / 3))
    np.testing.assert_allclose(third[0, 0, 0], [-1 / 3, 2 / 3, -1 / 3], atol=1e-6)
    color = pictures() - pictures().mean(-1, keepdims=True)
    angles = ops.reshape(ops.linspace(-3.0, 3.0, 6), (6, 1, 1, 1))
    turned = as_array(augment.hue(ops.array(color), angles))
    np.testing.assert_allclose(turned.sum(-1), 0, atol=1e-5)
    lengths = (np.linalg.norm(x, axis=-1) for x in (turned, color))
    np.testing.assert_allclose(*lengths, rtol=1e-4)


def test_nothing_is_changed_outside_of_training():
    gan = checks.tiny("dcgan", augmentation="color,translation,cutout")
    images = ops.array(checks.pictures(4))
    with gan.frozen():
        once, twice = (as_array(gan.critic(None)(images)) for _ in "ab")
    np.testing.assert_array_equal(once, twice)
    once, twice = (as_array(gan.critic(None)(images)) for _ in "ab")
    assert not np.array_equal(once, twice)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"augmentation": "colour"}, "'color'.*Received: .*'colour'. Did you mean"),
        ({"augmentation": "ADA"}, "Received: .*'ADA'. Did you mean 'ada'"),
        ({"augmentation": "DiffAugment"}, 'DiffAugment is "color,translation,cutout"'),
        (
            {"augmentation": "color,"},
            "Received: augmentation=''.*Separate names by commas",
        ),
        ({"augmentation": "ada,cutout"}, '"ada" alone'),
        ({"augmentation": ""}, "must be one of 'ada'"),
        ({"augmentation": "cutout,cutout"}, "each part once"),
        ({"ada_target": 2}, "`ada_target` must be a number from 0 to 1"),
        ({"ada_images": 0}, "`ada_images` must be an integer of at least 1"),
    ],
)
def test_wrong_policies_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        checks.tiny("dcgan", **options)


@pytest.mark.parametrize("policy", [["color", "cutout"], ("color",), 5, True])
def test_a_policy_is_a_string(policy):
    with pytest.raises(TypeError, match="must be a string .*Separate parts by commas"):
        checks.tiny("dcgan", augmentation=policy)


@pytest.mark.parametrize("names", ["ada", "color,cutout"])
def test_colors_need_one_channel_or_three(names):
    with pytest.raises(ValueError, match="1 or 3 channels. Received.*2 channels"):
        checks.tiny("dcgan", augmentation=names, image_shape=(16, 16, 2))
    checks.tiny("dcgan", augmentation="cutout", image_shape=(16, 16, 2))
