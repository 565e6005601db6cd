"""What `from_preset` costs beyond Keras: all checks of a stranger's preset included.

    python benchmarks/loading.py

Compares, in turns, `kerasgan.from_preset(name)` with building the same class and
Keras's own `load_weights` of the same files. Writes `results/loading.json`.
"""

import statistics
import time
from pathlib import Path

from quality import stamp, write

import kerasgan
from kerasgan import registry
from kerasgan.presets import catalog, documents

RESULTS = Path(__file__).parent / "results" / "loading.json"
TURNS = 21


def seconds(function) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def by_keras(folder: Path) -> None:
    """The same model without a check: built, and filled by Keras."""
    config = documents.read_json(folder / "config.json")
    model = registry.lookup(config["name"])(**config["arguments"])
    for name in model.stored:
        network = model.stored_network(name)
        network.load_weights(folder / documents.weight_file(name))
    model.finish_loading()


def measure(name: str) -> dict:
    """Medians of both, in milliseconds."""
    folder = catalog.find(name)
    sides = {
        "from_preset": lambda: kerasgan.from_preset(name),
        "built and filled by Keras": lambda: by_keras(folder),
    }
    times = {side: [] for side in sides}
    for turn in range(TURNS):
        for side, function in sides.items():
            took = seconds(function)
            if turn:  # the first imports
                times[side].append(1000 * took)
    medians = {side: round(statistics.median(t), 1) for side, t in times.items()}
    ours, keras = medians.values()
    return {"milliseconds": medians, "more": round(ours - keras, 1), **stamp()}


def main() -> None:
    """Measures every GAN of the zoo."""
    found = {name: measure(name) for name in catalog.list_presets()}
    for name, result in found.items():
        print(f"{name}: {result['more']} ms more than Keras")
    write(RESULTS, found)


if __name__ == "__main__":
    main()
