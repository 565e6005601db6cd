"""`metadata.json`: what a preset says about its model, its training and its files."""

import hashlib
import inspect
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from kerasgan import __version__
from kerasgan.errors import PresetConfigError
from kerasgan.files import WEIGHTS
from kerasgan.presets import schemas, upgrade
from kerasgan.presets.documents import weight_file
from kerasgan.presets.folders import Files, read_json

HISTORY = ("data", "updates", "fine_tuned_from", "license", "date", "versions")
CONDITIONS = (None, "labels", "codes", "vectors", "captions")
NAMES = 2**16  # bytes of all class names together
_COUNT = {"type": "integer", "minimum": 0}
_SHAPE = {"type": "array", "maxItems": 8, "items": _COUNT}
_IMAGE = _SHAPE | {"minItems": 3, "maxItems": 3}
_CLASS_NAME = {"type": "string", "maxLength": 100, "pattern": schemas.PLAIN}
_TEXTS = {"type": "array", "items": schemas.TEXT}
LICENSE = {"type": ["string", "null"], "pattern": r"^[a-zA-Z0-9.+-]{1,40}\Z"}
_DIGEST = {"type": "string", "pattern": r"^[0-9a-f]{64}\Z"}
METADATA = {  # only the fields that kerasgan reads; a newer one may write more
    "type": "object",
    "required": [
        *("format", "kind", "model", "class", "paper", "condition", "num_classes"),
        *("class_names", "class_shares", "parameters", "data", "updates", "date"),
        *("versions", "files"),
    ],
    "properties": {
        "format": {"type": "integer", "minimum": 1, "maximum": upgrade.METADATA},
        "kind": {"enum": ["gan", "features"]},
        **dict.fromkeys(("model", "class", "paper", "date", "caption"), schemas.TEXT),
        "license": LICENSE,
        **dict.fromkeys(("image_shape", "source_shape"), _IMAGE),
        "task": {"enum": ["translate", "upscale", "inpaint", "score"]},
        "learns_from": {"enum": ["images", "pairs", "unpaired"]},
        "data_shape": _SHAPE,
        "condition": {"enum": list(CONDITIONS)},
        "num_classes": {"type": ["integer", "null"], "minimum": 1},
        "class_names": {"type": ["array", "null"], "items": _CLASS_NAME},
        "class_shares": {
            "type": ["array", "null"],
            "items": {"type": "number", "minimum": 0, "maximum": 1},
        },
        **dict.fromkeys(("latent_dim", "features", "updates"), _COUNT),
        "captions": schemas.closed("words examples", words=_TEXTS, examples=_TEXTS),
        "codes": {"type": "object", "additionalProperties": _COUNT},
        "parameters": {"type": "object", "additionalProperties": _COUNT},
        "data": {"anyOf": [schemas.DATA, {"type": "null"}]},
        "fine_tuned_from": {
            "type": ["object", "null"],
            "required": ["name"],
            "additionalProperties": schemas.TEXT,
        },
        "versions": {
            "type": "object",
            "required": ["backend"],
            "additionalProperties": schemas.TEXT,
        },
        "files": {
            "type": "object",
            "maxProperties": 64,
            "propertyNames": {"pattern": rf"^((config|recipe)\.json|{WEIGHTS})\Z"},
            "additionalProperties": schemas.closed(
                "size sha256", size=_COUNT, sha256=_DIGEST
            ),
        },
    },
}


def metadata_of(files: Files) -> dict:
    """A preset's metadata in the newest format, checked.

    Raises:
        PresetNotFoundError: If the preset has no `metadata.json`.
        PresetConfigError: If a field is missing or has an impossible value.
    """
    document = upgrade.upgrade_metadata(read_json(files, "metadata.json"))
    return check_metadata(document, f"{files}/metadata.json")


def check_license(license: str | None) -> None:
    """Refuses what the Hub does not take for the name of a license.

    Raises:
        PresetConfigError: If it is no such name.
    """
    try:
        schemas.check(license, LICENSE, "license")
    except PresetConfigError as error:
        raise PresetConfigError(
            f"{error} Pass the Hub's name of a license, such as apache-2.0."
        ) from None


