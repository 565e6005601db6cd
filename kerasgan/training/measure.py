"""Measures the time of one update on this machine, for budgets of hours."""

import contextlib
import math
import random
import time
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src.backend.common import global_state
from keras.src.random import seed_generator

from kerasgan.training.phases import build, compile_phase

SECONDS = 20.0  # of measuring, besides the compilation


def seconds_per_update(
    recipe: Mapping, images: Any, seconds: float = SECONDS, index: int = 0
) -> float:
    """Seconds that one update of a recipe's model takes here, on average.

    A new model trains for a while and is thrown away. It leaves no trace: random
    numbers, and the order of the images, continue as before. The time of compilation
    is not counted.

    Args:
        recipe: A recipe with the arguments of the model.
        images: A dataset of `kerasgan.data`.
        seconds: How long to measure, at least one turn of every player.
        index: Which of the recipe's phases to measure.

    Returns:
        Seconds per update.
    """
    phase = {"updates": 2**20} | dict(recipe["phases"][index])
    kept = images.batch_size, images.epoch, images.skipped
    images.batch_size = phase["batch_size"]
    with _random_kept():
        model = build(recipe)
        if model.captioned:
            model.condition.learn(images.captions)
        compile_phase(model, phase, index)
        clock = _Clock(model, seconds)
        options = {"epochs": 2**20, "verbose": 0, "shuffle": False}
        try:
            model.fit(images, callbacks=[clock], **options)
        finally:
            images.batch_size, images.epoch, images.skipped = kept
    return clock.measured


class _Clock(keras.callbacks.Callback):
    """Times batches in whole rounds, in which every player has its turns.

    The first round compiles all branches of the step.
    """

    def __init__(self, model, seconds):
        super().__init__()
        self.round = max(2, math.lcm(*(player.every for player in model.playing)))
        self.seconds, self.batches, self.measured = seconds, 0, None

    def on_train_batch_end(self, batch, logs=None):
        """Starts the clock after the first round; ends `fit` when time is up."""
        self.batches += 1
        if self.batches % self.round:
            return
        int(self.model.step.value)  # waits for a device that works ahead
        if self.batches == self.round:
            self.since = time.perf_counter()
            return
        passed = time.perf_counter() - self.since
        if passed >= self.seconds:
            self.measured = passed / (self.batches - self.round)
            self.model.stop_training = True


@contextlib.contextmanager
def _random_kept() -> Iterator[None]:
    """Restores the states of the global random generators that training uses."""
    name = seed_generator.GLOBAL_SEED_GENERATOR
    seeds = global_state.get_global_attribute(name)
    number = None if seeds is None else np.array(ops.convert_to_numpy(seeds.state))
    states = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        global_state.set_global_attribute(name, seeds)
        if seeds is not None:
            seeds.state.assign(number)
