"""Conditions: labels in the data's shares, codes, vectors, and nothing."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from kerasgan import GAN, Codes, Condition, Labels, Vectors
from kerasgan.core.conditions import labels_if, labels_in_shares
from kerasgan.layers import BatchNormalization, OneHot
from tests.support import parity
from tests.support.conditional import conditional


@pytest.fixture(scope="module")
def gan():
    return conditional()


# Labels in the data's shares.


@pytest.mark.backend_free
def test_equal_shares_give_the_classes_in_turn():
    expected = np.arange(10) % 3
    np.testing.assert_array_equal(labels_in_shares(10, [1 / 3] * 3), expected)


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("count", "shares", "counts"),
    [
        (100, [0.9, 0.1], [90, 10]),
        (10, [0.9, 0.1], [9, 1]),
        (7, [0.5, 0.5], [4, 3]),
        (6, [0.5, 0.0, 0.5], [3, 0, 3]),
        (5, [2, 1, 1], [3, 1, 1]),  # they need not sum to 1; ties go to the first
        (1, [0.2, 0.8], [0, 1]),
    ],
)
def test_counts_of_labels_follow_their_shares(count, shares, counts):
    labels = labels_in_shares(count, shares)
    assert labels.dtype == np.int32
    assert np.bincount(labels, minlength=len(shares)).tolist() == counts


@pytest.mark.backend_free
def test_a_rare_class_is_spread_over_the_labels():
    places = np.flatnonzero(labels_in_shares(100, [0.9, 0.1]))
    assert set(np.diff(places)) == {10}


@pytest.mark.backend_free
def test_measured_labels_follow_the_data_or_are_all_alike():
    labels = Labels(2)
    assert labels.measured(4)["labels"].tolist() == [0, 1, 0, 1]
    labels.learn(np.array([[1], [1], [1], [0]]))
    assert labels.shares == [0.25, 0.75]
    assert np.bincount(labels.measured(8)["labels"]).tolist() == [2, 6]
    assert np.bincount(labels.measured(8, [0.5, 0.5])["labels"]).tolist() == [4, 4]


@pytest.mark.backend_free
def test_groups_are_classes_of_four_images_at_least():
    keywords, groups = Labels(10).groups(12, None)
    np.testing.assert_array_equal(groups, np.arange(12) % 3)
    np.testing.assert_array_equal(keywords["labels"], groups)
    assert set(Labels(2).groups(40, None)[1]) == {0, 1}


@pytest.mark.backend_free
def test_names_stay_if_labels_come_without_any():
    labels = Labels(2)
    labels.learn([0, 1], ["cat", "dog"])
    labels.learn([0, 0])
    assert labels.class_names == ["cat", "dog"] and labels.shares == [1.0, 0.0]


@pytest.mark.backend_free
def test_labels_take_their_facts_back():
    labels, again = Labels(2), Labels(2)
    labels.learn([0, 0, 0, 1], ["cat", "dog"])
    again.restore(labels.describe())
    assert again.describe() == labels.describe()
    assert again.shares == [0.75, 0.25] and again.class_names == ["cat", "dog"]
    other = Labels(3)
    other.restore(labels.describe())  # of another number of classes
    assert other.shares is None and other.class_names is None


@pytest.mark.backend_free
def test_pictures_have_a_column_for_up_to_twenty_classes():
    assert [Labels(20).columns, Labels(21).columns] == [20, None]


def sees_classes():
    """A GAN with a normalization of the class itself, whose share is its mean."""
    latents, labels = keras.Input((2,)), keras.Input((), dtype="int32")
    classes = BatchNormalization(name="norm")(OneHot(3)(labels))
    made = layers.Dense(4)(layers.Concatenate()([latents, classes]))
    data, seen = keras.Input((4,)), keras.Input((), dtype="int32")
    x = layers.Dense(1)(layers.Concatenate()([data, OneHot(3)(seen)]))
    critic = keras.Model([data, seen], layers.Reshape(())(x))
    return GAN(keras.Model([latents, labels], made), critic, condition=Labels(3))


@pytest.mark.parametrize("shares", [[0.5, 0.375, 0.125], [0.125, 0.75, 0.125], None])
def test_refreshed_statistics_follow_the_shares(shares):
    gan = sees_classes()
    gan.condition.shares = shares
    gan.refresh_statistics(batches=4, batch_size=48)
    norm, expected = gan.generator_ema.get_layer("norm"), shares or [1 / 3] * 3
    np.testing.assert_allclose(norm.moving_mean, expected, atol=0.04)


# Labels in `generate`.


def test_each_class_in_turn_is_the_default(gan):
    latents = np.zeros((6, 4), "float32")
    gan.condition.shares = [0.9, 0.1, 0.0]  # which count where a model is measured
    in_turn = gan.generate(latents=latents)
    gan.condition.shares = None
    chosen = gan.generate(latents=latents, labels=[0, 1, 2, 0, 1, 2])
    np.testing.assert_array_equal(in_turn, chosen)
    assert not np.array_equal(in_turn[0], in_turn[1])


def test_one_label_serves_all_images(gan):
    first, second = gan.generate(latents=np.zeros((2, 4)), labels=1)
    np.testing.assert_array_equal(first, second)


def test_the_number_of_samples_follows_labels(gan):
    assert len(gan.generate(labels=[0, 1, 2])) == 3
    assert len(gan.generate(labels=1)) == 1


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (3, ValueError, r"lie in \[0, 2\]"),
        ([0, 1, 2], ValueError, r"shape \(2,\), one for each image"),
        ([0.0, 1.0], TypeError, "must be integers"),
    ],
)
def test_labels_that_do_not_fit_are_refused(gan, labels, error, message):
    with pytest.raises(error, match=message):
        gan.generate(2, labels=labels)


def test_an_animation_keeps_its_class(gan):
    frames = gan.interpolate(1, 2, frames=3)
    np.testing.assert_array_equal(frames, gan.interpolate(1, 2, frames=3, labels=0))
    assert not np.array_equal(frames, gan.interpolate(1, 2, frames=3, labels=2))


def test_an_animation_goes_from_class_to_class(gan):
    frames = gan.interpolate(1, 2, frames=5, labels=[0, 2])
    expected = gan.interpolate(1, 2, frames=5, labels=[0, 0, 2, 2, 2])
    np.testing.assert_array_equal(frames, expected)


def test_a_gan_knows_the_names_of_its_classes(gan):
    assert gan.class_names is None
    gan.condition.class_names = ["ant", "bee", "cat"]
    assert gan.class_names == ["ant", "bee", "cat"]
    named = gan.generate(labels=["cat", "ant"], seed=0)
    with pytest.raises(ValueError, match="Did you mean 'bee'"):
        gan.generate(labels="been")
    gan.condition.class_names = None
    np.testing.assert_array_equal(named, gan.generate(labels=[2, 0], seed=0))


# Codes.


@pytest.mark.backend_free
def test_codes_are_groups_by_their_category():
    codes, noise = Codes(3, 1), np.zeros((2, 2))
    latents = np.concatenate([noise, codes.join([2, 0], [[0.5], [-1]])], axis=1)
    keywords, groups = codes.groups(2, latents)
    assert keywords == {} and groups.tolist() == [2, 0]
    assert codes.describe()["codes"] == {"categories": 3, "continuous": 1}


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: Labels(1), "num_classes"),
        (lambda: Codes(1, 0), "categories"),
        (lambda: Codes(2, -1), "continuous"),
        (lambda: Vectors(0), "size"),
    ],
)
def test_counts_of_a_condition_are_checked(make, name):
    with pytest.raises(ValueError, match=f"`{name}` must be an integer of at least"):
        make()


# Vectors.

CAPTIONS = np.random.default_rng(0).normal(size=(3, 5)).astype("float32")


@pytest.fixture(scope="module")
def captioned():
    return parity.caption_gan()


def test_vectors_steer_what_is_generated(captioned):
    latents = np.zeros((3, 6))
    made = captioned.generate(latents=latents, vectors=CAPTIONS)
    assert made.shape == (3, 32, 1) and not np.array_equal(made[0], made[1])
    again = captioned.generate(latents=latents[:2], vectors=CAPTIONS[1])
    np.testing.assert_allclose(again, [made[1], made[1]], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("vectors", [CAPTIONS[:2], CAPTIONS[:, :4], CAPTIONS * np.nan])
def test_vectors_that_do_not_fit_are_refused(captioned, vectors):
    with pytest.raises(
        ValueError, match=r"`vectors` must be finite, of shape \(3, 5\)"
    ):
        captioned.generate(3, vectors=vectors)


def test_vectors_that_are_missing_are_refused(captioned):
    with pytest.raises(ValueError, match=r"needs `vectors` \(2, 5\).*Pass vectors="):
        captioned.generate(2)
    captioned.compile()
    with pytest.raises(ValueError, match="needs `vectors`.*Pass them as y"):
        captioned.fit(parity.WAVES[:4], batch_size=4, verbose=0)


# Nothing, and what all have.


@pytest.mark.backend_free
def test_no_condition_takes_and_draws_nothing():
    nothing = Condition()
    assert nothing.measured(4) == {} and nothing.groups(4, None) == ({}, None)
    assert nothing.describe() == {"condition": None, "num_classes": None}
    assert nothing.columns is None and nothing.check_data(None, 4, "GAN") is None
    with pytest.raises(ValueError, match="This model is unconditional"):
        nothing.check([1], 1)


@pytest.mark.backend_free
def test_labels_come_with_a_number_of_classes():
    assert labels_if(3).num_classes == 3 and labels_if(None).name is None


@pytest.mark.backend_free
@pytest.mark.parametrize("condition", [Labels(3), Codes(4, 2), Vectors(5), Condition()])
def test_a_condition_survives_keras_serialization(condition):
    config = keras.saving.serialize_keras_object(condition)
    again = keras.saving.deserialize_keras_object(config)
    assert type(again) is type(condition)
    assert again.get_config() == condition.get_config()


@pytest.mark.parametrize("condition", [Codes(3, 2), Codes(4, 0)])
def test_training_draws_all_codes(condition):
    seed = keras.random.SeedGenerator(1)
    codes = ops.convert_to_numpy(condition.of_batch(None, 200, seed))
    one_hot, numbers = np.split(codes, [condition.categories], axis=1)
    assert codes.dtype == np.float32 and numbers.shape[1] == condition.continuous
    assert (one_hot.sum(axis=1) == 1).all() and one_hot.sum(axis=0).min() > 20
    if condition.continuous:
        assert -1 <= numbers.min() < -0.9 and 0.9 < numbers.max() <= 1


# Vectors.


def vector_gan():
    """Images (8, 8, 1) from latents and vectors (3,), with batch normalization."""
    latents, vectors = keras.Input((2,)), keras.Input((3,))
    x = layers.Concatenate()([latents, BatchNormalization(name="norm")(vectors)])
    made = layers.Reshape((8, 8, 1))(layers.Dense(64, "tanh")(x))
    data, seen = keras.Input((8, 8, 1)), keras.Input((3,))
    x = layers.Concatenate()([layers.Flatten()(data), seen])
    critic = keras.Model([data, seen], layers.Reshape(())(layers.Dense(1)(x)))
    return GAN(keras.Model([latents, vectors], made), critic, condition=Vectors(3))


def test_one_vector_is_for_one_image():
    gan = vector_gan()
    assert gan.generate(vectors=[1.0, 2.0, 3.0], seed=0).shape == (1, 8, 8, 1)
    assert gan.generate(2, vectors=[1.0, 2.0, 3.0], seed=0).shape == (2, 8, 8, 1)
    assert gan.generate(vectors=np.zeros((4, 3)), seed=0).shape == (4, 8, 8, 1)


def test_statistics_and_pictures_use_training_vectors():
    gan = vector_gan()
    assert gan.picture() is None
    gan.refresh_statistics()
    norm = gan.generator_ema.get_layer("norm")
    np.testing.assert_array_equal(norm.moving_mean, np.zeros(3))
    gan.condition.learn(np.full((5, 3), 2.0))
    gan.refresh_statistics(batches=2, batch_size=4)
    np.testing.assert_allclose(norm.moving_mean, np.full(3, 2.0), rtol=1e-6)
    assert gan.picture().ndim == 3


def test_metrics_ask_for_training_vectors():
    with pytest.raises(ValueError, match=r"Train it with fit\(x, vectors\)"):
        vector_gan().condition.measured(4)


def test_labels_may_be_names_of_classes():
    labels = Labels(3)
    with pytest.raises(TypeError, match="integers.*return_inverse"):
        labels.check("cat", 2)
    labels.class_names = ["ant", "bee", "cat"]
    np.testing.assert_array_equal(labels.check("cat", 2), [2, 2])
    np.testing.assert_array_equal(labels.check(["bee", "ant"], 2), [1, 0])
    with pytest.raises(ValueError, match="'bee'.*Did you mean"):
        labels.check("been", 1)
