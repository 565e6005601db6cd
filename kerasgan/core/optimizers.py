"""The players' optimizers, which `fit` sees as one."""

from typing import Any

import keras


@keras.saving.register_keras_serializable("kerasgan")
class AdversarialOptimizer(keras.optimizers.Optimizer):
    """Any number of optimizers behind one interface.

    Keras carries exactly one optimizer through `fit`, checkpoints and callbacks. The
    `variables` of this one are those of all its parts. Each part updates the networks
    of its own player. `iterations` counts the batches since `compile`; schedules of
    loss weights follow it.

    Args:
        parts: A `keras.optimizers.Optimizer` for each player, in the order of turns.
        name: The name of the whole.
    """

    def __init__(self, parts: dict, name: str = "adversarial"):
        super().__init__(learning_rate=0.0, name=name)
        self.parts = dict(parts)
        self._ratios = None  # each rate / the first one; kept while the rate is 0

    def build_for(self, variables: dict) -> None:
        """Creates the slots of every part; `variables` are lists by player."""
        for player, part in self.parts.items():
            part.build(variables[player])
        super().build([])

    @property
    def variables(self) -> list:
        """Its own, then those of each part."""
        return super().variables + [v for p in self.parts.values() for v in p.variables]

    @property
    def learning_rate(self) -> Any:
        """The first player's rate. Setting it scales all rates by the same factor.

        Raises:
            TypeError: On setting, if a part follows a schedule of its own.
        """
        if not hasattr(self, "parts"):  # while Keras's constructor runs
            return self._learning_rate
        return next(iter(self.parts.values())).learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate: float) -> Any:
        parts = self.parts.values()
        if not all(isinstance(_own_rate(part), keras.Variable) for part in parts):
            raise TypeError(
                "Expected optimizers with constant learning rates, which a callback "
                "may change. Received: an optimizer whose learning rate follows a "
                "schedule. Remove the callback or the schedule."
            )
        rates = [float(part.learning_rate) for part in parts]
        if rates[0] > 0.0:
            self._ratios = [rate / rates[0] for rate in rates]
        for index, part in enumerate(parts):
            if index == 0:
                part.learning_rate = float(learning_rate)
            elif self._ratios is not None:
                part.learning_rate = self._ratios[index] * float(learning_rate)

    def finalize_variable_values(self, var_list: Any) -> None:
        """Each part finalizes the variables of its own networks."""
        for part in self.parts.values():
            part.finalize_variable_values(part._trainable_variables)

    def get_config(self) -> dict:
        """All parts, serialized by Keras."""
        parts = {k: keras.optimizers.serialize(v) for k, v in self.parts.items()}
        return {"name": self.name, "parts": parts}

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> Any:
        """The optimizers that `get_config` describes."""
        parts = {
            name: keras.optimizers.deserialize(part, custom_objects)
            for name, part in config["parts"].items()
        }
        return cls(parts, config["name"])


def _own_rate(optimizer):
    """The rate itself: a variable, or the schedule that it follows."""
    return getattr(optimizer, "inner_optimizer", optimizer)._learning_rate
