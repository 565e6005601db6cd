"""Loads pairs of a source and a target image, for models from images to images."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np

from kerasgan.checks import check_choice, check_count
from kerasgan.data import makers, matching, sources
from kerasgan.data.dataset import TranslationBatches, coins, in_eight_bits
from kerasgan.data.options import check_both, check_exists, described, folder_of, parted
from kerasgan.data.sources import Source
from kerasgan.errors import refuse_unknown

Make = str | Callable[[np.ndarray], np.ndarray]


class ImagePairs(NamedTuple):
    """Sources uint8 (N, h, w, c), targets uint8 (N, H, W, C), file names and a name.

    `names` are the files of the targets, relative to their folder; None without files.
    """

    sources: np.ndarray
    targets: np.ndarray
    names: list[str] | None
    name: str


class PairDataset(TranslationBatches):
    """Batches (source, target) of float32 images in [-1, 1].

    The order of the batches and the mirroring depend only on `seed` and `epoch`, so a
    resumed training gets the same batches as an uninterrupted one.

    Args:
        sources: (N, h, w, c), uint8, or floats in [-1, 1], which become uint8.
        targets: Their targets, (N, H, W, C), alike.
        flip: Whether to mirror each pair with a probability of 1/2, anew in each epoch.
        names: Names of the pairs, such as their files.
        name: Name of the data, used by cards and progress bars.
        **options: `batch_size`, `shuffle`, `drop_remainder` and `seed` of `load_pairs`.

    Raises:
        ValueError: If images are invalid, their numbers differ, or there is less than
            one batch.
        TypeError: If a dtype is wrong.

    Example:
        ```python
        dataset = PairDataset(outlines, drawings, batch_size=16, flip=True)
        gan.fit(dataset)
        ```
    """

    items = "pairs"

    def __init__(
        self,
        sources: np.ndarray,
        targets: np.ndarray,
        *,
        name: str = "pairs",
        **options: Any,
    ):
        both = in_eight_bits(sources, "sources"), in_eight_bits(targets, "targets")
        _check_counts(*both)
        super().__init__(*both, name=name, **options)

    def _draw(self, key):
        order = self._order(self.count, key)
        return [(order, coins(self.count, key)[order])] * 2


def load_pairs(
    source: Source,
    targets: Source | None = None,
    *,
    make: Make | None = None,
    source_side: Literal["left", "right"] = "left",
    split: str | None = None,
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
) -> PairDataset:
    """Loads pairs of images as shuffled batches (source, target), float32 in [-1, 1].

    Args:
        source: Alone, a folder of pictures that show source and target side by side.
            With `targets`, the sources: a folder, an array (N, h, w, c) or an `.npz`
            file. With `make`, the targets: any `source` of `load`.
        targets: The targets: a folder with a file of the same name, except for its
            suffix, for each file of `source`; or as many images in the same order.
        make: Makes the source from its target: "edges", "gray", "downscale:4" or
            another factor, "mask:center", "mask:boxes", "mask:strokes" (functions of
            `kerasgan.data.makers`), or a function from uint8 (H, W, C) to uint8
            (h, w, c).
        source_side: The side of the source in pictures side by side.
        split: With `make`, split of a TFDS dataset, by default "train".
        batch_size: Pairs per batch.
        size: Side in pixels, or (H, W), to resize each image to. `make` gets targets of
            this size.
        crop: As in `load`.
        channels: Of the targets, 1 for gray, 3 for color. By default as in the files.
        source_channels: The same of the sources.
        background: As in `load`.
        flip: Whether to mirror each pair with a probability of 1/2, anew in each epoch.
        data_dir: As in `load`.
        shuffle: Whether each epoch has another order.
        drop_remainder: Whether to drop a last, smaller batch.
        seed: Seed of the order, of mirroring, and of random masks.
        skip_unreadable: Whether to skip pairs with an unreadable file with a warning,
            instead of raising.
        progress: Whether to show progress while many files are read.
        **unknown: Not allowed; the error names the nearest keyword.

    Returns:
        A dataset for `fit` on any backend, with all images in memory.

    Raises:
        FileNotFoundError: If there is no such file, folder or dataset.
        ValueError: If an argument or image is invalid, or an image has no partner.
        TypeError: If a dtype or keyword is wrong, or `make` returns no uint8 image.
        ImportError: If a TFDS dataset is loaded without TensorFlow.
    """
    refuse_unknown(load_pairs, unknown)
    pairs = read_pairs(
        source,
        targets,
        make=make,
        source_side=source_side,
        split=split,
        size=size,
        crop=crop,
        channels=channels,
        source_channels=source_channels,
        background=background,
        data_dir=data_dir,
        seed=seed,
        skip_unreadable=skip_unreadable,
        progress=progress,
    )
    return PairDataset(
        **pairs._asdict(),
        batch_size=batch_size,
        shuffle=shuffle,
        drop_remainder=drop_remainder,
        seed=seed,
        flip=flip,
    )


def read_pairs(
    source: Source,
    targets: Source | None = None,
    *,
    make: Make | None = None,
    source_side: Literal["left", "right"] = "left",
    split: str | None = None,
    source_channels: int | None = None,
    data_dir: str | None = None,
    seed: int = 0,
    **options: Any,
) -> ImagePairs:
    """Reads all pairs of a source, without making batches.

    Args:
        source: As in `load_pairs`.
        targets: As in `load_pairs`.
        make: As in `load_pairs`.
        source_side: As in `load_pairs`.
        split: As in `load_pairs`.
        source_channels: As in `load_pairs`.
        data_dir: As in `load_pairs`.
        seed: Seed of random masks.
        **options: `size`, `crop`, `channels`, `background`, `skip_unreadable` and
            `progress` of `load_pairs`.

    Raises:
        FileNotFoundError: If there is no such file, folder or dataset.
        ValueError: If an argument or image is invalid, or an image has no partner.
        TypeError: If a dtype or keyword is wrong, or `make` returns no uint8 image.
        ImportError: If a TFDS dataset is read without TensorFlow.
    """
    check_choice("source_side", source_side, ("left", "right"))
    check_count("seed", seed, least=0)
    of_sources, of_targets, reading = parted(read_pairs, options, source_channels)
    _check_given(source, targets, make, split)
    if make is not None:
        function = makers.find(make)
        named = {"split": split, "data_dir": data_dir}
        images, names, name = _targets_alone(source, of_targets, reading, named)
        how = source_channels, reading["progress"]
        made = makers.apply(function, images, names, seed, *how)
        return ImagePairs(made, images, names, name)
    if targets is not None:
        return _read_two(source, targets, of_sources, of_targets, reading)
    root = folder_of(source)
    halves = matching.read_halves(root, source_side, of_sources, of_targets, **reading)
    return ImagePairs(*halves, root.name)


def _check_given(source, targets, make, split):
    """Refuses a source without what makes pairs of it, or with too much."""
    both = targets is not None and make is not None
    alone = targets is None and make is None
    if alone:
        check_exists(source)
    if both or (alone and folder_of(source) is None):
        raise ValueError(
            "A source alone must be a folder of pictures side by side. Others need "
            f"either `targets` or `make`. Received: {described(source)} with "
            f"{'both' if both else 'neither'}. Pass targets= or make=."
        )
    if split is not None and make is None:
        raise ValueError(
            "Only TFDS datasets have splits, and pairs of one need `make`. Received: "
            f"split={split!r} without it. Leave split= out, or pass make=."
        )


def _targets_alone(source, shaping, reading, named):
    """Images to make sources from, names of their files or None, and a name."""
    root = folder_of(source)
    if root is not None and named["split"] is None:
        return *matching.read_one(root, shaping, **reading), root.name
    data = sources.read(source, **shaping, **reading, **named)
    return in_eight_bits(data.images, "source"), None, data.name


def _read_two(source, targets, of_sources, of_targets, reading) -> ImagePairs:
    """Pairs of two folders, or of two arrays or files."""
    roots = folder_of(source), folder_of(targets)
    if all(roots):
        matched = matching.read_matched(*roots, of_sources, of_targets, **reading)
        return ImagePairs(*matched, " to ".join(root.name for root in roots))
    check_both(source, targets)
    first = sources.read(source, **of_sources, **reading).images
    second, _, _, name, *_ = sources.read(targets, **of_targets, **reading)
    both = in_eight_bits(first, "source"), in_eight_bits(second, "targets")
    _check_counts(*both)
    return ImagePairs(*both, None, name)


def _check_counts(first, second):
    if len(first) != len(second):
        raise ValueError(
            "There must be as many sources as targets, in the same order. Received: "
            f"{len(first):,} and {len(second):,}. Remove those without a partner, or "
            "use `load_unpaired`."
        )
