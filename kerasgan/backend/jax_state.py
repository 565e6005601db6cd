"""JAX: reading a model's variables from any thread, also while the model trains.

While `fit` runs, Keras takes the values out of the variables and hands them from step
to step. Each step deletes the values that it was given.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras

GROUPS = {  # what Keras hands to a step that predicts, tests or trains, by its length
    2: "trainable non_trainable".split(),
    3: "trainable non_trainable metrics".split(),
    4: "trainable non_trainable optimizer metrics".split(),
}


class SharedState:
    """A trainer that keeps its values in reach: in its variables, or in `_jax_state`.

    Whoever holds the model's `lock` can read them by `current_values`.
    """

    def _get_jax_state(self, **options: bool) -> tuple:
        with self.lock:
            state = super()._get_jax_state(**options)
            self._jax_state = _named(state)
        return state

    def jax_state_sync(self) -> None:
        with self.lock:
            super().jax_state_sync()

    def _make_function(self, step_function: Callable, **options: Any) -> Callable:
        def step(state, data):
            with self.lock:
                outputs, state = step_function(state, data)
                self._jax_state, self._jax_state_synced = _named(state), False
            return outputs, state

        return super()._make_function(step, **options)


def _named(state) -> dict:
    names = (f"{group}_variables" for group in GROUPS[len(state)])
    return dict(zip(names, state, strict=True))


def current_values(model: keras.Model, variables: Sequence) -> list:
    """The values of some of a model's variables, for one who holds its lock."""
    values = [variable._value for variable in variables]
    if all(value is not None and not value.is_deleted() for value in values):
        return values
    held, state = {}, model._jax_state
    for name in ("trainable_variables", "non_trainable_variables"):
        held |= zip(map(id, getattr(model, name)), state[name], strict=True)
    return [held[id(variable)] for variable in variables]
