"""A measured figure with all that is needed to read it, or to measure it again."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kerasgan.files import write_atomically


@dataclass(frozen=True)
class Result:
    """One figure: a number that knows how it came about.

    `float(result)` is the value. Results of one figure and one protocol compare by
    `<`, `<=`, `>` and `>=`; others raise.

    Args:
        name: Which figure, with its features in the name: "fid_features_mnist"; "fid"
            alone is that of the standard Inception network.
        value: The figure.
        protocol: How it was measured, as JSON can hold it: features and their hash,
            counts, splits, resizing, moving average, seed.
        floor: The same figure for held-out real images, or None.
        details: What else was found: a deviation, the share of each class.

    Example:
        ```python
        result = gan.evaluate_quality(dataset)["fid_features_mnist"]
        float(result), result.floor, result.protocol["generated_count"]
        ```
    """

    name: str
    value: float
    protocol: Mapping[str, Any]
    floor: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def __float__(self) -> float:
        return float(self.value)

    def __format__(self, spec: str) -> str:
        return format(self.value, spec) if spec else str(self)

    def __str__(self) -> str:
        counts = {
            what: self.protocol.get(f"{what}_rows", self.protocol.get(f"{what}_count"))
            for what in ("generated", "reference", "held_out")
        }
        floor = ""
        if self.floor is not None:
            held_out = counts["held_out"]
            some = "" if held_out is None else f"{held_out} "
            floor = f" ({some}real images: {self.floor:.4g})"
        sides = [f"{counts[w]} {w}" for w in ("generated", "reference") if counts[w]]
        against = f", {' against '.join(sides)}" if sides else ""
        return f"{self.name} {self.value:.4g}{floor}{against}"

    def __lt__(self, other: "Result") -> bool:
        return self.value < self._comparable(other)

    def __le__(self, other: "Result") -> bool:
        return self.value <= self._comparable(other)

    def __gt__(self, other: "Result") -> bool:
        return self.value > self._comparable(other)

    def __ge__(self, other: "Result") -> bool:
        return self.value >= self._comparable(other)

    def _comparable(self, other):
        if not isinstance(other, Result):
            raise TypeError(
                f"A Result compares with a Result. Received: {other!r}. For the mere "
                "number take float(result)."
            )
        mine = {"name": self.name, **self.protocol}
        theirs = {"name": other.name, **other.protocol}
        differing = [k for k in mine | theirs if _differ(mine.get(k), theirs.get(k))]
        unknown = {"features", "features_sha256"} <= mine.keys()
        if unknown and mine["features_sha256"] is None and self is not other:
            raise ValueError(
                "Figures compare only by features whose weights or code have a hash. "
                f"Received: {mine['features']!r}, which has none. Measure by a plain "
                "function, a Keras model or a preset."
            )
        if differing:
            key = differing[0]
            raise ValueError(
                "Figures compare only where they were measured alike. Received: "
                f"{key} {mine.get(key)!r} and {theirs.get(key)!r}. Measure both anew "
                "by one protocol."
            )
        return other.value

    def to_json(self) -> dict:
        """A dict of what JSON knows."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Result":
        """What `to_json` gave."""
        return cls(**found)


def _differ(mine, theirs) -> bool:
    """Of what JSON can hold; anything else is not known to be alike."""
    return type(mine) is not type(theirs) or not bool(np.all(mine == theirs))


def save(results: Mapping[str, Result], path: str | Path) -> None:
    """Writes results as one JSON file, whole or not at all."""
    found = {name: result.to_json() for name, result in results.items()}
    with write_atomically(Path(path)) as file:
        file.write((json.dumps(found, indent=2, allow_nan=False) + "\n").encode())


def load(path: str | Path) -> dict[str, Result]:
    """Reads what `save` wrote.

    Raises:
        ValueError: If the file holds something else.
    """
    try:
        found = json.loads(Path(path).read_text("utf-8"))
        return {name: Result.from_json(result) for name, result in found.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path} must hold figures as `metrics.save` and `kerasgan evaluate --out` "
            f"write them. Received: {error}."
        ) from error
