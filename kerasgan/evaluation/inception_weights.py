"""Finds or downloads the weights of Inception 2015-12-05 and converts them for Keras.

torch-fidelity publishes them as a PyTorch file, converted from the TensorFlow graph. It
is downloaded once, checked, read with `torch.load(weights_only=True)`, and stored as
Keras HDF5, which does not need PyTorch.
"""

import hashlib
import http.client
import json
import os
import sys
import urllib.request
import warnings
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from kerasgan.data.progress import counted
from kerasgan.errors import InceptionUnavailableError, PresetWeightsError, failure_of
from kerasgan.files import write_atomically
from kerasgan.presets import weight_files, weights

CHECKPOINT = "weights-inception-2015-12-05-6726825d.pth"
CHECKPOINT_SHA256 = "6726825d"  # its first digits
URL = f"https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/{CHECKPOINT}"
CONVERTED = "inception-2015-12-05.weights.h5"
VARIABLE = "KERASGAN_INCEPTION"
TIMEOUT = 30.0  # seconds without an answer
EPSILON = 0.001  # of the checkpoint's batch normalization
ENTRIES = "weight", "bias", "running_mean", "running_var"


def cache_folder() -> Path:
    """The cache folder: $KERASGAN_CACHE, or ~/.cache/kerasgan."""
    named = os.environ.get("KERASGAN_CACHE")
    return Path(named).expanduser() if named else Path.home() / ".cache" / "kerasgan"


def load(network: keras.Model, path: str | Path | None = None) -> None:
    """Fills the network of `build_inception`.

    The search order is: `path`; the path in $KERASGAN_INCEPTION; the cache folder. If
    nothing is there, the checkpoint is downloaded to the cache. A checkpoint is
    converted, and the result is stored in the cache.

    Args:
        network: The result of `build_inception`.
        path: The checkpoint (.pth), or a converted file (.weights.h5) with its record
            (.json) beside it.

    Raises:
        InceptionUnavailableError: If the weights are missing or wrong.
        ImportError: If a checkpoint must be converted without PyTorch.
    """
    given = path or os.environ.get(VARIABLE)
    file = _given(given) if given else _cached(network)
    if file.name.endswith(".weights.h5"):
        _load_converted(network, file)
        return
    assign(network, read_checkpoint(file))
    if not _trusted(network, cache_folder() / CONVERTED):
        _keep(network)


def _given(path):
    file = Path(path).expanduser()
    if not file.is_file():
        raise _unavailable(f"Received: {file}, which is not a file.")
    return file


def _cached(network):
    """The converted file, the checkpoint, or a new download."""
    converted, checkpoint = (cache_folder() / name for name in (CONVERTED, CHECKPOINT))
    if _trusted(network, converted):
        return converted
    if not checkpoint.is_file():
        _torch()  # fail before downloading 91 MB
        download(checkpoint)
    return checkpoint


def download(path: Path) -> None:
    """Downloads the checkpoint; the file appears complete and checked, or not at all.

    Args:
        path: The file to write.

    Raises:
        InceptionUnavailableError: If the download or writing fails, or it is another
            file.
    """
    try:
        with (
            urllib.request.urlopen(URL, timeout=TIMEOUT) as answer,
            write_atomically(path) as file,
        ):
            _check_hash(_copy(answer, file), URL)
    except (OSError, http.client.HTTPException) as error:
        finding = f"Received from {URL}: {failure_of(error)}."
        raise _unavailable(finding) from error


def _copy(answer, file):
    """Writes an answer to a file, shows progress, and returns its sha256."""
    digest, received = hashlib.sha256(), 0
    length = int(answer.headers.get("Content-Length") or 0) or None
    print(f"Downloading {URL}", file=sys.stderr)
    chunks = iter(lambda: answer.read(2**16), b"")
    for chunk in counted(chunks, "Bytes", length, len):
        file.write(chunk)
        digest.update(chunk)
        received += len(chunk)
    if length is not None and received < length:
        raise _unavailable(f"Received: {received} of {length} bytes from {URL}.")
    return digest.hexdigest()


def read_checkpoint(path: str | Path) -> dict[str, np.ndarray]:
    """Reads the entries of the PyTorch file, after checking its hash.

    Raises:
        InceptionUnavailableError: If it is another file.
        ImportError: If PyTorch is not installed.
    """
    torch = _torch()
    with open(path, "rb") as file:
        _check_hash(hashlib.file_digest(file, "sha256").hexdigest(), path)
    state = torch.load(path, map_location="cpu", weights_only=True)
    return {name: tensor.numpy() for name, tensor in state.items()}


def _torch():
    try:
        import torch  # noqa: TID251  (reads PyTorch's file format, computes nothing)
    except ImportError as error:
        raise ImportError(
            f"Converting {CHECKPOINT} needs PyTorch. Received: {error}. Install it: "
            'pip install ".[torch]" in the folder of kerasgan. Or convert on a machine '
            f"that has it, and copy {CONVERTED} and its .json from the cache folder "
            f"there to {cache_folder()}."
        ) from error
    return torch


