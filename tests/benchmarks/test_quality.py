"""benchmarks/quality.py: what it keeps, what it prints, and what its metrics mean."""

import json
import sys
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

from kerasgan import data, errors
from kerasgan.evaluation import Evaluation

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import quality  # noqa: E402

pytestmark = pytest.mark.backend_free


@pytest.fixture
def preset(tmp_path, monkeypatch):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "metadata.json").write_text('{"kind": "gan"}')
    before = {"quality": {"fid_old": {"value": 1}}, "throughput": {"cpu": 1}}
    (folder / "results.json").write_text(json.dumps(before))
    return folder


class Found:
    def to_json(self):
        return {"value": 2}


@pytest.mark.parametrize("found", [{}, {"fid_new": Found()}])
def test_measuring_adds_to_existing_results(preset, monkeypatch, found):
    before = json.loads((preset / "results.json").read_text())
    monkeypatch.setattr(quality, "evaluate", lambda *_: found)
    quality.measure_preset(preset, Namespace())
    after = json.loads((preset / "results.json").read_text())
    assert after["throughput"] == before["throughput"]
    added = {"fid_new": {"value": 2}} if found else {}
    assert after["quality"] == before["quality"] | added


def test_it_continues_if_features_are_unavailable(preset, monkeypatch, capsys):
    class Gan:
        num_classes = None

    def none(*_):
        raise errors.InceptionUnavailableError("no weights")

    (preset / "metadata.json").write_text('{"data": {"source": "mnist"}}')
    monkeypatch.setattr(quality.GAN, "from_preset", lambda *_, **__: Gan())
    monkeypatch.setattr(quality, "real_images", lambda *_, **__: (None, None))
    monkeypatch.setattr(quality, "features_for", none)
    options = Namespace(features=None, samples=10, data_dir=None)
    assert quality.evaluate(preset, options) == {}
    assert capsys.readouterr().err.count("no weights") == 2  # auto, inception


def test_distances_grow_with_the_distortion(test_data):
    real = data.read("mnist", split="test", labels=True, data_dir=test_data / "tfds")
    images, labels = real.images[:4000], real.labels[:4000]
    evaluation = Evaluation(images[:2000], "features_mnist", metrics=["fid"])
    images, labels = images[2000:], labels[2000:]

    def distance(spoilt):
        return float(evaluation.of_images(spoilt)["fid_features_mnist"])

    real_score = distance(images)
    noise = [distance(quality.noisy(images, deviation)) for deviation in (16, 64)]
    blur = [distance(quality.blurred(images, times)) for times in (2, 4)]
    dropped = [distance(images[labels >= count]) for count in (3, 5)]
    for more in (noise, blur, dropped):
        assert 2 * real_score < more[0] < more[1]


def test_the_table_of_perturbations_grows_line_by_line():
    document = json.loads((BENCHMARKS / "results/perturbations.json").read_text())
    for features, entry in document.items():
        values = {
            row["perturbation"]: row["quality"][f"fid_{features}"]["value"]
            for row in entry["rows"]
        }
        none = values.pop("none")
        for kind in ("noise", "blur", "classes"):
            found = [value for what, value in values.items() if kind in what]
            assert len(found) >= 3 and none < found[0]
            assert (np.diff(found) > 0).all()
