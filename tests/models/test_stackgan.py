"""StackGAN: two stages and their phases, losses by hand, captions in and out."""

import functools

import keras
import numpy as np
import pytest
from keras import ops

import kerasgan
from kerasgan import images as pictures
from kerasgan import losses
from kerasgan.core.batches import Batch
from kerasgan.data import CaptionedDataset
from kerasgan.data.words import vectors_of
from kerasgan.models import StackGAN
from tests.support import checks
from tests.support.checks import as_array

IMAGES = checks.pictures(8)
CAPTIONS = [f"{color} {thing}" for color in ("red", "blue") for thing in "abcd"]
STAGES = [
    {"text_encoder", "image_encoder"},
    {"discriminator", "generator"},
    {"refiner_discriminator", "refiner"},
]


@pytest.fixture(scope="module")
def gan():
    """A model that no test trains, whose images depend on everything."""
    return varied(checks.tiny("stackgan"))


def varied(gan):
    rng = np.random.default_rng(0)
    for name in gan.averaged:
        for weight in gan.averages[name].weights:  # blocks start at zero
            if len(weight.shape) > 1:
                weight.assign_add(0.1 * rng.normal(size=weight.shape))
    gan.condition.learn([[text] for text in CAPTIONS])
    return gan


# Phases.


@pytest.mark.backend_free
def test_a_phase_trains_its_networks_and_their_averages():
    gan = checks.tiny("stackgan")
    for players, expected in zip(gan.phases, STAGES, strict=True):
        before = {n: checks.snapshot(w) for n, w in gan.networks.items()}
        averages = {n: checks.snapshot(w) for n, w in gan.averages.items()}
        gan.compile(players=players, run_eagerly=checks.EAGER)
        logs = gan.fit(IMAGES, CAPTIONS, batch_size=8, verbose=0).history
        changed = {n for n, w in gan.networks.items() if not same(before[n], w)}
        moved = {n for n, w in gan.averages.items() if not same(averages[n], w)}
        assert changed == expected and moved == expected & {*gan.averaged}
        named = {gan.players[name].log_as for name in players}
        first = "matching" in players
        named |= {"matched"} if first else {"kl", "d_wrong", "d_real", "d_fake"}
        assert logs.keys() == named
        assert np.isfinite([logs[name][-1] for name in named]).all()
    assert gan.condition.examples == CAPTIONS


def same(before, network):
    return checks.same(before, checks.snapshot(network))


@pytest.mark.backend_free
def test_datasets_with_captions_teach_words_and_mixed_precision_trains():
    captions = [[text, "thing"] for text in CAPTIONS]
    data = CaptionedDataset(IMAGES, captions, batch_size=4)
    gan = checks.tiny("stackgan", dtype="mixed_bfloat16")
    for players in gan.phases:
        gan.compile(players=players, run_eagerly=checks.EAGER)
        gan.fit(data, steps_per_epoch=1, verbose=0)
    assert gan.condition.words == ["a", "b", "blue", "c", "d", "red", "thing"]
    assert gan.condition.examples == CAPTIONS
    assert gan.generate(2, seed=0).shape == (2, 16, 16, 3)
    assert gan.embed_images(IMAGES).dtype == np.float32


@pytest.mark.backend_free
def test_images_without_captions_are_refused(gan):
    gan.compile(run_eagerly=checks.EAGER)
    with pytest.raises(ValueError, match="needs a caption for each image"):
        gan.fit(IMAGES, verbose=0)


# Losses by hand.


def batch_of(gan):
    vectors = ops.convert_to_tensor(vectors_of(CAPTIONS))
    return Batch(ops.convert_to_tensor(IMAGES), vectors)


