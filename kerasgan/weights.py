"""Weight files: HDF5 as Keras writes it, made in memory and checked before use.

HDF5 kills the process when the disk fills, so a file's image is made in memory and
written by Python. A file is compared with what the network needs, entry by entry,
before anything is assigned.
"""

import io
from pathlib import Path

import h5py
import keras
import numpy as np
from keras.src.saving import saving_lib

from kerasgan.errors import PresetWeightsError


# Keras saves to a path only, and loads from one that ends in .weights.h5, which the
# Hub's cache has none of; its saving library, private until it offers more, also
# writes to memory and reads from it. The tests compare both with Keras's own.
def to_bytes(network: keras.Model) -> bytes:
    """The `.weights.h5` file of a network; the same weights give the same bytes."""
    buffer = io.BytesIO()
    store = saving_lib.H5IOStore(buffer, mode="w")
    saving_lib._save_state(network, **_weights_in(store))
    store.close()
    return buffer.getvalue()


def check(network: keras.Model, path: Path) -> None:
    """Refuses a file that is not exactly this network's weights.

    Raises:
        PresetWeightsError: If entries are missing, surplus, of another shape or
            dtype, not finite, or the file is not HDF5.
    """
    with h5py.File(io.BytesIO(to_bytes(network)), "r") as file:
        expected = {key: (d.shape, d.dtype) for key, d in _entries(file).items()}
    try:
        with h5py.File(path, "r") as file:
            _compare(path, expected, _entries(file))
    except (OSError, RuntimeError, KeyError) as error:
        raise PresetWeightsError(
            f"{path} must be an HDF5 weight file. Received: {error}. "
            "Fetch the preset again."
        ) from error


def check_finite(network: keras.Model) -> None:
    """Refuses to save NaN or infinity.

    Raises:
        PresetWeightsError: Naming the network.
    """
    if not all(np.isfinite(weight).all() for weight in network.get_weights()):
        raise PresetWeightsError(
            f"The {network.name}'s weights must be finite. Received: NaN or infinity. "
            "The training diverged: start again from a checkpoint before that."
        )


def load(network: keras.Model, path: Path) -> None:
    """Assigns a file's weights that `check` has passed, whatever the file is called."""
    store = saving_lib.H5IOStore(io.BytesIO(path.read_bytes()), mode="r")
    saving_lib._load_state(network, **_weights_in(store))
    store.close()


def _weights_in(store):
    """What Keras's saving and loading both take for weights alone."""
    places = {"weights_store": store, "assets_store": None, "inner_path": ""}
    return places | {"visited_saveables": set()}


def _entries(file):
    """Every data set of the file by its path; links out of the file are refused."""
    entries = {}

    def walk(group, prefix):
        for name in group:
            link = group.get(name, getlink=True)
            path = f"{prefix}{name}"
            if not isinstance(link, h5py.HardLink):
                raise PresetWeightsError(
                    f"Expected weights inside the file. Received: a link at {path!r}. "
                    "Fetch the preset again."
                )
            item = group[name]
            if isinstance(item, h5py.Dataset):
                entries[path] = item
            elif len(path) < 1000:
                walk(item, path + "/")
            else:
                raise PresetWeightsError(
                    "Expected groups a few levels deep, as Keras writes them. "
                    f"Received: more, at {path[:80]!r}. Fetch the preset again."
                )

    walk(file, "")
    return entries


def _compare(path, expected, found):
    missing, surplus = expected.keys() - found.keys(), found.keys() - expected.keys()
    if missing or surplus:
        raise PresetWeightsError(
            f"{path} does not fit the network in config.json. "
            f"Missing: {', '.join(sorted(missing)[:3]) or 'nothing'}; "
            f"surplus: {', '.join(sorted(surplus)[:3]) or 'nothing'}."
        )
    for key, (shape, dtype) in expected.items():
        if (found[key].shape, found[key].dtype) != (shape, dtype):
            raise PresetWeightsError(
                f"{path}: {key} must be {dtype} {shape}. "
                f"Received: {found[key].dtype} {found[key].shape}. "
                "The weights belong to another architecture."
            )
    for key, data in found.items():
        if not np.isfinite(data[()]).all():
            raise PresetWeightsError(
                f"{path}: {key} must be finite. Received: NaN or infinity."
            )
