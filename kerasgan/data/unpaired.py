"""Loads two sets of images without pairs, for models that learn from both."""

import math
import re
from pathlib import Path
from typing import Any

import numpy as np

from kerasgan.data import sources
from kerasgan.data.dataset import TranslationBatches, coins, in_eight_bits
from kerasgan.data.options import check_exists, described, folder_of, parted
from kerasgan.data.pairs import ImagePairs
from kerasgan.data.sources import Source
from kerasgan.errors import refuse_unknown
from kerasgan.files import is_dataset_name

SUFFIXES = "A", "B"  # of the folders and splits of sources and targets


class UnpairedDataset(TranslationBatches):
    """Batches (source, target) of float32 images in [-1, 1] that are no pairs.

    An epoch uses each image of the larger set once; those of the smaller set repeat,
    each time in another order. Order and mirroring depend only on `seed` and `epoch`,
    so a resumed training gets the same batches as an uninterrupted one.

    Args:
        sources: (N, h, w, c), uint8, or floats in [-1, 1], which become uint8.
        targets: (M, H, W, C), alike.
        flip: Whether to mirror every second image, chosen at random in each epoch.
        names: None.
        name: Name of the data, used by cards and progress bars.
        **options: `batch_size`, `shuffle`, `drop_remainder` and `seed` of
            `load_unpaired`.

    Raises:
        ValueError: If images are invalid, or there is less than one batch.
        TypeError: If a dtype is wrong.

    Example:
        ```python
        dataset = UnpairedDataset(horses, zebras, batch_size=1, flip=True)
        gan.fit(dataset)
        ```
    """

    def _draw(self, key):
        plans = []
        for side, images in enumerate((self.sources, self.targets)):
            rounds = math.ceil(self.count / len(images))
            orders = [
                self._order(len(images), (*key, side, turn)) for turn in range(rounds)
            ]
            order = np.concatenate(orders)[: self.count]
            plans.append((order, coins(self.count, (*key, side, 0))))
        return plans


def load_unpaired(
    source: Source,
    targets: Source | None = None,
    *,
    split: str = "train",
    batch_size: int = 64,
    size: int | tuple[int, int] | None = None,
    crop: bool = False,
    channels: int | None = None,
    source_channels: int | None = None,
    background: str | tuple[int, int, int] = "white",
    flip: bool = False,
    data_dir: str | None = None,
    shuffle: bool = True,
    drop_remainder: bool = True,
    seed: int = 0,
    skip_unreadable: bool = False,
    progress: bool = True,
    **unknown: Any,
) -> UnpairedDataset:
    """Loads two sets of images as shuffled batches (source, target) without pairs.

    Args:
        source: Alone, a folder with the folders trainA and trainB, or a TFDS dataset
            with such splits, such as "cycle_gan/horse2zebra". With `targets`, the
            sources: a folder, an array (N, h, w, c) or an `.npz` file.
        targets: The targets, of the same kind; their number may differ.
        split: Which folders or splits to read: "train" reads trainA and trainB, "test"
            reads testA and testB.
        batch_size: Sources, and targets, per batch.
        size: Side in pixels, or (H, W), to resize each image to.
        crop: As in `load`.
        channels: Of the targets, 1 for gray, 3 for color. By default as in the files.
        source_channels: The same of the sources.
        background: As in `load`.
        flip: Whether to mirror every second image, chosen at random in each epoch.
        data_dir: As in `load`.
        shuffle: Whether each epoch has another order.
        drop_remainder: Whether to drop a last, smaller batch.
        seed: Seed of the order and of mirroring.
        skip_unreadable: As in `load`.
        progress: Whether to show progress while many files are read.
        **unknown: Not allowed; the error names the nearest keyword.

    Returns:
        A dataset for `fit` on any backend, with all images in memory.

    Raises:
        FileNotFoundError: If there is no such file, folder or dataset, or one of the
            two folders is missing.
        ValueError: If an argument or image is invalid.
        TypeError: If a dtype or keyword is wrong.
        ImportError: If a TFDS dataset is loaded without TensorFlow.
    """
    refuse_unknown(load_unpaired, unknown)
    both = read_unpaired(
        source,
        targets,
        split=split,
        size=size,
        crop=crop,
        channels=channels,
        source_channels=source_channels,
        background=background,
        data_dir=data_dir,
        skip_unreadable=skip_unreadable,
        progress=progress,
    )
    return UnpairedDataset(
        **both._asdict(),
        batch_size=batch_size,
        shuffle=shuffle,
        drop_remainder=drop_remainder,
        seed=seed,
        flip=flip,
    )


def read_unpaired(
    source: Source,
    targets: Source | None = None,
    *,
    split: str = "train",
    source_channels: int | None = None,
    data_dir: str | None = None,
    **options: Any,
) -> ImagePairs:
    """Reads two sets of images that are no pairs, without making batches.

    Args:
        source: As in `load_unpaired`.
        targets: As in `load_unpaired`.
        split: As in `load_unpaired`.
        source_channels: As in `load_unpaired`.
        data_dir: As in `load_unpaired`.
        **options: `size`, `crop`, `channels`, `background`, `skip_unreadable` and
            `progress` of `load_unpaired`.

    Returns:
        Sources and targets, whose numbers may differ; `names` is None.

    Raises:
        FileNotFoundError: If there is no such file, folder or dataset, or one of the
            two folders is missing.
        ValueError: If an argument or image is invalid.
        TypeError: If a dtype or keyword is wrong.
        ImportError: If a TFDS dataset is read without TensorFlow.
    """
    *shapings, reading = parted(read_unpaired, options, source_channels)
    parts, splits = _parts(source, targets, split)
    read = [
        sources.read(part, split=name, data_dir=data_dir, **shaping, **reading)
        for part, name, shaping in zip(parts, splits, shapings, strict=True)
    ]
    names = [part.name for part in read]
    name = " to ".join(names) if targets is not None else Path(str(source)).name
    both = [
        in_eight_bits(part.images, word)
        for part, word in zip(read, ("source", "targets"), strict=True)
    ]
    return ImagePairs(*both, None, name)


def _parts(source, targets, split):
    """Two sources of images, and their splits, which only TFDS datasets have."""
    if targets is not None:
        if split != "train":
            raise ValueError(
                "Only a folder of folders or a TFDS dataset has splits. Received: "
                f"split={split!r} with `targets`. Leave it out, or name other folders."
            )
        check_exists(source, targets)
        return (source, targets), (None, None)
    root = folder_of(source)
    if root is not None:
        return _domains(root, split), (None, None)
    if isinstance(source, str) and is_dataset_name(source):
        # train[:90%] becomes trainA[:90%].
        splits = [re.sub(r"^\w+", rf"\g<0>{end}", split) for end in SUFFIXES]
        return (source, source), splits
    check_exists(source)
    raise ValueError(
        "Two sets come from a folder with trainA and trainB, from a TFDS dataset with "
        f"such splits, or from two sources. Received: {described(source)} alone. Pass "
        "targets=."
    )


def _domains(root: Path, split: str) -> list[Path]:
    """The folders of sources and targets."""
    folders = [root / f"{split}{end}" for end in SUFFIXES]
    if not all(folder.is_dir() for folder in folders):
        present = sorted(entry.name for entry in root.iterdir() if entry.is_dir())
        raise FileNotFoundError(
            f"Expected the folders {folders[0].name} and {folders[1].name} in {root}. "
            f"Received: {', '.join(present[:9]) or 'no folder'}. Rename the folders, "
            "pass split=, or pass the two folders as `source` and `targets`."
        )
    return folders
