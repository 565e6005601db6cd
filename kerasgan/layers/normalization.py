"""Batch normalization that is fast in training.

Paper: Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167 (Algorithm 1).
"""

import keras
from keras import ops

from kerasgan import backend


@keras.saving.register_keras_serializable("kerasgan")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras's layer, trained on images by the backend's own kernel.

    Same numbers, same variables under the same names: weights fit both. Outside
    training, and for inputs that are no images, it is Keras's layer itself.
    """

    def call(self, inputs, training: bool | None = None, mask=None):
        """Inputs (N, H, W, C) to the same shape, normalized per channel."""
        if not (training and self.trainable) or len(inputs.shape) != 4:
            return super().call(inputs, training=training, mask=mask)
        channels = inputs.shape[-1:]
        gamma = self.gamma.value if self.scale else ops.ones(channels)
        beta = self.beta.value if self.center else ops.zeros(channels)
        outputs, *moments = backend.batch_norm(inputs, gamma, beta, self.epsilon)
        moving = self.moving_mean, self.moving_variance
        for average, value in zip(moving, moments, strict=True):
            kept = self.momentum * average.value
            average.assign(kept + (1.0 - self.momentum) * value)
        return outputs
