"""`fit` and `evaluate`: the data they take, and what they refuse."""

import keras
import numpy as np
import pytest

from kerasgan import GAN, backend, data
from kerasgan.errors import TrainingDivergedError
from tests.support import checks, parity
from tests.support.conditional import SHAPE, conditional

FIT = {"batch_size": 4, "verbose": 0, "shuffle": False}
PICTURES = checks.pictures(8)
WAVES = parity.WAVES[:8]


@pytest.fixture(scope="module")
def compiled():
    """A GAN of images, compiled but never trained."""
    gan = checks.tiny("dcgan")
    gan.compile()
    return gan


@pytest.fixture(scope="module")
def trained():
    """A GAN of images that tests train on, compiled once."""
    gan = checks.tiny("vanilla_gan")
    gan.compile()
    return gan


@pytest.fixture
def gan(trained):
    trained.step.assign(0)
    return trained


def waves(**options):
    gan = parity.wave_gan(discriminator_steps=2)
    gan.compile(**options)
    return gan


def test_several_steps_per_execution_equal_single_ones():
    if "steps_per_execution" not in backend.SUPPORTS:
        pytest.skip("This backend runs one step at a time; test_compile refuses more.")
    single, joined = waves(), waves(steps_per_execution=4)
    parity.fix_weights(single)
    parity.fix_weights(joined)
    for _ in range(2):
        for gan in (single, joined):
            gan.fit(parity.WAVES[:20], **FIT)  # five batches: four and one
    assert int(joined.step) == 10
    for one, other in zip(single.get_weights(), joined.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-4)


def test_eager_and_compiled_steps_agree():
    eager, compiled = waves(run_eagerly=True), waves()
    parity.fix_weights(eager)
    parity.fix_weights(compiled)
    results, expected = (gan.fit(WAVES, **FIT).history for gan in (eager, compiled))
    for name, values in expected.items():
        assert results[name] == pytest.approx(values, rel=1e-4, abs=1e-5)


def test_validation_losses_are_in_the_history(gan):
    history = gan.fit(PICTURES, validation_data=PICTURES, **FIT).history
    assert np.isfinite(history["val_d_loss"]).all()


@pytest.mark.backend_free
def test_uint8_and_float_images_train_alike():
    numbers = np.random.default_rng(0).integers(0, 256, (8, *checks.SHAPE), "uint8")
    results = []
    for images in (numbers, numbers / np.float32(127.5) - np.float32(1)):
        gan = checks.tiny("vanilla_gan")
        gan.compile(run_eagerly=True)
        results.append(gan.fit(images, **FIT).history["d_loss"])
    assert results[0] == pytest.approx(results[1], rel=1e-4)


def test_fit_takes_datasets_and_generators(gan):
    images = checks.pictures(12)
    gan.fit(data.load(images, batch_size=4), verbose=0)
    batches = ((images[i : i + 4],) for i in (0, 4, 8))
    gan.fit(batches, steps_per_epoch=3, verbose=0)
    assert int(gan.step) == 6


def test_unneeded_labels_bring_one_warning(gan):
    pair = PICTURES, np.zeros(8, int)
    with pytest.warns(UserWarning, match="unconditional: labels are ign") as caught:
        gan.fit(*pair, validation_data=pair, **FIT)
    assert len([w for w in caught if "labels" in str(w.message)]) == 1


def test_a_training_that_diverges_stops_and_says_so():
    gan, later = waves(), []
    gan.generator.set_weights([w * np.nan for w in gan.generator.get_weights()])
    seen = keras.callbacks.LambdaCallback(on_epoch_begin=lambda n, _: later.append(n))
    with pytest.raises(TrainingDivergedError, match="d_loss.* epoch 1. Look for NaN"):
        gan.fit(WAVES, callbacks=[seen], epochs=2, **FIT)
    assert later == [0]


def test_generating_with_weights_of_nan_says_so():
    gan = checks.tiny("vanilla_gan")
    gan.generator_ema.set_weights([w * np.nan for w in gan.generator.get_weights()])
    with pytest.raises(TrainingDivergedError, match="must return finite numbers"):
        gan.generate(1, seed=0)


# What is refused.

