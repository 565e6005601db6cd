"""R-precision and sharpness, by hand."""

import numpy as np
import pytest

from kerasgan.metrics import r_precision, sharpness

pytestmark = pytest.mark.backend_free


def test_images_that_are_nearest_to_their_captions_score_one():
    vectors = np.eye(5)
    assert r_precision(vectors, vectors, range(5), candidates=5) == 1.0
    wrong = np.roll(vectors, 1, axis=0)
    assert r_precision(wrong, vectors, range(5), candidates=5) == 0.0


def test_the_share_of_images_counts():
    captions = np.eye(4)
    images = captions.copy()
    images[3] = captions[0]
    assert r_precision(images, captions, range(4), candidates=4) == 0.75


def test_captions_of_the_same_group_do_not_compete():
    captions = np.eye(4)
    images = captions[[1, 0, 2, 3]]  # variants of one glyph, taken for each other
    assert r_precision(images, captions, ["a", "a", "b", "c"], candidates=3) == 0.5
    assert r_precision(captions, captions, ["a", "a", "b", "c"], candidates=3) == 1.0


def test_an_equal_product_is_a_miss():
    assert r_precision(np.zeros((3, 2)), np.ones((3, 2)), range(3), candidates=3) == 0


@pytest.mark.parametrize("candidates", [2, 10, 100])
def test_random_vectors_score_as_by_chance(candidates):
    rng = np.random.default_rng(0)
    images, captions = rng.normal(size=(2, 2000, 8))
    score = r_precision(images, captions, np.arange(2000) // 2, candidates, seed=1)
    assert score == pytest.approx(1 / candidates, abs=3 * (0.25 / 2000) ** 0.5)


def test_each_candidate_is_of_another_group():
    """With as many candidates as groups, all groups compete at each image."""
    groups = np.repeat(np.arange(6), 3)
    captions = np.repeat(np.eye(6), 3, axis=0)
    images = captions + 2 * np.roll(captions, 3, axis=0)  # a group is always nearer
    assert r_precision(images, captions, groups, candidates=6) == 0.0


def test_inputs_that_do_not_fit_are_refused():
    vectors = np.eye(3)
    with pytest.raises(ValueError, match="vectors of images and of captions"):
        r_precision(vectors, vectors[:2], range(3), 2)
    with pytest.raises(ValueError, match="from 2 to the number of groups. Received"):
        r_precision(vectors, vectors, range(3))
    with pytest.raises(ValueError, match="from 2 to the number of groups"):
        r_precision(vectors, vectors, range(3), candidates=1)


def test_sharpness_is_the_mean_absolute_laplacian():
    image = np.zeros((1, 5, 5, 1), "uint8")
    image[0, 2, 2] = 255  # 4 at the dot, 1 at each of its four neighbors
    np.testing.assert_allclose(sharpness(image), [8 / 9])
    slope = np.arange(0, 200, 20, dtype="uint8")
    slope = np.tile(slope[None, None, :, None], (2, 10, 1, 3))
    np.testing.assert_allclose(sharpness(slope), [0, 0], atol=1e-12)


def test_sharpness_refuses_other_images():
    with pytest.raises(TypeError, match="uint8"):
        sharpness(np.zeros((1, 5, 5, 1)))
    with pytest.raises(ValueError, match="at least 3x3"):
        sharpness(np.zeros((1, 2, 5, 1), "uint8"))
