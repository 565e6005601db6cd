"""A tiny conditional GAN, for what the base class promises about labels."""

import keras
from keras import layers

from kerasgan import losses
from kerasgan.core.gan import GAN

SHAPE = (8, 8, 1)


class Conditional(GAN):
    """Labels embedded into latents and beside the image."""

    def __init__(self, num_classes=3, **kwargs):
        super().__init__(
            lambda: self._generator(num_classes),
            lambda: self._discriminator(num_classes),
            num_classes=num_classes,
            **kwargs,
        )

    def _generator(self, num_classes):
        latents, labels = keras.Input((4,)), keras.Input((), dtype="int32")
        embedded = layers.Embedding(num_classes, 4)(labels)
        x = layers.Dense(64)(layers.Concatenate()([latents, embedded]))
        x = layers.Activation("tanh", dtype="float32")(x)
        return keras.Model([latents, labels], layers.Reshape(SHAPE)(x))

    def _discriminator(self, num_classes):
        images, labels = keras.Input(SHAPE), keras.Input((), dtype="int32")
        embedded = layers.Embedding(num_classes, 4)(labels)
        x = layers.Concatenate()([layers.Flatten()(images), embedded])
        logits = layers.Reshape(())(layers.Dense(1)(x))
        return keras.Model([images, labels], logits)

    def default_optimizer(self):
        return keras.optimizers.Adam(1e-3)

    def discriminator_loss(self, critic, real, fake, labels):
        return losses.non_saturating_discriminator(critic(real), critic(fake))

    def generator_loss(self, critic, real, fake, labels):
        return losses.non_saturating_generator(critic(fake))
