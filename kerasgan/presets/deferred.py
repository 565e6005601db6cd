"""Models whose weights take no memory until their layout was inspected.

A preset's config may come from anybody and ask for a network of any size. Its layout is
compared with the weight file, or with a limit, before a single weight exists.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
from keras.src.backend.common import global_state

from kerasgan.presets import configs


def build(
    cls: type,
    call: dict,
    where: str | Path,
    inspect: Callable,
    make: bool = True,
) -> Any:
    """Builds a model that is inspected before it has weights.

    Args:
        cls: A registered class.
        call: Arguments of its constructor.
        where: What messages call the source of the arguments.
        inspect: Gets the model without weights; raises to refuse it.
        make: Whether to make the weights at the end.

    Raises:
        PresetConfigError: If the class does not take the arguments.
    """
    before = _waiting()[:]
    try:
        with keras.StatelessScope(initialize_variables=False):
            model = configs.build(cls, call, where)
        inspect(model)
        if make:
            with keras.StatelessScope():
                pass  # at its end, Keras makes all weights that wait
            return model
    except BaseException:
        _waiting()[:] = before
        raise
    _waiting()[:] = before
    return model


# Keras makes a thread's waiting weights at the next occasion, those of a refused model
# too. It has no public way to forget them.
def _waiting() -> list:
    return global_state.get_global_attribute("uninitialized_variables", [], True)
