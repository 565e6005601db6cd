"""benchmarks/translation.py: what models from images to images must beat."""

import sys
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import quality  # noqa: E402
import translation  # noqa: E402

from kerasgan.data import ImagePairs  # noqa: E402
from kerasgan.evaluation.pairs import Direction, directions_of  # noqa: E402
from tests.evaluation.helpers import photos  # noqa: E402
from tests.evaluation.test_pairs import Filler, Oracle, pairs  # noqa: E402

pytestmark = pytest.mark.backend_free


def named(sides, name="mine"):
    return ImagePairs(*sides, None, name)


@pytest.fixture
def measured(monkeypatch):
    """Measures a model on pairs, as for a preset with 30 training pairs."""
    held_out, training = pairs(20), pairs(30)

    def measure(model, **others):
        models = {"preset": model, **others}
        read = monkeypatch.setattr
        read(translation.kerasgan, "from_preset", lambda name, **_: models[str(name)])
        sides = named(training), named(held_out)
        read(translation, "real_pairs", lambda *_, **__: sides)
        read(translation, "real_images", lambda *_, **__: (training[1], held_out[1]))
        read(translation, "features_of", lambda *_: None)
        names = {name: name for name in others}
        return translation.measure(Path("preset"), {}, names)

    return held_out, measure


def test_values_of_baselines_are_details_of_the_results(measured):
    held_out, measure = measured
    other = Oracle(held_out, off=30)
    results = measure(Oracle(held_out, off=15), l1_only=other)
    baselines = results["l1"].details["baselines"]
    assert list(baselines) == ["unchanged", "nearest", "l1_only"]
    assert float(results["l1"]) == pytest.approx(15 / 255)
    assert baselines["l1_only"] == pytest.approx(30 / 255)
    unchanged = np.abs(held_out[0].astype(float) - held_out[1]).mean() / 255
    assert baselines["unchanged"] == pytest.approx(unchanged)
    assert baselines["nearest"] == 0  # the first 20 of the 30 are the same


def test_earlier_baselines_stay_if_the_protocol_is_the_same(measured, monkeypatch):
    held_out, measure = measured
    first = measure(Oracle(held_out, off=15), l1_only=Oracle(held_out, off=30))
    before = {name: result.to_json() for name, result in first.items()}
    before["psnr"]["protocol"] = {"reference": "others"}
    monkeypatch.setattr(quality, "data_of", lambda _: {})
    monkeypatch.setattr(quality, "results_of", lambda _: {"quality": before})
    again = measure(Oracle(held_out))
    monkeypatch.setattr(quality.translation, "measure", lambda *_, **__: again)
    options = Namespace(against=[], data_dir=None)
    results = quality.measure_translation(Path("preset"), options)
    assert "l1_only" in results["l1"].details["baselines"]
    assert "l1_only" not in results["psnr"].details["baselines"]


def test_unchanged_images_get_the_channels_of_the_targets():
    gray = np.array([[[[10]]]], "uint8")
    assert translation.with_channels(gray, 3).tolist() == [[[[10, 10, 10]]]]
    color = np.array([[[[255, 0, 0]]]], "uint8")
    assert translation.with_channels(color, 1).tolist() == [[[[76]]]]
    assert translation.with_channels(gray, 1) is gray


def test_bicubic_images_are_those_of_pillow():
    from PIL import Image

    (image,) = small = photos(1)[:, ::4, ::4]
    made = translation.bicubic(small, (16, 16))
    expected = Image.fromarray(image).resize((16, 16), Image.Resampling.BICUBIC)
    assert np.abs(made[0].astype(int) - np.asarray(expected)).max() <= 1


def test_known_methods_fill_the_holes_alone():
    pytest.importorskip("cv2")
    pytest.importorskip("skimage")
    images = photos(3)
    (direction,) = directions_of(Filler((images, images)), images)
    methods = dict(translation.filled(direction))
    assert list(methods) == ["telea", "navier_stokes", "biharmonic"]
    kept = (direction.masks == 0).repeat(3, axis=-1)
    for made in methods.values():
        assert made.dtype == np.uint8 and made.shape == images.shape
        assert np.array_equal(made[kept], images[kept])
        assert not np.array_equal(made, images)


def test_missing_packages_are_named(capsys, monkeypatch):
    for name in ("cv2", "skimage.restoration"):
        monkeypatch.setitem(sys.modules, name, None)
    direction = Direction("forward", *pairs(2), None, True, None, "mine")
    assert not list(translation.filled(direction))
    assert capsys.readouterr().err.count("not installed") == 2
