"""Diversity in the logs, and warnings of a collapse."""

import itertools

import keras
import numpy as np
import pytest

from kerasgan import callbacks, metrics
from kerasgan.data import ImageDataset
from tests.support import checks

pytestmark = pytest.mark.backend_free


def test_classes_do_not_hide_a_collapse_within_them():
    images = np.repeat(np.arange(4, dtype="uint8") * 60, 5)[:, None, None, None]
    images = np.broadcast_to(images, (20, 16, 16, 3))
    assert metrics.diversity(images) > 60
    assert metrics.diversity(images, np.repeat(np.arange(4), 5)) == 0
    varied = images + np.tile([0, 20], 10).astype("uint8")[:, None, None, None]
    value = metrics.diversity(varied, np.repeat(np.arange(4), 5))
    assert value == pytest.approx(10 * 0.96**0.5)  # 2 and 3 of 5, not halves


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
    gan.compile(keras.optimizers.SGD(0.0))
    monitor = callbacks.TrainingMonitor(after=0, num_samples=24)
    gan.fit(*checks.batch(gan, 4), batch_size=4, verbose=0, callbacks=[monitor])
    assert monitor.highest == pytest.approx(0, abs=1e-3)


class Faded(callbacks.TrainingMonitor):
    """Monitors a GAN whose images lose their contrast."""

    def measure(self, gan, factors):
        self.set_model(gan)
        self.on_train_begin()
        noise = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3))
        values = []
        for epoch, factor in enumerate(factors):
            gan.generate = lambda latents, f=factor: (noise * f).astype("uint8")
            logs = {}
            self.on_epoch_end(epoch, logs)
            values.append(logs["diversity"])
        return values


def of_monitor(caught) -> list:
    """The warnings of a monitor, without those from inside Keras."""
    return [warning for warning in caught if "Epoch " in str(warning.message)]


def test_a_collapse_gives_a_warning_with_its_numbers():
    monitor, gan = Faded(after=0, num_samples=8, share=0.5), checks.tiny("dcgan")
    with pytest.warns(UserWarning, match="Epoch 3: .* is collapsing") as caught:
        values = monitor.measure(gan, [0.5, 1.0, 0.3, 0.3])
    assert values[0] < values[1] == monitor.highest and values[2] < 0.5 * values[1]
    (warning,) = of_monitor(caught)  # once per fall
    text = str(warning.message)
    assert f"{values[2]:.1f}" in text and f"{values[1]:.1f}" in text


def test_a_second_collapse_gives_another_warning():
    monitor = Faded(after=0, num_samples=8, share=0.5)
    with pytest.warns(UserWarning, match="collapsing") as caught:
        monitor.measure(checks.tiny("dcgan"), [1.0, 0.3, 1.0, 0.3])
    assert sum("collapsing" in str(warning.message) for warning in caught) == 2


def test_diversity_is_added_to_the_history():
    gan = checks.tiny("cgan")
    gan.compile()
    monitor = callbacks.TrainingMonitor(after=0, num_samples=6, share=0.01)
    options = {"batch_size": 4, "epochs": 2, "verbose": 0, "callbacks": [monitor]}
    values = gan.fit(*checks.batch(gan, 8), **options).history["diversity"]
    assert len(values) == 2 and max(values) == monitor.highest


@pytest.mark.parametrize("options", [{"num_samples": 1}, {"share": 1.0}, {"seed": -1}])
def test_options_out_of_range_are_refused(options):
    with pytest.raises(ValueError, match="num_samples|share|seed"):
        callbacks.TrainingMonitor(**options)


def test_images_that_stop_changing_give_a_warning():
    monitor, gan = Faded(after=0, num_samples=8), checks.tiny("dcgan")
    with pytest.warns(UserWarning, match="Epoch 7: .* stopped changing") as caught:
        monitor.measure(gan, [0.5, *[1.0] * 8])
    assert len(of_monitor(caught)) == 1


def test_a_discriminator_that_has_won_gives_a_warning():
    gan = checks.tiny("cgan")
    gan.compile()
    data = ImageDataset(*checks.batch(gan, 20), batch_size=10)
    monitor = callbacks.TrainingMonitor(data, after=0, num_samples=10)
    gan.critic = lambda condition: lambda images: images[:, 0, 0, 0] * 0 + next(scores)
    scores = itertools.cycle([1.0, 0.0])  # real, then generated
    monitor.set_model(gan)
    monitor.on_train_begin()
    with pytest.warns(UserWarning, match="has won. It .* in 100% of all pairs"):
        for epoch in range(5):
            logs = {}
            monitor.on_epoch_end(epoch, logs)
    assert logs["separation"] == 1.0


def test_separation_is_the_share_of_ordered_pairs():
    gan = checks.tiny("dcgan")
    data = ImageDataset(checks.pictures(4), batch_size=4)
    monitor = callbacks.TrainingMonitor(data, after=0, num_samples=4)
    logits = iter([np.array([1.0, 2, 3, 4]), np.array([0.0, 2.5, 2.5, 9])])
    gan.critic = lambda condition: lambda images: next(logits)
    monitor.set_model(gan)
    monitor.on_train_begin()
    monitor.on_epoch_end(0, logs := {})
    assert logs["separation"] == (1 + 1 + 3 + 3) / 16


def test_the_first_updates_are_not_judged():
    monitor = Faded(num_samples=8)
    monitor.measure(checks.tiny("dcgan"), [1.0, 0.1])  # a warning would be an error