def fixed(gan, monkeypatch, real, wrong, fake, loss="hinge"):
    """The discriminators return constants; a generated image is one of mean 0.25.

    Features and captions are one number: that of a caption is 0 for even rows and 1 for
    odd ones, so that the wrong caption differs from the right one by 1 or -1.
    """
    own, seen = gan.apply, []

    def apply(name, *inputs):
        if "discriminator" not in name:
            made = own(name, *inputs)
            image = name in ("generator", "refiner")
            return ops.zeros_like(made) + 0.25 if image else made
        seen.append(inputs)
        count = len(inputs[0])
        odd = ops.cast(ops.arange(count) % 2, "float32")[:, None]
        is_fake = bool(np.allclose(as_array(inputs[0]), 0.25))
        logits = np.full(count, fake if is_fake else real, "float32")
        change = np.full((count, 1), wrong - real, "float32")
        change *= 1 - 2 * as_array(odd)  # (other - own) is 1 for even rows
        logits, change = ops.convert_to_tensor(logits), ops.convert_to_tensor(change)
        return {"logits": logits, "features": change, "caption": odd}

    monkeypatch.setattr(gan, "apply", apply)
    monkeypatch.setattr(gan, "adversarial", losses.pair(loss))
    return seen


@pytest.mark.parametrize("player", ["discriminator", "refiner_discriminator"])
@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("hinge", 0.5 * ((0.5 + 1.2) + (0.5 + 0.7))),
        ("least_squares", 0.5 * (0.125 + 0.5 * 0.04 + 0.125 + 0.5 * 0.09)),
    ],
)
def test_wrong_captions_count_as_much_as_generated_images(
    gan, monkeypatch, player, loss, expected
):
    fixed(gan, monkeypatch, 0.5, -0.3, 0.2, loss)
    gan.reset_metrics()
    made = getattr(gan, f"{player}_loss")(batch_of(gan))
    assert float(as_array(made)) == pytest.approx(expected, abs=1e-5)
    assert float(gan.trackers["d_wrong"].result()) == pytest.approx(-0.3, abs=1e-5)


@pytest.mark.parametrize("player", ["generator", "refiner"])
@pytest.mark.parametrize(
    ("loss", "expected"), [("hinge", -0.2), ("relativistic", np.log1p(np.exp(0.3)))]
)
def test_generators_add_the_weighted_divergence(
    gan, monkeypatch, player, loss, expected
):
    fixed(gan, monkeypatch, 0.5, 0.0, 0.2, loss)
    monkeypatch.setattr(gan, "kl_weight", 3.0)
    layer = gan.networks[player].get_layer("condition")
    before = layer.dense.get_weights()
    bias = np.zeros(layer.dense.bias.shape, "float32")
    bias[0] = 2.0  # one of four means; the divergence is 2^2 / 2 / 4
    layer.dense.set_weights([0 * before[0], bias])
    made = getattr(gan, f"{player}_loss")(batch_of(gan))
    layer.dense.set_weights(before)
    assert float(as_array(made)) == pytest.approx(expected + 3.0 * 0.5, abs=1e-5)


def test_the_first_stage_sees_averages_of_areas(gan, monkeypatch):
    seen = fixed(gan, monkeypatch, 0.0, 0.0, 0.0)
    gan.discriminator_loss(batch_of(gan))
    expected = IMAGES.reshape(8, 4, 4, 4, 4, 3).mean(axis=(2, 4))
    np.testing.assert_allclose(as_array(seen[0][0]), expected, atol=1e-5)


def test_the_second_stage_refines_what_the_average_draws(gan, monkeypatch):
    """Small images and text come from the moving averages, without dropout."""
    seen, own = {}, gan.apply

    def apply(name, *inputs):
        seen.setdefault(name, inputs)
        return own(name, *inputs)

    monkeypatch.setattr(gan, "apply", apply)
    gan.refiner_loss(batch_of(gan))
    small, latents, text = map(as_array, seen["refiner"])
    expected = gan.infer("text_encoder", [vectors_of(CAPTIONS)])
    np.testing.assert_allclose(text, expected, atol=1e-5)
    drawn = gan.infer("generator", [latents, text])
    np.testing.assert_allclose(small, drawn, atol=1e-4)


