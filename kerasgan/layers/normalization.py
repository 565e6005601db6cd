"""Batch normalization with a fast training step.

Paper: Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167 (Algorithm 1).
"""

import keras
from keras import ops

from kerasgan import backend
from kerasgan.types import Tensor


@keras.saving.register_keras_serializable("kerasgan")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras's layer, with the backend's own kernel for training on images.

    It computes the same numbers, and its variables have the same names, so weights fit
    both layers. Outside training, and for inputs of other ranks, it is Keras's layer.
    On several devices, images and vectors are normalized by the whole batch.
    """

    def call(
        self, inputs: Tensor, training: bool | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """Normalizes inputs (N, H, W, C) or (N, C) per channel."""
        rank = len(inputs.shape)
        shared = rank == 4 or (rank == 2 and backend.replica_count() > 1)
        if not (training and self.trainable and shared):
            return super().call(inputs, training=training, mask=mask)
        if rank == 2:
            return self.call(inputs[:, None, None], training=True)[:, 0, 0]
        channels = inputs.shape[-1:]
        gamma = self.gamma.value if self.scale else ops.ones(channels, "float32")
        beta = self.beta.value if self.center else ops.zeros(channels, "float32")
        outputs, *moments = backend.batch_norm(inputs, gamma, beta, self.epsilon)
        moving = self.moving_mean, self.moving_variance
        for average, value in zip(moving, moments, strict=True):
            kept = self.momentum * average.value
            average.assign(kept + (1.0 - self.momentum) * value)
        return outputs
