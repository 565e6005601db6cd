"""Batch statistics are computed once for the same weights, and kept with a preset."""

import copy

import keras
import numpy as np
import pytest

import kerasgan
from kerasgan.callbacks import EvaluateQuality, KeepBest
from kerasgan.core import statistics
from kerasgan.core.statistics import Statistics
from kerasgan.data import progress
from tests.support import checks


@pytest.fixture
def computed(monkeypatch):
    """A list that grows with each computation of statistics."""
    calls, compute = [], Statistics._compute
    monkeypatch.setattr(
        Statistics,
        "_compute",
        lambda self, *args: (calls.append(self), compute(self, *args)),
    )
    return calls


def moved(gan):
    """Changes all weights of the moving average."""
    average = gan.generator_ema
    average.set_weights([1.1 * w + 0.01 for w in average.get_weights()])


def colors(images):
    return images.astype("float64").mean(axis=(1, 2))


def files(folder) -> dict:
    return {p.name: p.read_bytes() for p in folder.glob("*.weights.h5")}


def test_statistics_are_means_over_batches():
    gan = checks.tiny("dcgan")
    moved(gan)
    gan.refresh_statistics(batches=3, batch_size=8)
    norms = gan._statistics.norms
    results = [(np.array(n.moving_mean), np.array(n.moving_variance)) for n in norms]
    below = keras.Model(gan.generator_ema.inputs, norms[0].input)
    batches = statistics.generator_inputs(gan, 3, 8)
    rows = [below.predict(batch[0], verbose=0) for batch in batches]
    expected = np.mean([r.mean((0, 1, 2)) for r in rows], axis=0)
    np.testing.assert_allclose(results[0][0], expected, rtol=1e-4, atol=1e-6)
    expected = np.mean([r.var((0, 1, 2)) for r in rows], axis=0)
    np.testing.assert_allclose(results[0][1], expected, rtol=1e-4)
    assert not gan.generator_ema.trainable_variables
    assert {n.momentum for n in norms} == {0.9}


def test_the_same_weights_are_computed_once(computed):
    gan = checks.tiny("dcgan")
    gan.refresh_statistics(2, 8)
    before = checks.snapshot(gan.generator_ema)
    with gan.average_kept():
        for variable in gan._statistics.variables:
            variable.assign(variable.value + 1.0)
        gan.refresh_statistics(2, 8)
        assert checks.same(before, checks.snapshot(gan.generator_ema))
    assert len(computed) == 1
    moved(gan)
    gan.refresh_statistics(2, 8)
    assert len(computed) == 2


def test_networks_without_batch_normalization_compute_nothing(computed):
    gan = checks.tiny("r3gan")
    before = checks.snapshot(gan)
    gan.refresh_statistics()
    assert checks.same(before, checks.snapshot(gan))
    assert not computed and gan._statistics.accepted() is None


OTHERS = [
    pytest.param(name, marks=pytest.mark.backend_free)
    for name in ("cgan_mnist", "sagan_fashion_mnist")
]


@pytest.mark.parametrize("name", ["dcgan_mnist", *OTHERS])
def test_a_preset_is_saved_as_it_was_loaded(name, computed, tmp_path):
    gan = kerasgan.from_preset(name)
    images = gan.generate(16, seed=0)
    gan.save_to_preset(tmp_path / "saved")
    np.testing.assert_array_equal(gan.generate(16, seed=0), images)
    again = kerasgan.from_preset(tmp_path / "saved")
    np.testing.assert_array_equal(again.generate(16, seed=0), images)
    again.save_to_preset(tmp_path / "again")
    assert files(tmp_path / "saved") == files(tmp_path / "again")
    assert not computed


def test_a_copy_of_a_preset_is_saved_as_it_is(saved, computed, tmp_path):
    twin = copy.deepcopy(kerasgan.from_preset(saved))
    twin.save_to_preset(tmp_path / "twin")
    assert files(tmp_path / "twin") == files(saved)
    assert not computed
    moved(twin)
    twin.refresh_statistics(2, 8)
    assert len(computed) == 1


def test_a_copy_with_statistics_of_training_computes(gan, computed):
    gan.refresh_statistics()
    with gan.average_kept():
        for variable in gan._statistics.variables:
            variable.assign(variable.value + 1.0)
        twin = copy.deepcopy(gan)
    del computed[:]
    twin.refresh_statistics(2, 8)
    assert len(computed) == 1


@pytest.mark.backend_free
def test_a_trained_preset_computes_once_for_all(saved, computed, tmp_path):
    gan = kerasgan.from_preset(saved)
    gan.compile(run_eagerly=checks.EAGER)
    images = ((checks.pictures(40) + 1) * 127.5).astype("uint8")
    measure = EvaluateQuality(images, colors, num_samples=10)
    keep = KeepBest(tmp_path / "best", "fid_colors")
    options = {"batch_size": 20, "verbose": 0, "callbacks": [measure, keep]}
    gan.fit(images, epochs=1, **options)
    assert len(computed) == 1
    before = checks.snapshot(gan.generator_ema)
    gan.save_to_preset(tmp_path / "end")
    assert len(computed) == 1
    assert files(tmp_path / "end") == files(tmp_path / "best")
    assert not checks.same(before, checks.snapshot(gan.generator_ema))


def test_a_preset_is_measured_as_it_is(saved, computed):
    gan = kerasgan.from_preset(saved)
    images = ((checks.pictures(40) + 1) * 127.5).astype("uint8")
    options = {"num_samples": 10, "metrics": ["fid"], "progress": False}
    gan.evaluate_quality(images, colors, **options)
    assert not computed


@pytest.mark.parametrize("terminal", [True, False])
def test_a_long_computation_shows_its_progress(terminal, monkeypatch, capsys):
    monkeypatch.setattr(progress, "INTERVAL", 0.0)
    monkeypatch.setattr(progress, "is_shown", lambda: terminal)
    gan = checks.tiny("vanilla_gan")
    gan.refresh_statistics(batches=3, batch_size=2)
    output = capsys.readouterr()
    assert ("Batch statistics" in output.err) == terminal and not output.out
