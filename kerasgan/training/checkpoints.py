"""Checkpoints of a training: complete or absent, the newest two kept."""

import hashlib
import json
import shutil
import time
import warnings
from pathlib import Path

import keras

from kerasgan.presets import documents, weights
from kerasgan.errors import PresetIntegrityError
from kerasgan.files import write_folder
from kerasgan.checks import check_finite_logs

WEIGHTS, STATE = "training.weights.h5", "state.json"


def write(folder: Path, gan, state: dict, keep: int = 2) -> None:
    """Writes weights, optimizers, seeds and `state` as `folder/ckpt-<updates>`."""
    content = weights.to_bytes(gan)
    state = state | {"sha256": hashlib.sha256(content).hexdigest()}
    contents = {WEIGHTS: content, STATE: documents.to_json(state)}
    write_folder(folder / f"ckpt-{state['updates']:09d}", contents, overwrite=True)
    remove(folder, keep)


def remove(folder: Path, keep: int = 0) -> None:
    """Removes all checkpoints but the newest `keep`."""
    found = _all(folder)
    for old in found[: max(0, len(found) - keep)]:
        shutil.rmtree(old)


def newest(folder: Path) -> tuple[dict, Path] | None:
    """State and weight file of the newest intact checkpoint; None if there is none.

    Warns of each newer one that is passed over.

    Raises:
        PresetIntegrityError: If there are checkpoints, but none is intact.
    """
    for path in reversed(_all(folder)):
        try:
            state = json.loads((path / STATE).read_bytes())
            digest = hashlib.sha256((path / WEIGHTS).read_bytes()).hexdigest()
            if digest == state["sha256"]:
                return state, path / WEIGHTS
            reason = f"{WEIGHTS} is not the one that {STATE} describes"
        except (OSError, ValueError, KeyError, TypeError) as error:
            reason = str(error)
        warnings.warn(
            f"The checkpoint {path} is damaged and passed over: {reason}.", stacklevel=3
        )
    if _all(folder):
        raise PresetIntegrityError(
            f"{folder} must hold an intact checkpoint to resume from. Received: "
            f"{len(_all(folder))}, all damaged. Start again with --overwrite."
        )
    return None


def difference(recorded, given, at: str) -> str:
    """Where two JSON documents differ first, with both values; "" where they do not.

    Args:
        recorded: What a checkpoint was made with.
        given: What the call says.
        at: What messages call the document.
    """
    kinds = {type(recorded), type(given)}
    if kinds == {dict}:
        keys = sorted(recorded.keys() | given.keys())
        parts = [(recorded.get(key), given.get(key), f"{at}.{key}") for key in keys]
    elif kinds == {list} and len(recorded) == len(given):
        pairs = enumerate(zip(recorded, given, strict=True))
        parts = [(*pair, f"{at}[{index}]") for index, pair in pairs]
    else:
        told = f"{at} was {recorded!r:.60}, and is {given!r:.60}"
        return "" if recorded == given else told
    return next(filter(None, (difference(*part) for part in parts)), "")


def _all(folder):
    return sorted(folder.glob("ckpt-*"))


class Checkpoint(keras.callbacks.Callback):
    """Writes a checkpoint after every epoch; stops a training that diverged.

    It holds what the training loop uses; the states of numpy's and Python's global
    generators, which only a user's own callbacks may draw from, are not in it.

    Args:
        folder: Where to.
        state: What to keep beside the weights; updated after every epoch.
    """

    def __init__(self, folder: Path, state: dict):
        super().__init__()
        self.folder, self.state = Path(folder), state

    def on_train_begin(self, logs=None):
        """Starts the clock."""
        self.since = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        """Writes a checkpoint."""
        now = time.perf_counter()
        self.state["seconds"] += now - self.since
        self.since = now
        logs = {name: float(value) for name, value in (logs or {}).items()}
        check_finite_logs(logs, epoch)
        updates = int(self.model.step)
        self.state["history"].append(logs | {"updates": updates})
        self.state |= {"epoch": epoch + 1, "updates": updates}
        write(self.folder, self.model, self.state)
