"""ADA's feedback: what it follows, how far, and that losses must feed it."""

import keras
import numpy as np
import pytest
from keras import ops

from kerasgan import ImageGAN, augment
from kerasgan.models import DCGAN
from tests.support import checks

SGD = keras.optimizers.SGD


@pytest.mark.parametrize(("fake", "end"), [(-2.0, 0.9), (4.0, 0.0), (3.0, 0.0)])
@pytest.mark.parametrize("offset", [0.0, -9.0])  # a critic's 0 has no meaning
def test_the_probability_follows_real_beside_fake_logits(fake, end, offset):
    """8 batches of 50 images against 1000: two fifths of the way, up or down."""
    augmenter = augment.Augmenter("ada", 3, 0.6, 1000)
    augmenter.sign.assign(0.6)
    augmenter.probability.assign(0.5 if end else 0.4)
    for _ in range(8):
        augmenter.observe(ops.full((50,), 3.0 + offset), ops.full((50,), fake + offset))
    assert float(augmenter.probability) == pytest.approx(end, abs=1e-6)


def test_the_sign_is_that_of_pairs_and_moves_by_a_quarter():
    """Three of four real logits are above; how far the fourth is below is nothing."""
    augmenter = augment.Augmenter("ada", 3, 0.125, 800)
    real, fake = ops.array([1.0, 2.0, 3.0, -90.0]), ops.array([0.0, 1.0, 2.0, 0.0])
    augmenter.observe(real, fake)
    assert float(augmenter.sign) == pytest.approx(0.5 / 4)
    assert float(augmenter.probability) == 0.0  # at the target it rests
    augmenter.observe(real, fake)
    assert float(augmenter.sign) == pytest.approx(0.125 + 0.25 * (0.5 - 0.125))
    assert float(augmenter.probability) == pytest.approx(4 / 800)


@pytest.fixture(scope="module")
def gan():
    """A compiled GAN with ADA, whose networks stay as they are."""
    settings = {"augmentation": "ada", "ada_images": 100, "ada_target": 0.0}
    gan = checks.tiny("vanilla_gan", **settings)
    gan.compile(SGD(0.0))
    return gan


@pytest.mark.backend_free
def test_validation_leaves_the_probability(gan):
    images = checks.pictures(8)
    gan.augmenter.sign.assign(0.0)
    gan.evaluate(images, batch_size=4, verbose=0)
    assert float(gan.augmenter.sign) == 0
    gan.fit(images, batch_size=4, verbose=0)
    assert float(gan.augmenter.sign) != 0


@pytest.mark.backend_free
def test_the_logs_hold_the_probability(gan):
    gan.augmenter.probability.assign(0.5)
    gan.augmenter.sign.assign(1.0)  # so high that two batches do not turn it
    images = checks.pictures(8)
    options = {"validation_data": images[:4], "batch_size": 4, "verbose": 0}
    logs = gan.fit(images, **options).history
    assert float(gan.augmenter.probability) == pytest.approx(0.58)
    assert logs["ada_probability"] == pytest.approx([0.56])  # of 0.54 and 0.58
    assert "ada_probability" not in checks.tiny("vanilla_gan").trackers


class Silent(DCGAN):
    """Its loss does not pass its logits through `contest`."""

    def discriminator_loss(self, critic, real, fake, condition):
        return ops.mean(critic(fake)) - ops.mean(critic(real))


def test_a_loss_that_does_not_feed_ada_is_refused():
    plain = Silent(**checks.SMALL)
    plain.compile(SGD(0.0), run_eagerly=checks.EAGER)
    plain.fit(checks.pictures(4), batch_size=4, verbose=0)
    gan = Silent(**checks.SMALL, augmentation="ada")
    gan.compile(SGD(0.0))
    message = "needs the logits of real and generated images.*does not call `contest`"
    with pytest.raises(ValueError, match=message):
        gan.fit(checks.pictures(4), batch_size=4, verbose=0)
    gan.evaluate(checks.pictures(4), batch_size=4, verbose=0)  # which teaches nothing


@pytest.mark.backend_free
@pytest.mark.matrix
def test_ada_rises_with_overfitting_and_falls_without():
    """Real images are the generator's own: eight are learned by heart, many are not."""
    many = checks.tiny("r3gan").generate(384, seed=0)
    settings = {"augmentation": "ada", "ada_images": 800, "ada_target": 0.25}
    gan = checks.tiny("r3gan", penalty_weight=0.0, **settings)
    gan.compile({"discriminator": keras.optimizers.Adam(1e-2), "generator": SGD(0.0)})
    variables = [*gan.variables, *gan.optimizer.variables]
    start, probabilities = [np.array(ops.convert_to_numpy(v)) for v in variables], {}
    for count, probability in ((8, 0.0), (384, 0.3)):
        for variable, value in zip(variables, start, strict=True):
            variable.assign(value)
        gan.augmenter.probability.assign(probability)
        gan.augmenter.sign.assign(0.25)
        images = np.resize(many[:count], many.shape)  # again and again
        gan.fit(images, batch_size=8, verbose=0)
        probabilities[count] = float(gan.augmenter.probability)
    assert probabilities[8] > 0.1 and probabilities[384] < 0.2


@pytest.mark.parametrize(
    "name", ["wgan", *checks.once("acgan", "infogan", "r3gan", "vanilla_gan")]
)
def test_every_way_to_a_loss_feeds_ada(name):
    """Own losses, heads, penalties, overridden `contest`s."""
    gan = checks.tiny(name, augmentation="ada", discriminator_steps=1)
    gan.augmenter.probability.assign(0.5)
    before = [checks.snapshot(n) for n in gan.networks.values()]
    gan.compile(SGD(1e-2), run_eagerly=checks.EAGER)
    history = gan.fit(*checks.batch(gan, 5), batch_size=5, verbose=0).history
    assert np.isfinite([values[-1] for values in history.values()]).all()
    after = [checks.snapshot(n) for n in gan.networks.values()]
    assert not any(checks.same(a, b) for a, b in zip(before, after, strict=True))
    assert float(gan.augmenter.sign) != 0


@pytest.mark.backend_free
def test_users_networks_train_with_ada():
    base = checks.tiny("vanilla_gan")
    networks = {"generator": base.generator, "discriminator": base.discriminator}
    gan = ImageGAN(**networks, augmentation="ada", ada_images=10)
    gan.compile(SGD(0.0), run_eagerly=checks.EAGER)
    gan.fit(checks.pictures(4), batch_size=4, verbose=0)
    assert float(gan.augmenter.sign) != 0
