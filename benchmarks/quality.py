"""Measures the quality of presets, of the peers, and what a figure means.

    python benchmarks/quality.py dcgan_mnist wgan_gp_mnist     or: all
    python benchmarks/quality.py --peers runs/peers --data mnist
    python benchmarks/quality.py --perturb features_mnist

A GAN is measured by the features that its recipe or data set names and, where its
weights can be had, by Inception; `zoo/<preset>/results.json` keeps the figures.
`--peers` measures the samples that `peers/reference_gans.py` drew, `--perturb` real
images that were spoilt on purpose; both write to `benchmarks/results`.
"""

import argparse
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from kerasgan.presets import catalog, documents
from kerasgan.training import hardware
from kerasgan.core.codes import Coded
from kerasgan.errors import InceptionUnavailableError
from kerasgan.evaluation.evaluation import Evaluation, features_for, real_images
from kerasgan.files import write_atomically
from kerasgan.core.gan import GAN
from kerasgan.metrics import FeatureClassifier

RESULTS = Path(__file__).parent / "results"
SAMPLES = 10_000
OF_CLASSES = "class_", "inception_score"  # mean nothing of another data set's classes
SEED = 2  # of latents; the recipes' own evaluations, which choose, have others


def write(path: Path, document: dict) -> None:
    """Writes JSON, whole or not at all."""
    with write_atomically(path) as file:
        file.write(documents.to_json(document))


def stamp() -> dict:
    """When and with what it was measured."""
    today = datetime.now(UTC).date().isoformat()
    return {"date": today, "hardware": hardware.describe()}


def add(path: Path, name: str, entry: dict) -> None:
    """Adds an entry, stamped, to a file of entries, or replaces it."""
    found = documents.read_json(path) if path.is_file() else {}
    write(path, found | {name: stamp() | entry})


def as_json(results: dict) -> dict:
    """Results by name as JSON holds them."""
    return {name: result.to_json() for name, result in results.items()}


def measure_preset(folder: Path, options) -> None:
    """Adds the figures of a GAN, or of a classifier, to its `results.json`."""
    features = catalog.kind_of(folder) == "features"
    found = (examine if features else evaluate)(folder, options)
    for result in found.values():
        print(f"{folder.name}: {result}")
    if not found:
        print(f"{folder.name}: nothing could be measured", file=sys.stderr)
        return
    path = folder / "results.json"
    before = documents.read_json(path) if path.is_file() else {}
    quality = before.get("quality", {}) | as_json(found)
    write(path, before | {"quality": quality, "quality_measured": stamp()})


def examine(folder: Path, options) -> dict:
    """A classifier's accuracy on held-out images; nothing where there are none."""
    classifier = FeatureClassifier.from_preset(folder)
    data = documents.read_json(folder / "metadata.json")["data"]
    if "held_out" not in (data or {}):
        return {}
    _, held_out = real_images(data, labels=True, data_dir=options.data_dir)
    return classifier.examine(held_out.images, held_out.labels, held_out.name)


def evaluate(folder: Path, options) -> dict:
    """A GAN's figures by all features that can be had."""
    gan = GAN.from_preset(folder)
    data = documents.read_json(folder / "metadata.json")["data"]
    labels = gan.num_classes is not None or isinstance(gan, Coded)
    real, held_out = real_images(data, labels=labels, data_dir=options.data_dir)
    found = {}
    if isinstance(gan, Coded) and held_out is not None:
        found |= gan.examine(held_out.images, held_out.labels, held_out.name)
    for wanted in options.features or ["auto", "inception"]:
        try:
            features = features_for(gan, real, wanted)
            settings = {"samples": options.samples, "seed": SEED, "progress": True}
            evaluation = Evaluation(real, features, held_out, **settings)
        except (InceptionUnavailableError, ImportError) as error:
            print(f"{folder.name}: not by {wanted}. {error}", file=sys.stderr)
            continue
        source = data["source"].split(":")[0]
        own = evaluation.extractor.suffix in ("", f"_features_{source}")
        for name, result in evaluation.of_gan(gan).items():
            if own or not name.startswith(OF_CLASSES):
                found[name] = result
    return found


