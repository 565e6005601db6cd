"""Captions beside the images of a folder, of which each epoch draws others."""

import csv
import functools
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kerasgan.data import folder, pictures
from kerasgan.data.dataset import ImageDataset
from kerasgan.data.words import vectors_of, words_of
from kerasgan.files import user_path

NAME_ALONE, NAME_TOO = 0.5, 0.75  # shares of captions, the second with the first


class CaptionedDataset(ImageDataset):
    """Batches of float32 images in [-1, 1] and the vectors of their captions.

    Each epoch draws a caption for each image: half of them are the name alone, a
    quarter the name and one to three keywords, a quarter two to five keywords. What it
    draws depends only on `seed` and `epoch`.

    Args:
        images: uint8, or floats in [-1, 1], (N, H, W, C).
        captions: For each image its name, and then its keywords.
        **options: `flip`, `name`, `batch_size`, ... of `ImageDataset`.

    Raises:
        ValueError: If there is not at least one caption with a word for each image.

    Example:
        ```python
        captions = [["red apple", "fruit", "red"], ["cat face", "pet"]]
        dataset = CaptionedDataset(images, captions, batch_size=2)
        gan.fit(dataset)
        ```
    """

    def __init__(
        self, images: np.ndarray, captions: Sequence[Sequence[str]], **options: Any
    ):
        super().__init__(images, **options)
        self.captions = [list(texts) for texts in captions]
        named = [texts for texts in self.captions if texts and words_of(texts[0])]
        if len(named) != len(self.images) or len(captions) != len(self.images):
            raise ValueError(
                "`captions` must have a name of at least one word for each image. "
                f"Received: {len(named)} names, {len(self.images)} images. Leave out "
                "images without a name."
            )

    def _draw(self, key):
        rng = np.random.default_rng((*key, 2))
        drawn = [draw_caption(texts, rng) for texts in self.captions]
        return *super()._draw(key), drawn

    def _batch(self, plan, part):
        order, mirrored, drawn = plan
        (images,) = super()._batch((order, mirrored), part)
        return images, vectors_of([drawn[row] for row in order[part]])


def draw_caption(texts: Sequence[str], rng: np.random.Generator) -> str:
    """One caption from a name and keywords, as `CaptionedDataset` draws them."""
    (name, *keywords), kind = texts, rng.random()
    if kind < NAME_ALONE or not keywords:
        return name
    with_name = kind < NAME_TOO
    count = rng.integers(1, 4) if with_name else rng.integers(2, 6)
    chosen = rng.permutation(len(keywords))[:count]
    return " ".join([name] * with_name + [keywords[index] for index in chosen])


def read(
    root: Path, table: str | Path, skip_unreadable: bool, progress: bool, **shaping: Any
) -> tuple[np.ndarray, list[list[str]]]:
    """Reads the images of a folder that a table has captions for.

    One warning tells how many others were left out.

    Args:
        root: The folder.
        table: The CSV file, as in `read_table`.
        skip_unreadable: As in `load`.
        progress: As in `load`.
        **shaping: `size`, `crop`, `channels`, `background` of `load`.

    Returns:
        Images uint8 (N, H, W, C); and for each its name, and then its keywords.

    Raises:
        ValueError: If no image has a name, or an image is invalid.
        FileNotFoundError: If there is no such table.
    """
    known = read_table(table)
    files, others = folder.image_files(root)
    names = {file: file.relative_to(root).as_posix() for file in files}
    named = [file for file in files if names[file] in known]
    if not named:
        raise ValueError(
            f"{table} must have names for the images in {root}. Received: none for "
            f"{names[files[0]]} and the others. Its column `file` has names relative "
            "to the folder."
        )
    if len(named) < len(files):
        warnings.warn(
            f"{root}: {len(files) - len(named):,} of {len(files):,} images have no "
            f"name in {Path(table).name}, and are left out.",
            stacklevel=4,
        )
    view = functools.partial(pictures.shape, **shaping)
    options = [view], skip_unreadable, progress, shaping["size"]
    (images,), kept = folder.read_files(root, named, others, *options)
    return images, [known[names[file]] for file in kept]


def read_table(table: str | Path) -> dict[str, list[str]]:
    """Name and keywords of images, from a CSV file.

    Args:
        table: A file with the columns `file` and `name`. Columns whose names end in
            "keywords" have keywords, with "|" between them. Other columns and rows
            without a name are ignored.

    Returns:
        For each file its name, and then its keywords, each once.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no such table.
    """
    path = user_path(table)
    if not path.is_file():
        raise FileNotFoundError(
            "`captions` must be a CSV file with the columns file and name. Received: "
            f"{str(table)!r}, which is not a file. Pass its path."
        )
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            columns = [*(rows.fieldnames or ())]
            if not {"file", "name"} <= {*columns}:
                raise ValueError(f"the columns {', '.join(columns)}")
            columns = ["name", *(c for c in columns if c.endswith("keywords"))]
            texts = {row["file"]: _texts(row, columns) for row in rows}
    except (ValueError, csv.Error) as error:  # of text in another encoding, too
        raise ValueError(
            f"{path} must be a CSV file in UTF-8 with the columns file and name. "
            f"Received: {error}. Correct the file."
        ) from error
    return {file: parts for file, parts in texts.items() if parts}


def _texts(row, columns) -> list[str]:
    """The name and the keywords of a row; empty without a name."""
    if not words_of(row["name"] or ""):
        return []
    parts = [row["name"]]
    for column in columns[1:]:
        parts += (row[column] or "").split("|")
    different = {tuple(words_of(part)): part for part in reversed(parts)}
    different.pop((), None)
    return [part for part in dict.fromkeys(parts) if part in different.values()]
