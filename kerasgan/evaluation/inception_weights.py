"""Where the weights of Inception 2015-12-05 come from, and how they become Keras's.

torch-fidelity publishes them as a PyTorch file, converted from TensorFlow's graph. It
is downloaded once, checked, read with `torch.load(weights_only=True)`, and kept as
Keras's HDF5, for which PyTorch is not needed.
"""

import hashlib
import http.client
import json
import os
import urllib.request
import warnings
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from kerasgan.presets import weight_files, weights
from kerasgan.errors import InceptionUnavailableError, PresetWeightsError
from kerasgan.files import write_atomically

CHECKPOINT = "weights-inception-2015-12-05-6726825d.pth"
CHECKPOINT_SHA256 = "6726825d"  # how it begins
URL = f"https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/{CHECKPOINT}"
CONVERTED = "inception-2015-12-05.weights.h5"
VARIABLE = "KERASGAN_INCEPTION"
TIMEOUT = 30.0  # seconds without an answer
EPSILON = 0.001  # of the checkpoint's batch normalization
ENTRIES = "weight", "bias", "running_mean", "running_var"


def cache_folder() -> Path:
    """$KERASGAN_CACHE, or ~/.cache/kerasgan."""
    named = os.environ.get("KERASGAN_CACHE")
    return Path(named).expanduser() if named else Path.home() / ".cache" / "kerasgan"


def load(network: keras.Model, path: str | Path | None = None) -> None:
    """Fills the network of `build_inception`.

    Looks in this order: `path`; the path in $KERASGAN_INCEPTION; the cache folder. What
    is nowhere is downloaded to the cache. A checkpoint is converted, and the result
    kept in the cache.

    Args:
        network: What `build_inception` returns.
        path: The checkpoint (.pth), or a converted file (.weights.h5) with its record
            (.json) beside it.

    Raises:
        InceptionUnavailableError: If there are no weights, or not the right ones.
        ImportError: If a checkpoint is to be converted and PyTorch is absent.
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
        raise _unavailable(f"Received: {file}, which is no file.")
    return file


def _cached(network):
    """The converted file, the checkpoint, or a new download."""
    converted, checkpoint = (cache_folder() / name for name in (CONVERTED, CHECKPOINT))
    if _trusted(network, converted):
        return converted
    if not checkpoint.is_file():
        _torch()  # rather than after 91 MB
        download(checkpoint)
    return checkpoint


def download(path: Path) -> None:
    """Fetches the checkpoint; the file appears whole and checked, or not at all.

    Args:
        path: Where to.

    Raises:
        InceptionUnavailableError: If it cannot be had, written, or is another file.
    """
    try:
        with (
            urllib.request.urlopen(URL, timeout=TIMEOUT) as answer,
            write_atomically(path) as file,
        ):
            _check_hash(_copy(answer, file), URL)
    except (OSError, http.client.HTTPException) as error:
        kind = type(error).__name__
        raise _unavailable(f"Received from {URL}: {kind}: {error}.") from error


def _copy(answer, file):
    """Writes an answer to a file, shows how far it is, and returns the sha256."""
    from rich.console import Console
    from rich.progress import DownloadColumn, Progress

    digest = hashlib.sha256()
    length = int(answer.headers.get("Content-Length") or 0) or None
    columns = *Progress.get_default_columns(), DownloadColumn()
    with Progress(*columns, transient=True, console=Console(stderr=True)) as progress:
        progress.console.print(f"Downloading {URL}", markup=False, soft_wrap=True)
        task = progress.add_task("Inception", total=length)
        while chunk := answer.read(2**16):
            file.write(chunk)
            digest.update(chunk)
            progress.advance(task, len(chunk))
        received = progress.tasks[task].completed
    if length is not None and received < length:
        raise _unavailable(f"Received: {received:.0f} of {length} bytes from {URL}.")
    return digest.hexdigest()


def read_checkpoint(path: str | Path) -> dict[str, np.ndarray]:
    """The entries of the PyTorch file, once its hash is found right.

    Raises:
        InceptionUnavailableError: If it is another file.
        ImportError: If PyTorch is absent.
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
            f"Converting {CHECKPOINT} needs PyTorch, which is missing here ({error}). "
            'Install it: pip install "kerasgan[torch]". Or convert where it is '
            f"installed, and copy {CONVERTED} and the .json beside it from the cache "
            f"folder there to {cache_folder()}."
        ) from error
    return torch


def assign(network: keras.Model, state: Mapping[str, np.ndarray]) -> None:
    """Puts a checkpoint into the network, its batch normalization folded.

    relu(gamma (k * x - mean) / sqrt(variance + 0.001) + beta) is one convolution with a
    bias. The bias of the logits, which Inception Score omits, is not used.

    Args:
        network: Whose layers have the checkpoint's names.
        state: The checkpoint's entries: kernels (out, in, h, w), the rest (out,).

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
    """What the checkpoint calls a layer."""
    return layer.name.replace("-", ".")


def expected_entries(network: keras.Model) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the checkpoint that fits the network."""
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


def _compare(expected, found):
    counters = {name for name in found if name.endswith(".bn.num_batches_tracked")}
    missing = sorted(expected.keys() - found.keys())
    surplus = sorted(found.keys() - expected.keys() - counters)
    if missing or surplus:
        raise _unavailable(
            "The checkpoint is of another network. "
            f"Missing: {', '.join(missing[:3]) or 'nothing'}; "
            f"surplus: {', '.join(surplus[:3]) or 'nothing'}."
        )
    for name, shape in expected.items():
        if tuple(found[name]) != shape:
            raise _unavailable(
                f"The checkpoint's {name} must have shape {shape}. "
                f"Received: {tuple(found[name])}."
            )


def _keep(network):
    """Writes the converted file and its record to the cache, if that can be done."""
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
            f"The converted Inception weights could not be kept in {path.parent} "
            f"({error}): they will be converted again next time. Set KERASGAN_CACHE to "
            "a folder that can be written to.",
            stacklevel=3,
        )


def _record(path):
    return path.with_name(path.name.removesuffix(".weights.h5") + ".json")


def _layout(network):
    """A hash of the layers' order, by which HDF5 addresses their weights."""
    names = "\n".join(layer.name for layer in _layers(network))
    return hashlib.sha256(names.encode()).hexdigest()


def _trusted(network, path):
    """Whether a converted file is the one that its record describes."""
    try:
        record = json.loads(_record(path).read_text("utf-8"))
        with open(path, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):  # none, unreadable or no JSON
        return False
    expected = {"checkpoint": CHECKPOINT, "layers": _layout(network), "sha256": found}
    return record == expected


def _load_converted(network, path):
    if not _trusted(network, path):
        raise _unavailable(
            f"A converted file needs its record {_record(path).name} beside it, with "
            f"its sha256 and this version's layers. Received: {path}, which has none, "
            "or another file's."
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
            f"The sha256 of {CHECKPOINT} begins with {CHECKPOINT_SHA256}. "
            f"Received: {sha256}, of {source}."
        )


def _unavailable(finding):
    return InceptionUnavailableError(
        f"The standard FID needs the weights of Inception 2015-12-05. {finding} "
        f"Remedy: download {URL} where there is a network, and put it at "
        f"{cache_folder() / CHECKPOINT}, or set {VARIABLE} to its path."
    )
