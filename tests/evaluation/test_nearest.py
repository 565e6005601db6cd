"""Pictures of generated images and their nearest training images."""

import numpy as np
import pytest

from kerasgan import images
from kerasgan.evaluation import nearest_picture
from tests.evaluation.helpers import photos

pytestmark = pytest.mark.backend_free


class Generator:
    """Generates fixed images."""

    def generate(self, num_samples, *, seed):
        return photos(num_samples, seed=9)


def test_neighbors_are_drawn_below_the_images():
    generated = photos(3, seed=9)
    training = np.concatenate([photos(5), generated[::-1]])  # memorized
    picture = nearest_picture(Generator(), training, num_samples=3)
    expected = images.make_grid(np.concatenate([generated] * 2), columns=3)
    np.testing.assert_array_equal(picture, images.enlarge(expected))


def test_neighbors_need_all_images_at_once():
    with pytest.raises(TypeError, match="all images at once"):
        nearest_picture(Generator(), iter([photos()]))
