"""Coverage-guided fuzzing of all checks that precede the use of a preset's files.

    pip install -e ".[fuzz]"
    python -m tests.support.fuzz_presets 1000000

An input is a kind, its first byte, and a file: `config.json`, `metadata.json`,
`recipe.json` or weights. Each is refused with our error, or valid. Anything else, such
as another error, is a crash and ends the run. `tests/fixtures/fuzz.json` records a run
that reached its end.
"""

import copy
import json
import random
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import atheris
import keras
import numpy as np

with atheris.instrument_imports(include=["kerasgan"]):
    from kerasgan.errors import PresetError, RecipeError
    from kerasgan.presets import (
        configs,
        documents,
        metadata,
        recipes,
        upgrade,
        weight_files,
        weights,
    )
from tests.support import hostile  # noqa: E402, after what is instrumented

ROOT = Path(__file__).parents[2]
RECORD = ROOT / "tests" / "fixtures" / "fuzz.json"
ZOO = ROOT / "zoo" / "r3gan_mnist"
VALUES = [None, True, 0, -1, 1.5, 2**20, 2**53, "", "x" * 99, "dcgan", [], {}, [1] * 99]
WORDS = ["name", "format", "arguments", "width", "image_shape", "files", "x", ""]
WORDS += ["phases", "schedules", "players", "penalty_updates", "class_shares"]
KINDS = ("config.json", "metadata.json", "recipe.json", "weights")


def network() -> keras.Model:
    """Two layers, so that a file is small."""
    inputs = keras.Input((2,))
    x = keras.layers.ReLU()(keras.layers.Dense(3)(inputs))
    return keras.Model(inputs, keras.layers.Dense(1)(x))


NETWORK = network()
LAYOUT = weights.layout(NETWORK)
GOOD = weights.to_bytes(NETWORK)


def check(kind: str, data: bytes) -> None:
    """Runs every check that precedes the use of a file."""
    if kind == "weights":
        arrays = weight_files.read(data, LAYOUT, kind)
        fit = {key: (a.shape, str(a.dtype)) for key, a in arrays.items()}
        if fit != LAYOUT.arrays or not all(map(_finite, arrays.values())):
            raise RuntimeError("accepted what does not fit")
        return
    if kind == "recipe.json":
        recipes.parse(data, kind)
        return
    document = documents.parse(data, kind)
    if kind == "config.json":
        configs.class_of(upgrade.upgrade_config(document), kind)
    else:
        metadata.check_metadata(upgrade.upgrade_metadata(document), kind)


def _finite(array):
    return np.isfinite(array).all()


class Run:
    """Counts inputs, and records them when there were enough."""

    def __init__(self, inputs: int):
        self.inputs, self.slowest, self.start = inputs, 0.0, time.time()
        self.refused = dict.fromkeys(KINDS, 0)
        self.accepted = dict.fromkeys(KINDS, 0)
        self.checks = hostile.checks_hash()  # of the code that this process imported

    def one(self, data: bytes) -> None:
        """Tries an input."""
        kind, data = KINDS[data[0] % len(KINDS) if data else 0], data[1:]
        if kind == "weights":  # which state their length, as a hostile one would
            data = data[:40] + len(data).to_bytes(8, "little") + data[48:]
        start = time.process_time()
        try:
            check(kind, data)
            self.accepted[kind] += 1
        except (PresetError, RecipeError):
            self.refused[kind] += 1
        self.slowest = max(self.slowest, time.process_time() - start)
        done = sum(self.refused.values()) + sum(self.accepted.values())
        if done == self.inputs:
            self.record()

    def record(self) -> None:
        """Writes the record of the run."""
        RECORD.parent.mkdir(exist_ok=True)
        record = {
            "date": datetime.now(UTC).date().isoformat(),
            "inputs": self.inputs,
            "refused": self.refused,
            "accepted": self.accepted,
            "slowest input, processor seconds": round(self.slowest, 3),
            "checks": self.checks,
            "python": sys.version.split()[0],
        }
        RECORD.write_text(json.dumps(record, indent=2) + "\n")


def mutated(data: bytes, max_size: int, seed: int) -> bytes:
    """Another input: its bytes changed or, of JSON, a value, a name or a field."""
    chance = random.Random(seed)
    kind, body = data[:1], data[1:]
    try:
        document = json.loads(body)
        holders = list(_holders(document))
    except (ValueError, RecursionError):
        holders = []
    if not holders or chance.random() < 0.5:
        return atheris.Mutate(data, max_size)
    holder = chance.choice(holders)
    keys = holder if isinstance(holder, dict) else range(len(holder))
    key = chance.choice(list(keys))
    match chance.randrange(4):
        case 0:
            holder[key] = chance.choice(VALUES)
        case 1:
            holder[key] = copy.deepcopy(chance.choice(holders))
        case 2 if isinstance(holder, dict):
            holder[chance.choice(WORDS)] = holder.pop(key)
        case _:
            del holder[key]
    return (kind + json.dumps(document).encode())[:max_size]


def _holders(value):
    """The lists and objects in a document that hold anything."""
    if isinstance(value, dict | list) and value:
        yield value
        for part in value.values() if isinstance(value, dict) else value:
            yield from _holders(part)


def seeds(folder: Path) -> None:
    """Good files to start from."""
    files = [(ZOO / name).read_bytes() for name in KINDS[:3]] + [GOOD]
    for index, data in enumerate(files):
        (folder / str(index)).write_bytes(bytes([index]) + data)


def main() -> None:
    """Fuzzes as many inputs as the command line says."""
    inputs = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        seeds(Path(folder))
        limits = ["-timeout=5", "-rss_limit_mb=4096", "-max_len=70000"]
        options = [f"-runs={inputs}", *limits]
        command, one = [sys.argv[0], *options, folder], Run(inputs).one
        atheris.Setup(command, one, custom_mutator=mutated)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
