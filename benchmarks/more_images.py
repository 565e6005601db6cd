"""Measures whether a GAN's images help a classifier that has few real ones.

    python benchmarks/more_images.py fashion_mnist \
        --gans cgan_fashion_mnist acgan_fashion_mnist

A classifier learns from a few real images of each class, alone and together with images
of each class that a preset generated, over several draws of the real ones. All
trainings have as many updates; beside generated images, half of a batch is real. The
accuracies on the test split are written to `results/more_images.json`.

The presets were trained on the whole training split. So the study answers whether a
published GAN can stand in for images that one does not have, not whether a GAN of the
same few images would help.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import keras
import numpy as np
from records import add

import kerasgan
from kerasgan.data.labeled import keep_labels
from kerasgan.images import from_uint8
from kerasgan.models import FeatureClassifier

PATH = Path(__file__).parent / "results" / "more_images.json"
FEW = 10, 100, 1000  # real images of each class
GENERATED = 2000  # images of each class
UPDATES, BATCH = 1500, 64
RATE = 2e-3  # decays to zero by a cosine
CLASSIFIER = {"width": 16, "shift": 2}
ALONE = "alone"

Labeled = tuple[np.ndarray, np.ndarray]


def few(images: np.ndarray, labels: np.ndarray, count: int, draw: int) -> Labeled:
    """`count` images of each class, drawn at random, with their labels."""
    classes = len(np.unique(labels))
    kept = keep_labels(labels, count * classes, draw) >= 0
    return images[kept], labels[kept]


def generated(name: str, count: int, classes: int) -> Labeled:
    """`count` images of each class by a preset, with their labels."""
    gan = kerasgan.from_preset(name, networks="sampler")
    labels = np.repeat(np.arange(classes, dtype="int32"), count)
    return gan.generate(len(labels), labels=labels, seed=0), labels


def batches(sides: Sequence[Labeled], draw: int) -> Iterator[Labeled]:
    """Endless batches, an equal part of each from every side, drawn at random."""
    rng = np.random.default_rng(draw)
    while True:
        parts = []
        for images, labels in sides:
            rows = rng.integers(0, len(images), BATCH // len(sides))
            parts.append((from_uint8(images[rows]), labels[rows]))
        yield tuple(map(np.concatenate, zip(*parts, strict=True)))


def accuracy(sides: Sequence[Labeled], test: Labeled, draw: int) -> float:
    """The accuracy on `test` after a training on all sides."""
    keras.utils.set_random_seed(draw)
    shape, classes = test[0].shape[1:], int(test[1].max()) + 1
    classifier = FeatureClassifier(shape, classes, seed=draw, **CLASSIFIER)
    rate = keras.optimizers.schedules.CosineDecay(RATE, UPDATES)
    classifier.compile(keras.optimizers.Adam(rate))
    classifier.fit(batches(sides, draw), steps_per_epoch=UPDATES, verbose=0)
    return classifier.measure(*test)[0]


def measure(data: str, gans: Sequence[str], draws: Sequence[int], few_of=FEW) -> dict:
    """The accuracies by number of real images and by preset, one for each draw."""
    training, test = (
        kerasgan.data.read(data, split=split, labels=True)[:2]
        for split in ("train", "test")
    )
    classes = int(test[1].max()) + 1
    sides = {ALONE: [], **{gan: [generated(gan, GENERATED, classes)] for gan in gans}}
    rows = []
    for count in few_of:
        for name, more in sides.items():
            values = [
                accuracy([few(*training, count, draw), *more], test, draw)
                for draw in draws
            ]
            print(f"{count} real images of each class, {name}: {values}", flush=True)
            rows.append({"real": count, "with": name, "accuracies": values})
    protocol = {
        "classifier": {"name": "feature_classifier", **CLASSIFIER},
        "updates": UPDATES,
        "batch_size": BATCH,
        "learning_rate": RATE,
        "generated_of_each_class": GENERATED,
        "test_images": len(test[0]),
        "draws": list(draws),
    }
    return {"protocol": protocol, "rows": rows}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", help="a TFDS dataset with classes and a test split")
    parser.add_argument("--gans", nargs="+", required=True, help="conditional presets")
    parser.add_argument("--draws", type=int, nargs="+", default=[0, 1, 2])
    options = parser.parse_args(arguments)
    add(PATH, options.data, measure(options.data, options.gans, options.draws))


if __name__ == "__main__":
    main()
