"""Reads pairs of images from folders: halves of pictures, or files of one name."""

import functools
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kerasgan.data import folder, pictures
from kerasgan.files import user_path

Read = tuple[np.ndarray, np.ndarray, list[str]]  # sources, targets, names


def read_one(
    root: Path, shaping: dict, skip_unreadable: bool, progress: bool
) -> tuple[np.ndarray, list[str]]:
    """Reads a folder, and says which files were read.

    Args:
        root: The folder.
        shaping: `size`, `crop`, `channels` and `background` of `load`.
        skip_unreadable: As in `load`.
        progress: As in `load`.

    Returns:
        uint8 (N, H, W, C), and the names of the files, relative to the folder.

    Raises:
        ValueError: As `folder.read`.
    """
    files, others = folder.image_files(root)
    return _read(root, files, others, shaping, skip_unreadable, progress)


def read_halves(
    root: Path,
    source_side: str,
    source_shaping: dict,
    shaping: dict,
    skip_unreadable: bool,
    progress: bool,
) -> Read:
    """Reads pictures that show source and target side by side.

    Args:
        root: Their folder.
        source_side: The side of the source, "left" or "right".
        source_shaping: `size`, `crop`, `channels` and `background` of the sources.
        shaping: The same of the targets.
        skip_unreadable: As in `load_pairs`.
        progress: As in `load_pairs`.

    Returns:
        Sources uint8 (N, h, w, c), targets uint8 (N, H, W, C), and names of files.

    Raises:
        ValueError: If a width is odd, or as `folder.read`.
    """
    files, others = folder.image_files(root)
    sides = ("left", "right") if source_side == "left" else ("right", "left")
    views = [
        functools.partial(_half, side=side, shaping=how)
        for side, how in zip(sides, (source_shaping, shaping), strict=True)
    ]
    reading = skip_unreadable, progress, shaping["size"]
    images, kept = folder.read_files(root, files, others, views, *reading)
    return *images, _names(root, kept)


def read_matched(
    source_root: Path,
    target_root: Path,
    source_shaping: dict,
    shaping: dict,
    skip_unreadable: bool,
    progress: bool,
) -> Read:
    """Reads two folders whose files have the same names, without their suffixes.

    Args:
        source_root: The folder of the sources.
        target_root: The folder of the targets.
        source_shaping: `size`, `crop`, `channels` and `background` of the sources.
        shaping: The same of the targets.
        skip_unreadable: As in `load_pairs`.
        progress: As in `load_pairs`.

    Returns:
        Sources uint8 (N, h, w, c), targets uint8 (N, H, W, C), and the names of the
        targets' files.

    Raises:
        ValueError: If a file has no partner or two, or as `folder.read`.
    """
    roots = source_root, target_root
    listed = [folder.image_files(root) for root in roots]
    by_name = [
        _by_name(root, files) for root, (files, _) in zip(roots, listed, strict=True)
    ]
    _check_partners(roots, by_name)
    keys, read = sorted(by_name[0]), []
    for root, files, (_, others), how in zip(
        roots, by_name, listed, (source_shaping, shaping), strict=True
    ):
        chosen = [files[key] for key in keys]
        read.append(_read(root, chosen, others, how, skip_unreadable, progress))
    return _in_both(*read)


def _in_both(sources, targets) -> Read:
    """The pairs of which both files could be read."""
    keys = [[_stem(Path(name)) for name in names] for _, names in (sources, targets)]
    if keys[0] == keys[1]:
        return sources[0], *targets
    both = {*keys[0]} & {*keys[1]}
    if not both:
        raise ValueError(
            "Expected at least one pair of readable images. Received: none. Repair the "
            "files that the warnings name."
        )
    rows = [[row for row, key in enumerate(part) if key in both] for part in keys]
    names = [targets[1][row] for row in rows[1]]
    return sources[0][rows[0]], targets[0][rows[1]], names


def have_same_names(source: str | Path, targets: str | Path) -> bool:
    """Whether two folders have files of the same names, without their suffixes.

    Warns if most of the names are the same, but not all.
    """
    roots = [user_path(place) for place in (source, targets)]
    if not all(root.is_dir() for root in roots):
        return False
    names = [
        {_stem(file.relative_to(root)) for file in folder.image_files(root)[0]}
        for root in roots
    ]
    both, either = names[0] & names[1], names[0] | names[1]
    if either != both and 2 * len(both) > len(either):
        lone = sorted(either - both)
        warnings.warn(
            f"{roots[0]} and {roots[1]} are two sets without pairs, because "
            f"{len(lone)} of {len(either)} names are in one alone: "
            f"{', '.join(lone[: folder.NAMED])}. Remove these files to measure pairs.",
            stacklevel=3,
        )
    return either == both


def _read(root, files, others, shaping, skip_unreadable, progress):
    view = functools.partial(pictures.shape, **shaping)
    reading = skip_unreadable, progress, shaping["size"]
    (images,), kept = folder.read_files(root, files, others, [view], *reading)
    return images, _names(root, kept)


def _half(picture: Any, side: str, shaping: dict) -> np.ndarray:
    """One half of a picture of Pillow, uint8 (H, W, C)."""
    width, height = picture.size
    if width % 2:
        raise ValueError(
            f"its width, {width}, is odd, and source and target side by side need an "
            "even one"
        )
    left = 0 if side == "left" else width // 2
    half = picture.crop((left, 0, left + width // 2, height))
    return pictures.shape(half, **shaping)


def _stem(name: Path) -> str:
    return name.with_suffix("").as_posix()


def _names(root: Path, files: Sequence[Path]) -> list[str]:
    return [file.relative_to(root).as_posix() for file in files]


def _by_name(root: Path, files: Sequence[Path]) -> dict[str, Path]:
    """Files by their names without suffixes."""
    result = {}
    for file in files:
        other = result.setdefault(_stem(file.relative_to(root)), file)
        if other is not file:
            raise ValueError(
                f"In {root}, names of images must differ in more than their suffixes, "
                f"because pairs have one name. Received: {other.name} and {file.name}. "
                "Rename or remove one."
            )
    return result


def _check_partners(roots, by_name):
    """Refuses files that only one of the folders has."""
    lone = [sorted(a.keys() - b.keys()) for a, b in (by_name, by_name[::-1])]
    if not any(lone):
        return
    parts = [
        f"{len(names):,} of {len(files):,} in {root} without a partner "
        f"({', '.join(files[name].name for name in names[: folder.NAMED])}"
        + ", ..." * (len(names) > folder.NAMED)
        + ")"
        for root, files, names in zip(roots, by_name, lone, strict=True)
        if names
    ]
    raise ValueError(
        "Each image needs a partner of the same name in the other folder. Received: "
        f"{' and '.join(parts)}. Remove them, or use `load_unpaired`."
    )
