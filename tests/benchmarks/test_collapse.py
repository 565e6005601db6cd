"""benchmarks/collapse.py counts modes and records the counts."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from kerasgan import data

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import collapse  # noqa: E402

pytestmark = pytest.mark.backend_free

DIGITS = np.random.default_rng(0).integers(0, 256, (40, 16, 16, 1), "uint8")
RECIPE = {
    "format": 2,
    "model": {"name": "dcgan", "arguments": {"latent_dim": 4, "width": 2}},
    "data": {"source": "mnist"},
    "phases": [{"batch_size": 8, "updates": 900}],
    "seed": 0,
}


def bright(images):
    """Logits of ten classes, which are mean brightness in steps of 25."""
    return {"logits": -np.abs(images.mean(axis=(1, 2)) / 25 - np.arange(10))}


def test_modes_of_stacked_digits_are_counted():
    shades = np.array([[0, 25, 50], [0, 25, 50], [225, 225, 225]], "uint8")
    images = np.broadcast_to(shades[:, None, None], (3, 16, 16, 3))
    counts = collapse.count(images, bright)
    shares = np.array([2 / 3, 1 / 3])
    assert counts["modes"] == 2
    assert counts["kl"] == pytest.approx(
        (shares * np.log(shares * 1000)).sum(), abs=1e-4
    )


def test_schedule_of_gamma_is_scaled_with_the_updates():
    gamma = {"name": "cosine", "final": 0.1, "updates": 600}
    phase = RECIPE["phases"][0] | {"schedules": {"penalty_weight": gamma}}
    model = {"name": "r3gan", "arguments": {"latent_dim": 4}}
    recipe = RECIPE | {"model": model, "phases": [phase]}
    source = DIGITS, np.arange(40) % 10
    dataset = data.StackedMNIST(16, source=source, batch_size=4)
    (scaled,) = collapse.stacked(recipe, dataset, 3)["phases"]
    assert scaled["updates"] == 6  # instead of 900
    assert scaled["schedules"]["penalty_weight"] == gamma | {"updates": 4}
    assert gamma["updates"] == 600


def test_training_is_counted_and_recorded(tmp_path, monkeypatch):
    monkeypatch.setattr(collapse, "NUM_SAMPLES", 20)
    monkeypatch.setattr(collapse, "PATH", tmp_path / "results.json")
    source = DIGITS, np.arange(40) % 10
    dataset = data.StackedMNIST(16, source=source, batch_size=4)
    recipe = collapse.stacked(RECIPE, dataset, 3)
    assert recipe["phases"] == [{"batch_size": 8, "updates": 6}]
    rows = collapse.train(recipe, dataset, 3, 2, bright)
    assert [row["updates"] for row in rows] == [4, 6]  # after two and three epochs
    assert all(1 <= row["modes"] <= 20 for row in rows)
    collapse.add(collapse.PATH, "other", {"rows": []})
    collapse.add(collapse.PATH, "dcgan", {"rows": rows})
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["dcgan"]["rows"] == rows and "hardware" in results["dcgan"]
    assert "other" in results


def test_recorded_r3gan_covers_all_modes_most_evenly():
    results = json.loads(collapse.PATH.read_text())
    last = {name: entry["rows"][-1] for name, entry in results.items()}
    last.pop("real images")
    assert last["r3gan"]["modes"] == collapse.MODES
    assert min(last, key=lambda name: last[name]["kl"]) == "r3gan"
