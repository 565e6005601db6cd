"""Real and generated images are made smaller in the same way, and protocols say so."""

import numpy as np
import pytest

from kerasgan import data
from kerasgan.evaluation import Evaluation, evaluate_quality
from kerasgan.evaluation.resize import smaller
from tests.evaluation.helpers import FEW, PerfectGAN, mean_colors, photos

pytestmark = pytest.mark.backend_free
FID = "fid_mean_colors"


def test_a_pixel_is_the_mean_of_its_area():
    image = np.array([[0, 10, 20, 30], [2, 12, 22, 32]], "uint8")[None, :, :, None]
    assert smaller(image, (1, 2))[0, 0, :, 0].tolist() == [6, 26]
    # Three columns of 4/3 pixels: (0 + 10/3) * 3/4, and so on.
    assert smaller(image[:, :1], (1, 3))[0, 0, :, 0].tolist() == [2, 15, 28]


@pytest.mark.parametrize("size", [(16, 16), (7, 5), (8, 16)])
def test_every_pixel_counts_by_its_overlap(size):
    images, (height, width) = photos(3), size
    fine = images.repeat(height, axis=1).repeat(
        width, axis=2
    )  # each new pixel is 16x16
    parts = fine.reshape(3, height, 16, width, 16, 3)
    expected = np.rint(parts.mean(axis=(2, 4)))
    assert np.array_equal(smaller(images, size), expected)


def test_both_sides_are_made_smaller():
    real, fake = photos(50), photos(40, 1)
    sizes = []

    def features(images):
        sizes.append(images.shape[1:3])
        return mean_colors(images)

    options = {"metrics": ["fid"], "num_samples": 40}
    result = evaluate_quality(PerfectGAN(fake), real, features, size=8, **options)
    assert set(sizes) == {(8, 8)}
    assert result["fid_features"].protocol["resize"] == "8x8 pixels by area"
    small = Evaluation(smaller(real, (8, 8)), mean_colors, **options)
    expected = small.of_gan(PerfectGAN(smaller(fake, (8, 8))))
    assert float(result["fid_features"]) == float(expected[FID])


def test_real_images_may_have_another_size_then():
    real = photos(50).repeat(2, axis=1).repeat(2, axis=2)
    gan = PerfectGAN(photos(40, 1))
    with pytest.raises(ValueError, match=r"one shape.*\(32, 32, 3\) and \(16, 16, 3\)"):
        evaluate_quality(gan, real, mean_colors, **FEW)
    large = evaluate_quality(gan, real, mean_colors, size=8, **FEW)
    same = evaluate_quality(gan, photos(50), mean_colors, size=8, **FEW)
    assert float(large[FID]) == pytest.approx(float(same[FID]))


def test_results_of_two_sizes_do_not_compare():
    gan = PerfectGAN(photos(40, 1))
    small, large = (
        evaluate_quality(gan, photos(50), mean_colors, size=size, **FEW)[FID]
        for size in (8, None)
    )
    with pytest.raises(ValueError, match="in the same way. Received: resize"):
        assert small < large


@pytest.mark.parametrize("size", [17, (8, 17), 0, "8", (8, 8, 3)])
def test_an_impossible_size_is_refused_at_once(size):
    measured = []
    with pytest.raises(ValueError, match="`size` must"):
        evaluate_quality(PerfectGAN(photos()), photos(), measured.append, size=size)
    assert not measured


def test_other_real_images_are_refused_at_once():
    measured = []
    dataset = data.load(photos()[:, ::2], batch_size=10)
    with pytest.raises(ValueError, match="one shape.*measure both with size="):
        evaluate_quality(PerfectGAN(photos()), dataset, measured.append)
    assert not measured