def assign(network: keras.Model, state: Mapping[str, np.ndarray]) -> None:
    """Assigns a checkpoint to the network, folding its batch normalization.

    relu(gamma (k * x - mean) / sqrt(variance + 0.001) + beta) is one convolution with a
    bias. The bias of the logits is not used, as in the Inception Score.

    Args:
        network: A network whose layers have the names of the checkpoint.
        state: The entries of the checkpoint: kernels (out, in, h, w), others (out,).

    Raises:
        InceptionUnavailableError: If entries are missing, surplus or of another shape.
    """
    _compare(expected_entries(network), {name: x.shape for name, x in state.items()})
    for layer in _layers(network):
        name = _name(layer)
        if isinstance(layer, keras.layers.Dense):
            layer.set_weights([state[f"{name}.weight"].T])
            continue
        kernel = state[f"{name}.conv.weight"].astype("float64")
        gamma, beta, mean, variance = (
            state[f"{name}.bn.{entry}"].astype("float64") for entry in ENTRIES
        )
        scale = gamma / np.sqrt(variance + EPSILON)
        layer.set_weights([kernel.transpose(2, 3, 1, 0) * scale, beta - mean * scale])


def _layers(network):
    return [layer for layer in network.layers if layer.weights]


def _name(layer):
    """The name of a layer in the checkpoint."""
    return layer.name.replace("-", ".")


def expected_entries(network: keras.Model) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the entries of a checkpoint that fits the network."""
    shapes = {}
    for layer in _layers(network):
        name = _name(layer)
        *window, inputs, outputs = layer.kernel.shape
        if isinstance(layer, keras.layers.Dense):
            shapes |= {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}
            continue
        shapes[f"{name}.conv.weight"] = (outputs, inputs, *window)
        shapes |= {f"{name}.bn.{entry}": (outputs,) for entry in ENTRIES}
    return shapes


def _compare(expected, received):
    counters = {n for n in received if n.endswith(".bn.num_batches_tracked")}
    missing = sorted(expected.keys() - received.keys())
    surplus = sorted(received.keys() - expected.keys() - counters)
    if missing or surplus:
        raise _unavailable(
            "The checkpoint belongs to another network. "
            f"Missing: {', '.join(missing[:3]) or 'nothing'}; "
            f"surplus: {', '.join(surplus[:3]) or 'nothing'}."
        )
    for name, shape in expected.items():
        if tuple(received[name]) != shape:
            raise _unavailable(
                f"{name} of the checkpoint must have shape {shape}. "
                f"Received: {tuple(received[name])}."
            )


def _keep(network):
    """Writes the converted file and its record to the cache, if possible."""
    content = weights.to_bytes(network)
    path = cache_folder() / CONVERTED
    record = {
        "checkpoint": CHECKPOINT,
        "layers": _layout(network),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    text = json.dumps(record, indent=2) + "\n"
    try:
        for name, data in ((path, content), (_record(path), text.encode())):
            with write_atomically(name) as file:
                file.write(data)
    except OSError as error:
        warnings.warn(
            f"The converted Inception weights could not be stored in {path.parent} "
            f"({error}). They will be converted again next time. Set KERASGAN_CACHE to "
            "a writable folder.",
            stacklevel=3,
        )


def _record(path):
    return path.with_name(path.name.removesuffix(".weights.h5") + ".json")


def _layout(network):
    """A hash of the order of the layers, by which HDF5 addresses their weights."""
    names = "\n".join(layer.name for layer in _layers(network))
    return hashlib.sha256(names.encode()).hexdigest()


def _trusted(network, path):
    """Whether a converted file matches its record."""
    try:
        record = json.loads(_record(path).read_text("utf-8"))
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):  # missing, unreadable or not JSON
        return False
    expected = {"checkpoint": CHECKPOINT, "layers": _layout(network), "sha256": digest}
    return record == expected


def _load_converted(network, path):
    if not _trusted(network, path):
        raise _unavailable(
            f"A converted file needs its record {_record(path).name} in its folder, "
            f"with its sha256 and the layers of this version. Received: {path}, whose "
            "record is missing or belongs to another file."
        )
    try:
        layout = weights.layout(network)
        arrays = weight_files.read(path.read_bytes(), layout, str(path))
    except PresetWeightsError as error:
        raise _unavailable(f"Received: {error}") from error
    weights.assign(network, arrays)


def _check_hash(sha256, source):
    if not sha256.startswith(CHECKPOINT_SHA256):
        raise _unavailable(
            f"The sha256 of {CHECKPOINT} must begin with {CHECKPOINT_SHA256}. "
            f"Received: {sha256}, of {source}."
        )


def _unavailable(finding):
    return InceptionUnavailableError(
        f"The standard FID needs the weights of Inception 2015-12-05. {finding} "
        f"Download {URL} on a machine with a network, and copy it to "
        f"{cache_folder() / CHECKPOINT}, or set {VARIABLE} to its path."
    )
