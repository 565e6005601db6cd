"""Loads arrays, files, image folders and TFDS datasets as batches in [-1, 1].

Example:
    ```python
    dataset = kerasgan.data.load("photos/", size=64, batch_size=32)
    dataset = kerasgan.data.load("mnist", labels=True)
    dataset = kerasgan.data.load_pairs("photos/", make="edges", size=64)
    dataset = kerasgan.data.load_unpaired("horses/", "zebras/", size=64)
    gan.fit(dataset, epochs=10)
    ```
"""

from kerasgan.data.captioned import CaptionedDataset
from kerasgan.data.dataset import ImageDataset
from kerasgan.data.export import export
from kerasgan.data.look import look
from kerasgan.data.masks import random_mask, read_masks
from kerasgan.data.pairs import ImagePairs, PairDataset, load_pairs, read_pairs
from kerasgan.data.sources import Images, load, read
from kerasgan.data.split import split
from kerasgan.data.stacked import StackedMNIST
from kerasgan.data.unpaired import UnpairedDataset, load_unpaired, read_unpaired

__all__ = [
    "CaptionedDataset",
    "ImageDataset",
    "ImagePairs",
    "Images",
    "PairDataset",
    "StackedMNIST",
    "UnpairedDataset",
    "export",
    "load",
    "load_pairs",
    "load_unpaired",
    "look",
    "random_mask",
    "read",
    "read_masks",
    "read_pairs",
    "read_unpaired",
    "split",
]
