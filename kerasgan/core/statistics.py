"""Batch statistics, recomputed from inputs instead of moved by training."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasgan import backend
from kerasgan.data.progress import counted
from kerasgan.layers import SpectralNorm


class Statistics:
    """The batch statistics of a network, computed once for the same weights.

    Args:
        network: Built. Without batch normalization, nothing ever changes.
    """

    def __init__(self, network: keras.Model):
        layers = network._flatten_layers()
        self.norms = [
            x for x in layers if isinstance(x, keras.layers.BatchNormalization)
        ]
        self.moments = [
            v for n in self.norms for v in (n.moving_mean, n.moving_variance)
        ]
        # Power iterations, which continue in training mode.
        self.vectors = [x.u for x in layers if isinstance(x, SpectralNorm)]
        self.network, self.call = network, backend.NetworkCall(network, training=True)
        self.known: tuple | None = None

    @property
    def variables(self) -> list:
        """All that `refresh` changes."""
        return [*self.moments, *self.vectors]

    def values(self) -> list[np.ndarray]:
        """What the variables are now."""
        return [np.array(ops.convert_to_numpy(v)) for v in self.variables]

    def digest(self) -> str:
        """A hash of all other weights."""
        own, digest = set(map(id, self.variables)), hashlib.sha256()
        for weight in self.network.weights:
            if id(weight) not in own:
                digest.update(np.ascontiguousarray(ops.convert_to_numpy(weight)))
        return digest.hexdigest()

    def accept(self, digest: str | None = None) -> None:
        """Takes the values of this moment for those of the weights.

        Args:
            digest: The hash of the weights, if they get their values later.
        """
        if self.norms:
            self.known = (digest, None) if digest else (self.digest(), self.values())

    def accepted(self) -> str | None:
        """The hash of the weights, if the present values are known to be theirs."""
        if self.known is None or self.known[0] != self.digest():
            return None
        digest, known = self.known
        pairs = zip(known or (), self.values(), strict=False)
        return digest if all(np.array_equal(*pair) for pair in pairs) else None

    def refresh(self, model: Any, batches: Iterable[tuple], count: int) -> None:
        """Sets the variables to the values of the weights, computed if unknown.

        Args:
            model: The model that the network belongs to.
            batches: The network's inputs, batch by batch.
            count: How many batches there are.
        """
        if not self.norms:
            return
        if self.known is None or self.known[0] != self.digest():
            self._compute(model, counted(batches, "Batch statistics", count))
            self.accept()
        elif self.known[1] is not None:
            self._assign(self.known[1])

    def _compute(self, model, batches):
        """Means over batches. Without momentum, a call leaves those of its batch."""
        before = [(layer.trainable, layer.momentum) for layer in self.norms]
        parts = []
        try:
            for layer in self.norms:
                layer.trainable, layer.momentum = True, 0.0
            for batch in batches:
                self.call(model, batch)
                parts.append(self.values()[: len(self.moments)])
        finally:
            for layer, (trainable, momentum) in zip(self.norms, before, strict=True):
                layer.trainable, layer.momentum = trainable, momentum
        self._assign(np.mean(arrays, axis=0) for arrays in zip(*parts, strict=True))

    def _assign(self, values):
        for variable, value in zip(self.variables, values, strict=False):
            variable.assign(value)


def generator_inputs(gan: Any, batches: int, batch_size: int) -> Iterator[tuple]:
    """A generator's inputs from a fixed seed, batch by batch.

    Args:
        gan: The GAN, whose condition is drawn in the shares of the training set.
        batches: How many.
        batch_size: Rows of each.
    """
    rng = np.random.default_rng((0, 1))  # a seed that `generate` cannot take
    condition = gan.condition
    chosen = condition.measured(batches * batch_size)
    for start in range(0, batches * batch_size, batch_size):
        noise, value = condition.split(gan.draw_latents(batch_size, rng))
        if chosen:
            value = chosen[condition.name][start : start + batch_size]
        yield condition.to_generator(noise, value)
