"""InfoGAN: codes in latents and losses, chosen codes, what categories mean."""

import numpy as np
import pytest
from keras import ops

from kerasgan.models import InfoGAN
from tests.support import checks
from tests.support.checks import as_array


def test_latents_hold_noise_a_category_and_continuous_codes():
    gan = checks.tiny("infogan")
    latents = gan.draw_latents(500, np.random.default_rng(0))
    noise, one_hot, continuous = np.split(latents, [3, 6], axis=1)
    assert latents.dtype == np.float32 and latents.shape == (500, gan.latent_dim)
    assert abs(noise.std() - 1) < 0.1 and abs(noise.mean()) < 0.1
    assert set(map(tuple, one_hot)) == {(1, 0, 0), (0, 1, 0), (0, 0, 1)}
    assert np.abs(continuous).max() <= 1 and abs(continuous.std() - 3**-0.5) < 0.05
    np.testing.assert_array_equal(gan.categories_of(latents), one_hot.argmax(axis=1))


def test_training_draws_codes_in_place_of_labels():
    gan = checks.tiny("infogan")
    real, codes = gan.unpack((ops.convert_to_tensor(checks.pictures(40)),))
    one_hot, continuous = as_array(codes)[:, :3], as_array(codes)[:, 3:]
    assert codes.shape == (40, 5) and real.shape == (40, *checks.SHAPE)
    assert (one_hot.sum(axis=1) == 1).all() and (one_hot.sum(axis=0) > 0).all()
    assert np.abs(continuous).max() <= 1 and (continuous < 0).any()


def test_generated_images_follow_their_codes_in_training():
    gan = checks.tiny("infogan")
    real = ops.zeros((2, *checks.SHAPE))
    codes = np.array([[1, 0, 0, 0.5, -0.5]] * 2, "float32")
    images = []
    for sign in (1, -1):
        gan.random.state.assign([7, 0])
        told = ops.convert_to_tensor(codes * [1, 1, 1, sign, sign], "float32")
        drawn = gan.fake(gan.generator, told, real, training=False)
        images.append(as_array(drawn))
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
        found = as_array(loss(lambda _: heads, None, None, codes))
        assert found == pytest.approx(adversarial + information, rel=1e-5)


def test_the_head_that_tells_codes_learns_with_the_discriminator():
    gan = checks.tiny("infogan")
    gan.compile()
    head = gan.discriminator.get_layer("category")
    before = checks.snapshot(head)
    gan.fit(checks.pictures(4), batch_size=4, verbose=0)
    assert not checks.same(before, checks.snapshot(head))


def test_codes_choose_what_is_drawn():
    gan = checks.tiny("infogan")
    latents = gan.draw_latents(2, np.random.default_rng(5))
    rows = np.column_stack([gan.categories_of(latents), latents[:, 6:]])
    np.testing.assert_array_equal(
        gan.generate(codes=rows, seed=5), gan.generate(2, seed=5)
    )
    by_category = gan.generate(codes=[0, 1, 2], seed=5)
    assert by_category.shape == (3, *checks.SHAPE)
    assert not np.array_equal(by_category, gan.generate(codes=[1, 1, 2], seed=5))


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ([[0, 0.5]], r"rows \(n, 3\) .* Received: \[\[0, 0.5\]\]"),
        ([[[0]]], r"Received: \[\[\[0\]\]\]"),
        ([0, 1], r"with n=3\. Received: \[0, 1\]"),
        ([0, 1, 3], r"an integer in \[0, 2\]"),
        ([0, 1, -1], "an integer in"),
        ([0, 1, 0.5], "an integer in"),
        ([[0, 0, np.nan]] * 3, "be finite"),
    ],
)
def test_codes_of_a_wrong_size_are_refused(codes, said):
    with pytest.raises(ValueError, match=said):
        checks.tiny("infogan").generate(3 if len(codes) > 1 else None, codes=codes)


@pytest.mark.parametrize(("codes", "n"), [([2, 0.5, -1], None), ([2, 1, 0], 1)])
def test_a_flat_row_of_codes_is_told_how_a_row_is_written(codes, n):
    row = str([[float(code) for code in codes]]).replace("[", r"\[")
    with pytest.raises(ValueError, match=f"One row is {row}"):
        checks.tiny("infogan").generate(n, codes=codes)


def test_codes_change_while_the_noise_is_held():
    gan = checks.tiny("infogan")
    codes = [[1, value, 0] for value in (-2, 0, 2)]
    expected = [gan.generate(codes=[row], seed=5)[0] for row in codes]
    np.testing.assert_array_equal(
        gan.interpolate(5, 5, frames=3, codes=codes), expected
    )


def test_noise_changes_while_the_codes_are_held():
    gan = checks.tiny("infogan")
    film = gan.interpolate(1, 2, frames=3, codes=[[2, 0.5, -1]])
    ends = [gan.generate(codes=[[2, 0.5, -1]], seed=seed)[0] for seed in (1, 2)]
    np.testing.assert_array_equal(film[[0, -1]], ends)
    film = gan.interpolate(1, 2, frames=3, codes=2)
    ends = [gan.generate(codes=2, seed=seed)[0] for seed in (1, 2)]
    np.testing.assert_array_equal(film[[0, -1]], ends)
    with pytest.raises(ValueError, match="with n=3"):
        gan.interpolate(1, 2, frames=3, codes=[1, 2])


def test_codes_and_latents_exclude_each_other():
    gan = checks.tiny("infogan")
    with pytest.raises(ValueError, match="both `latents` and `codes`"):
        gan.generate(codes=[0], latents=np.zeros((1, 8)))
    with pytest.raises(ValueError, match="is unconditional"):
        gan.generate(codes=[0], labels=[0])


def test_an_infogan_without_continuous_codes_trains():
    gan = InfoGAN(checks.SHAPE, noise_dim=3, categories=3, continuous=0, width=4)
    gan.compile()
    logs = gan.fit(checks.pictures(4), batch_size=4, verbose=0).history
    assert "category" in logs and "continuous" not in logs
    assert gan.generate(codes=[0, 2], seed=0).shape == (2, *checks.SHAPE)


def test_categories_are_examined_against_classes():
    gan = checks.tiny("infogan")
    images = checks.pictures(9)
    heads = gan.discriminator.predict(images, verbose=0)
    found = heads["category"].argmax(axis=1)
    result = gan.examine(images, (found + 1) % 3, "mine")["best_match_accuracy"]
    assert result.value == 1.0 and result.protocol["images"] == "mine"


def test_the_picture_varies_one_code_a_row():
    gan = checks.tiny("infogan")
    columns, rows = 8, 9  # three codes, three rows each
    shown = gan.picture()
    assert shown.shape == (2 * (rows * 18 + 2), 2 * (columns * 18 + 2), 3)
    assert "one code varies" in gan.describe()["caption"]
