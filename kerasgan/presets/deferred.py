"""Models whose weights take no memory until their layout was inspected.

A preset's config may come from anybody and ask for a network of any size. Its layout is
compared with the weight file, or with a limit, before a single weight exists.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
from keras.src.backend.common import global_state

from kerasgan.errors import PresetConfigError
from kerasgan.presets import configs, weight_files, weights

BUDGET = 2**28  # bytes of all weights that no file of a preset holds


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


def check_budget(model: Any, where: str | Path) -> None:
    """Refuses a model whose arguments, perhaps a stranger's, ask for much memory.

    A training takes about five times the memory of the weights.

    Args:
        model: A model that has no weights yet.
        where: What messages call the source of the arguments.

    Raises:
        PresetConfigError: If the weights of its networks would exceed `BUDGET`.
    """
    networks = [model.stored_network(name) for name in model.stored]
    layouts = [weights.layout(network) for network in networks if network is not None]
    size = sum(map(weight_files.data_size, layouts))
    if size > BUDGET:
        raise PresetConfigError(
            f"{where}: the weights of all networks may take at most {BUDGET >> 20} "
            f"MiB. Received: arguments for {size >> 20:,} MiB. Choose a smaller width, "
            "latent_dim or image, or build the model in Python, from its class."
        )


# Keras makes a thread's waiting weights at the next occasion, those of a refused model
# too. It has no public way to forget them.
def _waiting() -> list:
    return global_state.get_global_attribute("uninitialized_variables", [], True)
