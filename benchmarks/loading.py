"""Measures what `from_preset` costs beyond Keras, with all checks of the preset.

    python benchmarks/loading.py

Compares `kerasgan.from_preset(name)` with building the same class and Keras's own
`load_weights` of the same files, in turns. Writes `results/loading.json`.
"""

import statistics
from pathlib import Path

from records import stamp, write
from worker import seconds

import kerasgan
from kerasgan import registry
from kerasgan.presets import catalog, documents, upgrade

RESULTS = Path(__file__).parent / "results" / "loading.json"
TURNS = 21


def by_keras(folder: Path) -> None:
    """Builds the same model without checks, and loads its weights with Keras."""
    config = upgrade.upgrade_config(documents.read_json(folder / "config.json"))
    model = registry.lookup(config["name"])(**config["arguments"])
    for name in model.stored:
        network = model.stored_network(name)
        network.load_weights(folder / documents.weight_file(name))
    model.finish_loading()


def measure(name: str) -> dict:
    """Medians of both sides, in milliseconds."""
    folder = catalog.find(name)
    sides = {
        "from_preset": lambda: kerasgan.from_preset(name),
        "built and loaded by Keras": lambda: by_keras(folder),
    }
    times = {side: [] for side in sides}
    for turn in range(TURNS):
        for side, function in sides.items():
            duration = seconds(function)
            if turn:  # the first turn imports
                times[side].append(1000 * duration)
    medians = {side: round(statistics.median(t), 1) for side, t in times.items()}
    kerasgan_time, keras_time = medians.values()
    more = round(kerasgan_time - keras_time, 1)
    return {"milliseconds": medians, "more": more, **stamp()}


def main() -> None:
    """Measures every GAN of the zoo."""
    results = {name: measure(name) for name in catalog.list_presets()}
    for name, result in results.items():
        print(f"{name}: {result['more']} ms more than Keras")
    write(RESULTS, results)


if __name__ == "__main__":
    main()
