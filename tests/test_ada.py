"""ADA's feedback: what it follows, how far, and that every GAN has it."""

import keras
import numpy as np
import pytest
from keras import ops

from kerasgan import GAN, augment
from tests.support import checks


@pytest.mark.parametrize(("fake", "end"), [(-2.0, 0.9), (4.0, 0.0), (3.0, 0.0)])
@pytest.mark.parametrize("offset", [0.0, -9.0])  # where a critic's 0 is, says nothing
def test_adas_probability_follows_real_logits_beside_fake_ones(fake, end, offset):
    """8 batches of 50 images against 1000: two fifths of the way, up or down."""
    augmenter = augment.Augmenter("ada", 3, 0.6, 1000)
    augmenter.sign.assign(0.6)
    augmenter.probability.assign(0.5 if end else 0.4)
    for _ in range(8):
        augmenter.observe(ops.full((50,), 3.0 + offset), ops.full((50,), fake + offset))
    assert float(augmenter.probability) == pytest.approx(end, abs=1e-6)


def test_adas_sign_is_that_of_pairs_and_moves_by_a_quarter():
    """Three of four real logits are above; that one is far below says no more."""
    augmenter = augment.Augmenter("ada", 3, 0.125, 800)
    real, fake = ops.array([1.0, 2.0, 3.0, -90.0]), ops.array([0.0, 1.0, 2.0, 0.0])
    augmenter.observe(real, fake)
    assert float(augmenter.sign) == pytest.approx(0.5 / 4)
    assert float(augmenter.probability) == 0.0  # at the target it rests
    augmenter.observe(real, fake)
    assert float(augmenter.sign) == pytest.approx(0.125 + 0.25 * (0.5 - 0.125))
    assert float(augmenter.probability) == pytest.approx(4 / 800)


def test_adas_state_is_saved(tmp_path):
    gan = checks.tiny("dcgan", augmentation="ada")
    gan.augmenter.probability.assign(0.25)
    gan.augmenter.sign.assign(0.5)
    gan.compile()
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    assert float(again.augmenter.probability) == 0.25
    assert float(again.augmenter.sign) == 0.5


def test_validation_leaves_adas_probability():
    images = checks.pictures(8)
    gan = checks.tiny("dcgan", augmentation="ada", ada_images=100)
    gan.compile()
    gan.evaluate(images, batch_size=4, verbose=0)
    assert float(gan.augmenter.sign) == float(gan.augmenter.probability) == 0
    gan.fit(images, batch_size=4, verbose=0)
    assert float(gan.augmenter.sign) != 0


def test_ada_needs_logits_to_follow():
    class Untold(GAN):
        pass

    built = checks.tiny("dcgan")
    with pytest.raises(ValueError, match="tracks d_real. Pass tracked="):
        Untold(
            lambda: built.generator,
            lambda: built.discriminator,
            tracked=["d_real"],
            augmentation="ada",
        )


class Half(GAN):
    """It tracks something else than the logits of both."""

    def __init__(self, track, augmentation=None):
        tiny = checks.tiny("dcgan")
        generator = lambda: keras.models.clone_model(tiny.generator)  # noqa: E731
        networks = generator, lambda: tiny.discriminator
        options = {"augmentation": augmentation, "ada_images": 10}
        super().__init__(*networks, tracked=["d_real", "d_fake"], **options)
        self.choose = track

    def discriminator_loss(self, critic, real, fake, labels):
        logits = {"d_real": critic(real), "d_fake": critic(fake)}
        for values in self.choose(logits):
            self.track(**values)
        return ops.mean(logits["d_fake"] - logits["d_real"])

    def generator_loss(self, critic, real, fake, labels):
        return -ops.mean(critic(fake))


@pytest.mark.parametrize(
    ("track", "said"),
    [
        (lambda x: [{"d_real": x["d_real"]}, {"d_fake": x["d_fake"]}], "'d_real', "),
        (lambda x: [{k: ops.mean(v) for k, v in x.items()}], r"'d_fake', \(\)"),
    ],
    ids=["one by one", "means"],
)
def test_ada_refuses_what_it_cannot_follow(track, said):
    for policy in (None, "ada"):
        gan = Half(track, policy)
        gan.compile(*(keras.optimizers.SGD(0.0) for _ in "dg"))
        if policy is None:
            gan.fit(checks.pictures(4), batch_size=4, verbose=0)
    with pytest.raises(ValueError, match=f"tracked together. Received: .*{said}"):
        gan.fit(checks.pictures(4), batch_size=4, verbose=0)


def test_ada_rises_on_a_discriminator_that_overfits_and_falls_on_one_that_does_not():
    """Real images are the generator's own: eight are learned by heart, many are not."""
    many = checks.tiny("r3gan").generate(384, seed=0)
    settings = {"augmentation": "ada", "ada_images": 800, "ada_target": 0.25}
    found = {}
    for count, start in ((8, 0.0), (384, 0.3)):
        gan = checks.tiny("r3gan", penalty_weight=0.0, **settings)
        gan.augmenter.probability.assign(start)
        gan.augmenter.sign.assign(0.25)
        gan.compile(keras.optimizers.Adam(1e-2), keras.optimizers.SGD(0.0))
        images = np.resize(many[:count], many.shape)  # again and again
        gan.fit(images, batch_size=8, verbose=0)
        found[count] = float(gan.augmenter.probability)
    assert found[8] > 0.1 and found[384] < 0.2


@pytest.mark.parametrize("name", sorted(checks.TINY))
def test_every_gan_trains_with_it(name):
    gan = checks.tiny(name, augmentation="ada")
    gan.augmenter.probability.assign(0.5)
    before = [checks.snapshot(n) for n in (gan.discriminator, gan.generator)]
    optimizers = keras.optimizers.SGD(1e-2), keras.optimizers.SGD(1e-2)
    gan.compile(*optimizers, run_eagerly=True)
    data = checks.batch(gan, 5 * gan.discriminator_steps)
    history = gan.fit(*data, batch_size=5, verbose=0).history
    assert np.isfinite([values[-1] for values in history.values()]).all()
    after = [checks.snapshot(n) for n in (gan.discriminator, gan.generator)]
    assert not any(checks.same(a, b) for a, b in zip(before, after, strict=True))
    assert float(gan.augmenter.sign) != 0


def test_ada_refuses_a_loss_that_tracks_nothing_it_follows():
    gan = Half(lambda logits: [], "ada")
    gan.compile(*(keras.optimizers.SGD(0.0) for _ in "dg"))
    with pytest.raises(ValueError, match="a discriminator's loss that tracks neither"):
        gan.fit(checks.pictures(4), batch_size=4, verbose=0)


def test_the_log_tells_adas_probability():
    settings = {"ada_images": 100, "ada_target": 0.0}
    gan = checks.tiny("dcgan", augmentation="ada", **settings)
    gan.augmenter.probability.assign(0.5)
    gan.augmenter.sign.assign(1.0)  # so high that two batches do not turn it
    gan.compile(*(keras.optimizers.SGD(0.0) for _ in "dg"))
    images = checks.pictures(8)
    options = {"validation_data": images[:4], "batch_size": 4, "verbose": 0}
    logs = gan.fit(images, **options).history
    found = float(gan.augmenter.probability)
    assert found == pytest.approx(0.58)
    assert logs["val_ada_probability"] == pytest.approx([found])
    assert logs["ada_probability"] == pytest.approx([0.56])
    assert "ada_probability" not in checks.tiny("dcgan").trackers
