"""Loads arrays, files, image folders and TFDS datasets as batches in [-1, 1].

Example:
    ```python
    dataset = kerasgan.data.load("photos/", size=64, batch_size=32)
    dataset = kerasgan.data.load("mnist", labels=True)
    gan.fit(dataset, epochs=10)
    ```
"""

from kerasgan.data.dataset import ImageDataset
from kerasgan.data.export import export
from kerasgan.data.sources import Images, load, read
from kerasgan.data.split import split
from kerasgan.data.stacked import StackedMNIST

__all__ = [
    "ImageDataset",
    "Images",
    "StackedMNIST",
    "export",
    "load",
    "read",
    "split",
]
