"""DCGAN's training written by hand, to measure what `fit` costs beyond the step.

This is a typical loop in TensorFlow: one `tf.function`, gradient tapes, Keras
optimizers, a moving average, `tf.data`.
"""

import keras
import tensorflow as tf


class HandWritten:
    """A training loop around the networks and optimizers of a compiled DCGAN.

    Args:
        gan: A compiled DCGAN without a penalty. Its engine is not used.

    Raises:
        ValueError: If the GAN is not a plain DCGAN.
    """

    def __init__(self, gan):
        if getattr(gan, "registry_name", "") != "dcgan" or gan.penalty_weight:
            raise ValueError(
                "The hand-written loop is for DCGAN without a penalty. Received: "
                f"{type(gan).__name__}. Leave out --overhead for this preset."
            )
        self.generator, self.discriminator = gan.generator, gan.discriminator
        self.average = gan.generator_ema
        self.optimizers = gan.optimizer.parts
        self.latent_dim, self.decay = gan.latent_dim, gan.ema_decay
        self.noise = gan.instance_noise
        names = ("d_loss", "g_loss", "d_real", "d_fake")
        self.means = {name: keras.metrics.Mean(name=name) for name in names}
        self.updates = tf.Variable(0.0)
        self.step = tf.function(self._step, reduce_retracing=True)

    def data(self, images, batch_size: int):
        """Returns uint8 images (N, H, W, C) as shuffled float batches."""
        batches = tf.data.Dataset.from_tensor_slices(images).shuffle(len(images))
        batches = batches.batch(batch_size, drop_remainder=True)
        return batches.map(
            lambda x: tf.cast(x, tf.float32) / 127.5 - 1.0,
            num_parallel_calls=tf.data.AUTOTUNE,
        ).prefetch(tf.data.AUTOTUNE)

    def fit(self, data) -> dict:
        """Trains for one epoch and returns the means of losses and logits."""
        for mean in self.means.values():
            mean.reset_state()
        for real in data:
            self.step(real)
        return {name: float(mean.result()) for name, mean in self.means.items()}

    def _noisy(self, images):
        """Images with the preset's instance noise."""
        return images + self.noise * tf.random.normal(tf.shape(images))

    def _step(self, real):
        count = tf.shape(real)[0]
        fake = self.generator(tf.random.normal((count, self.latent_dim)), training=True)
        with tf.GradientTape() as tape:
            real_logits = self.discriminator(self._noisy(real), training=True)
            fake_logits = self.discriminator(self._noisy(fake), training=True)
            d_loss = _cross_entropy(1.0, real_logits) + _cross_entropy(0.0, fake_logits)
        weights = self.discriminator.trainable_variables
        self.optimizers["discriminator"].apply(tape.gradient(d_loss, weights), weights)

        weights = self.generator.trainable_variables
        latents = tf.random.normal((count, self.latent_dim))
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([weight.value for weight in weights])
            fake = self.generator(latents, training=True)
            logits = self.discriminator(self._noisy(fake), training=True)
            g_loss = _cross_entropy(1.0, logits)
        values = [weight.value for weight in weights]
        self.optimizers["generator"].apply(tape.gradient(g_loss, values), weights)

        self.updates.assign_add(1.0)
        decay = tf.minimum(self.decay, (1.0 + self.updates) / (10.0 + self.updates))
        pairs = zip(self.average.weights, self.generator.weights, strict=True)
        for average, weight in pairs:
            average.assign(decay * average.value + (1.0 - decay) * weight.value)
        values = (d_loss, g_loss, real_logits, fake_logits)
        for mean, value in zip(self.means.values(), values, strict=True):
            mean.update_state(value)


def _cross_entropy(target, logits):
    return tf.reduce_mean(
        tf.nn.sigmoid_cross_entropy_with_logits(target * tf.ones_like(logits), logits)
    )
