"""The best state of a training: which one is kept, and which names are refused."""

import keras
import numpy as np
import pytest

import kerasgan
from kerasgan import callbacks, data
from tests.evaluation.helpers import PerfectGAN, mean_colors, photos
from tests.support import checks

pytestmark = pytest.mark.backend_free

LOSSES = {"d_loss": 1.0, "g_loss": 1.0}


@pytest.fixture
def keep(tmp_path):
    """Runs `KeepBest` through epochs of these logs, among other callbacks.

    Returns the stub of the model, which remembers what was saved.
    """

    def run(monitor, *epochs, before=(), after=(), mode="min", best=None):
        callback = callbacks.KeepBest(tmp_path / "best", monitor, mode, best)
        gan = PerfectGAN(photos(30, 1))
        listed = keras.callbacks.CallbackList([*before, callback, *after], model=gan)
        listed.set_params({"epochs": len(epochs)})
        listed.on_train_begin()
        for epoch, logs in enumerate(epochs):
            listed.on_epoch_begin(epoch)
            listed.on_epoch_end(epoch, LOSSES | logs)
        listed.on_train_end()
        return len(gan.saved), callback.best

    return run


def evaluator(**options):
    return callbacks.EvaluateQuality(photos(), mean_colors, num_samples=10, **options)


@pytest.mark.parametrize(("mode", "expected"), [("min", (2, 1.0)), ("max", (2, 5.0))])
def test_each_better_value_is_kept(keep, mode, expected):
    values = [{"score": value} for value in (3.0, 5.0, 1.0, float("nan"), 2.0)]
    assert keep("score", *values, mode=mode) == expected


def test_a_resumed_training_beats_its_earlier_best(keep):
    assert keep("score", {"score": 3.0}, {"score": 1.0}, best=2.0) == (1, 1.0)
    assert keep("score", {"score": 3.0}, best=2.0) == (0, 2.0)


def test_metrics_that_nothing_measures_are_refused_early(keep):
    evaluate = evaluator()
    for monitor in ("fid_mean_colours", "fid"):
        with pytest.raises(ValueError, match="of the logs: fid_mean_colors. Received"):
            keep(monitor, {}, before=[evaluate])
    with pytest.raises(ValueError, match="Did you mean 'fid_mean_colors'"):
        keep("fid_mean_colours", {}, before=[evaluate])
    assert evaluate.results == {}


def test_the_order_of_the_callbacks_does_not_matter(keep):
    evaluate, scores = evaluator(), [3.0, 1.0, 2.0]

    def measured(epoch, logs):
        logs["late"] = scores[epoch]

    late = keras.callbacks.LambdaCallback(on_epoch_end=measured)
    assert keep("late", {}, {}, {}, after=[late]) == (2, 1.0)
    assert keep("fid_mean_colors", {}, after=[evaluate])[0] == 1
    with pytest.raises(ValueError, match="Did you mean 'fid_mean_colors'"):
        keep("fid_mean_colours", {}, after=[evaluate])


def test_a_late_value_keeps_the_weights_of_its_epoch(tmp_path):
    gan = checks.tiny("dcgan")
    gan.compile(run_eagerly=True)
    weights, values = [], iter([2.0, 1.0, 3.0])

    def measured(epoch, logs):
        weights.append([w.copy() for w in gan.generator_ema.get_weights()])
        logs["late"] = next(values)

    late = keras.callbacks.LambdaCallback(on_epoch_end=measured)
    keep = callbacks.KeepBest(tmp_path / "best", "late")
    options = {"batch_size": 60, "verbose": 0, "callbacks": [keep, late]}
    gan.fit(photos(), epochs=3, **options)
    kept = kerasgan.from_preset(tmp_path / "best").generator_ema
    layer = next(i for i, w in enumerate(kept.get_weights()) if w.ndim > 1)
    assert np.array_equal(kept.get_weights()[layer], weights[1][layer])


def test_a_metric_that_was_never_finite_is_named(keep):
    nan = {"score": float("nan")}
    with pytest.warns(UserWarning, match="kept nothing. 'score' was never a finite"):
        keep("score", nan, nan)


def test_a_metric_of_a_later_epoch_gives_no_warning(keep):
    saved, _ = keep("fid_mean_colors", {}, {}, {}, before=[evaluator(every=3)])
    assert saved == 1


