"""benchmarks/collapse.py: what it counts, and what it keeps."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from kerasgan import data

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import collapse  # noqa: E402

DIGITS = np.random.default_rng(0).integers(0, 256, (40, 16, 16, 1), "uint8")
RECIPE = {
    "format": 1,
    "model": {"name": "dcgan", "arguments": {"latent_dim": 4, "width": 2}},
    "data": {"source": "mnist"},
    "phases": [{"batch_size": 8, "updates": 900}],
    "seed": 0,
}


def bright(images):
    """Logits of ten classes: the class is the mean brightness, in steps of 25."""
    return {"logits": -np.abs(images.mean(axis=(1, 2)) / 25 - np.arange(10))}


def test_modes_of_stacked_digits_are_counted():
    shades = np.array([[0, 25, 50], [0, 25, 50], [225, 225, 225]], "uint8")
    images = np.broadcast_to(shades[:, None, None], (3, 16, 16, 3))
    found = collapse.count(images, bright)
    shares = np.array([2 / 3, 1 / 3])
    assert found["modes"] == 2
    assert found["kl"] == pytest.approx(
        (shares * np.log(shares * 1000)).sum(), abs=1e-4
    )


def test_gamma_falls_as_far_in_fewer_updates():
    arguments = {"penalty_updates": 600, "latent_dim": 4}
    recipe = RECIPE | {"model": {"name": "r3gan", "arguments": arguments}}
    source = DIGITS, np.arange(40) % 10
    dataset = data.StackedMNIST(16, source=source, batch_size=4)
    found = collapse.stacked(recipe, dataset, 3)["model"]["arguments"]
    assert found["penalty_updates"] == 4  # of 6 updates in place of 900
    assert arguments["penalty_updates"] == 600


def test_a_training_is_counted_and_recorded(tmp_path, monkeypatch):
    monkeypatch.setattr(collapse, "SAMPLES", 20)
    monkeypatch.setattr(collapse, "PATH", tmp_path / "found.json")
    source = DIGITS, np.arange(40) % 10
    dataset = data.StackedMNIST(16, source=source, batch_size=4)
    recipe = collapse.stacked(RECIPE, dataset, 3)
    assert recipe["phases"] == [{"batch_size": 8, "updates": 6}]
    rows = collapse.train(recipe, dataset, 3, 2, bright)
    assert [row["updates"] for row in rows] == [4, 6]  # of two and of three epochs
    assert all(1 <= row["modes"] <= 20 for row in rows)
    collapse.add(collapse.PATH, "other", {"rows": []})
    collapse.add(collapse.PATH, "dcgan", {"rows": rows})
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["dcgan"]["rows"] == rows and "hardware" in found["dcgan"]
    assert "other" in found


def test_r3gan_covers_every_mode_more_evenly_than_the_classics():
    found = json.loads(collapse.PATH.read_text())
    last = {name: entry["rows"][-1] for name, entry in found.items()}
    last.pop("real images")
    assert last["r3gan"]["modes"] == collapse.MODES
    assert min(last, key=lambda name: last[name]["kl"]) == "r3gan"
