"""Losses and penalties against numbers worked out by hand."""

import keras
import numpy as np
import pytest
from keras import ops

from kerasgan import losses, penalties

REAL = np.array([0.0, 2.0], "float32")
FAKE = np.array([1.0, -1.0], "float32")


def value(x):
    return float(ops.convert_to_numpy(x))


def softplus(x):
    return np.log1p(np.exp(x))


def test_non_saturating_discriminator_is_cross_entropy():
    expected = softplus(-REAL).mean() + softplus(FAKE).mean()
    loss = losses.non_saturating_discriminator(ops.array(REAL), ops.array(FAKE))
    assert value(loss) == pytest.approx(expected, rel=1e-6)


def test_non_saturating_generator_is_minus_log_d():
    expected = -np.log(1 / (1 + np.exp(-FAKE))).mean()
    loss = losses.non_saturating_generator(ops.array(FAKE))
    assert value(loss) == pytest.approx(expected, rel=1e-6)


def test_label_smoothing_lowers_the_target_of_real_images_alone():
    """Binary cross-entropy with targets 0.9 for real and 0 for generated."""
    on_real = 0.9 * softplus(-REAL) + 0.1 * softplus(REAL)
    expected = on_real.mean() + softplus(FAKE).mean()
    real, fake = ops.array(REAL), ops.array(FAKE)
    loss = losses.non_saturating_discriminator(real, fake, 0.1)
    assert value(loss) == pytest.approx(expected, rel=1e-6)


def test_minimax_generator_is_log_one_minus_d():
    expected = np.log(1 - 1 / (1 + np.exp(-FAKE))).mean()
    loss = losses.minimax_generator(ops.array(FAKE))
    assert value(loss) == pytest.approx(expected, rel=1e-6)


def test_minimax_saturates_where_non_saturating_does_not():
    """Between two sure discriminators, logits -20 and -21, only one loss moves."""
    sure = [ops.array([-20.0]), ops.array([-21.0])]
    minimax = [value(losses.minimax_generator(x)) for x in sure]
    other = [value(losses.non_saturating_generator(x)) for x in sure]
    assert abs(minimax[0] - minimax[1]) < 1e-8
    assert other[1] - other[0] == pytest.approx(1.0, rel=1e-5)


def test_hinge_by_hand():
    """Real 0 and 2, generated 1 and -1: (1 + 0) / 2 + (2 + 0) / 2."""
    real, fake = ops.array(REAL), ops.array(FAKE)
    assert value(losses.hinge_discriminator(real, fake)) == pytest.approx(1.5)
    assert value(losses.hinge_generator(fake)) == pytest.approx(0.0)
    assert value(losses.hinge_generator(real)) == pytest.approx(-1.0)


def test_relativistic_losses_look_at_pairs():
    """Real 0 and 2 against generated 1 and -1: differences -1 and 3."""
    real, fake = ops.array(REAL), ops.array(FAKE)
    expected = softplus(np.array([1.0, -3.0])).mean()
    loss = losses.relativistic_discriminator(real, fake)
    assert value(loss) == pytest.approx(expected, rel=1e-6)
    expected = softplus(np.array([-1.0, 3.0])).mean()
    loss = losses.relativistic_generator(real, fake)
    assert value(loss) == pytest.approx(expected, rel=1e-6)


def test_least_squares_by_hand():
    """Targets 1 for real, 0 for generated, 1 for the generator; the factor is 1/2."""
    real, fake = ops.array(REAL), ops.array(FAKE)  # 0, 2 and 1, -1
    loss = losses.least_squares_discriminator(real, fake)
    assert value(loss) == pytest.approx(0.5 * (1 + 1) / 2 + 0.5 * (1 + 1) / 2)
    loss = losses.least_squares_generator(fake)
    assert value(loss) == pytest.approx(0.5 * (0 + 4) / 2)


def test_cross_entropy_is_of_logits():
    """Two classes, logits 0 and log 3: probabilities 1/4 and 3/4."""
    logits = ops.array([[0.0, np.log(3.0)], [0.0, np.log(3.0)]])
    loss = losses.cross_entropy(logits, ops.array([0, 1], "int32"))
    assert value(loss) == pytest.approx((np.log(4) + np.log(4 / 3)) / 2, rel=1e-6)


def test_cross_entropy_of_extreme_logits_stays_finite():
    logits = ops.array([[1e4, -1e4]])
    loss = losses.cross_entropy(logits, ops.array([1], "int32"))
    assert value(loss) == pytest.approx(2e4, rel=1e-5)


def test_squared_error_sums_codes_and_averages_images():
    predicted, drawn = ops.array([[1.0, 2.0], [0.0, 0.0]]), ops.array([[0.0, 0.0]] * 2)
    assert value(losses.squared_error(predicted, drawn)) == pytest.approx(0.5 * 5 / 2)


def test_an_undecided_discriminator_costs_two_log_two():
    zeros = ops.zeros((3,))
    loss = value(losses.non_saturating_discriminator(zeros, zeros))
    assert loss == pytest.approx(2 * np.log(2), rel=1e-6)


def test_extreme_logits_stay_finite():
    far = ops.array([1e4, -1e4])
    assert np.isfinite(value(losses.non_saturating_discriminator(far, far)))
    assert np.isfinite(value(losses.non_saturating_generator(far)))


def test_wasserstein_losses_are_differences_of_means():
    real, fake = ops.array(REAL), ops.array(FAKE)
    assert value(losses.wasserstein_discriminator(real, fake)) == pytest.approx(-1.0)
    assert value(losses.wasserstein_generator(fake)) == pytest.approx(0.0)


