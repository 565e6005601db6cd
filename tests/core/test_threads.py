"""`generate` from several threads, beside a training, for many numbers of images."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
from keras import layers

from kerasgan import GAN, backend
from kerasgan.core import batches
from tests.support import checks


class Counting(layers.Layer):
    """A layer that counts how often Python calls it."""

    calls = 0

    def call(self, inputs):
        Counting.calls += 1
        return inputs

    def compute_output_shape(self, input_shape):
        return input_shape


def points(counting=False) -> GAN:
    """A small GAN of points, which compiles fast."""
    keras.utils.set_random_seed(0)
    latents, data = keras.Input((4,)), keras.Input((2,))
    x = Counting()(latents) if counting else latents
    made = layers.Dense(2)(layers.Dense(8, "relu")(x))
    logits = layers.Reshape(())(layers.Dense(1)(layers.Dense(8, "relu")(data)))
    return GAN(keras.Model(latents, made), keras.Model(data, logits))


DATA = np.random.default_rng(0).normal(size=(64, 2)).astype("float32")


def test_threads_generate_what_one_generates():
    gan, sizes = points(), [1 + n % 7 for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda n: gan.generate(n, seed=n), sizes))
    for size, result in zip(sizes, results, strict=True):
        np.testing.assert_allclose(result, gan.generate(size, seed=size), rtol=1e-6)


class Alongside(keras.callbacks.Callback):
    """Generates in another thread, from the begin of a training until `end`."""

    def __init__(self):
        super().__init__()
        self.stop, self.results, self.errors = threading.Event(), [], []

    def on_train_begin(self, logs=None):
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.stop.is_set():
            try:
                self.results.append(self.model.generate(5, seed=0))
            except Exception as error:
                self.errors.append(error)
                return

    def end(self):
        self.stop.set()
        self.thread.join()


@pytest.mark.parametrize("validated", [False, True])
def test_generate_beside_a_training_disturbs_neither(validated):
    gan, alone = points(), points()
    beside = Alongside()
    options = {"batch_size": 4, "epochs": 4, "verbose": 0, "shuffle": False}
    options |= {"validation_data": DATA} if validated else {}
    for model, callbacks in ((gan, [beside]), (alone, [])):
        model.random = keras.random.SeedGenerator(1)
        model.compile(keras.optimizers.Adam(1e-2))
        try:
            model.fit(DATA, **options, callbacks=callbacks)
        finally:
            beside.end()
    assert not beside.errors and beside.results
    assert all(np.isfinite(result).all() for result in beside.results)
    assert checks.same(checks.snapshot(gan), checks.snapshot(alone))


def test_generate_beside_single_batches():
    gan, beside = points(), Alongside()
    gan.compile(keras.optimizers.Adam(1e-2))
    beside.set_model(gan)
    beside.on_train_begin()
    try:
        for _ in range(10):
            gan.train_on_batch(DATA[:8])
            gan.test_on_batch(DATA[:8])
    finally:
        beside.end()
    assert not beside.errors and beside.results


def test_a_callback_generates_after_each_batch():
    results = []

    class Watch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            results.append(self.model.generate(3, seed=0))

    gan = points()
    gan.compile(keras.optimizers.Adam(1e-2))
    gan.fit(DATA, batch_size=16, verbose=0, callbacks=[Watch()])
    assert len(results) == 4 and not np.array_equal(results[0], results[3])
    np.testing.assert_allclose(results[3], gan.generate(3, seed=0), rtol=1e-6)


@pytest.mark.skipif("jit_compile" not in backend.SUPPORTS, reason="nothing is compiled")
def test_many_numbers_of_images_compile_few_functions():
    gan = points(counting=True)
    Counting.calls = 0
    for count in range(1, 65):
        assert len(gan.generate(count, seed=0)) == count
    assert Counting.calls <= 7  # 1, 2, 4, ..., 64


@pytest.mark.parametrize("compiles", [True, False])
def test_batches_have_few_sizes_if_each_compiles(monkeypatch, compiles):
    monkeypatch.setattr(backend, "auto_jit_compile", lambda: compiles)
    sizes = set()

    def predict(arrays):
        sizes.add(len(arrays[0]))
        return arrays[0]

    for count in range(1, 25):
        rows = np.arange(count)
        np.testing.assert_array_equal(batches.in_batches(predict, [rows], 20), rows)
    few = {1, 2, 4, 8, 16, 20}
    assert sizes == (few if compiles else set(range(1, 21)))


def test_several_models_generate_without_a_warning_of_retracing(caplog):
    logger = logging.getLogger("tensorflow")
    logger.addHandler(caplog.handler)
    try:
        for gan in [points() for _ in range(6)]:
            for count in (1, 2, 3):
                gan.generate(count, seed=0)
    finally:
        logger.removeHandler(caplog.handler)
    assert "retracing" not in caplog.text
