"""What a preset says of itself: checked, its class looked up, its model built.

`config.json` is data: the class comes from our registry, and its arguments must have
the types that the class's constructor states. Nothing is imported or deserialized.
"""

import inspect
import math
import types
import typing
from collections.abc import Sequence
from pathlib import Path

from kerasgan.presets import documents, schemas
from kerasgan.errors import HubError, PresetConfigError, PresetError, did_you_mean
from kerasgan.files import WEIGHTS

IMAGE = 2**24  # numbers in an image: 64 MiB
_PLAIN = r"^[^\x00-\x1f\ud800-\udfff]*\Z"  # one line, which UTF-8 can hold
_TEXT = {"type": "string", "maxLength": 1000, "pattern": _PLAIN}
_NAME = {"type": "string", "maxLength": 100}
_COUNT = {"type": "integer", "minimum": 0}
_INTEGER = {
    "type": "integer",
    "minimum": -documents.LARGEST,
    "maximum": documents.LARGEST,
}
_SCALARS = {
    int: _INTEGER,
    float: {"type": "number"},
    bool: {"type": "boolean"},
    str: _TEXT,
    type(None): {"type": "null"},
}
_LIST = {"type": "array", "maxItems": 64, "items": _INTEGER}
_DIGEST = {"type": "string", "pattern": r"^[0-9a-f]{64}\Z"}
METADATA = {  # of what is read from it; a newer kerasgan may say more
    "type": "object",
    "required": [
        *("format", "kind", "model", "class", "paper", "image_shape", "num_classes"),
        *("parameters", "data", "updates", "date", "versions", "files"),
    ],
    "properties": {
        "format": {"type": "integer", "minimum": 1, "maximum": documents.FORMAT},
        "kind": {"enum": ["gan", "features"]},
        **dict.fromkeys(("model", "class", "paper", "date"), _TEXT),
        "license": {"type": ["string", "null"], "pattern": r"^[a-zA-Z0-9.+-]{1,40}\Z"},
        "image_shape": _LIST | {"minItems": 3, "maxItems": 3},
        **dict.fromkeys(("latent_dim", "features", "updates"), _COUNT),
        "num_classes": {"type": ["integer", "null"], "minimum": 1},
        "parameters": {"type": "object", "additionalProperties": _COUNT},
        "data": {"anyOf": [schemas.DATA, {"type": "null"}]},
        "fine_tuned_from": {
            "type": ["object", "null"],
            "required": ["name"],
            "additionalProperties": _TEXT,
        },
        "versions": {
            "type": "object",
            "required": ["backend"],
            "additionalProperties": _TEXT,
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


def check_metadata(metadata, where: str) -> dict:
    """`metadata.json` itself, if it says what it must.

    Raises:
        PresetConfigError: Naming the field.
    """
    schemas.check(metadata, METADATA, where)
    return metadata


def class_of(config, where: str) -> type:
    """The class of a `config.json`, whose arguments its constructor takes.

    Args:
        config: As parsed.
        where: What messages call the file.

    Raises:
        PresetConfigError: If there is no such class, or a field is unfit.
    """
    from kerasgan import registry

    fields = "format name arguments"
    if not isinstance(config, dict) or set(config) != set(fields.split()):
        found = list(config) if isinstance(config, dict) else config
        raise PresetConfigError(
            f"{where} must hold exactly {', '.join(fields.split())}. "
            f"Received: {ascii(found)[:100]}. It is no preset of this kerasgan."
        )
    found = config["format"]
    if type(found) is not int or not 1 <= found <= documents.FORMAT:
        newer = type(found) is int and found > documents.FORMAT
        raise PresetConfigError(
            f"{where} must have a format of at most {documents.FORMAT}. Received: "
            f"{ascii(found)[:100]}. "
            + ("A newer kerasgan wrote it: upgrade." if newer else "It is no preset.")
        )
    schemas.check(config["name"], _NAME, f"{where}: name")
    try:
        cls = registry.lookup(config["name"])
    except ValueError as error:
        raise PresetConfigError(f"{where}: {error}") from None
    schemas.check(config["arguments"], schema_of(cls), f"{where}: arguments")
    shape = config["arguments"].get("image_shape", [])
    if math.prod(shape) > IMAGE:
        raise PresetConfigError(
            f"{where}: an image may hold at most {IMAGE:,} numbers. Received: "
            f"image_shape={shape}."
        )
    return cls


def schema_of(cls: type) -> dict:
    """The JSON schema of the arguments that a class's constructor takes."""
    parameters = _parameters(cls)
    known = {
        name: _schema(annotation, parameter.default)
        for name, (annotation, parameter) in parameters.items()
        if name not in documents.NOT_STORED
    }
    return schemas.closed("", **known)


def build(cls: type, call: dict, where: str | Path):
    """Calls a model's class with arguments that come from a file, or override them.

    Raises:
        PresetConfigError: If it does not take them.
    """
    known = _parameters(cls).keys()
    if unknown := call.keys() - known:
        name = sorted(unknown)[0]
        raise PresetConfigError(
            f"{where}: {cls.__name__} takes {', '.join(sorted(known))}. "
            f"Received: {name!r}.{did_you_mean(name, known)}"
        )
    try:
        return cls(**call)
    except (PresetError, HubError):  # of the weights, which are judged meanwhile
        raise
    except (TypeError, ValueError, ArithmeticError, RuntimeError) as error:
        raise PresetConfigError(f"{where}: {error}") from error


def _parameters(cls) -> dict:
    """Annotation and parameter by name, those of bases that it hands on included."""
    found = {}
    for base in cls.__mro__:
        if "__init__" not in vars(base):
            continue
        parameters = inspect.signature(base.__init__).parameters
        hints = _hints(base.__init__)
        for name, parameter in parameters.items():
            found.setdefault(name, (hints.get(name), parameter))
        if "kwargs" not in parameters:
            break
    ours = {"self", "kwargs", "generator", "discriminator", "tracked"}
    return {name: value for name, value in found.items() if name not in ours}


def _hints(function) -> dict:
    """Its annotations; none where they name what only a type checker imports."""
    try:
        return typing.get_type_hints(function)
    except NameError:
        return {}


def _schema(annotation, default) -> dict:
    """The JSON schema of an annotation; of the default's type where there is none."""
    if annotation is None:
        annotation = type(default) if default is not None else typing.Any
    origin = typing.get_origin(annotation)
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [_schema(part, None) for part in typing.get_args(annotation)]}
    if origin is typing.Literal:
        return {"enum": list(typing.get_args(annotation))}
    if annotation in (list, tuple) or origin in (list, tuple, Sequence):
        return _LIST
    return {"anyOf": [*_SCALARS.values(), _LIST]}
