"""Finds and reads the image files of a folder."""

import functools
import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kerasgan.data import memory, pictures, progress

# Folders with thumbnails and deleted files, of network drives and systems; and all
# names that begin with a dot.
HIDDEN = {"@eadir", "@recycle", "#recycle", "#snapshot", "$recycle.bin", "__macosx"}
HIDDEN |= {"lost+found", "system volume information"}
MANY = 500  # files from which on progress is shown
PLURALS = {  # of kinds of files that have no suffix
    "broken link": "broken links",
    "special file": "special files",
    "file without a suffix": "files without a suffix",
}
NAMED = 3  # files that a message names


def read(
    root: Path,
    labels: bool,
    skip_unreadable: bool,
    show_progress: bool,
    **shaping: Any,
) -> tuple[np.ndarray, np.ndarray | None, list[str] | None]:
    """Reads every image below a folder.

    Returns:
        Images uint8 (N, H, W, C), labels int32 (N,) or None, class names or None.

    Raises:
        ValueError: If there is no image, one is unreadable, sizes differ, or the
            images would not fit in memory.
    """
    files, others = image_files(root)
    if labels and (loose := [file for file in files if file.parent == root]):
        raise ValueError(
            "Classes (labels=True, or num_classes of a recipe) need every image in a "
            f"subfolder of {root}, one subfolder per class. "
            f"Received: {loose[0].name} outside of one."
        )
    view = functools.partial(pictures.shape, **shaping)
    (images,), kept = read_files(
        root, files, others, [view], skip_unreadable, show_progress, shaping["size"]
    )
    if not labels:
        return images, None, None
    classes = sorted({_class_of(file, root) for file in files})
    numbers = [classes.index(_class_of(file, root)) for file in kept]
    return images, np.array(numbers, "int32"), classes


def read_files(
    root: Path,
    files: Sequence[Path],
    others: Counter,
    views: Sequence[Callable[[Any], np.ndarray]],
    skip_unreadable: bool,
    show_progress: bool,
    size: int | tuple[int, int] | None = None,
) -> tuple[list[np.ndarray], list[Path]]:
    """Reads image files into one array for each view of them.

    Args:
        root: Their folder.
        files: The files.
        others: What else is in the folder, from `image_files`.
        views: Functions from a picture of Pillow to an image, uint8 (H, W, C).
        skip_unreadable: Whether to skip unreadable files, instead of raising.
        show_progress: Whether to show progress if there are many files.
        size: Of all images, if it is known.

    Returns:
        An array uint8 (N, H, W, C) for each view, and the N files that were read.

    Raises:
        ValueError: If a file or all of them are unreadable, sizes of a view differ, or
            the images would not fit in memory.
    """
    stacks = [memory.Stack(len(files), pictures.check_size(size)) for _ in views]
    kept, unreadable = [], {}
    shown = show_progress and len(files) >= MANY
    what = f"Reading {root.name}"
    listed = progress.counted(files, what, len(files)) if shown else files
    skipped = unreadable if skip_unreadable else None
    for file, images in each_image(listed, views, skipped):
        for stack, image in zip(stacks, images, strict=True):
            if kept:
                _check_same_size(stack.images[0], kept[0], image, file)
            stack.add(image)
        kept.append(file)
    report(root, len(kept), others, unreadable)
    if not kept:
        raise ValueError(
            f"Expected at least one readable image in {root}. Received: none."
        )
    return [stack.images for stack in stacks], kept


def image_files(root: Path) -> tuple[list[Path], Counter]:
    """All image files below a folder, and what else is there.

    Links to files and folders are followed. Hidden files and folders are ignored.

    Returns:
        The image files, sorted by path; and how many other files there are, by suffix
        or kind.

    Raises:
        ValueError: If there is no image, or a link leads back to a folder around it.
    """
    images, others, known = [], Counter(), pictures.formats()
    for file in _walk(root):
        suffix = file.suffix.lower()
        if not file.is_file():
            others["broken link" if file.is_symlink() else "special file"] += 1
        elif suffix in known:
            images.append(file)
        else:
            others[suffix or "file without a suffix"] += 1
    if not images:
        raise ValueError(
            f"Expected image files in {root}, such as PNG or JPEG. Received: a folder "
            + (f"with {_listed(others)}." if others else "without.")
            + f"{_heif(others)} Convert them, or name the folder that holds the images."
        )
    return sorted(images), others


def report(
    root: Path, count: int, others: Counter, unreadable: dict | None = None
) -> None:
    """Warns, in one line, of all files of a folder that were left out.

    Args:
        root: The folder.
        count: Number of images that were taken.
        others: From `image_files`.
        unreadable: The errors of unreadable images by file.
    """
    reasons = [f"{_listed(others)} (not images that Pillow can read)"] if others else []
    if unreadable:
        errors = [
            f"{file.relative_to(root)}: {error}"
            for file, error in list(unreadable.items())[:NAMED]
        ]
        more = "; ..." * (len(unreadable) > NAMED)
        reasons.append(f"{len(unreadable)} unreadable ({'; '.join(errors)}{more})")
    if reasons:
        warnings.warn(
            f"{root}: {count:,} images. Skipped: {', '.join(reasons)}.{_heif(others)}",
            stacklevel=6,
        )


def _walk(folder: Path, around: Sequence[str] = ()) -> Iterator[Path]:
    """All files below a folder, links followed, without hidden ones."""
    place = os.path.realpath(folder)
    if place in around:
        raise ValueError(
            "Links must not lead back to a folder around them. Received: "
            f"{folder}, a link to {place}. Remove it."
        )
    for entry in folder.iterdir():
        if entry.name.startswith(".") or entry.name.lower() in HIDDEN:
            continue
        if entry.is_dir():
            yield from _walk(entry, (*around, place))
        else:
            yield entry


def each_image(
    files: Iterable[Path],
    views: Sequence[Callable[[Any], Any]],
    unreadable: dict | None,
    decode: Callable = pictures.decode,
) -> Iterator[tuple[Path, list]]:
    """Files and their views.

    Args:
        files: The files.
        views: Functions of what `decode` returns.
        unreadable: Where the errors of unreadable files are put; None raises them.
        decode: Decodes a file of one of some formats.

    Raises:
        ValueError: If a file is unreadable.
    """
    formats = {*pictures.formats().values()}
    for file in files:
        try:
            picture = decode(file, formats)
            images = [view(picture) for view in views]
        except Exception as error:  # decoders raise all kinds of errors
            if unreadable is None:
                raise ValueError(
                    f"{file} must be a readable image. Received: {error}. Remove it, "
                    "or pass skip_unreadable=True (--skip-unreadable)."
                ) from error
            unreadable[file] = error
        else:
            yield file, images


def _listed(others):
    parts = [
        f"{count} {kind if count == 1 else PLURALS.get(kind, kind)}"
        for kind, count in others.most_common(5)
    ]
    return ", ".join(parts) + ", ..." * (len(others) > 5)


def _heif(others):
    heif = {".heic", ".heif"} & others.keys()
    return " HEIC needs a plugin: pip install pillow-heif." if heif else ""


def _check_same_size(first, first_file, image, file):
    if image.shape[:2] != first.shape[:2]:
        (h, w), (h0, w0) = image.shape[:2], first.shape[:2]
        raise ValueError(
            f"Images must have one size. Received: {first_file} is {h0}x{w0}, {file} "
            f"is {h}x{w}. Pass size= (--size), the side in pixels of the GAN's images, "
            "with crop=True (--crop) to keep proportions."
        )


def _class_of(file, root):
    return file.relative_to(root).parts[0]
