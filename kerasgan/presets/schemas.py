"""What documents from files may hold: closed JSON schemas, exact types."""

import itertools
import json
import math
from pathlib import Path
from typing import Any

import jsonschema

from kerasgan.errors import PresetConfigError, did_you_mean


def closed(required: str, **properties) -> dict:
    """The schema of an object of these properties and no others.

    Args:
        required: Names of those that it must have, separated by spaces.
        **properties: The schema of each.
    """
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


ENTRIES = 1024  # of any list or object
_SIDE = {"type": "integer", "minimum": 1, "maximum": 4096}
_SIZE = _SIDE | {
    "type": ["integer", "array"],
    "items": _SIDE,
    "minItems": 2,
    "maxItems": 2,
}
_ABOUT = ("title", "origin", "license")  # for the card, where a source has no name
DATA = closed(  # where images come from, in recipes and metadata
    "source",
    source={"type": "string", "minLength": 1},
    split={"type": "string"},
    held_out={"type": "string"},
    size=_SIZE,
    crop={"type": "boolean"},
    channels={"enum": [1, 3]},
    ground={"type": "string"},
    **dict.fromkeys(_ABOUT, {"type": "string", "minLength": 1, "maxLength": 100}),
)
_FIGURE = {
    "type": "object",
    "required": ["value", "floor", "protocol"],
    "properties": {
        "value": {"type": "number"},
        "floor": {"type": ["number", "null"]},
        "protocol": {"type": "object"},
    },
}
_RATIO = {
    "type": "object",
    "required": ["ratio"],
    "properties": {"ratio": {"type": "number"}},
}
_SPEED = {
    "type": "object",
    "required": ["what", "batch_size", "against"],
    "properties": {
        "what": {"type": "string"},
        "batch_size": {"type": "integer"},
        "against": {"type": "object", "additionalProperties": _RATIO},
    },
}
_RUN = {
    "type": "object",
    "required": ["hardware", "precision", "figures"],
    "properties": {
        "hardware": {"type": "object", "required": ["cores", "device", "backend"]},
        "figures": {"type": "array", "items": _SPEED},
    },
}
_KEPT = {
    "type": "object",
    "required": ["images"],
    "properties": {"images": {"type": "integer"}},
    "additionalProperties": {"type": "number"},
}
RESULTS = {  # of what cards and tables take from `results.json`
    "type": "object",
    "properties": {
        "quality": {
            "type": "object",
            "propertyNames": {"pattern": r"^[a-z][a-z0-9_.-]*\Z"},
            "additionalProperties": _FIGURE,
        },
        "throughput": {"type": "object", "additionalProperties": _RUN},
        "training": {"type": "object", "properties": {"kept": _KEPT}},
    },
}


def to_read(data: dict) -> dict:
    """The fields of a `data` that say what to read, without those for the card."""
    return {key: value for key, value in data.items() if key not in _ABOUT}


def check(document: Any, schema: dict, where: str | Path) -> None:
    """Refuses a document that does not keep to a schema.

    Args:
        document: As `documents.parse` gave it.
        schema: A JSON schema.
        where: What messages call the document.

    Raises:
        PresetConfigError: Naming the field, what was found and what was expected.
    """
    for found in _parts(document):
        if len(found) > ENTRIES:
            raise PresetConfigError(
                f"{where}: expected at most {ENTRIES} entries in a list or an object. "
                f"Received: {len(found)}."
            )
    errors = itertools.islice(_Validator(schema).iter_errors(document), 20)
    error = jsonschema.exceptions.best_match(errors)
    if error is not None:
        field = error.json_path.removeprefix("$").removeprefix(".")
        at = f"{where}: {ascii(field)[1:-1][:80]}" if field else str(where)
        raise PresetConfigError(f"{at}: {_said(error)}{_remedy(error)}")


def _parts(value):
    """Every list and object in a document."""
    inner = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list):
        yield value
        for part in inner if len(inner) <= ENTRIES else ():
            yield from _parts(part)


def _said(error) -> str:
    """What was expected and what was received, however long that is."""
    keyword, wanted, found = error.validator, error.validator_value, error.instance
    if keyword == "required":
        missing = [name for name in wanted if name not in found]
        return f"expected the field {missing[0]!r}. Received: {_short(sorted(found))}."
    if keyword == "additionalProperties" and wanted is False:
        unknown = sorted(set(found) - set(error.schema["properties"]))
        return f"expected no field {_short(unknown[0])}."
    said = _EXPECTED.get(keyword, keyword + " {}").format(_listed(keyword, wanted))
    return f"expected {said}. Received: {_short(found)}."


_EXPECTED = {
    "type": "{}",
    "anyOf": "{}",
    "enum": "one of {}",
    "const": "{}",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "minLength": "a text of at least {} characters",
    "maxLength": "a text of at most {} characters",
    "minItems": "at least {} entries",
    "maxItems": "at most {} entries",
    "maxProperties": "at most {} fields",
    "pattern": "a text that matches {}",
}


def _listed(keyword, wanted) -> str:
    """What a schema's keyword asks for, in words."""
    if keyword == "anyOf":
        kinds = [next(key for key in ("type", "enum") if key in p) for p in wanted]
        parts = zip(kinds, wanted, strict=True)
        return " or ".join(_listed(kind, part[kind]) for kind, part in parts)
    if keyword == "enum":
        return ", ".join(map(json.dumps, wanted))
    if keyword == "type":
        return " or ".join([wanted] if isinstance(wanted, str) else wanted)
    return json.dumps(wanted)


def _short(value) -> str:
    """A value of a stranger's in a message."""
    text = ascii(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _finite(_, value):
    """JSON schema's numbers hold NaN, which no bound refuses."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value)


def _whole(_, value):
    """JSON schema's integers hold 64.0, which no array is sliced by."""
    return isinstance(value, int) and not isinstance(value, bool)


_Draft = jsonschema.Draft202012Validator
_CHECKS = {"number": _finite, "integer": _whole}
_Validator = jsonschema.validators.extend(
    _Draft, type_checker=_Draft.TYPE_CHECKER.redefine_many(_CHECKS)
)


def _remedy(error) -> str:
    """What the field knows, where an unknown one was given; where images come from."""
    if error.validator == "required" and "source" in error.validator_value:
        return " Pass --data, an image folder, an .npz file or a data set's name."
    if error.validator != "additionalProperties":
        return ""
    known = list(error.schema["properties"])
    unknown = sorted(set(error.instance) - set(known))
    return f" It takes {', '.join(known)}.{did_you_mean(unknown[0], known)}"