BAD = {
    "no channel axis": (PICTURES[..., 0], ValueError, r"images\[..., None\]"),
    "another size": (PICTURES[:, :8], ValueError, r"image_shape=\(16, 16, 3\)"),
    "another channel count": (PICTURES[..., :1], ValueError, "built for"),
    "floats up to 255": ((PICTURES + 1) * 127, ValueError, "images / 127.5 - 1"),
    "integers": ((PICTURES * 9).astype("int64"), TypeError, "uint8"),
    "NaN": (np.where(PICTURES > 0.99, np.nan, PICTURES), ValueError, "finite"),
    "no image": (PICTURES[:0], ValueError, "at least one image"),
    "a word": ("mnist", TypeError, "kerasgan.data.load"),
    "a list": ([1, 2], TypeError, "Received: list"),
}


@pytest.mark.parametrize("case", BAD)
def test_fit_refuses(case, compiled):
    images, error, message = BAD[case]
    with pytest.raises(error, match=message):
        compiled.fit(images, **FIT)
    assert int(compiled.step) == 0


@pytest.mark.parametrize(
    ("numbers", "error", "message"),
    [
        (WAVES[:, :16], ValueError, r"items of shape \(32, 1\).*Received: \(16, 1\)"),
        (WAVES[:0], ValueError, "at least one item"),
        (np.zeros(8, "float32"), ValueError, r"shape \(N, ...\)"),
        (WAVES.astype("int32"), TypeError, "uint8 or floats"),
        (np.full_like(WAVES, np.inf), ValueError, "finite.*first in item 0"),
    ],
    ids=["shape", "empty", "rank", "integers", "infinity"],
)
def test_data_that_are_no_images_are_checked_too(numbers, error, message):
    with pytest.raises(error, match=message):
        waves().fit(numbers, **FIT)


def test_data_of_any_range_train_if_they_are_no_images():
    history = waves(run_eagerly=checks.EAGER).fit(100 * WAVES, **FIT).history
    assert np.isfinite(history["d_loss"]).all()


def test_a_dataset_is_checked_at_its_first_batch(compiled):
    with pytest.raises(ValueError, match="built for"):
        compiled.fit(data.load(PICTURES[..., :1], batch_size=4), verbose=0)


def test_a_batch_larger_than_the_data_is_refused(compiled):
    with pytest.raises(ValueError, match="must not exceed the data"):
        compiled.fit(PICTURES, batch_size=9, verbose=0)


def test_a_batch_of_nothing_is_refused(compiled):
    with pytest.raises(ValueError, match="`batch_size` must be"):
        compiled.fit(PICTURES, batch_size=0)


@pytest.mark.parametrize("option", ["sample_weight", "class_weight"])
def test_weights_of_single_items_are_refused(option, compiled):
    with pytest.raises(ValueError, match=option):
        compiled.fit(PICTURES, **{option: np.ones(8)}, **FIT)


@pytest.mark.parametrize("method", ["fit", "evaluate"])
def test_training_needs_a_compiled_model(method):
    gan = checks.tiny("dcgan")
    with pytest.raises(
        ValueError, match=rf"`{method}` needs a compiled model.*compile"
    ):
        getattr(gan, method)(PICTURES, **{"batch_size": 4, "verbose": 0})


# A step that fails.


class Failing(GAN):
    """Its loss fails while the step is traced."""

    fails = True

    def discriminator_loss(self, critic, real, fake, condition):
        if self.fails:
            raise ArithmeticError("no such loss")
        return super().discriminator_loss(critic, real, fake, condition)


def test_a_step_that_fails_leaves_weights_and_optimizers():
    networks = list(parity.wave_gan().networks.values())
    gan = Failing(*networks, seed=3)
    gan.compile()
    states = [*networks, gan.generator_ema]
    before, samples = [checks.snapshot(n) for n in states], gan.generate(2, seed=0)
    with pytest.raises(ArithmeticError, match="no such loss"):
        gan.fit(WAVES, **FIT)
    for network, weights in zip(states, before, strict=True):
        assert checks.same(weights, checks.snapshot(network))
    np.testing.assert_array_equal(samples, gan.generate(2, seed=0))
    gan.fails = False
    gan.compile()
    assert np.isfinite(gan.fit(WAVES, **FIT).history["d_loss"]).all()


def test_a_single_batch_that_fails_leaves_weights_changed_since_the_last_one():
    networks = list(parity.wave_gan().networks.values())
    gan = Failing(*networks, seed=3)
    gan.fails = False
    gan.compile(run_eagerly=checks.EAGER)
    gan.train_on_batch(WAVES[:4])
    gan.generator.set_weights([w + 1 for w in gan.generator.get_weights()])
    before = checks.snapshot(gan.generator)
    gan.fails = True
    gan.compile(run_eagerly=checks.EAGER)
    with pytest.raises(ArithmeticError, match="no such loss"):
        gan.train_on_batch(WAVES[:4])
    assert checks.same(before, checks.snapshot(gan.generator))


