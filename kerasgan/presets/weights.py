"""Weights of networks, to and from the files that Keras writes.

HDF5 kills the process if the disk fills while it writes. So the file is made in memory,
and Python writes it.
"""

import io

import h5py
import keras
import numpy as np
from keras.src.saving import saving_lib

from kerasgan.errors import PresetWeightsError
from kerasgan.presets.weight_files import Layout


# Keras saves to a path only; its saving library, private until it offers more, also
# writes to memory. The tests compare both with Keras's own.
def to_bytes(network: keras.Model) -> bytes:
    """The `.weights.h5` file of a network; the same weights give the same bytes."""
    buffer = io.BytesIO()
    store = _Store(buffer, mode="w")
    _save(network, store)
    store.close()
    return buffer.getvalue()


def layout(network: keras.Model) -> Layout:
    """The layout of a network's weight file; the weights need no values yet.

    Raises:
        PresetWeightsError: If the class of a layer, after which Keras names its part of
            the file, has a name that is not ASCII.
    """
    odd = [path for path in _recorded(network) if not path.isascii()]
    if odd:
        raise PresetWeightsError(
            "The classes of layers must have ASCII names, which weight files hold. "
            f"Received: {odd[0]}. Rename the class."
        )
    arrays = {
        path: (tuple(v.shape), keras.backend.standardize_dtype(v.dtype))
        for path, v in _recorded(network).items()
    }
    return Layout(arrays)


def assign(network: keras.Model, arrays: dict[str, np.ndarray]) -> None:
    """Fills a network with the arrays of its weight file.

    Args:
        network: Built.
        arrays: The result of `weight_files.read` for the network's layout.
    """
    for path, variable in _recorded(network).items():
        variable.assign(arrays[path])


def is_finite(network: keras.Model) -> bool:
    """Whether no weight of a network is NaN or infinite."""
    return all(np.isfinite(weight).all() for weight in network.get_weights())


def check_finite(network: keras.Model) -> None:
    """Refuses to save NaN or infinity.

    Raises:
        PresetWeightsError: Naming the network.
    """
    if not is_finite(network):
        raise PresetWeightsError(
            f"The {network.name}'s weights must be finite. Received: NaN or infinity. "
            "The training diverged: return to an earlier checkpoint."
        )


class _Store(saving_lib.H5IOStore):
    """Writes files that depend on the weights alone.

    Keras stores the names of layers, which depend on what else the process has built;
    here, each layer's name is its path. The HDF5 version is the oldest, which `hdf5`
    reads, whatever the newest is.
    """

    def _get_h5_file(self, path_or_io, mode=None):
        return h5py.File(path_or_io, mode or self.mode, libver=("earliest", "latest"))

    def make(self, path, metadata=None):
        name = {"name": path.rsplit("/", 1)[-1]} if metadata and path else metadata
        return super().make(path, name)


class _Recorder(saving_lib.H5IOStore):
    """Keeps what Keras would save, by its path in the file."""

    def __init__(self):
        self.variables = {}

    def __bool__(self):
        return True

    def make(self, path, metadata=None):
        self._place = f"{path}/vars" if path else "vars"
        return self

    def __setitem__(self, key, variable):
        self.variables[f"{self._place}/{key}"] = variable


def _recorded(network) -> dict:
    """The variables that Keras would save, by their path in the file."""
    recorder = _Recorder()
    _save(network, recorder)
    return recorder.variables


def _save(network, store):
    places = {"weights_store": store, "assets_store": None, "inner_path": ""}
    saving_lib._save_state(network, **places, visited_saveables=set())
