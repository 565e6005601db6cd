"""Networks looked at before their weights are made.

A preset's config may come from anybody and ask for a network of any size. Its layout
is known without memory for a single weight, and judged, before there is one.
"""

import contextlib
import contextvars
from collections.abc import Callable

import keras
from keras.src.backend.common import global_state

from kerasgan.presets import weights
from kerasgan.presets.weight_files import Layout

Judge = Callable[[str, Layout], None]
_JUDGE: contextvars.ContextVar[Judge | None] = contextvars.ContextVar("judge")


@contextlib.contextmanager
def judged(judge: Judge):
    """Networks that are built inside are judged before they have weights.

    Args:
        judge: Takes a network's name and layout; raises to refuse it.
    """
    before = _JUDGE.set(judge)
    try:
        yield
    finally:
        _JUDGE.reset(before)


def build(name: str, function: Callable[[], keras.Model]) -> keras.Model:
    """The network that `function` builds, once `judged`, if at all, lets it pass."""
    judge = _JUDGE.get(None)
    if judge is None:
        return function()
    with _unmade_forgotten():
        with keras.StatelessScope(initialize_variables=False):
            network = function()
        judge(name, weights.layout(network))
        with keras.StatelessScope():
            pass  # at whose end Keras makes the weights
    return network


# Keras makes a thread's unmade weights at the next occasion, those of a network that
# was refused too. There is no public way to forget them.
@contextlib.contextmanager
def _unmade_forgotten():
    """Forgets, where something raises, the weights that Keras was to make."""
    kept = _unmade()[:]
    try:
        yield
    except BaseException:
        _unmade()[:] = kept
        raise


def _unmade() -> list:
    return global_state.get_global_attribute("uninitialized_variables", [], True)
