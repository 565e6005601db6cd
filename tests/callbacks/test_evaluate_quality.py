"""Results of an epoch in the logs."""

import keras
import numpy as np
import pytest

import kerasgan
from kerasgan import callbacks
from tests.evaluation.helpers import PerfectGAN, mean_colors, photos
from tests.support import checks

pytestmark = pytest.mark.backend_free

NAME = "fid_mean_colors"


def test_results_of_an_epoch_reach_the_history(tmp_path):
    gan = checks.tiny("dcgan")
    gan.compile()
    evaluate = callbacks.EvaluateQuality(photos(), mean_colors, every=2, num_samples=20)
    keep = callbacks.KeepBest(tmp_path / "best", NAME)
    options = {"batch_size": 20, "verbose": 0, "callbacks": [evaluate, keep]}
    history = gan.fit(photos(), epochs=3, **options).history
    values = history[NAME]
    assert len(values) == 3 and np.isnan(values[0])  # epoch 2, and the last
    assert keep.best == min(values[1:])
    best = kerasgan.from_preset(tmp_path / "best")
    result = evaluate.evaluation.of_gan(best)[NAME]
    assert float(result) == pytest.approx(keep.best, rel=1e-6)


def test_results_of_an_epoch_are_scalars_of_tensorboard(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    gan = checks.tiny("dcgan")
    gan.compile()
    evaluate = callbacks.EvaluateQuality(photos(), mean_colors, num_samples=20)
    board = keras.callbacks.TensorBoard(tmp_path / "logs")
    options = {"batch_size": 20, "verbose": 0, "callbacks": [evaluate, board]}
    history = gan.fit(photos(), epochs=2, **options).history
    events = EventAccumulator(
        str(tmp_path / "logs/train"), size_guidance={"tensors": 0}
    ).Reload()
    tensors = events.Tensors(f"epoch_{NAME}")
    shown = [float(make_ndarray(event.tensor_proto)) for event in tensors]
    assert shown == pytest.approx(history[NAME], rel=1e-5)


def test_the_real_images_are_measured_once():
    calls = []

    def counted(images):
        calls.append(len(images))
        return mean_colors(images)

    gan = PerfectGAN(photos(30, 1))
    evaluate = callbacks.EvaluateQuality(photos(40), counted, num_samples=10)
    evaluate.set_model(gan)
    evaluate.set_params({"epochs": 2})
    for _ in range(2):
        evaluate.on_train_begin({})
    assert calls == [32, 8]  # the reference, and the held-out fifth
    evaluate.on_epoch_end(0, {})
    assert calls == [32, 8, 10] and list(evaluate.results) == ["fid_counted"]


def test_memorization_is_refused_without_held_out_images():
    with pytest.raises(ValueError, match="Pass `held_out`"):
        callbacks.EvaluateQuality(photos(), mean_colors, metrics=["memorization"])


@pytest.mark.parametrize("options", [{"every": 0}, {"num_samples": 9}])
def test_counts_out_of_range_are_refused(options):
    with pytest.raises(ValueError, match="must be an integer of at least"):
        callbacks.EvaluateQuality(np.zeros((1, 8, 8, 1)), mean_colors, **options)


def test_all_epochs_have_the_same_names(tmp_path):
    evaluate = callbacks.EvaluateQuality(
        photos(), mean_colors, every=2, num_samples=20, metrics=None
    )
    table = keras.callbacks.CSVLogger(tmp_path / "log.csv")
    listed = [evaluate, table, keras.callbacks.History()]
    listed = keras.callbacks.CallbackList(listed, model=PerfectGAN(photos(30, 1)))
    listed.set_params({"epochs": 4})
    listed.on_train_begin()
    for epoch in range(4):
        listed.on_epoch_end(epoch, {"d_loss": 1.0})
    listed.on_train_end()
    history = listed.callbacks[-1].history
    assert {len(values) for values in history.values()} == {4}
    names = ["fid", "kid", "precision", "recall", "density", "coverage"]
    assert evaluate.names == [f"{name}_mean_colors" for name in names]
    rows = [line.split(",") for line in (tmp_path / "log.csv").read_text().split()]
    assert set(evaluate.names) < set(rows[0])
    column = [float(row[rows[0].index(NAME)]) for row in rows[1:]]
    assert np.isnan(column).tolist() == [True, False, True, False]


def test_a_metric_without_its_inputs_is_refused_before_training():
    evaluate = callbacks.EvaluateQuality(photos(), mean_colors, metrics=["class_fid"])
    evaluate.set_model(PerfectGAN(photos(30, 1)))
    with pytest.raises(ValueError, match="needs labels of real and generated"):
        evaluate.on_train_begin({})


def test_images_are_made_smaller_on_request():
    evaluate = callbacks.EvaluateQuality(photos(), mean_colors, num_samples=10, size=8)
    evaluate.set_model(PerfectGAN(photos(30, 1)))
    evaluate.on_train_begin({})
    evaluate.on_epoch_end(0, {})
    assert evaluate.results[NAME].protocol["resize"] == "8x8 pixels by area"


def test_a_model_of_pairs_is_refused_before_training():
    evaluate = callbacks.EvaluateQuality(photos(), mean_colors)
    evaluate.set_model(checks.tiny("pix2pix"))
    with pytest.raises(TypeError, match="Pix2Pix, which makes images from images"):
        evaluate.on_train_begin()


def test_a_misspelled_keyword_is_refused():
    with pytest.raises(TypeError, match="`EvaluateQuality` takes .*'num_samples'"):
        callbacks.EvaluateQuality(photos(), mean_colors, num_sample=10)