# Conditional models.


SQUARES = np.zeros((6, *SHAPE), "float32")


@pytest.fixture(scope="module")
def labeled():
    gan = conditional()
    gan.compile()
    return gan


def test_arrays_and_datasets_with_labels_train(labeled):
    labels, step = np.arange(6) % 3, int(labeled.step)
    labeled.fit(SQUARES, labels, batch_size=3, verbose=0)
    pairs = data.load((SQUARES, labels), labels=True, batch_size=3)
    history = labeled.fit(pairs, verbose=0).history
    assert int(labeled.step) == step + 4 and np.isfinite(history["d_loss"]).all()


def test_missing_labels_are_refused(labeled):
    bare = data.load(SQUARES, batch_size=3)
    for images, options in ((SQUARES, {"batch_size": 3}), (bare, {})):
        with pytest.raises(ValueError, match="num_classes=3 needs labels.*labels=Tr"):
            labeled.fit(images, verbose=0, **options)


def test_labels_out_of_range_are_refused(labeled):
    with pytest.raises(ValueError, match=r"lie in \[0, 2\]"):
        labeled.fit(SQUARES, np.arange(6), batch_size=3, verbose=0)


def test_later_labels_out_of_range_are_refused(labeled):
    pair, options = (SQUARES, np.arange(6)), {"batch_size": 1}
    dataset = data.load(pair, labels=True, shuffle=False, **options)
    with pytest.raises(ValueError, match=r"lie in \[0, 2\]"):
        labeled.fit(dataset, verbose=0)


def test_data_of_other_classes_are_refused(labeled):
    pair = SQUARES, np.arange(6) % 2
    dataset = data.load(pair, labels=True, batch_size=3)
    dataset.class_names = ["cat", "dog"]
    message = r"num_classes=3, and data of 2 classes \(cat, dog\).*num_classes=2"
    with pytest.raises(ValueError, match=message):
        labeled.fit(dataset)


def test_a_class_without_images_brings_a_warning(labeled):
    images, labels = np.zeros((30, *SHAPE), "float32"), np.zeros(30, int)
    with pytest.warns(UserWarning, match="no image of class 1, 2"):
        labeled.fit(images, labels, batch_size=30, verbose=0)


def test_fit_learns_the_shares_of_an_array(labeled):
    labels = np.array([0, 0, 0, 2, 2, 1])
    labeled.fit(SQUARES, labels, batch_size=3, verbose=0)
    assert labeled.condition.shares == pytest.approx([0.5, 1 / 6, 1 / 3], abs=1e-6)


def test_fit_learns_shares_and_names_of_a_dataset(labeled):
    pair = SQUARES, np.array([0, 1, 1, 1, 2, 2])
    dataset = data.load(pair, labels=True, batch_size=3)
    dataset.class_names = ["cat", "dog", "owl"]
    labeled.fit(dataset, verbose=0)
    assert labeled.condition.shares == pytest.approx([1 / 6, 0.5, 1 / 3], abs=1e-6)
    assert labeled.condition.class_names == ["cat", "dog", "owl"]


def test_evaluation_learns_nothing(labeled):
    labeled.fit(SQUARES, np.arange(6) % 3, batch_size=3, verbose=0)
    shares = labeled.condition.shares
    labeled.evaluate(SQUARES, np.zeros(6, int), batch_size=3, verbose=0)
    assert labeled.condition.shares == shares == pytest.approx([1 / 3] * 3, abs=1e-6)


def test_evaluation_of_several_heads_is_repeatable():
    gan = checks.tiny("acgan", width=1)
    gan.compile(run_eagerly=checks.EAGER)
    options = {"batch_size": 4, "verbose": 0, "return_dict": True}
    first = gan.evaluate(*checks.batch(gan, 8), **options)
    assert {"real_classes", "fake_classes"} <= first.keys()
    assert first == pytest.approx(gan.evaluate(*checks.batch(gan, 8), **options))


def test_a_callback_alone_needs_no_list(gan):
    counted = []
    count = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: counted.append(1))
    gan.fit(PICTURES, callbacks=count, **FIT)
    assert counted == [1]
