"""Tries of the search for a recipe: a few epochs each, judged as `kerasgan train` does.

    python benchmarks/search.py                 all of tries.json not yet measured
    python benchmarks/search.py dcgan_mnist     the tries of one preset

`tries.json` holds, by preset, the recipe without what was tried and, by name, what each
try adds to it: constructor arguments, optimizers, a batch size. A try trains for
`EPOCHS` epochs with its rates falling to 0, and its last Frechet distance joins
`results/search.json`.
"""

import argparse
import copy
import tempfile
from pathlib import Path

from quality import stamp, write

from kerasgan.presets import documents, recipes
from kerasgan.training import runner

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "search.json"
EPOCHS = 3
FALLING = {"name": "linear", "final": 0.0}


def recipe_of(start: dict, change: dict) -> dict:
    """The start's recipe with a try's arguments, optimizers and batch size."""
    recipe = copy.deepcopy(start)
    recipe["model"]["arguments"] |= change.get("arguments", {})
    phase = recipe["phases"][0]
    for network, settings in change.get("optimizers", {}).items():
        phase["optimizers"][network] |= settings
    phase["batch_size"] = change.get("batch_size", phase["batch_size"])
    phase["schedules"] = dict.fromkeys(phase["optimizers"], FALLING)
    recipe["evaluation"]["every"] = EPOCHS
    return recipes.check(recipe)


def measure(recipe: dict, data_dir: str | None) -> dict:
    """The row of one try: its last figures, after so many images."""
    with tempfile.TemporaryDirectory() as folder:
        options = {"epochs": EPOCHS, "data_dir": data_dir, "overwrite": True}
        runner.train(recipe, folder, verbose=2, **options)
        results = documents.read_json(Path(folder) / "results.json")
    return results["training"]["progress"][-1] | stamp()


def measured() -> dict:
    """Rows by preset and try."""
    return documents.read_json(RESULTS) if RESULTS.is_file() else {}


def main() -> None:
    """Measures what is not measured yet, and writes after every try."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("presets", nargs="*", help="all of tries.json by default")
    parser.add_argument("--data-dir", help="where TensorFlow data sets lie")
    options = parser.parse_args()
    planned = documents.read_json(HERE / "tries.json")
    for preset in options.presets or planned:
        for name, change in planned[preset]["tries"].items():
            recipe = recipe_of(planned[preset]["start"], change)
            if measured().get(preset, {}).get(name, {}).get("recipe") == recipe:
                continue
            row = {"recipe": recipe} | measure(recipe, options.data_dir)
            print(f"{preset}, {name}: {row}", flush=True)
            found = measured()  # another process may have added to it
            found.setdefault(preset, {})[name] = row
            write(RESULTS, found)


if __name__ == "__main__":
    main()
