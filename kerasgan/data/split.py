"""Splits a folder of images into one to train on and one to evaluate with."""

import os
import re
import shutil
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np

from kerasgan.data.folder import image_files, report
from kerasgan.files import user_path

TRAIN, HELD_OUT = "train", "held_out"


def split(
    folder: str | Path,
    out: str | Path,
    *,
    held_out: float = 0.15,
    ignore: str | None = None,
    seed: int = 0,
) -> dict[str, int]:
    """Copies the images of a folder to `out/train` and `out/held_out`.

    Pictures of one object must be on the same side; otherwise the real score and
    memorization mean nothing. `ignore` matches the part of the names in which such
    pictures differ.

    Args:
        folder: Images, in subfolders or not. It does not change.
        out: The new folder, which must not exist. Subfolders are kept.
        held_out: Share of the groups of images that is held out, between 0 and 1. With
            subfolders it is the share of each, at least one group of two or more.
        ignore: A regular expression. Files whose names (with their subfolders) are
            equal after removing its matches form one group. By default each file is a
            group.
        seed: Seed of the choice.

    Returns:
        The number of images on each side.

    Raises:
        FileNotFoundError: If there is no such folder.
        FileExistsError: If `out` exists, or is inside the folder of the images.
        ValueError: If an argument is invalid, or a side would have no image.

    Example:
        ```python
        kerasgan.data.split("photos", "split", ignore=r"_[0-9]+")  # cat_1, cat_2, ...
        ```
    """
    folder, out = user_path(folder), user_path(out)
    if not folder.is_dir():
        raise FileNotFoundError(
            f"Expected a folder of images. Received: {str(folder)!r}, which is not a "
            "folder. Pass its path."
        )
    if out.resolve().is_relative_to(folder.resolve()):
        raise FileExistsError(
            f"{out} must not be inside {folder}, the folder of the images. Choose "
            "another folder."
        )
    if out.exists():
        raise FileExistsError(f"{out} exists. Choose a new folder.")
    sides = _sides(folder, held_out, ignore, seed)
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        for side, files in sides.items():
            for file in files:
                target = fresh / side / file.relative_to(folder)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
        os.chmod(fresh, folder.stat().st_mode & 0o777)
        os.rename(fresh, out)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return {side: len(files) for side, files in sides.items()}


def _sides(folder, share, ignore, seed) -> dict[str, list[Path]]:
    """The files of each side."""
    if not isinstance(share, int | float) or not 0 < share < 1:
        raise ValueError(
            f"`held_out` must be a share between 0 and 1. Received: {share!r}. "
            "0.15 is usual."
        )
    try:
        pattern = re.compile(ignore) if ignore else None
    except re.error as error:
        raise ValueError(
            f"`ignore` must be a regular expression. Received: {ignore!r} ({error}). "
            "Write \\ before special characters."
        ) from error
    groups = defaultdict(list)
    files, others = image_files(folder)
    for file in files:
        name = file.relative_to(folder).as_posix()
        groups[pattern.sub("", name) if pattern else name].append(file)
    report(folder, len(files), others)
    names = sorted(groups)
    if len(names) < 2:
        raise ValueError(
            f"Splitting needs at least two groups of images. Received: {len(names)} in "
            f"{folder}. `ignore` matches too much, or there is only one image."
        )
    classes = defaultdict(list)
    for name in names:
        parts = groups[name][0].relative_to(folder).parts
        classes[parts[0] if len(parts) > 1 else ""].append(name)
    held = _held_out([classes[key] for key in sorted(classes)], share, seed)
    sides = {TRAIN: set(names) - held, HELD_OUT: held}
    return {
        side: sorted(file for name in chosen for file in groups[name])
        for side, chosen in sides.items()
    }


def _held_out(classes, share, seed) -> set[str]:
    """The names to hold out: a random share of each list of names.

    Lists of one name keep it, unless there are no others.
    """
    if all(len(names) < 2 for names in classes):
        classes = [[name for names in classes for name in names]]
    rng, held = np.random.default_rng(seed), set()
    for names in classes:
        count = min(max(1, round(share * len(names))), len(names) - 1)
        held |= {names[index] for index in rng.permutation(len(names))[:count]}
    return held
