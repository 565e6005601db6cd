"""A measured value with everything needed to read it, or to measure it again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kerasgan.files import write_atomically

LOWER = "fid", "kid", "class_fid", "class_share_error"  # better if lower
LOWER += "patch_fid", "l1"
HIGHER = "precision", "recall", "density", "coverage", "inception_score"
HIGHER += "class_accuracy", "accuracy", "best_match_accuracy", "psnr", "ssim"
HIGHER += "auroc", "average_precision", "r_precision"


@dataclass(frozen=True)
class Result:
    """The value of a metric, and how it was measured.

    `float(result)` is the value. Results of one metric and one protocol can be compared
    with `<`, `<=`, `>` and `>=`; others raise.

    Args:
        name: The metric, with its features in the name: "fid_features_mnist". "fid"
            alone means the standard Inception network.
        value: The value.
        protocol: How it was measured, as JSON: features and their hash, counts, splits,
            resizing, moving average, seed.
        real_score: The same metric of held-out real images, or None.
        details: Further findings: a deviation, the share of each class.

    Example:
        ```python
        result = gan.evaluate_quality(dataset)["fid_features_mnist"]
        float(result), result.real_score, result.protocol["generated_count"]
        ```
    """

    name: str
    value: float
    protocol: Mapping[str, Any]
    real_score: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def higher_is_better(self) -> bool | None:
        """Whether a higher value is better; None if neither is, or it is unknown.

        `memorization` has no better direction: about 1 is ideal, less means copies.
        """
        known = [m for m in LOWER + HIGHER if f"{self.name}_".startswith(f"{m}_")]
        return max(known, key=len) in HIGHER if known else None

    def __float__(self) -> float:
        return float(self.value)

    def __format__(self, spec: str) -> str:
        return format(self.value, spec) if spec else str(self)

    def __str__(self) -> str:
        counts = {
            what: self.protocol.get(f"{what}_rows", self.protocol.get(f"{what}_count"))
            for what in ("generated", "reference", "held_out")
        }
        real = ""
        if self.real_score is not None:
            held_out = counts["held_out"]
            count = "" if held_out is None else f"{held_out} "
            real = f" ({count}real images: {self.real_score:.4g})"
        sides = [f"{counts[w]} {w}" for w in ("generated", "reference") if counts[w]]
        against = f", {' against '.join(sides)}" if sides else ""
        return f"{self.name} {self.value:.4g}{real}{against}"

    def __lt__(self, other: "Result") -> bool:
        return self.value < self._comparable(other)

    def __le__(self, other: "Result") -> bool:
        return self.value <= self._comparable(other)

    def __gt__(self, other: "Result") -> bool:
        return self.value > self._comparable(other)

    def __ge__(self, other: "Result") -> bool:
        return self.value >= self._comparable(other)

    def _comparable(self, other):
        """The value of another result, if both were measured in the same way."""
        if not isinstance(other, Result):
            raise TypeError(
                f"A Result compares with a Result. Received: {other!r}. For the plain "
                "number use float(result)."
            )
        mine = {"name": self.name, **self.protocol}
        theirs = {"name": other.name, **other.protocol}
        differing = [k for k in mine | theirs if _differ(mine.get(k), theirs.get(k))]
        unknown = {"features", "features_sha256"} <= mine.keys()
        if unknown and mine["features_sha256"] is None and self is not other:
            raise ValueError(
                "Results can be compared only if the weights or the code of their "
                f"features have a hash. Received: {mine['features']!r}, which has none."
                " Measure with a plain function, a Keras model or a preset."
            )
        if differing:
            key = differing[0]
            raise ValueError(
                "Results can be compared only if they were measured in the same way. "
                f"Received: {key} {mine.get(key)!r} and {theirs.get(key)!r}. Measure "
                "both again with one protocol."
            )
        return other.value

    def to_json(self) -> dict:
        """This result as a dict that `json.dumps` takes; arrays become lists."""
        return _plain(vars(self))

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "Result":
        """The result that `to_json` gave."""
        return cls(**fields)


def _differ(mine, theirs) -> bool:
    """Whether two JSON values differ; other values always differ."""
    return type(mine) is not type(theirs) or not bool(np.all(mine == theirs))


def _plain(value) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        return value.tolist()
    return [_plain(x) for x in value] if isinstance(value, list | tuple) else value


def save(results: Mapping[str, Any], path: str | Path) -> None:
    """Writes results as one JSON file, completely or not at all.

    Args:
        results: Results by name; or those of several models, by model.
        path: The file.
    """
    document = {name: _fields(result) for name, result in results.items()}
    with write_atomically(Path(path)) as file:
        file.write((json.dumps(document, indent=2, allow_nan=False) + "\n").encode())


def _fields(result) -> dict:
    if isinstance(result, Result):
        return result.to_json()
    return {name: _fields(one) for name, one in result.items()}


def load(path: str | Path) -> dict[str, Any]:
    """Reads a JSON file written by `save`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file holds something else.
    """
    try:
        document = json.loads(Path(path).read_text("utf-8"))
        return {name: _result(fields) for name, fields in document.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path} must hold results as `kerasgan evaluate --out` and "
            f"`evaluation.save_results` write them. Received: {error}. Measure again."
        ) from error


def _result(fields) -> Any:
    """A result, or the results of a model."""
    if fields and all(isinstance(value, dict) for value in fields.values()):
        return {name: Result.from_json(one) for name, one in fields.items()}
    return Result.from_json(fields)
