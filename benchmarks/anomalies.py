"""Trains f-AnoGAN on one class after another, and measures it beside two baselines.

    python benchmarks/anomalies.py f_anogan_mnist --classes 0 1 2 3 4 5 6 7 8 9 \
        --out runs/f_anogan_mnist
    python benchmarks/anomalies.py f_anogan_pneumonia --out runs/f_anogan_pneumonia

The argument is a recipe in `recipes`, or the path of one. Each class of `--classes` is
normal in one training; by default, there is one with the classes of the recipe. A
training is a preset folder in `--out`, named after its class. It resumes if it was
stopped, and is kept if it was finished. The measures of all of them are written to
`results/anomalies.json`, and with their mean to the `results.json` of each folder.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from records import add, results_of, stamp, write
from trainings import trained

import kerasgan
from kerasgan.data.sources import class_numbers
from kerasgan.evaluation import Result, evaluate_anomalies, real_images
from kerasgan.evaluation.anomalies import measure_scores
from kerasgan.metrics.neighbors import distance_blocks
from kerasgan.presets import recipes
from kerasgan.training import private

RECIPES = Path(__file__).parent / "recipes"
PATH = Path(__file__).parent / "results" / "anomalies.json"
KEPT = 0.95  # of the variance, by the principal components
NEIGHBORS = 5


def measure(folder: Path, data: dict, data_dir: str | None = None) -> dict[str, Result]:
    """The metrics of a preset on held-out images, with those of baselines beside them.

    Args:
        folder: The preset.
        data: The `data` of its recipe.
        data_dir: Folder of TFDS datasets.

    Returns:
        Results by name; empty if the recipe names no normal classes or held-out images.
    """
    if not {"classes", "held_out"} <= data.keys():
        return {}
    model = kerasgan.from_preset(folder, networks="sampler")
    training, held_out = real_images(data, data_dir=data_dir)
    normal = class_numbers(data["classes"], held_out.class_names)
    options = held_out.labels, normal, held_out.name
    results = evaluate_anomalies(model, held_out.images, *options)
    sides = training.images, held_out.images
    others = {"pca": by_components(*sides), "knn": by_neighbors(*sides)}
    measured = {name: measure_scores(s, *options) for name, s in others.items()}
    for key, result in results.items():
        values = {name: other[key].value for name, other in measured.items()}
        details = {**result.details, "baselines": values}
        results[key] = replace(result, details=details)
    return results


def by_components(training: np.ndarray, images: np.ndarray) -> np.ndarray:
    """The mean squared distance to a reconstruction by principal components.

    Args:
        training: Normal images (N, H, W, C); their components have 95 % of the
            variance.
        images: Images to score, (M, H, W, C).

    Returns:
        float64 (M,).
    """
    known, seen = (x.reshape(len(x), -1).astype("float64") for x in (training, images))
    center = known.mean(axis=0)
    variances, axes = np.linalg.eigh(np.cov(known, rowvar=False))
    share = np.cumsum(variances[::-1]) / variances.sum()
    axes = axes[:, ::-1][:, : 1 + np.searchsorted(share, KEPT)]
    seen -= center
    return np.square(seen - seen @ axes @ axes.T).mean(axis=1)


def by_neighbors(training: np.ndarray, images: np.ndarray) -> np.ndarray:
    """The mean distance to the five nearest training images, pixel by pixel.

    Args:
        training: As in `by_components`.
        images: As in `by_components`.

    Returns:
        float64 (M,).
    """
    known, seen = (x.reshape(len(x), -1) for x in (training, images))
    scores = np.empty(len(seen))
    options = {"block": len(known), "center": known.mean(axis=0)}
    for start in range(0, len(seen), 500):
        rows = slice(start, start + 500)
        for *_, squared, _ in distance_blocks(seen[rows], known, **options):
            nearest = np.partition(squared, NEIGHBORS - 1, axis=1)[:, :NEIGHBORS]
            scores[rows] = np.sqrt(nearest).mean(axis=1)
    return scores


def mean_of(results: Mapping[str, Result]) -> Result:
    """The mean of one metric over several trainings, with its deviation.

    Args:
        results: The metric by the name of the training.
    """
    first, *_ = results.values()
    values = {name: round(result.value, 6) for name, result in results.items()}
    alike = {
        k: v
        for k, v in first.protocol.items()
        if all(result.protocol.get(k) == v for result in results.values())
    }
    baselines = {
        name: float(np.mean([r.details["baselines"][name] for r in results.values()]))
        for name in first.details.get("baselines", {})
    }
    spread = float(np.std(list(values.values()), ddof=1)) if len(values) > 1 else 0.0
    details = {"trainings": values, "deviation": spread, "baselines": baselines}
    value, protocol = float(np.mean(list(values.values()))), alike
    name = f"{first.name}_mean"
    return Result(name, value, protocol | {"trainings": len(values)}, details=details)


def record(folder: Path, results: Mapping[str, Result]) -> None:
    """Adds results to the `results.json` of a preset."""
    before = results_of(folder)
    quality = {name: result.to_json() for name, result in results.items()}
    quality = before.get("quality", {}) | quality
    after = before | {"quality": quality, "quality_measured": stamp()}
    write(folder / "results.json", after)


def recipe_at(name: str) -> tuple[str, dict]:
    """The name of a recipe and the recipe: one in `recipes`, or any that is a path."""
    path = RECIPES / f"{name}.json"
    return Path(name).stem, recipes.load(path if path.is_file() else name)


def run(name: str, recipe: dict, options: argparse.Namespace) -> None:
    """Trains and measures what is not yet there; arguments as of `main`."""
    chosen = [[c] for c in options.classes or ()] or [recipe["data"]["classes"]]
    measured: dict[str, dict[str, Result]] = {}
    for classes in chosen:
        label = "_".join(map(str, classes))
        wanted = recipe | {"data": recipe["data"] | {"classes": classes}}
        folder = trained(wanted, options.out / label, options.license)
        data = private.with_paths(wanted, folder)["data"]
        measured[label] = measure(folder, data, options.data_dir)
        record(folder, measured[label])
        print(f"{name}, normal {label}: {measured[label]['auroc']}", flush=True)
    rows = [
        {"normal": label, "quality": {k: r.to_json() for k, r in results.items()}}
        for label, results in measured.items()
    ]
    add(PATH, name, {"recipe": recipes.without_paths(recipe), "rows": rows})
    if len(measured) > 1:
        means = [
            mean_of({k: r[n] for k, r in measured.items()}) for n in measured[label]
        ]
        for label in measured:
            record(options.out / label, {result.name: result for result in means})
        print(*means, sep="\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Trains and measures what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("recipe", help="the name of a recipe, or its path")
    parser.add_argument("--out", type=Path, required=True, help="folder of trainings")
    parser.add_argument("--classes", type=int, nargs="+", help="each normal in turn")
    parser.add_argument("--data-dir", help="folder of TFDS datasets")
    parser.add_argument("--license", help="of the weights, such as apache-2.0")
    options = parser.parse_args(arguments)
    run(*recipe_at(options.recipe), options)


if __name__ == "__main__":
    main()
