"""Every family from images to images can be measured."""

import numpy as np
import pytest

from tests.support import checks

pytestmark = pytest.mark.backend_free  # using the models is tested on each backend


@pytest.mark.parametrize("name", list(checks.TRANSLATORS))
def test_every_family_is_measured_in_its_directions(name):
    model, rng = checks.tiny(name), np.random.default_rng(0)
    shapes = model.source_shape, model.image_shape
    images = [rng.integers(0, 256, (5, *shape), dtype="uint8") for shape in shapes]
    images = images[1] if model.learns_from == "images" else images
    results = model.evaluate_quality(images, metrics=["l1"], features=None)
    ways = {"forward": "l1", "backward": "l1_backward"}
    assert list(results) == [ways[direction] for direction in model.translators]
    assert all(0 < float(result) < 1 for result in results.values())
