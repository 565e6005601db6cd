"""benchmarks/anomalies.py and few_labels.py: baselines, means and recipes."""

import sys
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import anomalies  # noqa: E402
import few_labels  # noqa: E402

from kerasgan.data import Images  # noqa: E402
from kerasgan.evaluation import Result  # noqa: E402
from kerasgan.presets import recipes  # noqa: E402
from tests.training.helpers import read_json  # noqa: E402

pytestmark = pytest.mark.backend_free


def on_a_line(values):
    """Images of two pixels that are (v, 2 v)."""
    return np.array([[v, 2 * v] for v in values], "uint8").reshape(-1, 1, 2, 1)


def test_components_reconstruct_what_lies_on_their_line():
    training = on_a_line([10, 20, 30, 40])
    images = np.concatenate([on_a_line([50]), [[[[12], [19]]]]]).astype("uint8")
    scores = anomalies.by_components(training, images)
    # Its squared distance from the line y = 2 x is (2 x - y)^2 / 5, over 2 pixels.
    assert scores[0] == pytest.approx(0, abs=1e-9)
    assert scores[1] == pytest.approx((2 * 12 - 19) ** 2 / 5 / 2)


def test_neighbors_score_by_their_mean_distance():
    training = np.arange(8, dtype="uint8").reshape(-1, 1, 1, 1) * 10
    images = np.array([0, 100], "uint8").reshape(-1, 1, 1, 1)
    assert anomalies.by_neighbors(training, images).tolist() == [20, 50]


def results_of(*values):
    return {
        str(i): Result("auroc", v, {"count": 9, "normal": [i]}, None, details(v))
        for i, v in enumerate(values)
    }


def details(value):
    return {"baselines": {"pca": value - 0.1}}


def test_a_mean_has_its_deviation_and_the_shared_protocol():
    mean = anomalies.mean_of(results_of(0.7, 0.8, 0.9))
    assert mean.name == "auroc_mean" and mean.higher_is_better
    assert mean.value == pytest.approx(0.8)
    assert mean.protocol == {"count": 9, "trainings": 3}
    assert mean.details["deviation"] == pytest.approx(0.1)
    assert mean.details["baselines"]["pca"] == pytest.approx(0.7)
    assert mean.details["trainings"] == {"0": 0.7, "1": 0.8, "2": 0.9}


def test_baselines_stand_beside_the_models_values(monkeypatch):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, 4, 4, 1), "uint8")
    normal, seen = Images(images[:20] // 9, None, None, "a"), images[20:]
    seen[::2] //= 9
    labels = np.arange(20) % 2
    sides = normal, Images(seen, labels, None, "test")
    model = Namespace(score=lambda x: x.mean(axis=(1, 2, 3)))
    monkeypatch.setattr(anomalies.kerasgan, "from_preset", lambda *_, **__: model)
    monkeypatch.setattr(anomalies, "real_images", lambda *_, **__: sides)
    data = {"source": "a", "classes": [0], "held_out": "test"}
    results = anomalies.measure(Path("preset"), data)
    assert set(results) == {"auroc", "average_precision"}
    for result in results.values():
        assert result.value == 1.0
        assert result.details["baselines"] == {"pca": 1.0, "knn": 1.0}
    assert anomalies.measure(Path("preset"), {"source": "a"}) == {}


def test_each_class_is_trained_and_all_get_the_mean(monkeypatch, tmp_path):
    trained = []

    def train(recipe, folder, license):
        trained.append(recipe["data"]["classes"])
        folder.mkdir(parents=True)
        return folder

    def measure(folder, data, data_dir):
        return results_of(0.5, 0.9)[folder.name] and {
            "auroc": results_of(0.5, 0.9)[folder.name]
        }

    monkeypatch.setattr(anomalies, "trained", train)
    monkeypatch.setattr(anomalies, "measure", measure)
    monkeypatch.setattr(anomalies, "PATH", tmp_path / "all.json")
    call = ["f_anogan_mnist", "--classes", "0", "1", "--out", str(tmp_path)]
    anomalies.main(call)
    assert trained == [[0], [1]]
    rows = read_json(tmp_path / "all.json")["f_anogan_mnist"]["rows"]
    assert [row["normal"] for row in rows] == ["0", "1"]
    quality = read_json(tmp_path / "1" / "results.json")["quality"]
    assert quality["auroc"]["value"] == 0.9
    assert quality["auroc_mean"]["value"] == pytest.approx(0.7)


def test_labels_alone_train_the_same_discriminator():
    _, recipe = anomalies.recipe_at("sgan_mnist")
    drawn = few_labels.with_draw(recipe, 2)
    alone = recipes.check(few_labels.labels_only(drawn))
    assert alone["data"]["labeled_seed"] == 2 and recipe["data"]["labeled_seed"] == 0
    (phase,), (whole,) = alone["phases"], recipe["phases"]
    assert phase["players"] == ["discriminator"]
    assert phase["updates"] == few_labels.SHARE * whole["updates"]
    assert list(phase["optimizers"]) == list(phase["schedules"]) == ["discriminator"]
    assert alone["model"]["arguments"]["unlabeled_weight"] == 0
    assert "unlabeled_weight" not in recipe["model"]["arguments"]
