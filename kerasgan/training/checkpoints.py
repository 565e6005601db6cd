"""Checkpoints of a training: complete or absent, with the newest two kept."""

import hashlib
import math
import shutil
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from kerasgan.errors import PresetIntegrityError, RecipeError
from kerasgan.files import write_folder
from kerasgan.presets import documents, schemas, weights

WEIGHTS, STATE = "training.weights.h5", "state.json"


def write(folder: Path, model: keras.Model, state: Mapping, keep: int = 2) -> None:
    """Writes weights, optimizers, seeds and `state` as `folder/ckpt-<updates>`."""
    content, state = weights.to_bytes(model), dict(state)
    document = {"state": state, "sha256": _digest(content, state)}
    contents = {WEIGHTS: content, STATE: documents.to_json(document)}
    write_folder(folder / f"ckpt-{state['updates']:09d}", contents, overwrite=True)
    remove(folder, keep)


def remove(folder: Path, keep: int = 0) -> None:
    """Removes all checkpoints except the newest `keep`."""
    paths = _all(folder)
    for path in paths[: max(0, len(paths) - keep)]:
        shutil.rmtree(path)


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
    recipes = [_without_places(s["recipe"]) for s in (state, expected)]
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


def _without_places(recipe: dict) -> dict:
    """A recipe without where its images are: their content is compared."""
    places = schemas.PLACES
    data = {name: x for name, x in recipe["data"].items() if name not in places}
    return recipe | {"data": data}


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


def _all(folder):
    return sorted(folder.glob("ckpt-*"))


class Checkpoint(keras.callbacks.Callback):
    """Writes a checkpoint after every epoch.

    A checkpoint contains everything that the training loop uses. It does not contain
    the states of numpy's and Python's global generators, which only a user's own
    callbacks may use.

    Args:
        folder: The folder of the checkpoints.
        state: What to store beside the weights; updated after every epoch.
    """

    def __init__(self, folder: Path, state: dict):
        super().__init__()
        self.folder, self.state = Path(folder), state

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Starts the clock."""
        self.since = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Writes a checkpoint."""
        now = time.perf_counter()
        self.state["seconds"] += now - self.since
        self.since = now
        logs = {name: float(value) for name, value in (logs or {}).items()}
        logs = {name: x for name, x in logs.items() if math.isfinite(x)}
        updates = self.model.updates
        self.state["history"].append(logs | {"updates": updates})
        self.state |= {"epoch": epoch + 1, "updates": updates}
        write(self.folder, self.model, self.state)
