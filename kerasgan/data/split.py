"""Splits a folder of images into one to train on and one to evaluate with."""

import csv
import os
import re
import shutil
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np

from kerasgan.data.folder import NAMED, image_files, report
from kerasgan.files import user_path

TRAIN, HELD_OUT = "train", "held_out"


def split(
    folder: str | Path,
    out: str | Path,
    *,
    held_out: float = 0.15,
    ignore: str | None = None,
    seed: int = 0,
    table: str | Path | None = None,
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
        table: A CSV file that says for each image on which side it is, instead of
            `held_out`, `ignore` and `seed`; so several folders are split alike. Its
            column `file` has names relative to the folder, its column `split` "train"
            or "held_out". It may have more columns, and rows without an image.

    Returns:
        The number of images on each side.

    Raises:
        FileNotFoundError: If there is no such folder or table.
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
    files, others = image_files(folder)
    if table is None:
        sides = _sides(folder, files, held_out, ignore, seed)
    else:
        sides = _sides_of_table(folder, files, user_path(table), ignore)
    report(folder, len(files), others)
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


def _sides_of_table(folder, files, table, ignore) -> dict[str, list[Path]]:
    """The files of each side, as a table has them."""
    if ignore is not None:
        raise ValueError(
            "`table` decides alone on which side an image is. Received: "
            f"ignore={ignore!r} as well. Leave one out."
        )
    listed, sides = _read_table(table), {TRAIN: [], HELD_OUT: []}
    names = {file: file.relative_to(folder).as_posix() for file in files}
    missing = [name for name in names.values() if name not in listed]
    if missing:
        raise ValueError(
            f"{table} must have a row for each image in {folder}. Received: none for "
            f"{len(missing):,} of {len(files):,}: {', '.join(missing[:NAMED])}"
            f"{', ...' * (len(missing) > NAMED)}. Add rows, or remove the images."
        )
    for file, name in names.items():
        sides[listed[name]].append(file)
    if empty := [side for side, chosen in sides.items() if not chosen]:
        raise ValueError(
            f"{table} must put images of {folder} on both sides. Received: none for "
            f"{empty[0]}. Change its column `split`."
        )
    return sides


def _read_table(table) -> dict[str, str]:
    """The sides of a table by the names of files."""
    if not table.is_file():
        raise FileNotFoundError(
            "Expected a CSV file with the columns file and split. Received: "
            f"{str(table)!r}, which is not a file. Pass its path."
        )
    sides = {}
    try:
        with open(table, encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if not {"file", "split"} <= {*(rows.fieldnames or ())}:
                raise ValueError(f"the columns {', '.join(rows.fieldnames or ())}")
            for row in rows:
                name, side = row["file"], row["split"]
                if side not in (TRAIN, HELD_OUT):
                    raise ValueError(f"{side!r} as the split of {name}")
                if sides.setdefault(name, side) != side:
                    raise ValueError(f"both sides for {name}")
    except (ValueError, csv.Error) as error:  # of text in another encoding, too
        raise ValueError(
            f"{table} must be a CSV file in UTF-8 with the columns file and split, "
            f"which is {TRAIN} or {HELD_OUT}. Received: {error}. Correct the file."
        ) from error
    return sides


def _sides(folder, files, share, ignore, seed) -> dict[str, list[Path]]:
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
    for file in files:
        name = file.relative_to(folder).as_posix()
        groups[pattern.sub("", name) if pattern else name].append(file)
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