def test_the_contrastive_loss_is_a_cross_entropy_both_ways():
    images = np.array([[1.0, 0.0], [0.0, 1.0]], "float32")
    captions = np.array([[0.6, 0.8], [0.0, 1.0]], "float32")
    products = images @ captions.T / 0.5
    expected = np.mean(
        [np.log(np.exp(p).sum(axis=1)) - np.diag(p) for p in (products, products.T)]
    )
    tensors = ops.convert_to_tensor(images), ops.convert_to_tensor(captions)
    made = float(as_array(losses.contrastive(*tensors, temperature=0.5)))
    assert made == pytest.approx(expected, rel=1e-5)


def test_logits_consist_of_features_and_captions(gan):
    """So the logits of another caption follow without the image."""
    text = ops.convert_to_tensor(gan.embed_captions(CAPTIONS))
    images = ops.convert_to_tensor(IMAGES)
    for name, x in (
        ("discriminator", images[:, :4, :4]),
        ("refiner_discriminator", images),
    ):
        network = gan.networks[name]
        first = network([x, text], training=False)
        other = network([x, ops.roll(text, 1, axis=0)], training=False)
        change = first["features"] * (other["caption"] - first["caption"])
        expected = as_array(first["logits"] + ops.sum(change, axis=-1))
        np.testing.assert_allclose(as_array(other["logits"]), expected, atol=1e-4)
        assert first["logits"].shape == (8,)


# Use.


def test_both_stages_draw_captions(gan):
    options = {"captions": ["red a", "a green house"], "seed": 0}
    large, small = gan.generate(**options), gan.generate(stage=1, **options)
    assert large.shape == (2, 16, 16, 3) and small.shape == (2, 4, 4, 3)
    assert large.dtype == small.dtype == np.uint8
    np.testing.assert_array_equal(gan.generate(**options), large)
    other = gan.generate(captions=["red a", "a blue house"], seed=0)
    assert np.abs(other.astype(int) - large)[0].max() <= 1
    assert np.abs(other.astype(int) - large)[1].max() > 1


@pytest.mark.backend_free
def test_one_caption_is_for_all_images(gan):
    made = gan.generate(3, captions="red a", seed=0)
    listed = gan.generate(captions=["red a"] * 3, seed=0)
    np.testing.assert_array_equal(made, listed)
    assert len(gan.generate(captions="red a")) == 1
    assert gan.interpolate(0, 1, frames=3, captions="red a").shape == (3, 16, 16, 3)


@pytest.mark.backend_free
def test_without_captions_those_of_the_training_come_in_turn(gan):
    made = gan.generate(10, seed=0)
    turns = [CAPTIONS[i % 8] for i in range(10)]
    np.testing.assert_array_equal(made, gan.generate(captions=turns, seed=0))
    kept, gan.condition.examples = gan.condition.examples, []
    with pytest.raises(ValueError, match="needs 1 `captions`"):
        gan.generate()
    gan.condition.examples = kept


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"captions": "red", "stage": 3}, ValueError, "`stage` must be one of 1, 2"),
        ({"captions": [3]}, TypeError, "must be texts. Received: int 3"),
        ({"captions": 3}, TypeError, "must be texts"),
        ({"captions": ["", "a"]}, ValueError, "at least one word each"),
        ({"captions": "a " * 65}, ValueError, "at most 64 words"),
        ({"captions": ["a"], "num_samples": 2}, ValueError, "one text, or 2 of them"),
        ({"labels": 3}, TypeError, "takes captions=. Received: labels="),
    ],
)
def test_what_cannot_be_drawn_is_refused(gan, arguments, error, message):
    with pytest.raises(error, match=message):
        gan.generate(**arguments)


@pytest.mark.backend_free
def test_captions_of_other_models_are_refused():
    with pytest.raises(ValueError, match="is unconditional. Received: captions"):
        checks.tiny("dcgan").generate(captions="cat")
    with pytest.raises(TypeError, match="takes labels=. Received: captions="):
        checks.tiny("cgan").generate(captions="cat")


