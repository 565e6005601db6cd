"""Measures the quality of presets, of the peers, and of degraded real images.

    python benchmarks/quality.py dcgan_mnist wgan_gp_mnist     or: all
    python benchmarks/quality.py pix2pix_openmoji --against l1_only=runs/l1_only
    python benchmarks/quality.py --peers runs/peers --data mnist
    python benchmarks/quality.py --degrade features_mnist

A GAN is measured with the features that its recipe or dataset names and, if the weights
are available, with Inception. A preset that scores anomalies, or makes images from
images, is measured on held-out images, with baselines beside it. For the latter,
`--against l1_only=runs/l1_only` adds other presets.
The results are written to `zoo/<preset>/results.json`.
`--peers` measures the samples of `peers/reference_gans.py`. `--degrade` measures real
images that were degraded on purpose. Both write to `benchmarks/results`.
"""

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import anomalies
import numpy as np
import translation
from records import add, metadata_of, results_of, stamp, write

from kerasgan.core.gan import GAN
from kerasgan.errors import InceptionUnavailableError
from kerasgan.evaluation import Evaluation, Result, examine, features_for, real_images
from kerasgan.evaluation.evaluation import NUM_SAMPLES
from kerasgan.models import FeatureClassifier
from kerasgan.presets import catalog
from kerasgan.presets.card_use import translates_images
from kerasgan.training import private

RESULTS = Path(__file__).parent / "results"
# Meaningless if the feature network was trained on other classes.
OF_CLASSES = "class_", "inception_score"


def data_of(folder: Path) -> dict:
    """The data of a preset, with the paths of a training in the same folder."""
    return private.with_paths({"data": metadata_of(folder)["data"]}, folder)["data"]


def as_json(results: Mapping[str, Result]) -> dict:
    """Results by name, as JSON."""
    return {name: result.to_json() for name, result in results.items()}


def measure_preset(folder: Path, options: argparse.Namespace) -> None:
    """Adds the metrics of a GAN or of a classifier to its `results.json`."""
    metadata = metadata_of(folder)
    if metadata["kind"] == "features":
        results = measure_classifier(folder, options)
    elif translates_images(metadata):
        results = measure_translation(folder, options)
    elif metadata.get("task") == "score":
        results = anomalies.measure(folder, data_of(folder), options.data_dir)
    else:
        results = measure_gan(folder, options)
    for result in results.values():
        print(f"{folder.name}: {result}")
    if not results:
        print(f"{folder.name}: nothing could be measured", file=sys.stderr)
        return
    before = results_of(folder)
    quality = before.get("quality", {}) | as_json(results)
    after = before | {"quality": quality, "quality_measured": stamp()}
    write(folder / "results.json", after)


def measure_classifier(folder: Path, options: argparse.Namespace) -> dict[str, Result]:
    """A classifier's accuracy on held-out images; nothing if there are none."""
    classifier = FeatureClassifier.from_preset(folder)
    data = data_of(folder)
    if "held_out" not in (data or {}):
        return {}
    _, held_out = real_images(data, labels=True, data_dir=options.data_dir)
    return examine(classifier, held_out.images, held_out.labels, held_out.name)


def measure_translation(folder: Path, options: argparse.Namespace) -> dict[str, Result]:
    """The metrics of a model from images to images, with baselines."""
    others = dict(text.split("=", 1) for text in options.against)
    where = {"data_dir": options.data_dir}
    results = translation.measure(folder, data_of(folder), others, **where)
    return with_earlier(results, folder)


def with_earlier(results: dict[str, Result], folder: Path) -> dict[str, Result]:
    """Adds the baselines that were measured earlier in the same way."""
    before = results_of(folder).get("quality", {})
    for name, result in results.items():
        known = before.get(name, {})
        earlier = known.get("details", {}).get("baselines", {})
        if earlier and known.get("protocol") == result.protocol:
            own = result.details.get("baselines", {})
            result.details["baselines"] = earlier | own
    return results


def measure_gan(folder: Path, options: argparse.Namespace) -> dict[str, Result]:
    """A GAN's metrics with all features that are available."""
    gan = GAN.from_preset(folder)
    data = data_of(folder)
    labels = gan.condition.name == "labels" or gan.examined is not None
    real, held_out = real_images(data, labels=labels, data_dir=options.data_dir)
    results = {}
    if gan.examined is not None and held_out is not None:
        results |= examine(gan, held_out.images, held_out.labels, held_out.name)
    for name in options.features or ["auto", "inception"]:
        try:
            features = features_for(gan, real, name)
            settings = {"num_samples": options.num_samples, "progress": True}
            evaluation = Evaluation(real, features, held_out, **settings)
        except (InceptionUnavailableError, ImportError) as error:
            print(f"{folder.name}: not with {name}. {error}", file=sys.stderr)
            continue
        source = data["source"].split(":")[0]
        own = evaluation.extractor.suffix in ("", f"_features_{source}")
        for name, result in evaluation.of_gan(gan).items():
            if own or not name.startswith(OF_CLASSES):
                results[name] = result
    return with_earlier(results, folder)


