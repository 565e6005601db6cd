"""Callbacks of a training."""

import keras
import numpy as np
import pytest
from PIL import Image

from kerasgan import callbacks, images, metrics
from tests.support import checks


def test_grids_show_the_same_latents_every_nth_epoch(tmp_path):
    gan = checks.tiny("dcgan")
    gan.compile()
    grid = callbacks.SampleGrid(tmp_path, count=4, every=2, seed=9)
    gan.fit(checks.pictures(8), batch_size=4, epochs=4, verbose=0, callbacks=[grid])
    found = sorted(path.name for path in tmp_path.iterdir())
    assert found == ["epoch_0002.png", "epoch_0004.png"]
    drawn = np.asarray(Image.open(tmp_path / "epoch_0004.png"))
    expected = images.make_picture(gan.generate(4, seed=9))
    np.testing.assert_array_equal(drawn, expected)


def test_classes_that_differ_hide_no_collapse_within_them():
    images = np.repeat(np.arange(4, dtype="uint8") * 60, 5)[:, None, None, None]
    images = np.broadcast_to(images, (20, 16, 16, 3))
    assert metrics.diversity(images) > 60
    assert metrics.diversity(images, np.repeat(np.arange(4), 5)) == 0
    varied = images + np.tile([0, 20], 10).astype("uint8")[:, None, None, None]
    found = metrics.diversity(varied, np.repeat(np.arange(4), 5))
    assert found == pytest.approx(10 * 0.96**0.5)  # of 2 and 3, not of halves


@pytest.mark.parametrize("name", ["cgan", "infogan"])
def test_a_generator_that_ignores_its_latents_has_no_diversity(name):
    gan = checks.tiny(name)
    for network in (gan.generator, gan.generator_ema):
        dense = next(n for n in network.layers if isinstance(n, keras.layers.Dense))
        kernel = np.array(dense.kernel)
        kernel[: -3 if name == "cgan" else 3] = 0  # all but the class
        if name == "infogan":
            kernel[6:] = 0
        dense.kernel.assign(kernel)
    gan.compile(*(keras.optimizers.SGD(0.0) for _ in range(2)))
    monitor = callbacks.CollapseMonitor(count=24)
    gan.fit(*checks.batch(gan, 4), batch_size=4, verbose=0, callbacks=[monitor])
    assert monitor.highest == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("counts", [{"every": 0}, {"count": 0}])
def test_counts_of_zero_are_refused(tmp_path, counts):
    with pytest.raises(ValueError, match="at least 1"):
        callbacks.SampleGrid(tmp_path, **counts)


class Faded(callbacks.CollapseMonitor):
    """Of a GAN whose images lose their contrast."""

    def measure(self, gan, factors):
        self.set_model(gan)
        self.on_train_begin()
        noise = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3))
        found = []
        for epoch, factor in enumerate(factors):
            gan.generate = lambda latents, labels, f=factor: (noise * f).astype("uint8")
            logs = {}
            self.on_epoch_end(epoch, logs)
            found.append(logs["diversity"])
        return found


def test_a_collapse_is_warned_of_with_its_figures():
    monitor, gan = Faded(count=8, share=0.5), checks.tiny("dcgan")
    with pytest.warns(UserWarning, match="Epoch 3: .* is collapsing") as caught:
        found = monitor.measure(gan, [0.5, 1.0, 0.3, 0.3])
    assert found[0] < found[1] == monitor.highest and found[2] < 0.5 * found[1]
    (warning,) = caught  # once a fall
    text = str(warning.message)
    assert f"{found[2]:.1f}" in text and f"{found[1]:.1f}" in text


def test_a_second_collapse_is_warned_of_again():
    monitor = Faded(count=8, share=0.5)
    with pytest.warns(UserWarning, match="collapsing") as caught:
        monitor.measure(checks.tiny("dcgan"), [1.0, 0.3, 1.0, 0.3])
    assert sum("collapsing" in str(warning.message) for warning in caught) == 2


def test_diversity_joins_the_history_without_a_warning():
    gan = checks.tiny("cgan")
    gan.compile()
    monitor = callbacks.CollapseMonitor(count=6, share=0.01)
    options = {"batch_size": 4, "epochs": 2, "verbose": 0, "callbacks": [monitor]}
    found = gan.fit(*checks.batch(gan, 8), **options).history["diversity"]
    assert len(found) == 2 and max(found) == monitor.highest


@pytest.mark.parametrize("options", [{"count": 1}, {"share": 1.0}, {"seed": -1}])
def test_collapse_monitor_refuses_options_out_of_range(options):
    with pytest.raises(ValueError, match="count|share|seed"):
        callbacks.CollapseMonitor(**options)


def test_keep_best_refuses_a_folder_of_somebodys_files(tmp_path):
    (tmp_path / "photos").mkdir()
    for name in "abcd":
        (tmp_path / "photos" / f"{name}.jpg").write_bytes(b"mine")
    with pytest.raises(FileExistsError, match=r"holds a.jpg, b.jpg, c.jpg, \.\.\."):
        callbacks.KeepBest(tmp_path / "photos", "fid")


def test_keep_best_takes_an_empty_folder_and_a_preset(tmp_path):
    (tmp_path / "best").mkdir()
    callbacks.KeepBest(tmp_path / "best", "fid")
    checks.tiny("dcgan").save_to_preset(tmp_path / "best", overwrite=True)
    (tmp_path / "best" / "notes.txt").write_text("mine")
    callbacks.KeepBest(tmp_path / "best", "fid")


def test_a_preset_that_never_came_into_being_is_warned_of(tmp_path):
    push = callbacks.PushToHub("someone/best", tmp_path / "best")
    push.on_epoch_end(0)
    with pytest.warns(UserWarning, match="best holds no preset. Put a KeepBest"):
        push.on_train_end()
