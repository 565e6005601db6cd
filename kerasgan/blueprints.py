"""Networks looked at before they are built: what weights they will have.

A preset's config may come from anybody and ask for a network of any size. Its layout
is found without memory for a single weight, and judged, before the network is made.
"""

import contextlib
import contextvars
import threading
from collections.abc import Callable

import keras

from kerasgan import weights
from kerasgan.weight_files import Layout

Judge = Callable[[str, Layout], None]
_JUDGE: contextvars.ContextVar[Judge | None] = contextvars.ContextVar("judge")


@contextlib.contextmanager
def judged(judge: Judge):
    """Networks that are built inside are judged first.

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
    if judge := _JUDGE.get(None):
        judge(name, layout(function))
    return function()


def layout(function: Callable[[], keras.Model]) -> Layout:
    """The layout of what `function` builds, found without memory for its weights."""
    found = []

    def look():
        try:
            with keras.StatelessScope(initialize_variables=False):
                found.append(weights.layout(function()))
        except Exception as error:
            found.append(error)

    # Keras would make the weights at the next occasion in this thread; its state,
    # and so their memory, is the thread's own.
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]
