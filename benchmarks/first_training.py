"""Trains on a folder of images as a first-time user would, beside the first edition.

    python benchmarks/first_training.py horses photos/ --size 32 --out runs/first

One side takes what `kerasgan train photos/` proposes. The other side is what the first
edition's README told to type, `kerasgan train wgan_gp --data photos/`, cut off after
the same time. Both train at the same time, each on one half of the processor's cores.
The Frechet distances of both go to `results/first_training.json`.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from quality import as_json
from records import add

import kerasgan
from kerasgan.evaluation import Evaluation
from kerasgan.presets import documents

PATH = Path(__file__).parent / "results" / "first_training.json"
FEATURES, SIDE = "features_cifar10", 32
HOURS, NUM_SAMPLES = 0.75, 5000
SIDES = {
    "proposed": ["{data}", "--yes"],
    "first_edition": ["wgan_gp", "--data", "{data}", "--crop", "--flip", "off"],
}


def start(side: str, cores: set[int], options: argparse.Namespace) -> subprocess.Popen:
    """Starts one side's training on some of the cores."""
    command = [part.format(data=options.data) for part in SIDES[side]]
    command += ["--size", str(options.size), "--hours", str(options.hours)]
    command += ["--out", str(options.out / options.name / side)]
    return subprocess.Popen(
        [sys.executable, "-m", "kerasgan", "train", *command],
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )


def train(options: argparse.Namespace) -> None:
    """Trains both sides, unless that is done.

    Raises:
        RuntimeError: If a training fails.
    """
    cores = sorted(os.sched_getaffinity(0))
    half = len(cores) // 2
    parts = dict(zip(SIDES, (cores[:half], cores[half:]), strict=True))
    todo = [x for x in SIDES if not (options.out / options.name / x).is_dir()]
    running = [start(side, set(parts[side]), options) for side in todo]
    failed = [side for side, x in zip(todo, running, strict=True) if x.wait()]
    if failed:
        raise RuntimeError(
            f"Both trainings must end. Received: {' and '.join(failed)} failed. Their "
            "messages are above."
        )


def measure(options: argparse.Namespace) -> list[dict]:
    """What each side saw, and the distances of its images."""
    real = kerasgan.data.load(options.data, size=options.size, crop=True)
    settings = {"size": SIDE, "num_samples": NUM_SAMPLES}
    evaluation = Evaluation(real, FEATURES, **settings)
    rows = []
    for side in SIDES:
        folder = options.out / options.name / side
        results = evaluation.of_gan(kerasgan.from_preset(folder))
        training = documents.read_json(folder / "results.json")["training"]
        row = {key: training[key] for key in ("updates", "seconds")}
        row |= {"recipe": documents.read_json(folder / "recipe.json")}
        rows.append({"side": side, **row, "quality": as_json(results)})
        print(side, *results.values(), sep="\n  ")
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Trains and measures what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("name", help="of the trial, in the results")
    parser.add_argument("data", help="a folder of images")
    parser.add_argument("--size", type=int, required=True, help="in pixels")
    parser.add_argument("--hours", type=float, default=HOURS, help="of each training")
    parser.add_argument("--out", type=Path, required=True, help="folder of trainings")
    options = parser.parse_args(arguments)
    train(options)
    rows = measure(options)
    add(
        PATH, options.name, {"size": options.size, "hours": options.hours, "rows": rows}
    )


if __name__ == "__main__":
    main()
