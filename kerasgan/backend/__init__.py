"""Everything that differs by backend: the same names in each file, bound here once.

A backend file holds the gradient of a loss with respect to variables, the gradient of
logits with respect to data, a conditional update inside a compiled step, how an
optimizer applies gradients, batch normalization in training, random numbers that agree
across devices, calls of a network that threads may share, and the signatures of
`train_step` and `test_step`. `SUPPORTS` lists the options of `compile` that work.
"""

import keras

if keras.backend.backend() == "tensorflow":
    from kerasgan.backend.tensorflow import (
        SUPPORTS,
        NetworkCall,
        TrainStep,
        apply_gradients,
        auto_jit_compile,
        batch_norm,
        has_gpu,
        max_of_replicas,
        mean_of_replicas,
        normal,
        replica_count,
        uniform,
        value_and_grad,
        value_and_input_grad,
        when,
    )
elif keras.backend.backend() == "jax":
    from kerasgan.backend.common import (
        batch_norm,
        max_of_replicas,
        mean_of_replicas,
        normal,
        replica_count,
        uniform,
    )
    from kerasgan.backend.jax import (
        SUPPORTS,
        NetworkCall,
        TrainStep,
        apply_gradients,
        auto_jit_compile,
        has_gpu,
        value_and_grad,
        value_and_input_grad,
        when,
    )
elif keras.backend.backend() == "torch":
    from kerasgan.backend.common import (
        batch_norm,
        max_of_replicas,
        mean_of_replicas,
        normal,
        replica_count,
        uniform,
    )
    from kerasgan.backend.torch import (
        SUPPORTS,
        NetworkCall,
        TrainStep,
        apply_gradients,
        auto_jit_compile,
        has_gpu,
        value_and_grad,
        value_and_input_grad,
        when,
    )
else:
    raise ImportError(
        "kerasgan trains on 'tensorflow', 'jax' or 'torch'. "
        f"Received: keras.backend.backend()={keras.backend.backend()!r}. "
        "Set the environment variable KERAS_BACKEND before Keras is imported."
    )

__all__ = [
    "SUPPORTS",
    "NetworkCall",
    "TrainStep",
    "apply_gradients",
    "auto_jit_compile",
    "batch_norm",
    "has_gpu",
    "max_of_replicas",
    "mean_of_replicas",
    "normal",
    "replica_count",
    "uniform",
    "value_and_grad",
    "value_and_input_grad",
    "when",
]
