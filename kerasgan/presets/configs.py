"""`config.json`: the class that it names, and the arguments of its constructor.

A config is data. Its class comes from the registry. Each argument must have the type
that the class's constructor declares. Nothing is imported or deserialized.
"""

import inspect
import json
import math
import types
import typing
from collections.abc import Sequence
from pathlib import Path

from kerasgan import registry
from kerasgan.checks import LARGEST, OBJECTS
from kerasgan.errors import HubError, PresetConfigError, PresetError, did_you_mean
from kerasgan.presets import schemas, upgrade

IMAGE = 2**24  # numbers in an image: 64 MiB
NOT_STORED = {"networks", "dtype", "name", "seed"}  # part of the call, not of the model
_NAME = {"type": "string", "maxLength": 100}
_INTEGER = {"type": "integer", "minimum": -LARGEST, "maximum": LARGEST}
_SCALARS = {
    int: _INTEGER,
    float: {"type": "number"},
    bool: {"type": "boolean"},
    str: schemas.TEXT,
    type(None): {"type": "null"},
}


def _list_of(*items: dict) -> dict:
    item = items[0] if len(items) == 1 else {"anyOf": list(items)}
    return {"type": "array", "maxItems": 64, "items": item}


_LIST = _list_of(_INTEGER)
_ANY = {"anyOf": [*_SCALARS.values(), _LIST]}


def config_of(model: typing.Any) -> dict:
    """The content of a model's `config.json`: registry name and arguments.

    Raises:
        PresetConfigError: If `from_preset` would refuse an argument.
    """
    arguments = {k: v for k, v in model.arguments.items() if k not in NOT_STORED}
    arguments = json.loads(json.dumps(arguments))  # tuples become lists
    arguments = schemas.without_folders(arguments)
    cls = type(model)
    check_arguments(cls, arguments, f"A preset of {cls.__name__} cannot be saved")
    name = model.registry_name
    return {"format": upgrade.CONFIG, "name": name, "arguments": arguments}


def class_of(config: typing.Any, where: str) -> type:
    """The class that a config names, after a check of all its arguments.

    Args:
        config: The result of `upgrade.upgrade_config`.
        where: The name of the file in messages.

    Raises:
        PresetConfigError: If the class does not exist, or a field is invalid.
    """
    fields = "format name arguments".split()
    if not isinstance(config, dict) or set(config) != set(fields):
        received = list(config) if isinstance(config, dict) else config
        raise PresetConfigError(
            f"{where} must have exactly the fields {', '.join(fields)}. "
            f"Received: {ascii(received)[:100]}. It is not a preset of this kerasgan."
        )
    _check_format(config["format"], where)
    schemas.check(config["name"], _NAME, f"{where}: name")
    try:
        cls = registry.lookup(config["name"])
    except ValueError as error:
        raise PresetConfigError(f"{where}: {error}") from None
    check_arguments(cls, config["arguments"], f"{where}: arguments")
    return cls


def check_arguments(cls: type, arguments: typing.Any, where: str) -> None:
    """Refuses arguments of a constructor that no `config.json` may hold.

    Args:
        cls: A model's class.
        arguments: The arguments by name.
        where: What messages call them.

    Raises:
        PresetConfigError: If one has another type than the constructor states, or is
            out of bounds.
    """
    schemas.check(arguments, schema_of(cls), where)
    shape = arguments.get("image_shape") or []
    if math.prod(shape) > IMAGE:
        raise PresetConfigError(
            f"{where}: an image may have at most {IMAGE:,} numbers. Received: "
            f"image_shape={shape}."
        )


def schema_of(cls: type) -> dict:
    """The JSON schema of the arguments that a class's constructor takes from a file."""
    known = {
        name: _schema(annotation, parameter.default)
        for name, (annotation, parameter) in parameters_of(cls).items()
        if name not in NOT_STORED
    }
    return schemas.closed("", **known)