def measure_peers(samples: Path, options: argparse.Namespace) -> None:
    """Writes metrics of each epoch's samples, `<peer>_<epoch>.npz`, to `peers.json`."""
    fields = {"source": options.data, "split": "train", "held_out": "test"}
    real, held_out = real_images(fields, data_dir=options.data_dir)
    features = (options.features or [f"features_{options.data}"])[0]
    metrics = "fid", "precision_recall", "class_shares"
    evaluation = Evaluation(real, features, held_out, metrics=metrics)
    rows = []
    for path in sorted(samples.glob("*_[0-9][0-9].npz")):
        peer, epoch = re.fullmatch(r"(.+)_(\d\d)", path.stem).groups()
        images = np.load(path)["images"]
        protocol = {"moving_average": False, "latents": "the peer's"}
        results = evaluation.of_images(images, **protocol)
        for result in results.values():
            print(f"{path.stem}: {result}", flush=True)
        batches = len(real.images) // 64  # the peers' batch size
        row = {"peer": peer, "epoch": int(epoch), "images": int(epoch) * batches * 64}
        rows.append(row | {"quality": as_json(results)})
    write(RESULTS / "peers.json", {"data": options.data, **stamp(), "rows": rows})


def blurred(images: np.ndarray, times: int) -> np.ndarray:
    """Applies a binomial filter of 3x3 pixels several times."""
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
    """Adds normal noise; 255 is the whole range."""
    noise = np.random.default_rng(0).normal(0, deviation, images.shape)
    return np.clip(np.rint(images + noise), 0, 255).astype("uint8")


def perturbations(images: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Degraded images by what was done to them."""
    degraded = {"none": images}
    for deviation in (8, 16, 32, 64):
        name = f"normal noise, deviation {deviation} of 255"
        degraded[name] = noisy(images, deviation)
    for times in (1, 2, 4):
        degraded[f"3x3 blur, {times} times"] = blurred(images, times)
    for dropped in (1, 3, 5):
        degraded[f"{dropped} of 10 classes left out"] = images[labels >= dropped]
    return degraded


def measure_degraded(features: str, options: argparse.Namespace) -> None:
    """Writes metrics of degraded held-out images to `perturbations.json`."""
    data = {"source": options.data, "split": "train", "held_out": "test"}
    if features != "inception":
        data = metadata_of(catalog.find(features))["data"]
    real, held_out = real_images(data, labels=True, data_dir=options.data_dir)
    metrics = "fid", "kid", "precision_recall"
    evaluation = Evaluation(real, features, held_out, metrics=metrics)
    rows = []
    for what, images in perturbations(held_out.images, held_out.labels).items():
        results = evaluation.of_images(images, perturbation=what)
        print(f"{what}: {'; '.join(map(str, results.values()))}", flush=True)
        rows.append({"perturbation": what, "quality": as_json(results)})
    add(RESULTS / "perturbations.json", features, {"rows": rows})


def main() -> None:
    """Runs what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="presets or folders, or all")
    parser.add_argument("--features", nargs="+", help="instead of the default features")
    parser.add_argument(
        "--against",
        nargs="+",
        default=[],
        metavar="NAME=FOLDER",
        help="presets to compare with",
    )
    parser.add_argument("--num-samples", type=int, default=NUM_SAMPLES)
    parser.add_argument("--peers", type=Path, help="folder of the peers' samples")
    parser.add_argument(
        "--data", default="mnist", help="dataset of --peers and --degrade inception"
    )
    parser.add_argument(
        "--degrade", nargs="+", default=[], help="features presets, or inception"
    )
    parser.add_argument("--data-dir", help="folder of TFDS datasets")
    options = parser.parse_args()
    names = catalog.list_presets("all") if options.names == ["all"] else options.names
    for name in names:
        folder = catalog.find(name)
        try:
            measure_preset(folder, options)
        except FileNotFoundError as error:  # a missing folder of images
            if len(names) == 1:
                raise
            print(f"{name}: not measured. {error}", file=sys.stderr)
    if options.peers:
        measure_peers(options.peers, options)
    for features in options.degrade:
        measure_degraded(features, options)


if __name__ == "__main__":
    main()
