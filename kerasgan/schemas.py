"""What documents from files may hold: closed JSON schemas, exact types."""

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


_SIDE = {"type": "integer", "minimum": 1, "maximum": 4096}
_SIZE = _SIDE | {
    "type": ["integer", "array"],
    "items": _SIDE,
    "minItems": 2,
    "maxItems": 2,
}
DATA = closed(  # where images come from, in recipes and metadata
    "source",
    source={"type": "string", "minLength": 1},
    split={"type": "string"},
    held_out={"type": "string"},
    size=_SIZE,
    crop={"type": "boolean"},
    channels={"enum": [1, 3]},
    ground={"type": "string"},
)


def check(document: Any, schema: dict, where: str | Path) -> None:
    """Refuses a document that does not keep to a schema.

    Args:
        document: As `documents.parse` gave it.
        schema: A JSON schema.
        where: What messages call the document.

    Raises:
        PresetConfigError: Naming the field, what was found and what was expected.
    """
    error = jsonschema.exceptions.best_match(_Validator(schema).iter_errors(document))
    if error is not None:
        field = error.json_path.removeprefix("$").removeprefix(".")
        message = error.message[:300].rstrip(".")
        at = f"{where}: {field}" if field else str(where)
        raise PresetConfigError(f"{at}: {message}.{_remedy(error)}")


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
