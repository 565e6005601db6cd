"""benchmarks/quality.py: its files, its messages, and the meaning of its metrics."""

import inspect
import json
import sys
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

from kerasgan import data, errors
from kerasgan.core.conditions import Condition
from kerasgan.core.gan import GAN
from kerasgan.evaluation import Evaluation
from kerasgan.evaluation.evaluation import NUM_SAMPLES, SEED
from kerasgan.training import report

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import quality  # noqa: E402

pytestmark = pytest.mark.backend_free


@pytest.fixture
def preset(tmp_path, monkeypatch):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "metadata.json").write_text('{"format": 2, "kind": "gan"}')
    before = {
        "format": 2,
        "quality": {"fid_old": {"value": 1}},
        "throughput": {"cpu": 1},
    }
    (folder / "results.json").write_text(json.dumps(before))
    return folder


class Measured:
    def to_json(self):
        return {"value": 2}


@pytest.mark.parametrize("results", [{}, {"fid_new": Measured()}])
def test_measuring_adds_to_existing_results(preset, monkeypatch, results):
    before = json.loads((preset / "results.json").read_text())
    monkeypatch.setattr(quality, "measure_gan", lambda *_: results)
    quality.measure_preset(preset, Namespace())
    after = json.loads((preset / "results.json").read_text())
    assert after["throughput"] == before["throughput"]
    added = {"fid_new": {"value": 2}} if results else {}
    assert after["quality"] == before["quality"] | added


def test_measuring_continues_without_features(preset, monkeypatch, capsys):
    class Gan:
        condition, examined = Condition(), None

    def none(*_):
        raise errors.InceptionUnavailableError("no weights")

    (preset / "metadata.json").write_text('{"data": {"source": "mnist"}}')
    monkeypatch.setattr(quality.GAN, "from_preset", lambda *_, **__: Gan())
    monkeypatch.setattr(quality, "real_images", lambda *_, **__: (None, None))
    monkeypatch.setattr(quality, "features_for", none)
    options = Namespace(features=None, num_samples=10, data_dir=None)
    assert quality.measure_gan(preset, options) == {}
    assert capsys.readouterr().err.count("no weights") == 2  # auto, inception


@pytest.mark.matrix
def test_distances_grow_with_the_distortion(test_data):
    real = data.read("mnist", split="test", labels=True, data_dir=test_data / "tfds")
    images, labels = real.images[:4000], real.labels[:4000]
    evaluation = Evaluation(images[:2000], "features_mnist", metrics=["fid"])
    images, labels = images[2000:], labels[2000:]

    def distance(degraded):
        return float(evaluation.of_images(degraded)["fid_features_mnist"])

    real_score = distance(images)
    noise = [distance(quality.noisy(images, deviation)) for deviation in (16, 64)]
    blur = [distance(quality.blurred(images, times)) for times in (2, 4)]
    dropped = [distance(images[labels >= count]) for count in (3, 5)]
    for more in (noise, blur, dropped):
        assert 2 * real_score < more[0] < more[1]


def test_recorded_distances_grow_with_the_distortion():
    document = json.loads((BENCHMARKS / "results/perturbations.json").read_text())
    for features, entry in document.items():
        values = {
            row["perturbation"]: row["quality"][f"fid_{features}"]["value"]
            for row in entry["rows"]
        }
        none = values.pop("none")
        for kind in ("noise", "blur", "classes"):
            distances = [value for what, value in values.items() if kind in what]
            assert len(distances) >= 3 and none < distances[0]
            assert (np.diff(distances) > 0).all()


def test_defaults_are_those_of_the_tables():
    from kerasgan.callbacks import EvaluateQuality

    parameters = inspect.signature(Evaluation).parameters
    assert parameters["num_samples"].default == NUM_SAMPLES
    assert parameters["seed"].default == SEED
    stated = f"`num_samples={NUM_SAMPLES:_}`, `seed={SEED}`"
    assert stated in GAN.evaluate_quality.__doc__
    # A training chooses its best state by other latents.
    chosen = inspect.signature(EvaluateQuality).parameters["seed"].default
    assert SEED not in (chosen, report.SEED)


def test_tables_have_the_protocol_that_evaluate_has_by_default():
    for path in (BENCHMARKS.parent / "zoo").glob("*/results.json"):
        metadata = json.loads((path.parent / "metadata.json").read_text())
        for name, result in json.loads(path.read_text())["quality"].items():
            protocol = result["protocol"]
            assert protocol.get("seed", SEED) == SEED, (path, name)
            if protocol.get("features") and "source_shape" not in metadata:
                assert protocol["generated_count"] == NUM_SAMPLES, (path, name)