def build(cls: type, call: dict, where: str | Path) -> typing.Any:
    """Calls a model's class with arguments that come from a file or override it.

    Args:
        cls: A registered class.
        call: The arguments.
        where: The name of the file in messages.

    Raises:
        PresetConfigError: If the class refuses the arguments.
    """
    known = parameters_of(cls).keys()
    if unknown := call.keys() - known:
        name = sorted(unknown)[0]
        raise PresetConfigError(
            f"{where}: {cls.__name__} takes {', '.join(sorted(known))}. "
            f"Received: {name!r}.{did_you_mean(name, known)}"
        )
    try:
        return cls(**call)
    except (PresetError, HubError):
        raise
    except (TypeError, ValueError, ArithmeticError, RuntimeError) as error:
        raise PresetConfigError(f"{where}: {error}") from error


def parameters_of(cls: type) -> dict[str, tuple[typing.Any, inspect.Parameter]]:
    """Annotation and parameter of every argument that JSON can hold, by name.

    Follows `**kwargs` through the bases' constructors. Leaves out objects, networks
    that a user may pass, and what the class decides itself (`cls.fixed`).
    """
    hidden = {*OBJECTS, *getattr(cls, "fixed", ()), *getattr(cls, "stored", ())}
    parameters = all_parameters(cls)
    return {name: value for name, value in parameters.items() if name not in hidden}


def all_parameters(
    cls: type, method: str = "__init__"
) -> dict[str, tuple[typing.Any, inspect.Parameter]]:
    """Annotation and parameter of every argument of a method, by name.

    Follows `**kwargs` through the bases' methods of that name. Leaves out `self`.
    """
    parameters: dict[str, tuple[typing.Any, inspect.Parameter]] = {}
    for base in cls.__mro__:
        if method not in vars(base):
            continue
        function = vars(base)[method]
        hints, own = (
            _hints(function),
            list(inspect.signature(function).parameters.values()),
        )
        for parameter in own[1:]:
            if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                entry = hints.get(parameter.name), parameter
                parameters.setdefault(parameter.name, entry)
        if not any(p.kind is p.VAR_KEYWORD for p in own):
            break
    return parameters


def _check_format(value, where):
    if type(value) is int and 1 <= value <= upgrade.CONFIG:
        return
    newer = type(value) is int and value > upgrade.CONFIG
    remedy = "A newer kerasgan wrote it: upgrade kerasgan." if newer else ""
    raise PresetConfigError(
        f"{where} must have a format of at most {upgrade.CONFIG}. Received: "
        f"{ascii(value)[:100]}. {remedy or 'It is not a preset.'}"
    )


def _hints(function) -> dict:
    """A function's annotations; none if they need what only a type checker imports."""
    try:
        return typing.get_type_hints(function)
    except NameError:
        return {}


def _schema(annotation, default) -> dict:
    """The JSON schema of an annotation, or of the default's type without one.

    An annotation that is not plain data, such as a class, allows any bounded scalar or
    list of integers. It never allows an object.
    """
    if annotation is None:
        annotation = type(default) if default is not None else typing.Any
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        parts = [_plain_schema(part) for part in typing.get_args(annotation)]
        parts = [part for part in parts if part is not None]
        return {"anyOf": parts} if parts else _ANY
    return _plain_schema(annotation) or _ANY


def _plain_schema(annotation) -> dict | None:
    """The schema of a scalar, a choice or a list; None for anything else."""
    origin = typing.get_origin(annotation)
    if isinstance(annotation, type) and annotation in _SCALARS:
        return _SCALARS[annotation]
    if origin is typing.Literal:
        return {"enum": list(typing.get_args(annotation))}
    if annotation in (list, tuple) or origin in (list, tuple, Sequence):
        parts = dict.fromkeys(typing.get_args(annotation))
        items = [_SCALARS[part] for part in parts if part in _SCALARS]
        return _list_of(*(items or [_INTEGER]))
    return None