@pytest.mark.backend_free
def test_unknown_words_warn_and_draw(gan):
    with pytest.warns(UserWarning, match="No training caption has a word of these"):
        made = gan.generate(captions="zebra", seed=0)
    assert made.shape == (1, 16, 16, 3)


def test_embeddings_have_norm_one(gan):
    photos = pictures.to_uint8(IMAGES)
    for vectors in (gan.embed_images(photos), gan.embed_captions(CAPTIONS)):
        assert vectors.shape == (8, 6) and vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


# Presets.


def test_a_preset_keeps_images_and_words(gan, tmp_path):
    gan.save_to_preset(tmp_path / "stack")
    options = {"captions": ["red a", "a house"], "seed": 1}
    expected = gan.generate(**options).astype(int)
    for networks in ("all", "sampler"):
        again = kerasgan.from_preset(tmp_path / "stack", networks=networks)
        names = again.stored if networks == "all" else again.sampled
        assert type(again) is StackGAN and set(again.networks) == set(names)
        assert np.abs(again.generate(**options) - expected).max() <= 1
        assert again.condition.words == gan.condition.words
        assert again.condition.examples == CAPTIONS
    card = (tmp_path / "stack" / "README.md").read_text()
    assert "row by row: red a; red b" in card and 'captions=["red apple"' in card


@pytest.mark.backend_free
def test_the_picture_shows_both_stages(gan):
    picture = gan.picture()
    stages = [
        gan.generate(16, captions=(CAPTIONS * 2), seed=0, stage=stage)
        for stage in (1, 2)
    ]
    stages[0] = stages[0].repeat(4, axis=1).repeat(4, axis=2)
    pairs = np.stack(stages, axis=1).reshape(32, 16, 16, 3)
    np.testing.assert_array_equal(picture, pictures.make_picture(pairs, 8))


@pytest.mark.backend_free
def test_keras_files_keep_the_words(gan, tmp_path):
    gan.save(tmp_path / "stack.keras")
    again = keras.models.load_model(tmp_path / "stack.keras")
    assert again.condition.words == gan.condition.words
    options = {"captions": "red a", "seed": 1}
    np.testing.assert_array_equal(again.generate(**options), gan.generate(**options))


@pytest.mark.backend_free
@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 16, 3)])
def test_other_shapes_work(shape):
    gan = checks.tiny("stackgan", image_shape=shape)
    height, width, channels = shape
    small = (None, height // 4, width // 4, channels)
    assert gan.generator.output_shape == gan.refiner.input_shape[0] == small
    assert gan.refiner.output_shape == gan.image_encoder.input_shape == (None, *shape)
    assert gan.refiner_discriminator.input_shape[0] == (None, *shape)
    assert gan.discriminator.input_shape[0] == small
    assert gan.data_shape == shape


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_shape": (18, 16, 3)}, "divisible by 4 and at least 16"),
        ({"latent_dim": 4}, "`latent_dim` must be above `condition_dim`"),
        ({"condition_dim": 0}, "`condition_dim` must be"),
        ({"text_dim": 0}, "`text_dim` must be"),
        ({"word_dim": 2.5}, "`word_dim` must be"),
        ({"encoder_width": 0}, "`encoder_width` must be"),
        ({"refiner_width": 0}, "`refiner_width` must be"),
        ({"kl_weight": -1}, "`kl_weight` must be a number"),
        ({"dropout": 1.0}, "`dropout` must be a number from 0 to 0.9"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        checks.tiny("stackgan", **arguments)


@pytest.mark.backend_free
def test_stackgan_keeps_the_contract_of_its_documents():
    checks.check_docstring(StackGAN)
    checks.check_config("stackgan")
    own = functools.partial(StackGAN, image_shape=(16, 16, 3))
    for argument in ("penalty_weight", "discriminator_steps"):
        with pytest.raises(TypeError, match=f"Received: {argument}="):
            own(**{argument: 1})
