"""Batch statistics, recomputed from inputs instead of moved by training."""

import hashlib
import time
from collections.abc import Iterable, Iterator
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasgan import backend
from kerasgan.layers import SpectralNorm

PATIENCE = 1.0  # seconds until a computation shows its progress


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
        # Power iterations, which a call in training mode goes on with.
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
        digest = self.digest()
        if self.known is None or self.known[0] != digest:
            self._compute(model, _with_progress(batches, count))
            self.known = digest, self.values()
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


def _with_progress(batches: Iterable, count: int) -> Iterator:
    """The batches; a bar on stderr if they take long and someone may look at it."""
    from rich.console import Console
    from rich.progress import Progress

    console, since = Console(stderr=True), time.monotonic()
    progress = Progress(console=console, transient=True)
    task = progress.add_task("Batch statistics", total=count)
    started = False
    try:
        for done, batch in enumerate(batches):
            yield batch
            if console.is_terminal and time.monotonic() - since > PATIENCE:
                if not started:
                    progress.start()
                    started = True
                progress.update(task, completed=done + 1)
    finally:
        if started:
            progress.stop()


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
