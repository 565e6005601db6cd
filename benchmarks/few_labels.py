"""Measures what a semi-supervised GAN learns from few labels, over several draws.

    python benchmarks/few_labels.py sgan_mnist --out runs/sgan_mnist

Each draw of labels is one training of the recipe, `<out>/<draw>`, and one of the same
classifier on the labeled images alone, `<out>/<draw>_labels_only`. A training resumes
if it was stopped, and is kept if it was finished. The accuracies on held-out images are
written to `results/few_labels.json`, and with their mean to the `results.json` of each
draw's folder.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from anomalies import mean_of, recipe_at, record
from records import add
from trainings import trained

import kerasgan
from kerasgan.evaluation import Result, examine, real_images
from kerasgan.presets import recipes
from kerasgan.training import private

PATH = Path(__file__).parent / "results" / "few_labels.json"
SHARE = 0.2  # of the recipe's updates, which labels alone need


def with_draw(recipe: dict, draw: int) -> dict:
    """The recipe with the labels of another draw."""
    return recipe | {"data": recipe["data"] | {"labeled_seed": draw}}


def labels_only(recipe: dict) -> dict:
    """The recipe of the same classifier, which learns from labels alone."""
    (phase,) = recipe["phases"]
    kept = {"players": ["discriminator"]}
    for field in ("optimizers", "schedules"):
        own = {k: v for k, v in phase.get(field, {}).items() if k == "discriminator"}
        kept |= {field: own} if own else {}
    updates = round(SHARE * phase["updates"])
    alone = recipe | {"phases": [phase | kept]}
    options = {"arguments": {"unlabeled_weight": 0.0}, "updates": updates}
    return recipes.adapt(alone, **options)


def accuracy(folder: Path, recipe: dict, data_dir: str | None) -> Result:
    """The accuracy of a training's classifier on the held-out images."""
    data = private.with_paths(recipe, folder)["data"]
    _, held_out = real_images(data, labels=True, data_dir=data_dir)
    model = kerasgan.from_preset(folder, networks="sampler")
    return examine(model, *held_out[:2], held_out.name)["accuracy"]


def run(name: str, recipe: dict, options: argparse.Namespace) -> None:
    """Trains and measures what is not yet there; arguments as of `main`."""
    measured, rows = {}, []
    for draw in options.draws:
        drawn, values = with_draw(recipe, draw), []
        for kind, wanted in (("", drawn), ("_labels_only", labels_only(drawn))):
            folder = trained(wanted, options.out / f"{draw}{kind}", options.license)
            values.append(accuracy(folder, wanted, options.data_dir))
        own, alone = values
        details = {**own.details, "baselines": {"labels_only": alone.value}}
        own = replace(own, details=details)
        measured[str(draw)] = own
        record(options.out / str(draw), {"accuracy": own})
        rows.append({"draw": draw, "quality": {"accuracy": own.to_json()}})
        print(f"{name}, draw {draw}: {own}, labels alone {alone}", flush=True)
    add(PATH, name, {"recipe": recipes.without_paths(recipe), "rows": rows})
    mean = mean_of(measured)
    for draw in measured:
        record(options.out / draw, {mean.name: mean})
    print(mean, mean.details)


def main(arguments: Sequence[str] | None = None) -> None:
    """Trains and measures what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("recipe", help="the name of a recipe, or its path")
    parser.add_argument("--out", type=Path, required=True, help="folder of trainings")
    parser.add_argument("--draws", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--data-dir", help="folder of TFDS datasets")
    parser.add_argument("--license", help="of the weights, such as apache-2.0")
    options = parser.parse_args(arguments)
    run(*recipe_at(options.recipe), options)


if __name__ == "__main__":
    main()
