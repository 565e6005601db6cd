"""The averages of an epoch, for progress bars and histories."""

import keras
from keras import ops

from kerasgan.types import Tensor


@keras.saving.register_keras_serializable("kerasgan")
class Average(keras.metrics.Mean):
    """The mean of the epoch; before its first value, that of an earlier epoch.

    Before any value it is NaN, unlike `keras.metrics.Mean`, which is 0.
    """

    def __init__(self, name: str = "average", dtype: str = "float32"):
        super().__init__(name=name, dtype=dtype)
        nan = keras.initializers.Constant(float("nan"))
        self.last = self.add_variable((), nan, self.dtype, "mean", "last")

    def result(self) -> Tensor:
        """The mean, a scalar."""
        return ops.where(self.count.value > 0, super().result(), self.last.value)

    def reset_state(self) -> None:
        """Begins an epoch."""
        self.last.assign(self.result())
        super().reset_state()
