"""The networks' optimizers, which `fit` sees as one."""

import keras


@keras.saving.register_keras_serializable("kerasgan")
class AdversarialOptimizer(keras.optimizers.Optimizer):
    """A discriminator's and a generator's optimizer behind one interface.

    Keras carries exactly one optimizer through `fit`, checkpoints and callbacks. This
    one's `variables` are those of both; each still updates its own network.

    Args:
        discriminator: The `keras.optimizers.Optimizer` of the discriminator.
        generator: The `keras.optimizers.Optimizer` of the generator.
        name: A name for the pair.
    """

    def __init__(self, discriminator, generator, name: str = "adversarial"):
        super().__init__(learning_rate=0.0, name=name)
        self.discriminator, self.generator = discriminator, generator
        self._ratio = None  # generator's rate / discriminator's, also at a rate of 0

    def build_for(self, discriminator_variables, generator_variables) -> None:
        """Creates both optimizers' slots."""
        self.discriminator.build(discriminator_variables)
        self.generator.build(generator_variables)
        super().build([])

    @property
    def variables(self):
        """Its own and those of both parts."""
        own = super().variables
        return own + self.discriminator.variables + self.generator.variables

    @property
    def learning_rate(self):
        """The discriminator's. Setting it scales the generator's by the same factor.

        Raises:
            TypeError: On setting, where a part follows a schedule of its own.
        """
        if not hasattr(self, "discriminator"):  # while Keras's constructor runs
            return self._learning_rate
        return self.discriminator.learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate):
        parts = (self.discriminator, self.generator)
        if not all(isinstance(_own_rate(part), keras.Variable) for part in parts):
            raise TypeError(
                "Expected optimizers with constant learning rates, which a callback "
                "may change. Received: an optimizer whose learning rate follows a "
                "schedule. Remove the callback or the schedule."
            )
        d_rate, g_rate = (float(part.learning_rate) for part in parts)
        if d_rate > 0.0:
            self._ratio = g_rate / d_rate
        self.discriminator.learning_rate = float(learning_rate)
        if self._ratio is not None:
            self.generator.learning_rate = self._ratio * float(learning_rate)

    def finalize_variable_values(self, var_list) -> None:
        """Each part finalizes its own network's variables."""
        for part in (self.discriminator, self.generator):
            part.finalize_variable_values(part._trainable_variables)

    def get_config(self) -> dict:
        """Both parts, serialized by Keras."""
        parts = {
            name: keras.optimizers.serialize(getattr(self, name))
            for name in ("discriminator", "generator")
        }
        return {"name": self.name, **parts}

    @classmethod
    def from_config(cls, config: dict, custom_objects=None):
        """The pair that `get_config` describes."""
        parts = {
            name: keras.optimizers.deserialize(config[name], custom_objects)
            for name in ("discriminator", "generator")
        }
        return cls(name=config["name"], **parts)


def _own_rate(optimizer):
    """The rate itself: a variable, or the schedule it follows."""
    return getattr(optimizer, "inner_optimizer", optimizer)._learning_rate
