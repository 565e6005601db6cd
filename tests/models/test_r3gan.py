"""R3GAN: relativistic pairing, both penalties, networks without normalization."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from kerasgan.models import R3GAN
from kerasgan.models.r3gan import stages
from tests.support import checks
from tests.support.checks import as_array


def test_the_loss_pairs_images_and_penalizes_both_gradients():
    """A critic D(x) = <w, x> + 0.05 ||x||^2, whose gradient is w + 0.1 x."""
    gan = checks.tiny("r3gan", penalty_weight=3.0)
    w = np.random.default_rng(0).normal(size=checks.SHAPE).astype("float32") / 20
    real, fake = checks.pictures(8)[:4], checks.pictures(8)[4:] / 2

    def critic(images):
        by_place = images * ops.array(w) + 0.05 * images * images
        return ops.sum(by_place, axis=(1, 2, 3))

    logits = [(x * w + 0.05 * x * x).sum((1, 2, 3)) for x in (real, fake)]
    r1, r2 = (((w + 0.1 * x) ** 2).sum((1, 2, 3)).mean() for x in (real, fake))
    difference = logits[0] - logits[1]
    expected = np.log1p(np.exp(-difference)).mean() + 3.0 / 2 * (r1 + r2)
    tensors = ops.convert_to_tensor(real), ops.convert_to_tensor(fake)
    results = gan.discriminator_loss(critic, *tensors, None)
    assert as_array(results) == pytest.approx(expected, rel=1e-5)
    results = gan.generator_loss(critic, *tensors, None)
    expected = np.log1p(np.exp(difference)).mean()
    assert as_array(results) == pytest.approx(expected, rel=1e-5)
    logged = {name: float(t.result()) for name, t in gan.trackers.items()}
    assert logged["r1"] == pytest.approx(r1, rel=1e-5)
    assert logged["r2"] == pytest.approx(r2, rel=1e-5)
    assert r1 > 1.2 * r2


def test_the_penalties_weight_follows_its_schedule():
    gan = checks.tiny("r3gan", penalty_weight=3.0)
    cosine = keras.optimizers.schedules.CosineDecay(2.0, 100, alpha=0.1)
    assert float(gan.scheduled("penalty_weight")) == 3.0
    gan.compile(schedules={"penalty_weight": cosine})
    results = []
    for batches in (0, 25, 50, 100, 400):
        gan.optimizer.iterations.assign(batches)
        results.append(float(as_array(gan.scheduled("penalty_weight"))))
    quarter = 0.2 + 1.8 * (1 + np.cos(np.pi / 4)) / 2
    np.testing.assert_allclose(results, [2.0, quarter, 1.1, 0.2, 0.2], rtol=1e-5)


def test_blocks_start_with_fixups_scale():
    """2 / (1 + leak^2) / fan-in, and L^(-1/4) of it with L blocks, as deviations."""
    network = R3GAN(image_shape=(32, 32, 3), width=16, blocks=2).discriminator
    kernels = [x for x in network.layers if isinstance(x, layers.Conv2D)]
    results = 0
    for kernel in (as_array(x.kernel) for x in kernels if x.use_bias):
        fan_in = np.prod(kernel.shape[:3])
        expected = (2 / 1.04 / fan_in) ** 0.5 * 8**-0.25
        assert kernel.std() == pytest.approx(expected, rel=0.15)
        results += 1
    assert results == 2 * 8


def test_blocks_start_as_the_identity():
    """Their last convolution is 0, so that depth costs nothing at the start."""
    network = checks.tiny("r3gan", blocks=2).discriminator
    adds = [layer for layer in network.layers if isinstance(layer, layers.Add)]
    assert len(adds) == 2 * len(stages(checks.SHAPE, 8))
    ends = keras.Model(network.input, [adds[0].input[0], adds[1].output])
    before, after = map(as_array, ends(ops.convert_to_tensor(checks.pictures(2))))
    np.testing.assert_array_equal(before, after)


def test_no_layer_normalizes():
    gan = checks.tiny("r3gan")
    for network in (gan.generator, gan.discriminator):
        names = [type(layer).__name__.lower() for layer in network.layers]
        assert not [name for name in names if "norm" in name]


@pytest.mark.parametrize(
    ("side", "sizes", "filters"),
    [
        (28, [7, 14, 28], [32, 16, 8]),
        (32, [4, 8, 16, 32], [64, 32, 16, 8]),
        (64, [4, 8, 16, 32, 64], [64, 64, 32, 16, 8]),
        (128, [4, 8, 16, 32, 64, 128], [64, 64, 64, 32, 16, 8]),
    ],
)
def test_widths_double_downwards_to_eight_times(side, sizes, filters):
    heights, breadths, results = zip(*stages((side, side, 3), 8), strict=True)
    assert list(heights) == list(breadths) == sizes
    assert list(results) == filters


@pytest.mark.parametrize("shape", [(28, 28, 1), (48, 64, 3), (128, 128, 3)])
def test_images_of_many_sizes_are_drawn(shape):
    gan = R3GAN(image_shape=shape, latent_dim=4, width=1)
    assert gan.generate(1, seed=0).shape == (1, *shape)


@pytest.mark.parametrize(
    ("blocks", "remedy"),
    [(0, "larger"), (9, "smaller"), (1.5, "whole"), (None, "whole")],
)
def test_a_wrong_number_of_blocks_is_refused(blocks, remedy):
    message = f"`blocks` must be an integer from 1 to 8.*Pass a {remedy} number"
    with pytest.raises(ValueError, match=message):
        checks.tiny("r3gan", blocks=blocks)


def test_a_class_is_a_factor_of_the_features():
    """The logit is the product of the features and the vector of the class."""
    gan = checks.tiny("r3gan", num_classes=3)
    network, images = gan.discriminator, checks.pictures(6)
    labels = np.arange(6, dtype="int32") % 3
    dense = [x for x in network.layers if isinstance(x, layers.Dense)]
    features, vectors = sorted(dense, key=lambda x: x.kernel.shape[0] == 3)
    outputs = features.output, network.output
    found, logits = map(
        as_array, keras.Model(network.inputs, outputs)([images, labels])
    )
    expected = (found * as_array(vectors.kernel)[labels]).sum(axis=1)
    assert logits.shape == (6,)
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-6)
    made = gan.generate(3, labels=[0, 1, 2], latents=np.ones((3, gan.latent_dim)))
    assert len({image.tobytes() for image in made}) == 3
    gan.compile()
    gan.fit(images, labels, batch_size=3, verbose=0)
