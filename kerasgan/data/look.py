"""Looks at images before a training: number, sizes, colors, classes, copies."""

import re
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from kerasgan.data import folder, pictures, progress, sources
from kerasgan.files import user_path

SIDE = 32  # pixels of the small copies that are compared
MOST = 5000  # images of which copies are made
CLASS = 50  # images of which every class has at least as many
PARTS = {"train", "test", "val", "valid", "validation", "held_out", "dev"}  # no classes
GRAY = 2  # levels by which the channels of a gray image differ at most
BLOCKS = 8  # a side of the copies that are compared with each other
SAME = 3.0  # levels by which near-duplicates differ, as a root mean square
FLAT = 0.25  # share of equal neighbors from which on an image is a drawing
DIGITS = set("zero one two three four five six seven eight nine".split())
# Datasets of digits and letters in color.
TEXTS = {"svhn_cropped", "stacked_mnist", "omniglot", "colored_mnist"}


class Look(NamedTuple):
    """What there is to know about images before a training.

    Attributes:
        name: Of the images: that of their folder, file or dataset.
        count: How many there are.
        sides: Height and width in pixels, integers (M, 2), of the M images looked at,
            5,000 at most.
        copies: Their copies at 32x32 pixels, uint8 (M, 32, 32, 3).
        classes: Number of images by name of the class, or None.
        labels: Number of the class of each image looked at, (M,), or None.
        animations: How many of these files are animations.
    """

    name: str
    count: int
    sides: np.ndarray
    copies: np.ndarray
    classes: dict[str, int] | None
    labels: np.ndarray | None
    animations: int = 0

    @property
    def channels(self) -> int:
        """1 if all images are gray, or else 3."""
        spread = np.ptp(self.copies.astype("int16"), axis=-1)
        return 1 if spread.max() <= GRAY else 3

    @property
    def side(self) -> int:
        """The shorter side of the typical image, in pixels."""
        return int(np.median(self.sides.min(axis=1)))

    @property
    def duplicates(self) -> int:
        """How many images looked at are almost equal to one before them."""
        return near_duplicates(self.copies)

    def __repr__(self) -> str:
        return f"Look({self.name}: {self.describe()})"

    def describe(self) -> str:
        """Number, sizes, colors and classes, in words."""
        low, high = (
            f"{side[1]}x{side[0]}" for side in (self._extreme(0), self._extreme(-1))
        )
        sizes = low if low == high else f"{low} to {high}"
        color = "gray" if self.channels == 1 else "color"
        return f"{self.count:,} images, {sizes} pixels, {color}" + (
            f", {classes_in_words(self.classes)}" if self.classes else ""
        )

    def _extreme(self, index):
        """(H, W) of the smallest image (0) or the largest one (-1), by area."""
        return self.sides[np.argsort(self.sides.prod(axis=1), kind="stable")[index]]


def look(source: sources.Source, **reading: Any) -> Look:
    """Looks at images, without reading all of them in full.

    Args:
        source: As in `load`.
        **reading: `split`, `data_dir`, `background` and `skip_unreadable` of `load`.

    Returns:
        What was seen. A folder has classes if every image is in one of at least two
        subfolders, each with 50 images or more.

    Raises:
        FileNotFoundError: If there is no such file, folder or dataset.
        ValueError: If there is no image, or one is unreadable.

    Example:
        ```python
        kerasgan.data.look("photos/")  # Look(photos: 750 images, 640x480 pixels, color)
        ```
    """
    path = user_path(source) if isinstance(source, str | Path) else None
    if path is not None and path.is_dir():
        skip = reading.get("skip_unreadable", False)
        return _of_folder(path, skip, reading.get("background") or "white")
    return _of_arrays(sources.read(source, labels=None, **reading))


def _of_folder(root: Path, skip_unreadable: bool, background: Any) -> Look:
    """The look of a folder of image files."""
    files, _ = folder.image_files(root)
    classes = _classes([file.relative_to(root).parts for file in files])
    files_looked_at = [files[i] for i in _spread(len(files))]
    shown = files_looked_at
    if len(shown) >= folder.MANY:
        shown = progress.counted(shown, f"Looking at {root.name}", len(shown))
    skipped: dict | None = {} if skip_unreadable else None
    copies, sides, kept, animations = [], [], [], 0

    def view(glance):
        picture, *rest = glance
        shaping = {"size": SIDE, "crop": True, "channels": 3, "background": background}
        return pictures.shape(picture, **shaping), *rest

    for file, seen in folder.each_image(shown, [view], skipped, pictures.glance):
        copy, size, animated = seen[0]
        copies.append(copy)
        sides.append(size)
        kept.append(file)
        animations += animated
    if not kept:
        raise ValueError(
            f"Expected at least one readable image in {root}. Received: none. Choose "
            "another folder."
        )
    labels = None
    if classes:
        names = [*classes]
        labels = [names.index(file.relative_to(root).parts[0]) for file in kept]
        labels = np.array(labels, "int32")
    sides, copies = np.array(sides), np.stack(copies)
    count = len(files) - len(skipped or ())
    return Look(root.name, count, sides, copies, classes, labels, animations)