def test_a_misspelled_loss_is_refused_after_the_first_epoch(keep):
    with pytest.raises(ValueError, match="d_loss, g_loss.*Did you mean 'g_loss'"):
        keep("g_los", {}, {})


def test_a_missing_name_gives_a_warning_in_the_first_epoch(keep):
    with pytest.warns(UserWarning) as caught:
        keep("fid", {}, {})
    first, last = [str(warning.message) for warning in caught]
    assert "until the logs hold 'fid'" in first and "from an EvaluateQuality" in first
    assert last.startswith("KeepBest kept nothing.")


def test_values_of_a_later_validation_give_no_warning(keep):
    assert keep("val_d_loss", {}, {"val_d_loss": 2.0}) == (1, 2.0)


class Mine(keras.callbacks.Callback):
    """The callback of a user, with a value of its own."""

    def on_epoch_end(self, epoch, logs=None):
        logs["fid_mine"] = 1.0


def test_the_value_of_a_users_own_callback_is_taken(keep):
    assert keep("fid_mine", {}, before=[Mine()]) == (1, 1.0)


def test_an_unknown_mode_is_refused(tmp_path):
    with pytest.raises(ValueError, match='"min" or "max"'):
        callbacks.KeepBest(tmp_path, "fid", mode="lowest")


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "best").write_text("mine")
    with pytest.raises(FileExistsError, match="is a file"):
        callbacks.KeepBest(tmp_path / "best", "fid")


def test_a_folder_of_other_files_is_refused(tmp_path):
    (tmp_path / "photos").mkdir()
    for name in "abcd":
        (tmp_path / "photos" / f"{name}.jpg").write_bytes(b"mine")
    with pytest.raises(FileExistsError, match=r"a\.jpg, b\.jpg, c\.jpg, \.\.\."):
        callbacks.KeepBest(tmp_path / "photos", "fid")


def test_a_preset_is_replaced_only_on_request(tmp_path):
    (tmp_path / "best").mkdir()
    assert callbacks.KeepBest(tmp_path / "best", "fid").best is None
    checks.tiny("dcgan").save_to_preset(tmp_path / "best", overwrite=True)
    (tmp_path / "best" / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="overwrite=True to replace"):
        callbacks.KeepBest(tmp_path / "best", "fid")
    assert callbacks.KeepBest(tmp_path / "best", "fid", overwrite=True).best is None


def test_keep_best_uses_the_class_shares_of_the_data(tmp_path, monkeypatch):
    gan = checks.tiny("cgan")
    gan.compile(run_eagerly=True)
    drawn, measured = [], gan.condition.measured

    def watched(count, shares=None):
        drawn.append(measured(count, shares)["labels"])
        return {"labels": drawn[-1]}

    monkeypatch.setattr(gan.condition, "measured", watched)
    shares = [40 / 60, 12 / 60, 8 / 60]
    dataset = data.load((photos(), np.repeat([0, 1, 2], [40, 12, 8])), batch_size=60)
    keep = callbacks.KeepBest(tmp_path / "best", "g_loss", mode="max")
    gan.fit(dataset, verbose=0, callbacks=[keep])
    (labels,) = drawn  # of the batch statistics that were saved
    np.testing.assert_allclose(np.bincount(labels) / len(labels), shares, atol=1e-3)
    kept = kerasgan.from_preset(tmp_path / "best")
    assert kept.condition.shares == pytest.approx(shares, abs=1e-6)


@pytest.mark.parametrize("monitor", ["g_loss", "diversity", "fid_mean_colors"])
def test_keep_best_saves_a_preset_while_training(tmp_path, monitor):
    gan = checks.tiny("dcgan")
    gan.compile()
    before = [evaluator(), callbacks.TrainingMonitor(num_samples=4, share=0.01)]
    best = callbacks.KeepBest(tmp_path / "best", monitor)
    gan.fit(photos(), batch_size=20, verbose=0, callbacks=[*before, best])
    assert (tmp_path / "best" / "config.json").exists()


def test_keep_best_does_not_change_the_training(tmp_path):
    def trained(*extra):
        gan = checks.tiny("dcgan")
        gan.compile()
        gan.fit(photos(), epochs=2, batch_size=20, verbose=0, callbacks=extra)
        return checks.snapshot(gan)

    best = callbacks.KeepBest(tmp_path / "best", "fid_mean_colors")
    assert checks.same(trained(), trained(evaluator(), best))
