"""Rewrites shipped presets in the newest format of their documents.

    python -m benchmarks.upgrade_zoo --data-dir ~/tensorflow_datasets
    python -m benchmarks.upgrade_zoo path/to/preset benchmarks/recipes/*.json

Reading upgrades older formats anyway, so a preset does not need this. Weight files keep
their bytes. Conditional models and classifiers also get the names of their classes, and
conditional models the share of each class in their training data. The shares need the
data; without them they stay unknown. Cards are written by `benchmarks.report`.
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np

from kerasgan import data
from kerasgan.files import write_atomically
from kerasgan.presets import catalog, documents, metadata, recipes, schemas, upgrade

CLASS_NAMES = {
    "mnist": [str(digit) for digit in range(10)],
    "fashion_mnist": [
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ],
    "cifar10": [
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    ],
}


def upgraded_recipe(path: Path) -> bytes:
    """A recipe in the newest format."""
    recipe = upgrade.upgrade_recipe(documents.read_json(path), str(path))
    return documents.to_json(recipes.check(recipe, path))


def upgraded(folder: Path, data_dir: str | None = None) -> dict[str, bytes]:
    """The documents of a preset in the newest format, by file name.

    Args:
        folder: The preset.
        data_dir: Folder of TFDS datasets, for the shares of classes.
    """
    config = upgrade.upgrade_config(documents.read_json(folder / "config.json"))
    contents = {
        "config.json": documents.to_json(config),
        "recipe.json": upgraded_recipe(folder / "recipe.json"),
    }
    facts = upgrade.upgrade_metadata(documents.read_json(folder / "metadata.json"))
    facts |= class_facts(facts, data_dir)
    for name, content in contents.items():
        digest = hashlib.sha256(content).hexdigest()
        facts["files"][name] = {"size": len(content), "sha256": digest}
    checked = metadata.check_metadata(facts, f"{folder}/metadata.json")
    contents["metadata.json"] = documents.to_json(checked)
    results = documents.read_json(folder / "results.json", 2**22)
    results = upgrade.upgrade_results(results)
    schemas.check(results, schemas.RESULTS, f"{folder}/results.json")
    return contents | {"results.json": documents.to_json(results)}


def class_facts(facts: dict, data_dir: str | None) -> dict:
    """Names and shares of the classes of a preset, if its model knows classes."""
    source = (facts["data"] or {}).get("source")
    if facts["num_classes"] is None or source not in CLASS_NAMES:
        return {}
    added = {"class_names": CLASS_NAMES[source]}
    if facts["condition"] == "labels" and facts["class_shares"] is None:
        added["class_shares"] = shares_of(facts, data_dir)
    return added


def shares_of(facts: dict, data_dir: str | None) -> list[float] | None:
    """The share of each class in the training data; None without the data."""
    fields = facts["data"]
    try:
        images = data.read(
            fields["source"],
            split=fields.get("split", "train"),
            labels=True,
            data_dir=data_dir,
        )
    except (FileNotFoundError, ImportError):
        return None
    counts = np.bincount(images.labels, minlength=facts["num_classes"])
    return [float(share) for share in np.round(counts / counts.sum(), 6)]


def check_weights(folder: Path) -> None:
    """Refuses a preset whose weight files differ from its metadata."""
    for name, entry in documents.read_json(folder / "metadata.json")["files"].items():
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if digest != entry["sha256"]:
            raise ValueError(
                f"{folder / name} must have the sha256 in metadata.json. Received: "
                "another file. Fetch or save the preset again."
            )


def replace(path: Path, content: bytes) -> None:
    """Writes a file, unless it has this content already."""
    if path.read_bytes() != content:
        with write_atomically(path) as file:
            file.write(content)


def main() -> None:
    """Rewrites what the command line names; all bundled presets by default."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path, help="presets or recipe files")
    parser.add_argument("--data-dir", help="folder of TFDS datasets")
    options = parser.parse_args()
    bundled = [catalog.zoo_folder() / name for name in catalog.list_presets("all")]
    for path in options.paths or bundled:
        if path.is_file():
            replace(path, upgraded_recipe(path))
        else:
            check_weights(path)
            for name, content in upgraded(path, options.data_dir).items():
                replace(path / name, content)
            check_weights(path)
        print(f"{path.name}: up to date")


if __name__ == "__main__":
    main()
