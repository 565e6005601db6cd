"""The measured time of an update, which leaves no trace."""

import random
import time

import keras
import numpy as np

from kerasgan.training import inputs, measure
from tests.training import helpers

READING = {"data_dir": None, "skip_unreadable": False}


def test_measuring_leaves_no_trace(tmp_path):
    recipe = helpers.dcgan_recipe(tmp_path)
    images, _ = inputs.read(recipe, **READING)
    recipe = inputs.complete(recipe, images)

    def drawn():
        numbers = random.random(), np.random.rand(), float(keras.random.normal(()))
        return *numbers, images[0][0].sum(), images.epoch, images.batch_size

    keras.utils.set_random_seed(3)
    expected = drawn()
    keras.utils.set_random_seed(3)
    start = time.perf_counter()
    seconds = measure.seconds_per_update(recipe, images, seconds=0.0)
    assert 0 < seconds < time.perf_counter() - start
    assert drawn() == expected


def test_a_round_has_the_turns_of_all_players(monkeypatch):
    """Six batches of which the generator's are slower: a mean of whole rounds."""
    clock = [0.0]
    monkeypatch.setattr(measure.time, "perf_counter", lambda: clock[0])

    class Player:
        def __init__(self, every):
            self.every = every

    class Model:
        playing, stop_training = [Player(1), Player(3)], False
        step = keras.Variable(0, trainable=False)

    timer = measure._Clock(Model(), seconds=7.0)
    timer.set_model(Model())
    for batch in range(1, 100):
        clock[0] += 100.0 if batch == 1 else 3.0 if batch % 3 == 0 else 1.0
        timer.on_train_batch_end(batch)
        if timer.measured:
            break
    assert timer.measured == 5 / 3 and batch == 9
