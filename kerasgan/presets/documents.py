"""A preset's JSON files: reading, describing, verifying."""

import hashlib
import inspect
import json
import math
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kerasgan.errors import PresetConfigError, PresetNotFoundError

FORMAT = 1
DEPTH = 12  # levels of a JSON file
LARGEST = 2**20  # of an integer among a class's arguments
# Brackets, and strings, which may hold brackets: to their end or the text's.
_TOKENS = re.compile(r'[][{}]|"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
HISTORY = ("data", "updates", "fine_tuned_from", "license")
NOT_STORED = {"networks", "dtype", "name", "seed"}  # of the call, not of the GAN


def weight_file(network: str) -> str:
    """The file of a preset that holds a network's weights."""
    return f"{network}.weights.h5"


def read_json(path: Path, limit: int = 2**18) -> Any:
    """One of our own JSON files.

    Args:
        path: The file.
        limit: How many bytes it may have.

    Raises:
        PresetNotFoundError: If it is not there.
        PresetConfigError: If it is too large or no JSON.
    """
    if not path.is_file():
        raise PresetNotFoundError(
            f"{path.parent} must hold {path.name}. Received: a folder without it. "
            "Fetch or save the preset again."
        )
    if path.stat().st_size > limit:
        raise PresetConfigError(
            f"{path} must not exceed {limit} bytes. Received: {path.stat().st_size}."
        )
    return parse(path.read_bytes(), path)


def parse(data: bytes, where: str | Path) -> Any:
    """JSON from anybody: strict, no deeper than `DEPTH`, no integer over 2**53.

    Args:
        data: UTF-8 without a byte order mark.
        where: What messages call it.

    Raises:
        PresetConfigError: If it is anything else.
    """
    try:
        text = data.decode()
        _check_depth(text)
        return json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_int=_bounded,
            parse_float=_finite,
            object_pairs_hook=_unique,
        )
    except ValueError as error:
        found = str(error)[:200].rstrip(".")
        raise PresetConfigError(f"{where} must be JSON. Received: {found}.") from error


def _check_depth(text):
    """Before parsing, which recurses."""
    depth = 0
    for token in _TOKENS.findall(text):
        if token in ("[", "{"):
            depth += 1
        elif token in ("]", "}"):
            depth -= 1
        if depth > DEPTH:
            raise ValueError(f"more than {DEPTH} levels")


def _bounded(digits):
    if len(digits) > 17 or abs(int(digits)) > 2**53:
        raise ValueError(f"an integer beyond 2**53, {digits[:20]}...")
    return int(digits)


def _finite(digits):
    if not math.isfinite(float(digits)):
        raise ValueError(f"a number too large, {digits[:20]}")
    return float(digits)


def _refuse_constant(name):
    raise ValueError(f"{name}, which is no JSON number")


def _unique(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key that stands twice in one object")
    return found


def config_of(model) -> dict:
    """Registry name and arguments: what `config.json` holds."""
    arguments = {k: v for k, v in model.arguments.items() if k not in NOT_STORED}
    return {"format": FORMAT, "name": model.registry_name, "arguments": arguments}


def describe(
    model, recipe: dict | None, contents: dict[str, bytes], licence: str | None = None
) -> dict:
    """What `metadata.json` holds, with size and sha256 of each of `contents`."""
    import keras

    import kerasgan

    backend = keras.backend.backend()
    return {
        "format": FORMAT,
        "kind": model.kind,
        "model": model.registry_name,
        "class": type(model).__name__,
        "paper": reference_of(type(model)),
        "image_shape": list(model.image_shape),
        "num_classes": model.num_classes,
        **model.describe(),
        "parameters": {
            name: model.stored_network(name).count_params() for name in model.stored
        },
        **_history(model, recipe, licence),
        "date": datetime.now(UTC).date().isoformat(),
        "versions": {
            "kerasgan": kerasgan.__version__,
            "keras": keras.__version__,
            "backend": backend,
        },
        "files": {
            name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in sorted(contents.items())
        },
    }


def _history(model, recipe, licence):
    """What it was trained on, for how many updates, and from which preset."""
    known, updates = model.origin.get("metadata", {}), int(model.step)
    if known and not updates:
        kept = {key: known.get(key) for key in HISTORY}
        return kept | ({"license": licence} if licence else {})
    source = None
    if known:
        digest = known["files"][weight_file(model.stored[0])]["sha256"]
        source = {"name": model.origin["name"], f"{model.stored[0]}_sha256": digest}
    data = (recipe or {}).get("data")
    said = {"data": data, "updates": updates, "fine_tuned_from": source}
    return said | {"license": licence}


def reference_of(cls: type) -> str:
    """The paper that a class's docstring cites in its last line."""
    for line in reversed((inspect.getdoc(cls) or "").splitlines()):
        if line.startswith("Reference: "):
            return line.removeprefix("Reference: ").rstrip(".")
    return ""


def to_json(document) -> bytes:
    """JSON as the zoo keeps it: indented, one line at the end."""
    return (json.dumps(document, indent=2, allow_nan=False) + "\n").encode()
