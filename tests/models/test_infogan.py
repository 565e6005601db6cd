"""InfoGAN: codes in latents and losses, chosen codes, what categories mean."""

import numpy as np
import pytest
from keras import ops

from tests.support import checks
from tests.support.checks import as_array


@pytest.fixture(scope="module")
def gan():
    """Latents of 3 numbers of noise, 3 categories and 2 continuous codes."""
    return checks.tiny("infogan")


def test_latents_hold_noise_a_category_and_continuous_codes(gan):
    latents = gan.draw_latents(500, np.random.default_rng(0))
    noise, one_hot, continuous = np.split(latents, [3, 6], axis=1)
    assert latents.dtype == np.float32 and latents.shape == (500, gan.latent_dim)
    assert abs(noise.std() - 1) < 0.1 and abs(noise.mean()) < 0.1
    assert set(map(tuple, one_hot)) == {(1, 0, 0), (0, 1, 0), (0, 0, 1)}
    assert np.abs(continuous).max() <= 1 and abs(continuous.std() - 3**-0.5) < 0.05
    codes = gan.condition.split(latents)[1]
    np.testing.assert_array_equal(gan.condition.category(codes), one_hot.argmax(axis=1))


def test_training_draws_codes_in_place_of_labels(gan):
    batch = gan.unpack((ops.convert_to_tensor(checks.pictures(40)),))
    one_hot, continuous = np.split(as_array(batch.condition), [3], axis=1)
    assert batch.real.shape == (40, *checks.SHAPE) and continuous.shape == (40, 2)
    assert (one_hot.sum(axis=1) == 1).all() and (one_hot.sum(axis=0) > 0).all()
    assert np.abs(continuous).max() <= 1 and (continuous < 0).any()


def test_generated_images_follow_their_codes_in_training(gan):
    codes, images = np.array([[1, 0, 0, 0.5, -0.5]] * 2, "float32"), []
    batch = gan.unpack((ops.zeros((2, *checks.SHAPE)),))
    for sign in (1, -1):
        gan.random.state.assign([7, 0])
        value = ops.convert_to_tensor(codes * [1, 1, 1, sign, sign], "float32")
        with gan.frozen():
            images.append(as_array(gan.fake(batch._replace(condition=value))))
    assert not np.array_equal(*images)


def test_both_losses_hold_the_information():
    """Heads by hand: cross-entropy log 3 on even logits, 1/2 (0.3^2 + 0.4^2)."""
    gan = checks.tiny("infogan", category_weight=2.0, continuous_weight=4.0)
    codes = ops.convert_to_tensor([[0, 1, 0, 0.3, 0.4]] * 2, "float32")
    heads = {
        "logits": ops.zeros((2,)),
        "category": ops.zeros((2, 3)),
        "continuous": ops.zeros((2, 2)),
    }
    information = 2 * np.log(3) + 4 * 0.125
    for loss, adversarial in (
        (gan.discriminator_loss, 2 * np.log(2)),
        (gan.generator_loss, np.log(2)),
    ):
        results = as_array(loss(lambda _: heads, None, None, codes))
        assert results == pytest.approx(adversarial + information, rel=1e-5)


def test_the_head_that_recognizes_codes_learns():
    gan = checks.tiny("infogan")
    gan.compile(run_eagerly=checks.EAGER)
    head = gan.discriminator.get_layer("category")
    before = checks.snapshot(head)
    gan.fit(checks.pictures(4), batch_size=4, verbose=0)
    assert not checks.same(before, checks.snapshot(head))


def test_codes_choose_what_is_generated(gan):
    latents = gan.draw_latents(2, np.random.default_rng(5))
    codes = gan.condition.split(latents)[1]
    rows = np.column_stack([gan.condition.category(codes), latents[:, 6:]])
    chosen = gan.generate(codes=rows, seed=5)
    np.testing.assert_array_equal(chosen, gan.generate(2, seed=5))
    by_category = gan.generate(codes=[0, 1, 2], seed=5)
    assert by_category.shape == (3, *checks.SHAPE)
    assert not np.array_equal(by_category, gan.generate(codes=[1, 1, 2], seed=5))