def linear_critic(images):
    """D(x) = 3 x_0 + 4 x_11 per image: its gradient has norm 5 everywhere.

    The two lie in other rows, columns and channels: the norm is over H, W and C.
    """
    flat = ops.reshape(images, (-1, 12))
    return flat[:, 0] * 3.0 + flat[:, 11] * 4.0


IMAGES = np.random.default_rng(0).normal(size=(6, 3, 2, 2)).astype("float32")


def test_one_centered_penalty_of_a_linear_critic():
    logits, penalty = penalties.one_centered(linear_critic, ops.array(IMAGES))
    assert value(penalty) == pytest.approx(16.0, rel=1e-5)  # (5 - 1)^2
    expected = IMAGES.reshape(6, 12)[:, [0, 11]] @ [3.0, 4.0]
    array = ops.convert_to_numpy(ops.stop_gradient(logits))
    np.testing.assert_allclose(array, expected, rtol=1e-5)


def test_zero_centered_penalty_of_a_quadratic_critic():
    """D(x) = <w, x> + ||x||^2: the mean over images of ||w + 2 x||^2."""
    w = np.random.default_rng(1).normal(size=IMAGES.shape[1:]).astype("float32")
    critic = lambda x: ops.sum(x * ops.array(w) + x * x, axis=(1, 2, 3))  # noqa: E731
    logits, penalty = penalties.zero_centered(critic, ops.array(IMAGES))
    expected = ((w + 2 * IMAGES) ** 2).sum((1, 2, 3)).mean()
    assert value(ops.stop_gradient(penalty)) == pytest.approx(expected, rel=1e-5)
    expected = (IMAGES * w + IMAGES**2).sum((1, 2, 3))
    array = ops.convert_to_numpy(ops.stop_gradient(logits))
    np.testing.assert_allclose(array, expected, rtol=1e-4)


def test_penalty_norm_is_per_image_not_over_the_batch():
    """A quadratic critic: the mean of (2 ||x|| - 1)^2, image by image."""
    critic = lambda x: ops.sum(ops.square(x), axis=(1, 2, 3))  # noqa: E731
    _, penalty = penalties.one_centered(critic, ops.array(IMAGES))
    norms = 2 * np.sqrt((IMAGES**2).sum((1, 2, 3)))
    expected = ((norms - 1) ** 2).mean()
    assert value(ops.stop_gradient(penalty)) == pytest.approx(expected, rel=1e-5)


def test_a_penalty_refuses_data_without_a_second_axis():
    with pytest.raises(ValueError, match=r"shape \(N, ...\).*Add an axis"):
        penalties.one_centered(linear_critic, ops.zeros((3,)))


@pytest.mark.parametrize("shape", [(4, 2), (4, 8, 1)])
def test_penalties_take_data_of_any_rank(shape):
    """D(x) = 5 x_0: a gradient of norm 5, whose distance to 1 is 4."""
    critic = lambda x: 5.0 * ops.reshape(x, (4, -1))[:, 0]  # noqa: E731
    data = ops.zeros(shape)
    values = [measure(critic, data)[1] for measure in MEASURES]
    assert [value(ops.stop_gradient(x)) for x in values] == pytest.approx([16.0, 25.0])


MEASURES = penalties.one_centered, penalties.zero_centered


def test_penalties_read_logits_among_heads():
    logits, penalty = penalties.zero_centered(
        lambda x: {"logits": linear_critic(x)}, ops.array(IMAGES)
    )
    assert logits.shape == (6,)
    assert value(ops.stop_gradient(penalty)) == pytest.approx(25.0, rel=1e-5)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("one_centered", 16.0), ("dragan", 16.0), ("zero_centered", 25.0 / 2)],
)
def test_named_penalties_are_their_papers(name, expected):
    arguments = (
        ops.array(IMAGES),
        ops.zeros(IMAGES.shape),
        keras.random.SeedGenerator(1),
    )
    penalty = penalties.PENALTIES[name](linear_critic, *arguments)
    assert value(ops.stop_gradient(penalty)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", sorted(losses.PAIRS))
def test_a_pair_holds_the_losses_of_its_name(name):
    pair = losses.pair(name)
    discriminator = "non_saturating" if name == "minimax" else name
    assert pair.discriminator is getattr(losses, f"{discriminator}_discriminator")
    assert pair.generator is getattr(losses, f"{name}_generator")
    assert pair.relativistic == (name == "relativistic")
    assert losses.pair(pair) is pair


def test_an_unknown_pair_is_refused_with_the_list():
    message = "'minimax', .*Received: loss='minmax'. Did you mean 'minimax'"
    with pytest.raises(ValueError, match=message):
        losses.pair("minmax")


def test_mixing_coefficient_is_uniform_and_one_per_image():
    real, fake = ops.zeros((4000, 2, 2, 1)), ops.ones((4000, 2, 2, 1))
    seed = keras.random.SeedGenerator(1)
    t = ops.convert_to_numpy(penalties.mix(real, fake, seed))
    assert (t == t[:, :1, :1]).all()
    assert 0.0 <= t.min() and t.max() <= 1.0
    quartiles = np.quantile(t[:, 0, 0, 0], [0.25, 0.5, 0.75])
    np.testing.assert_allclose(quartiles, [0.25, 0.5, 0.75], atol=0.03)


def test_dragan_noise_is_half_a_deviation_wide():
    real = np.random.default_rng(0).normal(size=(50, 8, 8, 3)).astype("float32")
    seed = keras.random.SeedGenerator(1)
    moved = ops.convert_to_numpy(penalties.dragan_noise(ops.array(real), seed)) - real
    assert -1e-6 <= moved.min() and moved.max() <= 0.5 * real.std() * 1.001
    assert moved.mean() == pytest.approx(0.25 * real.std(), rel=0.03)
