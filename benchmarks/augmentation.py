"""Compares augmentation policies on a small dataset, all with one recipe.

    kerasgan data split noto-emoji/ --out emoji \
        --ignore "[_u]+(1f3f[b-f]|2640|2642|200d)(?![0-9a-f])"
    python benchmarks/augmentation.py --out runs/augmentation

The default recipe is `augmentation.json`: R3GAN on 32x32 pixels. Each training is a
preset folder in `--out`. It resumes if it was stopped, and keeps its best state, as in
`kerasgan train`. That state is measured with other latents than those that selected it,
and the results are written to `results/augmentation.json`.
"""

import argparse
from pathlib import Path

from quality import NUM_SAMPLES, RESULTS, as_json, measure_gan
from records import add
from trainings import trained

from kerasgan.presets import documents, recipes

RECIPE = Path(__file__).parent / "augmentation.json"
PATH = RESULTS / "augmentation.json"
POLICIES = {  # by the name of the folder
    "none": {"augmentation": None},
    "diffaugment": {"augmentation": "color,translation,cutout"},
    "ada": {"augmentation": "ada", "ada_images": 100_000},  # for a short training
}


def recipe_of(recipe: dict, policy: str) -> dict:
    """The recipe with this policy and no other change."""
    return recipes.adapt(recipe, arguments=POLICIES[policy])


def measured(folder: Path, options: argparse.Namespace) -> dict:
    """The course of one training, and the metrics of the state that it kept."""
    training = documents.read_json(folder / "results.json")["training"]
    row = {key: training[key] for key in ("progress", "kept", "updates", "protocol")}
    recipe = documents.read_json(folder / "recipe.json")
    return row | {"recipe": recipe, "quality": as_json(measure_gan(folder, options))}


def main() -> None:
    """Trains and measures what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("recipe", nargs="?", default=RECIPE, help="or a preset")
    parser.add_argument("--out", type=Path, required=True, help="folder of trainings")
    parser.add_argument("--policies", nargs="+", choices=POLICIES, default=POLICIES)
    parser.add_argument("--features", nargs="+", help="instead of the recipe's")
    parser.add_argument("--num-samples", type=int, default=NUM_SAMPLES)
    parser.add_argument("--data-dir", help="folder of TFDS datasets")
    options = parser.parse_args()
    recipe = recipes.load(options.recipe)
    for name in options.policies:
        folder = trained(recipe_of(recipe, name), options.out / name)
        entry = measured(folder, options)
        print(f"{name}: {entry['kept']}", flush=True)
        add(PATH, name, entry)


if __name__ == "__main__":
    main()