def test_one_row_of_codes_serves_all_images(gan):
    one = gan.generate(2, codes=[[2, 0.5, -1]], seed=5)
    np.testing.assert_array_equal(one, gan.generate(codes=[[2, 0.5, -1]] * 2, seed=5))
    one = gan.generate(2, codes=1, seed=5)
    np.testing.assert_array_equal(one, gan.generate(codes=[1, 1], seed=5))


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ([[0, 0.5]], r"rows \(n, 3\) .* Received: .*0.5"),
        ([[[0]]], r"Received: .*\[\[\[0\]\]\]"),
        ([0, 1], r"with n=3\. Received: \[0, 1\]"),
        ([0, 1, 3], r"an integer in \[0, 2\]"),
        ([0, 1, -1], "an integer in"),
        ([0, 1, 0.5], "an integer in"),
        ([[0, 0, np.nan]] * 3, "be finite"),
        ("abc", "must be categories"),
        ("3", "must be categories"),
    ],
)
def test_codes_that_do_not_fit_are_refused(gan, codes, message):
    with pytest.raises(ValueError, match=message):
        gan.generate(3 if len(codes) > 1 else None, codes=codes)


@pytest.mark.parametrize(("codes", "count"), [([2, 0.5, -1], None), ([2, 1, 0], 1)])
def test_a_flat_row_of_codes_is_shown_as_a_row(gan, codes, count):
    row = str([[float(code) for code in codes]]).replace("[", r"\[")
    with pytest.raises(ValueError, match=f"One row is {row}"):
        gan.generate(count, codes=codes)


def test_codes_change_while_the_noise_is_held(gan):
    codes = [[1, value, 0] for value in (-2, 0, 2)]
    expected = [gan.generate(codes=[row], seed=5)[0] for row in codes]
    results = gan.interpolate(5, 5, frames=3, codes=codes)
    np.testing.assert_array_equal(results, expected)


@pytest.mark.parametrize("codes", [[[2, 0.5, -1]], 2], ids=["row", "category"])
def test_noise_changes_while_the_codes_are_held(gan, codes):
    frames = gan.interpolate(1, 2, frames=3, codes=codes)
    ends = [gan.generate(codes=codes, seed=seed)[0] for seed in (1, 2)]
    np.testing.assert_array_equal(frames[[0, -1]], ends)


def test_an_animation_needs_codes_for_each_seed_or_frame(gan):
    frames = gan.interpolate(1, 2, frames=4, codes=[1, 2])
    each = gan.interpolate(1, 2, frames=4, codes=[1, 1, 2, 2])
    np.testing.assert_array_equal(frames, each)
    with pytest.raises(ValueError, match="with n=4"):
        gan.interpolate(1, 2, frames=4, codes=[1, 2, 0])


def test_codes_and_latents_exclude_each_other(gan):
    with pytest.raises(ValueError, match="`latents` contain codes already"):
        gan.generate(codes=[0], latents=np.zeros((1, 8)))


def test_labels_are_no_keyword_of_infogan(gan):
    with pytest.raises(TypeError, match="takes codes=. Received: labels="):
        gan.generate(codes=[0], labels=[0])


@pytest.mark.backend_free
def test_an_infogan_without_continuous_codes_trains():
    gan = checks.tiny("infogan", continuous=0, width=4)
    gan.compile(run_eagerly=checks.EAGER)
    logs = gan.fit(checks.pictures(4), batch_size=4, verbose=0).history
    assert "category" in logs and "continuous" not in logs
    assert gan.generate(codes=[0, 2], seed=0).shape == (2, *checks.SHAPE)


def test_categories_are_those_of_the_discriminators_head(gan):
    images = checks.pictures(9)
    heads = gan.discriminator.predict(images, verbose=0)
    expected = heads["category"].argmax(axis=1)
    np.testing.assert_array_equal(gan.classify(images), expected)
    assert gan.examined == "best_match_accuracy"


def test_a_sampler_cannot_recognize_categories():
    gan = checks.tiny("infogan", networks="sampler")
    with pytest.raises(ValueError, match='Load it with networks="all"'):
        gan.classify(checks.pictures(2))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("noise_dim", 0),
        ("categories", 1),
        ("continuous", -1),
        ("category_weight", -1),
        ("continuous_weight", "x"),
    ],
)
def test_infogan_refuses(option, value):
    with pytest.raises(ValueError, match=f"`{option}` must be"):
        checks.tiny("infogan", **{option: value})


def test_the_picture_varies_one_code_in_a_row(gan):
    columns, rows = 8, 9  # three codes, three rows each
    shown = gan.picture()
    assert shown.shape == (2 * (rows * 18 + 2), 2 * (columns * 18 + 2), 3)
    assert "one code varies" in gan.describe()["caption"]
