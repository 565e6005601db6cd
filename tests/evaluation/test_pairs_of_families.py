"""Every family from images to images can be measured."""

import numpy as np
import pytest

from kerasgan import data
from kerasgan.data.masks import KINDS, random_masks
from kerasgan.metrics.pairs import l1
from tests.support import checks

pytestmark = pytest.mark.backend_free  # using the models is tested on each backend


@pytest.mark.parametrize("name", list(checks.TRANSLATORS))
def test_every_family_is_measured_in_its_directions(name):
    model, rng = checks.tiny(name), np.random.default_rng(0)
    shapes = model.source_shape, model.image_shape
    images = [rng.integers(0, 256, (5, *shape), dtype="uint8") for shape in shapes]
    source, target = images
    made = {"l1": (target, lambda: getattr(model, model.task)(source))}
    if model.learns_from == "images":
        masks = random_masks(5, target.shape[1:], KINDS, seed=2)
        images, made = target, {"l1": (target, lambda: model.inpaint(target, masks))}
    elif model.learns_from == "unpaired":
        images = data.load_pairs(source, target, batch_size=5)
        back = {"direction": "backward"}
        made["l1_backward"] = source, lambda: model.translate(target, **back)
    results = model.evaluate_quality(images, metrics=["l1"], features=None)
    assert results.keys() == made.keys()
    for name, (true, translated) in made.items():
        expected = l1(true, translated()).mean()
        assert float(results[name]) == pytest.approx(expected)