def measure_peers(samples: Path, options) -> None:
    """Figures of every epoch's samples, `<peer>_<epoch>.npz`, in `peers.json`."""
    fields = {"source": options.data, "split": "train", "held_out": "test"}
    real, held_out = real_images(fields, data_dir=options.data_dir)
    features = (options.features or [f"features_{options.data}"])[0]
    figures = "fid", "precision_recall", "class_shares"
    evaluation = Evaluation(real, features, held_out, figures=figures)
    rows = []
    for path in sorted(samples.glob("*_[0-9][0-9].npz")):
        peer, epoch = re.fullmatch(r"(.+)_(\d\d)", path.stem).groups()
        images = np.load(path)["images"]
        found = evaluation.of_images(images, moving_average=False, latents="the peer's")
        for result in found.values():
            print(f"{path.stem}: {result}", flush=True)
        batches = len(real.images) // 64  # the peers' batch
        row = {"peer": peer, "epoch": int(epoch), "images": int(epoch) * batches * 64}
        rows.append(row | {"quality": as_json(found)})
    write(RESULTS / "peers.json", {"data": options.data, **stamp(), "rows": rows})


def blurred(images: np.ndarray, times: int) -> np.ndarray:
    """A binomial filter of 3x3 pixels, so many times."""
    x = images.astype("float64")
    for _ in range(times):
        for axis in (1, 2):
            pad = [(1, 1) if a == axis else (0, 0) for a in range(4)]
            y = np.pad(x, pad, mode="edge")
            low, middle, high = (
                y.take(range(s, s + x.shape[axis]), axis) for s in range(3)
            )
            x = (low + 2 * middle + high) / 4
    return np.rint(x).astype("uint8")


def noisy(images: np.ndarray, deviation: float) -> np.ndarray:
    """Normal noise; 255 is the whole range."""
    noise = np.random.default_rng(0).normal(0, deviation, images.shape)
    return np.clip(np.rint(images + noise), 0, 255).astype("uint8")


def perturbations(images: np.ndarray, labels: np.ndarray) -> dict:
    """Spoilt images by what was done to them."""
    found = {"none": images}
    for deviation in (8, 16, 32, 64):
        found[f"normal noise, deviation {deviation} of 255"] = noisy(images, deviation)
    for times in (1, 2, 4):
        found[f"3x3 blur, {times} times"] = blurred(images, times)
    for dropped in (1, 3, 5):
        kept = images[labels >= dropped]
        found[f"{dropped} of 10 classes left out"] = kept
    return found


def perturb(features: str, options) -> None:
    """Figures of spoilt held-out images, in `perturbations.json`."""
    data = {"source": options.data, "split": "train", "held_out": "test"}
    if features != "inception":
        data = documents.read_json(catalog.find(features) / "metadata.json")["data"]
    real, held_out = real_images(data, labels=True, data_dir=options.data_dir)
    figures = "fid", "kid", "precision_recall"
    evaluation = Evaluation(real, features, held_out, figures=figures)
    rows = []
    for what, images in perturbations(held_out.images, held_out.labels).items():
        found = evaluation.of_images(images, perturbation=what)
        print(f"{what}: {'; '.join(map(str, found.values()))}", flush=True)
        rows.append({"perturbation": what, "quality": as_json(found)})
    add(RESULTS / "perturbations.json", features, {"rows": rows})


def main() -> None:
    """Carries out what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="presets or folders, or all")
    parser.add_argument("--features", nargs="+", help="instead of the usual ones")
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument("--peers", type=Path, help="folder of the peers' samples")
    parser.add_argument(
        "--data", default="mnist", help="of --peers, --perturb inception"
    )
    parser.add_argument(
        "--perturb", nargs="+", default=[], help="features presets, or inception"
    )
    parser.add_argument("--data-dir", help="where TensorFlow data sets lie")
    options = parser.parse_args()
    names = catalog.list_presets("all") if options.names == ["all"] else options.names
    for name in names:
        folder = catalog.find(name)
        try:
            measure_preset(folder, options)
        except FileNotFoundError as error:  # a folder of images that is not here
            if len(names) == 1:
                raise
            print(f"{name}: not measured. {error}", file=sys.stderr)
    if options.peers:
        measure_peers(options.peers, options)
    for features in options.perturb:
        perturb(features, options)


if __name__ == "__main__":
    main()
