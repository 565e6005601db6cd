"""Batch statistics, recomputed from inputs instead of moved by training."""

from collections.abc import Callable

import keras


def refresh(network: keras.Model, inputs: Callable, batches: int) -> None:
    """Replaces the statistics of all batch normalizations by means over batches.

    Args:
        network: Built; without batch normalization it stays as it is.
        inputs: Maps the index of a batch to the network's inputs, a tuple.
        batches: How many.
    """
    norms = [
        layer
        for layer in network._flatten_layers()
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    before = [(layer.trainable, layer.momentum) for layer in norms]
    try:
        for index in range(batches if norms else 0):
            for layer in norms:
                layer.trainable, layer.momentum = True, index / (index + 1)
            batch = inputs(index)
            network(batch if len(batch) > 1 else batch[0], training=True)
    finally:
        for layer, (trainable, momentum) in zip(norms, before, strict=True):
            layer.trainable, layer.momentum = trainable, momentum
