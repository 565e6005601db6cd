"""Runs the search for recipes: a few epochs per try, evaluated as in `kerasgan train`.

    python benchmarks/search.py                 all of tries.json not measured yet
    python benchmarks/search.py dcgan_mnist     the tries of one preset

For each preset, `tries.json` holds the common recipe and, by name, the changes of each
try: constructor arguments, optimizers, schedules of loss weights, a batch size. A try
trains for `EPOCHS` epochs with a linear decay of its rates to 0. Its last Frechet
distance is written to `results/search.json`.
"""

import argparse
import copy
import tempfile
from pathlib import Path

from records import stamp, write

from kerasgan.presets import documents, recipes
from kerasgan.training import runner
from kerasgan.training.budget import Budget

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "search.json"
EPOCHS = 3
FALLING = {"name": "linear", "final": 0.0}


def recipe_of(start: dict, change: dict) -> dict:
    """The common recipe with the changes of one try."""
    recipe = copy.deepcopy(start)
    recipe["model"]["arguments"] |= change.get("arguments", {})
    phase = recipe["phases"][0]
    for player, settings in change.get("optimizers", {}).items():
        phase["optimizers"][player] |= settings
    phase["batch_size"] = change.get("batch_size", phase["batch_size"])
    falling = dict.fromkeys(phase["optimizers"], FALLING)
    phase["schedules"] = falling | change.get("schedules", {})
    recipe["evaluation"]["every"] = EPOCHS
    return recipes.check(recipe)


def measure(recipe: dict, data_dir: str | None) -> dict:
    """The last metrics of one try, after so many images."""
    with tempfile.TemporaryDirectory() as folder:
        options = {"data_dir": data_dir, "overwrite": True}
        budget = Budget(epochs=EPOCHS)
        runner.train(recipe, folder, budget=budget, verbose=2, **options)
        results = documents.read_json(Path(folder) / "results.json")
    return results["training"]["progress"][-1] | stamp()


def measured() -> dict:
    """Results by preset and try."""
    return documents.read_json(RESULTS) if RESULTS.is_file() else {}


def main() -> None:
    """Measures what is not measured yet, and writes after every try."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("presets", nargs="*", help="all of tries.json by default")
    parser.add_argument("--data-dir", help="folder of TFDS datasets")
    options = parser.parse_args()
    planned = documents.read_json(HERE / "tries.json")
    for preset in options.presets or planned:
        for name, change in planned[preset]["tries"].items():
            recipe = recipe_of(planned[preset]["start"], change)
            if measured().get(preset, {}).get(name, {}).get("recipe") == recipe:
                continue
            row = {"recipe": recipe} | measure(recipe, options.data_dir)
            print(f"{preset}, {name}: {row}", flush=True)
            results = measured()  # another process may have added to it
            results.setdefault(preset, {})[name] = row
            write(RESULTS, results)


if __name__ == "__main__":
    main()