def check_metadata(metadata: Any, where: str) -> dict:
    """Returns the metadata, if every field has a possible value.

    Args:
        metadata: The result of `upgrade.upgrade_metadata`.
        where: The name of the file in messages.

    Raises:
        PresetConfigError: With the name of the field.
    """
    schemas.check(metadata, METADATA, where)
    if not metadata.keys() & {"image_shape", "data_shape"}:
        raise PresetConfigError(
            f"{where} must have the field 'image_shape' or 'data_shape'. Received: "
            "neither. Fetch or save the preset again."
        )
    for name in ("class_names", "class_shares"):
        count = metadata[name] and len(metadata[name])
        if count is not None and count != metadata["num_classes"]:
            raise PresetConfigError(
                f"{where}: {name} must have num_classes={metadata['num_classes']} "
                f"entries. Received: {count}. Fetch or save the preset again."
            )
    shares = metadata["class_shares"]
    if shares and not math.isclose(sum(shares), 1.0, abs_tol=1e-3):
        raise PresetConfigError(
            f"{where}: class_shares must add up to 1. Received: {sum(shares)}. "
            "Fetch or save the preset again."
        )
    return metadata


def describe(
    model: Any,
    recipe: dict | None,
    contents: Mapping[str, bytes],
    license: str | None = None,
) -> dict:
    """The content of a new preset's `metadata.json`.

    Args:
        model: A model of a registered class.
        recipe: How the model was trained, or None.
        contents: The files to record with size and sha256, by name.
        license: The weights' license, such as "apache-2.0"; None keeps the license of
            the preset that the model comes from, unless the model has trained since.
    """
    return {
        "format": upgrade.METADATA,
        "kind": model.kind,
        "model": model.registry_name,
        "class": type(model).__name__,
        "paper": reference_of(type(model)),
        **_facts(model),
        "parameters": {
            name: model.stored_network(name).count_params() for name in model.stored
        },
        **_history(model, recipe, license),
        "files": {name: entry_of(data) for name, data in sorted(contents.items())},
    }


def entry_of(data: bytes) -> dict:
    """Size and hash of a file, as in `metadata.json`."""
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def reference_of(cls: type) -> str:
    """The paper that the last line of a class's docstring cites."""
    for line in reversed((inspect.getdoc(cls) or "").splitlines()):
        if line.startswith("Reference: "):
            return line.removeprefix("Reference: ").rstrip(".")
    return ""


def _facts(model) -> dict:
    """What the model says about itself, with every field of the format."""
    described = dict(model.describe())
    names = ("image_shape", "data_shape")
    shape = {name: list(described.pop(name)) for name in names if name in described}
    fields = ("condition", "num_classes", "class_names", "class_shares")
    facts = shape | dict.fromkeys(fields) | described
    count, names = facts["num_classes"], facts["class_names"]
    if names and (len(names) != count or not _can_store(names)):
        facts["class_names"] = None
    if facts["class_shares"] and count > schemas.ENTRIES:
        facts["class_shares"] = None
    return facts


def _can_store(names) -> bool:
    """Whether class names, which may be names of folders, pass as metadata."""
    if len(names) > schemas.ENTRIES or len(json.dumps(names)) > NAMES:
        return False
    try:
        schemas.check(list(names), METADATA["properties"]["class_names"], "names")
    except PresetConfigError:
        return False
    return True


def _history(model, recipe, license) -> dict:
    """Training data and updates; the source preset of a fine-tuned model.

    A preset that is only saved again keeps its history, so that its files stay the same
    on any day and with any versions.
    """
    import keras

    source, updates = model.origin.get("metadata", {}), model.updates
    if source and not updates:
        kept = {key: source.get(key) for key in HISTORY}
        kept["data"] = kept["data"] and schemas.without_paths(kept["data"])
        return kept | ({"license": license} if license else {})
    fine_tuned_from = None
    if source:
        first = model.stored[0]
        digest = source["files"][weight_file(first)]["sha256"]
        fine_tuned_from = {"name": model.origin["name"], f"{first}_sha256": digest}
    return {
        "data": (recipe or {}).get("data"),
        "updates": updates,
        "fine_tuned_from": fine_tuned_from,
        "license": license,
        "date": datetime.now(UTC).date().isoformat(),
        "versions": {
            "kerasgan": __version__,
            "keras": keras.__version__,
            "backend": keras.backend.backend(),
        },
    }
