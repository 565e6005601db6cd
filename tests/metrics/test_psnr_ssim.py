"""L1, PSNR and SSIM of pairs, by hand and against recorded values of scikit-image."""

import numpy as np
import pytest

from kerasgan.metrics import l1, psnr, ssim

pytestmark = pytest.mark.backend_free

# PSNR and SSIM of `noisy` images, by scikit-image 0.26.0: their shape, the deviation.
RECORDED = [
    (
        (2, 16, 20, 3),
        8,
        [30.388752380543266, 30.124993072337617],
        [0.9867341116202191, 0.987093651012056],
    ),
    (
        (2, 20, 13, 1),
        40,
        [16.53429888802107, 17.02898721657096],
        [0.8037658868233871, 0.8496838733358206],
    ),
    ((1, 7, 7, 3), 90, [10.961230043212897], [0.5300551777805748]),
]


def noisy(shape, deviation, rng):
    """Blocks of 4 pixels, and the same with noise, both uint8 of the shape."""
    coarse = rng.integers(0, 256, (shape[0], 5, 5, shape[-1]), dtype="uint8")
    x = coarse.repeat(4, axis=1).repeat(4, axis=2)[:, : shape[1], : shape[2]]
    y = x + rng.normal(0, deviation, x.shape)
    return x, np.clip(np.rint(y), 0, 255).astype("uint8")


def test_psnr_and_ssim_equal_recorded_values_of_scikit_image():
    rng = np.random.default_rng(0)
    for shape, deviation, expected_psnr, expected_ssim in RECORDED:
        pair = noisy(shape, deviation, rng)
        assert psnr(*pair) == pytest.approx(expected_psnr, abs=1e-9)
        assert ssim(*pair) == pytest.approx(expected_ssim, abs=1e-9)


def test_psnr_and_ssim_equal_scikit_image():
    theirs = pytest.importorskip("skimage.metrics")
    rng = np.random.default_rng(1)
    for shape, deviation in (((3, 20, 18, 3), 20), ((2, 15, 20, 1), 5)):
        pair = noisy(shape, deviation, rng)
        options = {"data_range": 255}
        expected = [
            theirs.peak_signal_noise_ratio(x, y, **options)
            for x, y in zip(*pair, strict=True)
        ]
        assert psnr(*pair) == pytest.approx(expected, abs=1e-6)
        measure, options = theirs.structural_similarity, options | {"channel_axis": -1}
        expected = [measure(x, y, **options) for x, y in zip(*pair, strict=True)]
        assert ssim(*pair) == pytest.approx(expected, abs=1e-6)


def test_metrics_of_pairs_by_hand():
    black, gray = np.zeros((2, 8, 9, 3), "uint8"), np.full((2, 8, 9, 3), 51, "uint8")
    assert l1(black, gray) == pytest.approx([0.2, 0.2])
    assert psnr(black, gray) == pytest.approx([20 * np.log10(5)] * 2)
    # Without variance, SSIM is the quotient of the means alone, with C1 = 2.55^2.
    assert ssim(black, gray) == pytest.approx([2.55**2 / (51**2 + 2.55**2)] * 2)


def test_equal_images_are_perfect():
    images = np.random.default_rng(0).integers(0, 256, (2, 9, 9, 3), dtype="uint8")
    assert l1(images, images).tolist() == [0, 0]
    assert psnr(images, images).tolist() == [np.inf, np.inf]
    assert ssim(images, images).tolist() == [1, 1]


def test_l1_of_a_mask_counts_its_pixels_alone():
    x = np.zeros((1, 4, 4, 3), "uint8")
    y, mask = x.copy(), np.zeros((1, 4, 4, 1), "uint8")
    mask[0, :1, :2] = 255
    y[0, 0, 0] = 255
    y[0, 3] = 255  # outside
    assert l1(x, y, mask) == pytest.approx([0.5])
    for wrong in (mask * 0, mask[..., 0], mask[:, 1:]):
        with pytest.raises(ValueError, match="`masks` must be of shape"):
            l1(x, y, wrong)


@pytest.mark.parametrize("metric", [l1, psnr, ssim])
def test_images_that_are_no_pairs_are_refused(metric):
    images = np.zeros((2, 8, 8, 3), "uint8")
    with pytest.raises(ValueError, match="must have one shape"):
        metric(images, images[:1])
    with pytest.raises(ValueError, match="must have one shape"):
        metric(images[0], images[0])
    with pytest.raises(TypeError, match="`generated` must be uint8"):
        metric(images, images.astype("float32"))


def test_ssim_needs_a_whole_window():
    images = np.zeros((1, 6, 9, 3), "uint8")
    with pytest.raises(ValueError, match="windows of 7x7"):
        ssim(images, images)
