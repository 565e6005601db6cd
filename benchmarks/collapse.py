"""Counts the modes that GANs cover: Stacked MNIST, three digits in three channels.

    python benchmarks/collapse.py                             the GANs of the table
    python benchmarks/collapse.py dcgan_mnist --epochs 10     presets, or recipe files

Each trains by the recipe of its preset or file, on stacked digits. After every
`--every` epochs, features_mnist classifies the digits of 26,000 samples of the moving
average: how many of 1000 modes are there, and how evenly? The counts, and those of real
images, are written to `results/stacked_mnist.json`.
"""

import argparse

import keras
import numpy as np
from quality import RESULTS
from records import add

from kerasgan.data import StackedMNIST
from kerasgan.evaluation import extractor
from kerasgan.metrics import diversity, mode_kl, modes_covered, stacked_labels
from kerasgan.presets import recipes
from kerasgan.training import phases

PATH = RESULTS / "stacked_mnist.json"
DEFAULT = ("vanilla_gan_mnist", "dcgan_mnist", "wgan_gp_mnist", "r3gan_mnist")
CLASSIFIER = "features_mnist"
MODES, NUM_SAMPLES, SEED = 1000, 26_000, 2


def count(images: np.ndarray, features) -> dict:
    """Modes, their divergence and the diversity of uint8 images (N, 28, 28, 3)."""
    labels = stacked_labels(images, lambda digits: features(digits)["logits"])
    return {
        "modes": modes_covered(labels, MODES),
        "kl": round(mode_kl(labels, MODES), 4),
        "diversity": round(diversity(images), 1),
    }


class CountModes(keras.callbacks.Callback):
    """Counts the modes of a GAN's samples.

    Args:
        every: Epochs from one count to the next.
        features: The extractor of the digits' classifier.

    Attributes:
        rows: The counts, each with the number of updates before it.
    """

    def __init__(self, every: int, features):
        super().__init__()
        self.every, self.features, self.rows, self.seen = every, features, [], 0

    def on_train_batch_end(self, batch, logs=None):
        """Counts the updates."""
        self.seen += 1

    def on_epoch_end(self, epoch, logs=None):
        """Counts the modes, and prints the result."""
        if (epoch + 1) % self.every and epoch + 1 != self.params["epochs"]:
            return
        with self.model.average_kept():
            self.model.refresh_statistics()
            images = self.model.generate(NUM_SAMPLES, seed=SEED)
        row = {"updates": self.seen} | count(images, self.features)
        print(row, flush=True)
        self.rows.append(row)


def stacked(recipe: dict, dataset, epochs: int) -> dict:
    """The first phase of a recipe on stacked digits, for a number of epochs."""
    dataset.batch_size = recipe["phases"][0]["batch_size"]
    recipe = {k: v for k, v in recipe.items() if k != "evaluation"}
    recipe |= {"phases": recipe["phases"][:1], "data": {"source": dataset.name}}
    shape = {"image_shape": list(dataset.image_shape)}
    return recipes.adapt(recipe, updates=epochs * len(dataset), arguments=shape)


def train(recipe: dict, dataset, epochs: int, every: int, features) -> list[dict]:
    """Trains by the only phase of a recipe and returns the counts."""
    (phase,) = recipe["phases"]
    keras.utils.set_random_seed(recipe["seed"])
    gan = phases.build(recipe)
    phases.compile_phase(gan, phase)
    counter = CountModes(every, features)
    options = {"shuffle": False, "verbose": 2, "callbacks": [counter]}
    gan.fit(dataset, epochs=epochs, **options)
    return counter.rows


def main() -> None:
    """Trains the GANs that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("recipes", nargs="*", default=DEFAULT)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--images", type=int, default=60_000, help="in an epoch")
    parser.add_argument("--data-dir", help="folder of TFDS datasets")
    options = parser.parse_args()
    loaded = [recipes.load(source) for source in options.recipes]
    features = extractor(CLASSIFIER)
    dataset = StackedMNIST(options.images, data_dir=options.data_dir)
    real = count(dataset.images[:NUM_SAMPLES], features)
    add(PATH, "real images", {"rows": [{"updates": 0} | real]})
    for recipe in loaded:
        recipe = stacked(recipe, dataset, options.epochs)
        rows = train(recipe, dataset, options.epochs, options.every, features)
        rows = [{"images": row["updates"] * dataset.batch_size} | row for row in rows]
        add(PATH, recipe["model"]["name"], {"recipe": recipe, "rows": rows})


if __name__ == "__main__":
    main()
