"""Closed JSON schemas with exact types, for documents from untrusted files."""

import itertools
import json
import math
import os
from pathlib import Path
from typing import Any

import jsonschema

from kerasgan.errors import PresetConfigError, did_you_mean
from kerasgan.files import is_dataset_name


def closed(required: str, **properties: dict) -> dict:
    """The schema of an object that has these properties and no others.

    Args:
        required: Names of the required properties, separated by spaces.
        **properties: The schema of each property.
    """
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


ENTRIES = 1024  # of any list or object
_NAME = r"^[a-z][a-z0-9_.-]*\Z"  # of a metric, or of what it is compared with
PLAIN = r"^[^\x00-\x1f\x7f-\x9f\ud800-\udfff]*\Z"  # one line that UTF-8 can encode
TEXT = {"type": "string", "maxLength": 1000, "pattern": PLAIN}
_CLASS_NAME = {"maxLength": 100, "pattern": PLAIN}
_PATH = {"type": "string", "minLength": 1, "maxLength": 4096, "pattern": PLAIN}
_SIDE = {"type": "integer", "minimum": 1, "maximum": 1024}  # memory grows as its square
_SIZE = _SIDE | {
    "type": ["integer", "array"],
    "items": _SIDE,
    "minItems": 2,
    "maxItems": 2,
}
# For a source that has no known name; and what cards say first, such as "For research".
_CARD_FIELDS = ("title", "origin", "license", "notice")
_CLASSES = {
    "type": "array",
    "items": {"type": ["integer", "string"], "minimum": 0} | _CLASS_NAME,
    "minItems": 1,
    "uniqueItems": True,
}
DATA = closed(  # the source of the images, in recipes and metadata
    "source",
    source=_PATH,
    split=TEXT,
    held_out=_PATH,
    size=_SIZE,
    crop={"type": "boolean"},
    channels={"enum": [1, 3]},
    background=TEXT,
    flip={"enum": [True, False, "auto"]},  # of a finished training never "auto"
    classes=_CLASSES,  # to train on; held-out images are of all classes
    labeled={"type": "integer", "minimum": 1, "maximum": 2**31},
    labeled_seed={"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
    captions=_PATH,
    targets=_PATH,  # this and the next ones are of models from images to images
    held_out_targets=_PATH,
    make=TEXT,
    source_side={"enum": ["left", "right"]},
    source_channels={"enum": [1, 3]},
    **dict.fromkeys(_CARD_FIELDS, _PATH | {"maxLength": 100}),
)
_VALUES = {
    "type": "object",
    "propertyNames": {"pattern": _NAME},
    "additionalProperties": {"type": "number"},
}
_METRIC = {
    "type": "object",
    "required": ["value", "real_score", "protocol"],
    "properties": {
        "value": {"type": "number"},
        "real_score": {"type": ["number", "null"]},
        "protocol": {"type": "object"},
        "details": {"type": "object", "properties": {"baselines": _VALUES}},
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
_THROUGHPUT = {
    "type": "object",
    "required": ["hardware", "precision", "measurements"],
    "properties": {
        "hardware": {"type": "object", "required": ["cores", "device", "backend"]},
        "measurements": {"type": "array", "items": _SPEED},
    },
}
_KEPT = {
    "type": "object",
    "required": ["images"],
    "properties": {"images": {"type": "integer"}},
    "additionalProperties": {"type": "number"},
}
RESULTS = {  # the part of `results.json` that cards and tables use
    "type": "object",
    "properties": {
        "format": {"const": 2},
        "quality": {
            "type": "object",
            "propertyNames": {"pattern": _NAME},
            "additionalProperties": _METRIC,
        },
        "throughput": {"type": "object", "additionalProperties": _THROUGHPUT},
        "training": {"type": "object", "properties": {"kept": _KEPT}},
    },
}


# Fields with paths.
PLACES = "source", "targets", "held_out", "held_out_targets", "captions"


def places(data: dict) -> set[str]:
    """The fields of a `data` object that are paths, if its source is one.

    If `split` is given, `held_out` is another split of the same source.
    """
    return {*PLACES} & data.keys() - ({"held_out"} if "split" in data else set())


def to_read(data: dict) -> dict:
    """The fields of a `data` object that say what to read.

    Those of the card are left out, and those of batches.
    """
    others = *_CARD_FIELDS, "flip", "labeled", "labeled_seed"
    return {key: value for key, value in data.items() if key not in others}


def without_paths(data: dict) -> dict:
    """A `data` object to publish: a file or folder keeps only its name.

    The name of a folder ends with "/", so that it is not taken for a dataset. For a
    folder named "train", it is the name of the folder around it.
    """
    names = {}
    for field in ("source", "targets"):
        place = data.get(field)
        if place and not is_dataset_name(place):
            names[field] = _name_of(place, "train")
    for field in {"held_out", "held_out_targets"} & places(data):
        if names or os.path.isabs(data[field]):
            names[field] = _name_of(data[field])
    if "captions" in data and (names or os.path.isabs(data["captions"])):
        names["captions"] = _name_of(data["captions"]).removesuffix("/")
    return data | names


def without_folders(arguments: dict) -> dict:
    """Arguments of a model to publish: a file or folder keeps only its name."""
    return {
        name: os.path.basename(os.path.normpath(value))
        if isinstance(value, str) and os.path.dirname(os.path.normpath(value))
        else value
        for name, value in arguments.items()
    }


def _name_of(path: str, part: str = "") -> str:
    """The last name in a path that is not `part`."""
    names = [n for n in path.replace(os.sep, "/").split("/") if n.strip(".")]
    if len(names) > 1 and names[-1] == part:
        names.pop()
    name = names[-1] if names else "folder"
    return name if name.endswith(".npz") else f"{name}/"


def check(
    document: Any,
    schema: dict,
    where: str | Path,
    error: type[Exception] = PresetConfigError,
) -> None:
    """Refuses a document that does not match a schema.

    Args:
        document: The result of `documents.parse`.
        schema: A JSON schema.
        where: The name of the document in messages.
        error: The class of the error.

    Raises:
        PresetConfigError: With the field, the expected and the received value; or
            `error`, if given.
    """
    for part in _parts(document):
        if len(part) > ENTRIES:
            raise error(
                f"{where}: expected at most {ENTRIES} entries in a list or an object. "
                f"Received: {len(part)}."
            )
    mismatches = itertools.islice(_Validator(schema).iter_errors(document), 20)
    mismatch = jsonschema.exceptions.best_match(mismatches)
    if mismatch is not None:
        field = mismatch.json_path.removeprefix("$").removeprefix(".")
        at = f"{where}: {ascii(field)[1:-1][:80]}" if field else str(where)
        raise error(f"{at}: {_explain(mismatch)}{_remedy(mismatch)}")


def _parts(value):
    """Every list and object in a document."""
    inner = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list):
        yield value
        for part in inner if len(inner) <= ENTRIES else ():
            yield from _parts(part)


def _explain(error) -> str:
    """What was expected and what was received, shortened."""
    keyword, wanted, received = error.validator, error.validator_value, error.instance
    if keyword == "required":
        missing = [name for name in wanted if name not in received]
        return (
            f"expected the field {missing[0]!r}. Received: {_short(sorted(received))}."
        )
    if keyword == "additionalProperties" and wanted is False:
        unknown = sorted(set(received) - set(error.schema["properties"]))
        return f"expected no field {_short(unknown[0])}."
    template = _EXPECTED.get(keyword, keyword + " {}")
    expected = template.format(_listed(keyword, wanted))
    return f"expected {expected}. Received: {_short(received)}."


_EXPECTED = {
    "type": "{}",
    "anyOf": "{}",
    "enum": "one of {}",
    "const": "{}",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "minLength": "a text with a length of at least {}",
    "maxLength": "a text with a length of at most {}",
    "minItems": "a list with a length of at least {}",
    "maxItems": "a list with a length of at most {}",
    "maxProperties": "at most {} fields",
    "uniqueItems": "a list without duplicates",
    "pattern": "a text that matches {}",
}


def _listed(keyword, wanted) -> str:
    """The value of a schema's keyword, in words."""
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
    """An untrusted value in a message."""
    text = ascii(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _is_finite(_, value):
    """JSON schema counts NaN as a number, and no bound refuses it."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value)


def _is_integer(_, value):
    """JSON schema counts 64.0 as an integer, which cannot index an array."""
    return isinstance(value, int) and not isinstance(value, bool)


_Draft = jsonschema.Draft202012Validator
_CHECKS = {"number": _is_finite, "integer": _is_integer}
_Validator = jsonschema.validators.extend(
    _Draft, type_checker=_Draft.TYPE_CHECKER.redefine_many(_CHECKS)
)


def _remedy(error) -> str:
    """The known fields and the nearest one, or another hint for a known mistake."""
    if error.validator == "required" and "source" in error.validator_value:
        return " Pass --data: an image folder, an .npz file or the name of a data set."
    if list(error.absolute_path) == ["format"] and _is_newer(error):
        return " A newer kerasgan wrote it: upgrade kerasgan."
    if error.validator != "additionalProperties" or error.validator_value:
        return ""
    known = list(error.schema["properties"])
    unknown = sorted(set(error.instance) - set(known))
    return f" It takes {', '.join(known)}.{did_you_mean(unknown[0], known)}"


def _is_newer(error) -> bool:
    """Whether a document's format is beyond the one that its schema knows."""
    return (
        error.validator in ("const", "maximum")
        and _is_integer(None, error.instance)
        and error.instance > error.validator_value
    )
