"""Strict JSON: how a preset's documents are read and written."""

import json
import math
import re
from pathlib import Path
from typing import Any

from kerasgan.errors import PresetConfigError, PresetNotFoundError

DEPTH = 12  # levels of nesting in a JSON file
# Brackets, and strings that may contain brackets: up to the string's or text's end.
_TOKENS = re.compile(r'[][{}]|"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)


def weight_file(network: str) -> str:
    """The name of the file that holds a network's weights."""
    return f"{network}.weights.h5"


def read_json(path: Path, limit: int = 2**18) -> Any:
    """Reads one of our own JSON files.

    Args:
        path: The file.
        limit: Its largest size in bytes.

    Raises:
        PresetNotFoundError: If the file does not exist.
        PresetConfigError: If the file is too large or is not strict JSON.
    """
    if not path.is_file():
        raise PresetNotFoundError(
            f"{path.parent} must contain {path.name}. Received: a folder without it. "
            "Fetch or save the preset again."
        )
    if path.stat().st_size > limit:
        raise PresetConfigError(
            f"{path} must not exceed {limit} bytes. Received: {path.stat().st_size}."
        )
    return parse(path.read_bytes(), path)


def parse(
    data: bytes, where: str | Path, error: type[Exception] = PresetConfigError
) -> Any:
    """Parses JSON from an untrusted source.

    The text is UTF-8 without a byte order mark. It has at most `DEPTH` levels, no
    integer beyond 2**53, no NaN or infinity, and no duplicate keys.

    Args:
        data: The file's content.
        where: The name of the file in messages.
        error: The class of the error.

    Raises:
        PresetConfigError: If the text is anything else; or `error`, if given.
    """
    try:
        text = data.decode()
        _check_depth(text)
        return json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_int=_bounded_integer,
            parse_float=_finite_number,
            object_pairs_hook=_unique_keys,
        )
    except ValueError as cause:
        reason = str(cause)[:200].rstrip(".")
        raise error(f"{where} must be strict JSON. Received: {reason}.") from cause


def to_json(document: Any) -> bytes:
    """JSON as presets store it: indented, with a newline at the end."""
    return (json.dumps(document, indent=2, allow_nan=False) + "\n").encode()


def _check_depth(text):
    """Runs before the parser, which recurses."""
    depth = 0
    for token in _TOKENS.findall(text):
        if token in ("[", "{"):
            depth += 1
        elif token in ("]", "}"):
            depth -= 1
        if depth > DEPTH:
            raise ValueError(f"more than {DEPTH} levels")


def _bounded_integer(digits):
    if len(digits) > 17 or abs(int(digits)) > 2**53:
        raise ValueError(f"an integer beyond 2**53, {digits[:20]}...")
    return int(digits)


def _finite_number(digits):
    if not math.isfinite(float(digits)):
        raise ValueError(f"a number that is too large, {digits[:20]}")
    return float(digits)


def _refuse_constant(name):
    raise ValueError(f"{name}, which is not a JSON number")


def _unique_keys(pairs):
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a duplicate key in an object")
    return document
