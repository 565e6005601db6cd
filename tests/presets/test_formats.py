"""Presets that older versions wrote still load, and draw what they drew."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kerasgan
from kerasgan import images
from kerasgan.presets import documents

KEPT = sorted((Path(__file__).parent / "data" / "presets").iterdir())


def test_a_preset_of_every_format_is_kept():
    formats = {json.loads((p / "config.json").read_text())["format"] for p in KEPT}
    assert formats == set(range(1, documents.FORMAT + 1))


@pytest.mark.parametrize("folder", KEPT, ids=lambda folder: folder.name)
def test_a_kept_preset_draws_what_it_drew(folder):
    recorded = np.asarray(Image.open(folder / "samples.png")).astype(int)
    gan = kerasgan.from_preset(folder)
    grid = images.enlarge(images.make_grid(gan.generate(64, seed=0))).squeeze()
    assert recorded.std() > 20
    assert np.abs(grid - recorded).max() <= 2
    logits = np.asarray(gan.discriminator.predict(np.ones((1, 16, 16, 1)), verbose=0))
    assert np.isfinite(logits).all()
