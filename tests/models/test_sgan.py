"""Semi-supervised GAN: its losses by hand, its labels and its classifier."""

import keras
import numpy as np
import pytest
from keras import ops

import kerasgan
from kerasgan.models import SGAN
from tests.support import checks

IMAGES = checks.pictures(6)
LABELS = np.array([0, -1, 2, -1, 1, -1])
CLASSES = np.array([[2.0, 0, 0], [0, 1, 0], [0, 0, 0], [1, 1, 1], [0, 3, 0], [0, 0, 5]])


@pytest.fixture(scope="module")
def model():
    return checks.tiny("sgan")


def outputs(classes, features):
    """What the discriminator returns."""
    classes = ops.convert_to_tensor(classes.astype("float32"))
    features = ops.convert_to_tensor(features.astype("float32"))
    logits = ops.logsumexp(classes, axis=-1)
    return {"logits": logits, "classes": classes, "features": features}


def of_sides(real, fake):
    """A critic that knows real images by the sign of their first pixel."""
    return lambda images: real if images is IMAGES else fake


def test_the_fake_class_is_implied_by_logsumexp(model):
    heads = model.discriminator(ops.convert_to_tensor(IMAGES))
    logits, classes = (checks.as_array(heads[name]) for name in ("logits", "classes"))
    z = np.exp(classes.astype("float64")).sum(axis=1)
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), z / (z + 1), rtol=1e-4)


def test_the_discriminators_loss_by_hand():
    model = checks.tiny("sgan", class_weight=2.0, unlabeled_weight=0.25)
    real = outputs(CLASSES, np.zeros((6, 4)))
    fake = outputs(-CLASSES[:3], np.zeros((3, 4)))
    labels = ops.convert_to_tensor(LABELS.astype("int32"))
    loss = model.discriminator_loss(of_sides(real, fake), IMAGES, IMAGES[:3], labels)
    log_p = CLASSES - np.log(np.exp(CLASSES).sum(axis=1, keepdims=True))
    class_loss = -np.mean([log_p[0, 0], log_p[2, 2], log_p[4, 1]])
    z_real, z_fake = (np.exp(x).sum(axis=1) for x in (CLASSES, -CLASSES[:3]))
    contest = -np.log(z_real / (z_real + 1)).mean() - np.log(1 / (z_fake + 1)).mean()
    expected = 2 * class_loss + 0.25 * contest
    assert float(loss) == pytest.approx(expected, rel=1e-5)


def test_a_batch_without_labels_has_no_class_loss(model):
    real = outputs(CLASSES, np.zeros((6, 4)))
    none = ops.convert_to_tensor(np.full(6, -1, "int32"))
    loss = model.discriminator_loss(of_sides(real, real), IMAGES, IMAGES[:3], none)
    logits = np.log(np.exp(CLASSES).sum(axis=1))
    contest = np.logaddexp(0, -logits).mean() + np.logaddexp(0, logits).mean()
    assert float(loss) == pytest.approx(0.5 * contest, rel=1e-5)


@pytest.mark.parametrize("labels", [LABELS, np.arange(6) % 3])
def test_the_generator_matches_features_of_unlabeled_images(model, labels):
    features = np.arange(12.0).reshape(6, 2)
    real, fake = outputs(CLASSES, features), outputs(CLASSES[:3], features[:3] / 2)
    given = ops.convert_to_tensor(labels.astype("int32"))
    loss = model.generator_loss(of_sides(real, fake), IMAGES, IMAGES[:3], given)
    rows = features[1::2] if labels is LABELS else features
    difference = rows.mean(axis=0) - features[:3].mean(axis=0) / 2
    assert float(loss) == pytest.approx(np.square(difference).mean(), rel=1e-5)


def test_odenas_generator_is_adversarial():
    model = checks.tiny("sgan", matching_weight=0.0, adversarial_weight=1.0)
    real = outputs(CLASSES, np.zeros((6, 4)))
    labels = ops.convert_to_tensor(LABELS.astype("int32"))
    loss = model.generator_loss(of_sides(real, real), IMAGES, IMAGES[:3], labels)
    logits = np.log(np.exp(CLASSES).sum(axis=1))
    assert float(loss) == pytest.approx(np.logaddexp(0, -logits).mean(), rel=1e-5)


def test_labels_alone_teach_the_classifier():
    """Classes differ in brightness; three of 60 images have a label."""
    labels = np.arange(60) % 3
    images = np.clip(
        checks.pictures(60) * 0.3 + (labels - 1)[:, None, None, None], -1, 1
    )
    dataset = kerasgan.data.load((images, labels), labeled=3, batch_size=12)
    model = checks.tiny("sgan", unlabeled_weight=0.0, ema_decay=0.5)
    model.compile(keras.optimizers.Adam(1e-2), players=["discriminator"])
    model.fit(dataset, epochs=8, verbose=0)
    accuracy, confusion = model.measure(images, labels)
    assert accuracy == np.trace(confusion) / 60 > 0.9
    floats = model.classify(images)
    assert (floats == model.classify(kerasgan.images.to_uint8(images))).mean() > 0.9


def test_the_moving_average_classifies(model):
    before = model.classify(IMAGES)
    weights = model.discriminator.get_weights()
    model.discriminator.set_weights([w * 0 for w in weights])
    assert np.array_equal(model.classify(IMAGES), before)
    model.discriminator.set_weights(weights)


def test_a_preset_classifies_alike(model, tmp_path):
    model.save_to_preset(tmp_path / "few")
    again = SGAN.from_preset(tmp_path / "few", networks="sampler")
    assert np.array_equal(again.classify(IMAGES), model.classify(IMAGES))
    assert again.condition.num_classes == 3


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, r"SGAN needs labels: the class of each image, or -1.*labeled=100"),
        (LABELS + 1, r"lie in \[-1, 2\]. Received: values from 0 to 3"),
        (LABELS - 1, r"lie in \[-1, 2\]. Received: values from -2 to 1"),
        (np.full(6, -1), "none of 0, 1, 2"),
        (np.minimum(LABELS, 1), "none of 2"),
    ],
)
def test_labels_that_cannot_teach_are_refused(model, labels, message):
    model.compile()
    with pytest.raises(ValueError, match=message):
        model.fit(IMAGES, labels, batch_size=3, verbose=0)


@pytest.mark.parametrize(
    ("images", "message"),
    [(IMAGES[:, :8], "built for"), (IMAGES * 200, "must lie in"), (IMAGES[0], "shape")],
)
def test_images_of_another_shape_or_range_are_refused(model, images, message):
    with pytest.raises(ValueError, match=message):
        model.classify(images)


def test_samples_take_no_labels(model):
    assert model.generate(2, seed=0).shape == (2, *checks.SHAPE)
    with pytest.raises(ValueError, match="SGAN is unconditional"):
        model.generate(2, labels=[0, 1])
    assert "not this model's purpose" in model.describe()["caption"]
