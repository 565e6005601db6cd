"""All that differs by backend: the same names in each file, bound here once.

A backend file holds the derivative of a loss with respect to variables, the
derivative of logits with respect to images, a conditional update inside a compiled
step, how an optimizer applies its gradients, batch normalization in training, the
signatures of `train_step` and `test_step`, and in `SUPPORTS` the options of `compile`
that work there.
"""

import keras

if keras.backend.backend() == "tensorflow":
    from kerasgan.backend.tensorflow import SUPPORTS, TrainStep, apply_gradients, auto_jit_compile, batch_norm, replica_count, value_and_grad, value_and_input_grad, when
elif keras.backend.backend() == "jax":
    from kerasgan.backend.common import batch_norm, replica_count
    from kerasgan.backend.jax import SUPPORTS, TrainStep, apply_gradients, auto_jit_compile, value_and_grad, value_and_input_grad, when
elif keras.backend.backend() == "torch":
    from kerasgan.backend.common import batch_norm, replica_count
    from kerasgan.backend.torch import SUPPORTS, TrainStep, apply_gradients, auto_jit_compile, value_and_grad, value_and_input_grad, when
else:
    raise ImportError(
        "kerasgan trains on 'tensorflow', 'jax' or 'torch'. "
        f"Received: keras.backend.backend()={keras.backend.backend()!r}. "
        "Set the environment variable KERAS_BACKEND before Keras is imported."
    )

__all__ = [
    "SUPPORTS",
    "TrainStep",
    "apply_gradients",
    "auto_jit_compile",
    "batch_norm",
    "replica_count",
    "value_and_grad",
    "value_and_input_grad",
    "when",
]