def _of_arrays(data: sources.Images) -> Look:
    """The look of images in memory."""
    images, labels = data.images, data.labels
    if images.ndim != 4:
        raise ValueError(
            f"Expected images (N, H, W, C). Received: shape {images.shape}, from "
            f"{data.name}."
        )
    rows = _spread(len(images))
    shaping = {"size": SIDE, "crop": True, "channels": 3, "background": "white"}
    copies = pictures.shape_all(images[rows], **shaping)
    sides = np.tile(images.shape[1:3], (len(rows), 1))
    classes = None
    if labels is not None and np.min(labels) >= 0:
        labels = np.reshape(labels, -1)
        counts = np.bincount(labels, minlength=len(data.class_names or ()))
        names = data.class_names or [f"class {i}" for i in range(len(counts))]
        classes = {n: int(c) for n, c in zip(names, counts, strict=True)}
        classes = classes if len(counts) > 1 and counts.min() >= CLASS else None
    labels = labels[rows].astype("int32") if classes else None
    return Look(data.name, len(images), sides, copies, classes, labels)


def _spread(count: int) -> np.ndarray:
    """Rows of at most `MOST` of `count` images, evenly spread."""
    return np.linspace(0, count - 1, min(count, MOST)).round().astype(int)


def _classes(parts: list[tuple[str, ...]]) -> dict[str, int] | None:
    """The number of files in each subfolder, if these can be classes."""
    if any(len(names) < 2 for names in parts):
        return None
    counts = Counter(names[0] for names in parts)
    if len(counts) < 2 or min(counts.values()) < CLASS:
        return None
    if any(name.lower() in PARTS for name in counts):
        return None
    return dict(sorted(counts.items()))


def classes_in_words(classes: dict[str, int], most: int = 5) -> str:
    """Number, names and sizes of classes, such as "2 classes (cats 80, dogs 90)"."""
    listed = [f"{name} {count:,}" for name, count in classes.items()]
    more = ", ..." * (len(listed) > most)
    return f"{len(listed)} classes ({', '.join(listed[:most])}{more})"


def near_duplicates(images: np.ndarray, within: float = SAME) -> int:
    """How many images are almost equal to one before them.

    Images are compared as means of 8x8 blocks. Equal pictures in other sizes or
    qualities of JPEG differ by less than 2 levels.

    Args:
        images: uint8 (N, H, W, C), H and W divisible by 8.
        within: Largest root mean square of the differences, in levels of 255.
    """
    count, height, width, channels = images.shape
    blocks = BLOCKS, height // BLOCKS, BLOCKS, width // BLOCKS
    means = images.reshape(count, *blocks, channels).mean(axis=(2, 4), dtype="float32")
    means = means.reshape(count, -1)
    means -= means.mean(axis=0)
    squares, limit = (means**2).sum(axis=1), within**2 * means.shape[1]
    found = 0
    for start in range(0, count, 1000):
        stop = min(start + 1000, count)
        rows = slice(start, stop)
        products = means[rows] @ means[:stop].T
        distances = squares[rows, None] + squares[None, :stop] - 2 * products
        before = np.arange(stop) < np.arange(start, stop)[:, None]
        found += int(((distances <= limit) & before).any(axis=1).sum())
    return found


def suits_mirroring(
    images: np.ndarray, class_names: Any = None, name: str = ""
) -> tuple[bool, str]:
    """Whether mirrored images are as good as others: photographs, but no text.

    Args:
        images: uint8, or floats in [-1, 1], (N, H, W, C).
        class_names: Names of their classes, if they have any.
        name: The name of the dataset.

    Returns:
        Whether, and why.
    """
    names = [str(n).strip().lower() for n in class_names or ()]
    if names and all(len(n) == 1 or n in DIGITS for n in names):
        return False, "digits or letters"
    if re.split("[ /]", name.lower())[0] in TEXTS:
        return False, "digits or letters"
    sample = images[np.linspace(0, len(images) - 1, min(len(images), 500)).astype(int)]
    if sample.shape[-1] != 3 or (sample == sample[..., :1]).all():
        return False, "not in color"
    equal = (sample[:, :, 1:] == sample[:, :, :-1]).all(axis=-1).mean(axis=(1, 2))
    if np.median(equal) >= FLAT:
        return False, "drawings"
    return True, "color photographs"
