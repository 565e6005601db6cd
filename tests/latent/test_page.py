"""The truncation curve, and `kerasgan explore`."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from kerasgan import latent
from kerasgan.latent import page
from kerasgan.latent.truncation import draw_curve
from tests.support import checks

pytestmark = pytest.mark.backend_free


def pixels(images):
    """Features: the mean of each channel."""
    return np.asarray(images, "float32").mean(axis=(1, 2))


def test_a_curve_measures_each_level_and_none():
    gan = checks.tiny("cgan")
    real = gan.generate(40, seed=0)
    options = {"levels": [0.5, 1.0], "num_samples": 40}
    curve = latent.truncation_curve(gan, real, pixels, **options)
    assert curve.levels == (0.5, 1.0, np.inf)
    assert curve.precision[-1] == curve.recall[-1] == 1.0  # the same images
    assert curve.protocol["generated_count"] == curve.protocol["real_count"] == 40
    assert draw_curve(curve).shape == (320, 480, 3)


def test_a_page_holds_a_picture_for_each_section():
    gan = checks.tiny("cgan")
    found = page.sections_of(gan)
    titles = [section.title for section in found]
    assert titles == [
        *("Samples", "Interpolation", "Directions", "Truncation", "Arithmetic"),
    ]
    text = page.to_page(found, "<mine>")
    assert "<h1>&lt;mine&gt;</h1>" in text and "http" not in text
    encoded = re.findall(r'base64,([^"]+)"', text)
    assert len(encoded) == 5
    for data, section in zip(encoded, found, strict=True):
        picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
        np.testing.assert_array_equal(picture, np.squeeze(section.picture))
    assert page.to_picture(found).shape[-1] == 3


def test_a_page_with_data_shows_neighbors_and_the_curve():
    gan = checks.tiny("dcgan")
    real = gan.generate(20, seed=3)
    options = {"dataset": real, "features": pixels, "num_samples": 20}
    titles = [section.title for section in page.sections_of(gan, **options)]
    assert titles[-2:] == ["Nearest training images", "Precision and recall"]
