"""Checkpoints of a training: complete or absent, with the newest two kept.

`ckpt-<updates>` are those of a training that is not finished, `finished` is the last
one of a training that is.
"""

import contextlib
import copy
import hashlib
import os
import shutil
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import filelock
import keras

from kerasgan.errors import PresetIntegrityError, RecipeError, TrainingDivergedError
from kerasgan.files import write_folder
from kerasgan.presets import documents, schemas, weights

WEIGHTS, STATE = "training.weights.h5", "state.json"
FINISHED, TRASH, LOCK = "finished", ".removed", ".lock"


@contextlib.contextmanager
def locked(work: Path) -> Iterator[None]:
    """Inside, no other process trains in this folder, which is created if missing.

    What a killed process left there is removed.

    Raises:
        FileExistsError: If another process does.
    """
    work.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(work / LOCK, timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise FileExistsError(
            f"{work.parent} must be free for this training. Received: a folder in "
            "which another process is training. Wait for its end, or choose another "
            "folder (--out)."
        ) from None
    try:
        for path in [work / TRASH, *work.glob(".ckpt-*.new-*")]:
            shutil.rmtree(path, ignore_errors=True)
        yield
    finally:
        lock.release()
        (work / LOCK).unlink(missing_ok=True)
        for folder in (work, work.parent):  # of a training that did not begin
            with contextlib.suppress(OSError):
                folder.rmdir()


def write(folder: Path, model: keras.Model, state: Mapping, keep: int = 2) -> None:
    """Writes weights, optimizers, seeds and `state` as `folder/ckpt-<updates>`.

    Raises:
        TrainingDivergedError: If a weight is not finite. Nothing is written then.
    """
    _check_finite(model)
    content, state = weights.to_bytes(model), dict(state)
    document = {"state": state, "sha256": _digest(content, state)}
    contents = {WEIGHTS: content, STATE: documents.to_json(document)}
    write_folder(folder / f"ckpt-{state['updates']:09d}", contents, overwrite=True)
    remove(folder, keep)


def _check_finite(model) -> None:
    """Refuses weights that no training can continue from."""
    networks = getattr(model, "networks", None) or {model.name: model}
    bad = [n for n, network in networks.items() if not weights.is_finite(network)]
    if bad:
        raise TrainingDivergedError(
            f"Weights must stay finite. Received: NaN or infinity in the "
            f"{' and the '.join(bad)}. The last checkpoint is kept. Resume from it "
            "with lower learning rates in the recipe, or in float32."
        )


def finish(folder: Path) -> None:
    """Keeps the newest checkpoint as `finished`, from which more training may start."""
    *older, last = _all(folder)
    _remove(folder, folder / FINISHED)
    os.rename(last, folder / FINISHED)
    for path in older:
        _remove(folder, path)


def remove(folder: Path, keep: int = 0) -> None:
    """Removes all checkpoints except the newest `keep`."""
    if not keep:
        _remove(folder, folder / FINISHED)
    paths = _all(folder)
    for path in paths[: max(0, len(paths) - keep)]:
        _remove(folder, path)


def _remove(folder, path) -> None:
    """Removes a checkpoint at once: it is renamed first."""
    if path.exists():
        shutil.rmtree(folder / TRASH, ignore_errors=True)
        os.rename(path, folder / TRASH)
        shutil.rmtree(folder / TRASH, ignore_errors=True)


def newest(folder: Path) -> tuple[dict, Path] | None:
    """State and weight file of the newest intact checkpoint; None without any.

    Warns about each newer checkpoint that is damaged.

    Raises:
        PresetIntegrityError: If all checkpoints are damaged.
    """
    for path in reversed(_all(folder)):
        try:
            return _intact(path), path / WEIGHTS
        except (OSError, ValueError, KeyError, TypeError) as error:
            warnings.warn(
                f"The checkpoint {path} is damaged and skipped: {error}", stacklevel=3
            )
    if _all(folder):
        raise PresetIntegrityError(
            f"{folder} must contain an intact checkpoint to resume from. Received: "
            f"{len(_all(folder))}, all damaged. Start again with --overwrite."
        )
    return None


def _intact(path: Path) -> dict:
    """The state of a checkpoint, if it and the weights have their hash.

    Raises:
        PresetIntegrityError: If they do not.
    """
    document = documents.parse((path / STATE).read_bytes(), STATE)
    state, sha256 = document["state"], document["sha256"]
    if _digest((path / WEIGHTS).read_bytes(), state) != sha256:
        raise PresetIntegrityError(
            f"{STATE} and {WEIGHTS} must have the hash that was written with them. "
            "Received: other content."
        )
    return state


def _digest(content: bytes, state: dict) -> str:
    return hashlib.sha256(content + documents.to_json(state)).hexdigest()


def resume(folder: Path, expected: Mapping[str, Any]) -> tuple[dict, Path] | None:
    """The newest checkpoint, if it belongs to the same training; None without any.

    Args:
        folder: The folder of the checkpoints.
        expected: `recipe` of the training that is to continue, and the hashes of its
            images. Where the images are may change.

    Raises:
        RecipeError: If the checkpoint has another recipe or other images.
        PresetIntegrityError: If all checkpoints are damaged.
    """
    checkpoint = newest(folder)
    if checkpoint is None:
        warnings.warn(
            f"There is no checkpoint in {folder} to resume from. The training starts "
            "from the beginning.",
            stacklevel=3,
        )
        return None
    state, _ = checkpoint
    recipes = [_comparable(s["recipe"]) for s in (state, expected)]
    change = difference(*recipes, "recipe")
    for name, sha256 in expected.items():
        if name != "recipe" and state[name] != sha256:
            change = change or f"its {name.replace('_', ' ')} were different"
    if change:
        raise RecipeError(
            f"{folder} contains a checkpoint of another training: {change}. Resume "
            "with the same arguments and images, or train in a new folder."
        )
    return checkpoint


def _comparable(recipe: dict) -> dict:
    """A recipe without what may change: places of images, lengths, learning rates.

    The first weights matter no longer.
    """
    recipe = copy.deepcopy(recipe)
    recipe.pop("start", None)
    for place in schemas.PLACES:
        recipe["data"].pop(place, None)
    for phase in recipe["phases"]:
        phase.pop("updates", None)
        for schedule in phase.get("schedules", {}).values():
            schedule.pop("updates", None)
        for optimizer in phase.get("optimizers", {}).values():
            optimizer.pop("learning_rate", None)
    return recipe


def merged(recorded: dict, given: dict) -> dict:
    """The recipe of a checkpoint, with places of images and rates as given now."""
    phases = []
    for old, new in zip(recorded["phases"], given["phases"], strict=True):
        optimizers = {"optimizers": new["optimizers"]} if "optimizers" in new else {}
        phases.append(old | optimizers)
    return recorded | {"data": given["data"], "phases": phases}


def difference(recorded: Any, given: Any, at: str) -> str:
    """The first difference of two JSON documents, with both values; or "".

    Args:
        recorded: The document of a checkpoint.
        given: The document of this call.
        at: The name of the document in the message.
    """
    kinds = {type(recorded), type(given)}
    if kinds == {dict}:
        keys = sorted(recorded.keys() | given.keys())
        parts = [(recorded.get(key), given.get(key), f"{at}.{key}") for key in keys]
    elif kinds == {list} and len(recorded) == len(given):
        pairs = enumerate(zip(recorded, given, strict=True))
        parts = [(*pair, f"{at}[{index}]") for index, pair in pairs]
    else:
        change = f"{at} was {recorded!r:.60}, and is {given!r:.60}"
        return "" if recorded == given else change
    return next(filter(None, (difference(*part) for part in parts)), "")


def _all(folder) -> list[Path]:
    """The checkpoints, oldest first; `finished` if there is no other."""
    return sorted(folder.glob("ckpt-*")) or list(folder.glob(FINISHED))
