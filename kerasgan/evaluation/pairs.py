"""Measures models from images to images on held-out images.

A perfect model makes the true images, so all metrics compare with these: L1, PSNR and
SSIM pair by pair, Frechet distances as sets.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from kerasgan import checks, data
from kerasgan.core.image_to_image import ImageToImage
from kerasgan.data.dataset import in_eight_bits
from kerasgan.data.masks import KINDS, random_masks
from kerasgan.evaluation.evaluation import SEED
from kerasgan.evaluation.extractors import (
    Extractor,
    Features,
    extractor,
    known_features,
)
from kerasgan.evaluation.quality import Collected
from kerasgan.evaluation.real_data import CHUNK, in_memory
from kerasgan.evaluation.resize import METHOD, smaller
from kerasgan.evaluation.result import Result
from kerasgan.metrics.fid import fid
from kerasgan.metrics.pairs import l1, psnr, ssim

MOST = 100.0  # dB of PSNR, which is infinite for equal images
METRICS = "l1", "l1_hole", "psnr", "ssim", "fid", "patch_fid"


class Direction(NamedTuple):
    """One direction of a model, and the held-out images that it is measured on.

    Attributes:
        name: As in `ImageToImage.translators`.
        sources: What the model gets, uint8 (N, h, w, c).
        targets: What it should make of it, uint8 (N, H, W, C).
        masks: Of inpainting, uint8 (N, H, W, 1), 255 in the holes; otherwise None.
        paired: Whether each source has its target; otherwise they are two sets.
        training: Sources and targets that the model was trained on, or None.
        data: Name of the images.
    """

    name: str
    sources: np.ndarray
    targets: np.ndarray
    masks: np.ndarray | None
    paired: bool
    training: tuple[np.ndarray, np.ndarray] | None
    data: str


def evaluate_pairs(
    model: ImageToImage,
    pairs: Any,
    training: Any = None,
    *,
    features: Features | None = "auto",
    metrics: Sequence[str] | None = None,
    seed: int = SEED,
) -> dict[str, Result]:
    """Measures what the moving average of a model makes of held-out images.

    The reference of all metrics is the true images. Each direction of a model is
    measured; names of the second have "backward" in them. A model that inpaints is
    measured with masks of each kind in turn.

    Args:
        model: The model, which does not change.
        pairs: Held-out images: a dataset of `kerasgan.data.load_pairs` or
            `load_unpaired`, or (sources, targets), which are two sets without pairs for
            a model that learns from such. For a model that learns from images alone,
            images, as in `Evaluation`.
        training: The training images, in the same form. As many of their targets as
            there are held-out ones give the `real_score` of the Frechet distances.
        features: As in `extractor`; None for no Frechet distances. "auto" is the
            network that the recipe or the dataset names; otherwise features_cifar10, if
            the targets are large enough and in color.
        metrics: Some of `METRICS`; by default all that can be measured. "patch_fid"
            divides each image into patches of the size that the features take, so that
            details count; "fid" makes images smaller.
        seed: Seed of the masks, and of the choice of training images.

    Returns:
        The results by name, such as "l1" and "patch_fid_features_cifar10".

    Raises:
        TypeError: If the images have another form.
        ValueError: If images do not fit the model, or a metric is unknown or cannot be
            measured.

    Example:
        ```python
        held_out = kerasgan.data.load_pairs("drawings/held_out/")
        results = kerasgan.evaluation.evaluate_pairs(model, held_out)
        print(results["l1"], results["patch_fid_features_cifar10"])
        ```
    """
    results = {}
    for direction in directions_of(model, pairs, training, seed):
        network = features_of(model, direction, features)
        evaluation = PairEvaluation(direction, network, metrics=metrics, seed=seed)
        averaged = {"moving_average": model.ema_decay > 0}
        results |= evaluation.of_images(made_by(model, direction), **averaged)
    return results


def directions_of(
    model: ImageToImage, pairs: Any, training: Any = None, seed: int = SEED
) -> list[Direction]:
    """The directions of a model with their images; arguments as in `evaluate_pairs`."""
    held_out = _sides(model, pairs, "pairs")
    trained = None if training is None else _sides(model, training, "training")
    masks, targets = None, held_out[1]
    if model.task == "inpaint":
        masks = random_masks(len(targets), targets.shape[1:], KINDS, seed)
    paired = _are_pairs(model, pairs)
    if paired and len(held_out[0]) != len(held_out[1]):
        raise ValueError(
            "`pairs` must have a target for each source. Received: "
            f"{len(held_out[0])} sources and {len(held_out[1])} targets. Leave some "
            "out."
        )
    called = getattr(pairs, "name", "the given images")
    directions = []
    for name, network in model.translators.items():
        back = model.makes[network] == "source"
        sides, known = (x[::-1] if x and back else x for x in (held_out, trained))
        directions.append(Direction(name, *sides, masks, paired, known, called))
    return directions


def made_by(model: ImageToImage, direction: Direction) -> np.ndarray:
    """What a model makes of the sources of a direction, uint8 (N, H, W, C)."""
    if model.task == "inpaint":
        return model.inpaint(direction.targets, direction.masks)
    if model.task == "upscale":
        return model.upscale(direction.sources)
    return model.translate(direction.sources, direction=direction.name)


def features_of(
    model: ImageToImage, direction: Direction, features: Features | None = "auto"
) -> Features | None:
    """The given features, or those that "auto" stands for, or None."""
    if not isinstance(features, str) or features != "auto":
        return features
    height, width, channels = direction.targets.shape[1:]
    fits = channels == 3 and min(height, width) >= 32
    return known_features(model, direction.data) or ("features_cifar10" * fits or None)


class PairEvaluation:
    """Measures images by their distance to the true images of one direction.

    Args:
        direction: From `directions_of`.
        features: As in `extractor`; None for no Frechet distances.
        metrics: Some of `METRICS`; by default all that can be measured.
        seed: Seed of the masks, and of the choice of training images.

    Raises:
        ValueError: If a metric is unknown or cannot be measured.
    """

    def __init__(
        self,
        direction: Direction,
        features: Features | None = None,
        *,
        metrics: Sequence[str] | None = None,
        seed: int = SEED,
    ):
        self.direction, self.seed = direction, seed
        self.extractor = None if features is None else extractor(features)
        shape = direction.targets.shape[1:]
        self._views = _views(self.extractor, shape) if self.extractor else {}
        self._suffix = "" if direction.name == "forward" else f"_{direction.name}"
        true = "sources" if self._suffix else "targets"
        self.protocol = {"reference": f"{true} of {direction.data}"}
        if direction.masks is not None:
            kinds = ", ".join(KINDS)
            self.protocol |= {"masks": f"{kinds} in turn", "seed": seed}
        self.metrics = self._measurable(metrics)
        self._real = {m: self._real_set(m) for m in self.metrics if m in self._views}

    def of_images(self, images: np.ndarray, **protocol: Any) -> dict[str, Result]:
        """Measures images that a model, or anything else, made of the sources.

        Args:
            images: (N, H, W, C), uint8 or floats in [-1, 1].
            **protocol: Further facts about them, for the protocol of the results.

        Raises:
            ValueError: If their shape is not that of the true images.
        """
        images = in_eight_bits(images, "images")
        expected = self.direction.targets.shape
        counted = slice(0 if self.direction.paired else 1, None)
        if images.shape[counted] != expected[counted]:
            raise ValueError(
                f"`images` must have the shape of the targets, {expected}. Received: "
                f"{images.shape}. Make one of each source, at the size of the targets."
            )
        results = {}
        for metric in self.metrics:
            measure = self._distance if metric in self._views else self._by_pixels
            value, settings, real_score = measure(metric, images)
            name = metric + self._suffix
            name += self.extractor.suffix if metric in self._views else ""
            settings = settings | self.protocol | protocol
            results[name] = Result(name, value, settings, real_score)
        return results

    def _measurable(self, metrics) -> list[str]:
        """The metrics that can be measured, some of the given ones."""
        missing = {}
        if not self.direction.paired:
            missing |= dict.fromkeys(METRICS[:4], "pairs of source and target")
        if self.direction.masks is None:
            missing["l1_hole"] = "a model that inpaints"
        if min(self.direction.targets.shape[1:3]) < 7:
            missing["ssim"] = "images of at least 7x7 pixels"
        if self.extractor is None:
            missing["fid"] = "features (--features)"
        if "patch_fid" not in self._views:
            missing["patch_fid"] = "features of smaller images than the targets"
        for name in metrics or ():
            checks.check_choice("metrics", name, METRICS)
            if name in missing:
                raise ValueError(
                    f"{name!r} needs {missing[name]}. Received: none. Leave it out of "
                    "`metrics`."
                )
        return [name for name in metrics or METRICS if name not in missing]

    def _by_pixels(self, metric, images):
        """The mean over all pairs of a metric of two images."""
        sides = self.direction.targets, images
        settings = {"reference_count": len(sides[0]), "generated_count": len(images)}
        if metric == "psnr":
            settings["most"] = MOST  # of a pair, in dB
            values = np.minimum(psnr(*sides), MOST)
        elif metric == "ssim":
            values = ssim(*sides)
        else:
            values = l1(*sides, self.direction.masks if metric == "l1_hole" else None)
        return float(values.mean()), settings, None

    def _distance(self, metric, images):
        """The Frechet distance of a view of all images."""
        view, settings = self._views[metric]
        reference, real_score, real_count = self._real[metric]
        generated = self._collect(view, images)
        settings = self.extractor.protocol | settings
        settings |= {"reference_count": reference.count}
        settings |= {"generated_count": generated.count}
        if real_score is not None:
            settings |= {"real_images": "training data", "real_count": real_count}
            settings["seed"] = self.seed
        value = fid(reference.statistics, generated.statistics)
        return value, settings, real_score

    def _real_set(self, metric):
        """The true images; the distance and number of training images, or None."""
        view, _ = self._views[metric]
        reference = self._collect(view, self.direction.targets)
        if self.direction.training is None:
            return reference, None, 0
        real, rng = self.direction.training[1], np.random.default_rng(self.seed)
        count = min(len(real), len(self.direction.targets))
        rows = np.sort(rng.choice(len(real), count, replace=False))
        drawn = self._collect(view, real[rows])
        return reference, fid(reference.statistics, drawn.statistics), drawn.count

    def _collect(self, view, images):
        starts = range(0, len(images), CHUNK)
        return Collected((view(images[s : s + CHUNK]) for s in starts), self.extractor)


def patches_of(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """All patches of images, side by side from the top left corner.

    Args:
        images: (N, H, W, C).
        size: (h, w) of a patch. Pixels that fill no patch are left out.

    Returns:
        (N * (H // h) * (W // w), h, w, C).
    """
    (height, width), (count, *_, channels) = size, images.shape
    down, across = (images.shape[1] // height, images.shape[2] // width)
    images = images[:, : down * height, : across * width]
    parts = images.reshape(count, down, height, across, width, channels)
    return parts.swapaxes(2, 3).reshape(-1, height, width, channels)


def _views(network: Extractor, shape) -> dict[str, tuple[Callable, dict]]:
    """By distance: what the features see of images of a shape, and its protocol."""
    if network.size is None:
        return {"fid": (np.asarray, {})}
    sides = "x".join(map(str, network.size))
    resized = {"resize": f"{sides} pixels {METHOD}"}
    same = tuple(shape[:2]) == network.size
    views = {
        "fid": (functools.partial(smaller, size=network.size), {} if same else resized)
    }
    count = (shape[0] // network.size[0]) * (shape[1] // network.size[1])
    if count > 1:
        patches = {"patches": f"{count} per image, {sides} pixels"}
        views["patch_fid"] = functools.partial(patches_of, size=network.size), patches
    return views


def _sides(model, images, name) -> tuple[np.ndarray, np.ndarray]:
    """Sources and targets in one of their forms, uint8."""
    alone = model.learns_from == "images"
    if hasattr(images, "targets"):
        sides = images.targets if alone else images.sources, images.targets
    elif alone and (arrays := in_memory(images)) is not None:
        sides = arrays[0], arrays[0]
    elif not alone and isinstance(images, tuple | list) and len(images) == 2:
        sides = images
    else:
        expected = "(sources, targets) or a dataset of kerasgan.data.load_pairs"
        if alone:
            expected = "images (N, H, W, C) or a dataset of kerasgan.data.load"
        raise TypeError(
            f"`{name}` must be {expected}. Received: {type(images).__name__}. Load or "
            "stack the images first."
        )
    return tuple(in_eight_bits(side, name) for side in sides)


def _are_pairs(model, images) -> bool:
    """Whether each source has its target. Arrays for a CycleGAN are two sets."""
    if model.learns_from != "unpaired":
        return not isinstance(images, data.UnpairedDataset)
    if isinstance(images, data.ImagePairs):
        return images.names is not None
    return isinstance(images, data.PairDataset)
