"""Computes all metrics of generated images, in one pass over each set of images.

It takes batches of images from any source, and no model.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from kerasgan.errors import did_you_mean
from kerasgan.evaluation.extractors import Extractor
from kerasgan.metrics.conditional import class_accuracy, class_fid
from kerasgan.metrics.fid import fid
from kerasgan.metrics.inception_score import inception_score
from kerasgan.metrics.kid import kid
from kerasgan.metrics.neighbors import memorization
from kerasgan.metrics.precision_recall import density_coverage, precision_recall
from kerasgan.metrics.statistics import FeatureStatistics

KEPT = 10_000  # rows of features of each set; metrics of pairs are quadratic in them
WHOLE = 2**28  # bytes of features up to which a set keeps those of all images
MANIFOLD_K, COVERAGE_K = 3, 5
SUBSETS, SUBSET_SIZE = 100, 1000
SPLITS = 10
_HELD = "count", "image_shape", "sha256", "classes", "label_counts", "whole"
_STATISTICS = "mean", "covariance"


class Collected:
    """Features of a set: the statistics of all, and a random part of them as rows.

    Args:
        batches: uint8 images (N, H, W, C), or (images, labels), batch by batch.
        extractor: The network.
        kept: Number of rows to keep, drawn uniformly from all.
        seed: Seed of that choice.
        image_shape: The required (H, W, C); by default that of the first batch.

    Attributes:
        count: Number of images.
        image_shape: (H, W, C) of the images.
        sha256: First 12 digits of the hash of all images.
        statistics: Statistics of the features of all images.
        classes: For each class, how often it has the largest logit, (classes,); None
            without logits.
        label_counts: Number of labels of each class, int (classes,); empty without
            labels.
        whole: The pooled features of all images, (N, d), float32; None if too large.
        rows: The kept rows: "pool" (n, d), and if there are any "logits" (n, classes)
            and "labels" (n,).
        key: What identifies images and protocol, or None.

    Raises:
        ValueError: If there is no image, or shapes differ.
    """

    key: str | None = None

    def __init__(
        self,
        batches: Iterable,
        extractor: Extractor,
        kept: int = KEPT,
        seed: int = 0,
        image_shape: tuple[int, ...] | None = None,
    ):
        self.count, self.statistics, self.rows = 0, None, {}
        self.classes, self.image_shape, self._parts = None, image_shape, []
        self.label_counts = np.zeros(0, int)
        self._rng, self._kept = np.random.default_rng(seed), kept
        digest = hashlib.sha256()
        for batch in batches:
            images, labels = batch if isinstance(batch, tuple) else (batch, None)
            self._check_shape(images.shape[1:])
            digest.update(np.ascontiguousarray(images))
            features = extractor(images)
            if self.statistics is None:
                self.statistics = FeatureStatistics(features["pool"].shape[1])
            self.statistics.update(features["pool"])
            if "logits" in features:
                self._count_classes(features["logits"])
            if labels is not None:
                self._count_labels(labels)
                features = features | {"labels": labels}
            self._keep(features)
        if not self.count:
            raise ValueError(
                "There is no image to measure. Received: no batch. Pass images."
            )
        self.sha256 = digest.hexdigest()[:12]
        self.whole = np.concatenate(self._parts) if self._parts else None

    def to_arrays(self) -> dict[str, np.ndarray]:
        """All that it holds, as arrays by name."""
        held = {name: getattr(self, name) for name in _HELD}
        held |= {f"statistics.{n}": getattr(self.statistics, n) for n in _STATISTICS}
        held |= {f"rows.{name}": values for name, values in self.rows.items()}
        return {n: np.asarray(value) for n, value in held.items() if value is not None}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, np.ndarray], key: str | None = None
    ) -> "Collected":
        """The features that `to_arrays` gave.

        Args:
            arrays: The arrays.
            key: What identifies images and protocol.

        Raises:
            KeyError: If something is missing.
        """
        known = cls.__new__(cls)
        known.key = key
        known.count, known.sha256 = int(arrays["count"]), str(arrays["sha256"])
        known.image_shape = tuple(arrays["image_shape"].tolist())
        known.label_counts = arrays["label_counts"]
        known.classes, known.whole = arrays.get("classes"), arrays.get("whole")
        known.statistics = FeatureStatistics(len(arrays["statistics.mean"]))
        for name in _STATISTICS:
            setattr(known.statistics, name, arrays[f"statistics.{name}"])
        known.statistics.count = known.count
        rows = [name for name in arrays if name.startswith("rows.")]
        known.rows = {name.removeprefix("rows."): arrays[name] for name in rows}
        return known

    def _check_shape(self, shape):
        self.image_shape = self.image_shape or shape
        if tuple(shape) != tuple(self.image_shape):
            raise ValueError(
                "All images, real and generated, must have one shape. Received: "
                f"{tuple(shape)} and {tuple(self.image_shape)}. Convert them: "
                "kerasgan.data.load(..., size=, channels=), or measure both with size=."
            )

    def _count_classes(self, logits):
        counts = np.bincount(logits.argmax(axis=1), minlength=logits.shape[1])
        self.classes = counts + (0 if self.classes is None else self.classes)

    def _count_labels(self, labels):
        counts = np.bincount(labels, minlength=len(self.label_counts))
        counts[: len(self.label_counts)] += self.label_counts
        self.label_counts = counts

    def _keep(self, features):
        """Algorithm R: the kept rows are always a uniform sample of all so far."""
        first, pool = self.count, features["pool"]
        self.count += len(pool)
        if self._parts is not None:
            self._parts.append(pool.astype("float32"))
            if self.count * self._parts[-1][0].nbytes > WHOLE:
                self._parts = None
        free = max(0, min(self._kept - first, len(pool)))
        for name, values in features.items():
            held = self.rows.get(name, values[:0])
            self.rows[name] = np.concatenate([held, values[:free]])
        for row in range(free, len(pool)):
            place = self._rng.integers(first + row + 1)
            if place < self._kept:
                for name, values in features.items():
                    self.rows[name][place] = values[row]


def values_of(
    reference: Collected,
    other: Collected,
    held_out: Collected | None,
    classes: bool,
    seed: int,
    metrics: Sequence[str] | None = None,
    required: bool = True,
) -> dict[str, tuple[float, dict, dict]]:
    """Computes metrics of a set.

    Args:
        reference: Real images, usually the training data.
        other: Generated images; or held-out ones, for the real scores.
        held_out: Real images that were not trained on, for memorization; or None.
        classes: Whether the logits belong to the classes of all three.
        seed: Seed of all random choices.
        metrics: Some of `METRICS`; by default all, except those that need missing
            logits, labels or held-out images.
        required: Whether a named metric that cannot be computed is an error.

    Returns:
        By name: the value, its settings for the protocol, and details.

    Raises:
        ValueError: If a metric is unknown or lacks its inputs, or there are too few
            images.
    """
    unseen = held_out not in (None, other)
    sets = reference, other.rows, unseen, classes
    values = {}
    for metric in measurable(*sets, metrics, required):
        values |= _METRICS[metric][0](reference, other, seed, held_out)
    return values


def measurable(
    reference: Collected,
    rows: Collection[str],
    unseen: bool,
    classes: bool,
    metrics: Sequence[str] | None = None,
    required: bool = True,
) -> list[str]:
    """The metrics that can be computed, some of `metrics`, or of all by default.

    Args:
        reference: Real images.
        rows: Names of the rows of the set to measure, as `Collected.rows` has them.
        unseen: Whether there are real images that were not trained on.
        classes: As in `values_of`.
        metrics: As in `values_of`.
        required: As in `values_of`.
    """
    check_metrics(metrics)
    possible = [m for m in METRICS if _has(m, reference, rows, unseen, classes)]
    missing = sorted({*(metrics or ())} - {*possible})
    if missing and required:
        raise ValueError(
            f"{missing[0]!r} needs {NEEDS[_METRICS[missing[0]][1]]}. Received: none. "
            "Leave it out of `metrics`, or pass them."
        )
    return [metric for metric in metrics or METRICS if metric in possible]


def names_of(metrics: Sequence[str] | None) -> list[str]:
    """The names of all values of these metrics; of all metrics for None."""
    wanted = METRICS if metrics is None else metrics
    return [name for metric in wanted for name in _NAMES.get(metric, (metric,))]


def check_classes(metrics: Sequence[str] | None, difference: str) -> None:
    """Refuses a named metric that compares classes, if they differ.

    Args:
        metrics: Names, or None for all that can be measured.
        difference: From `Extractor.other_classes`.

    Raises:
        ValueError: If there is a difference and a metric that needs the same classes.
    """
    for name in metrics or ():
        if difference and _METRICS[name][1] in ("classes", "labels"):
            raise ValueError(
                f"`{name}` needs features= (--features) that are a classifier of the "
                f"GAN's own classes. Received: {difference}. Leave it out of `metrics`."
            )


def check_metrics(metrics: Sequence[str] | None, unseen: bool = True) -> None:
    """Checks that names are in `METRICS`.

    Args:
        metrics: Names, or None for all that can be measured.
        unseen: Whether there are real images that were not trained on.

    Raises:
        ValueError: If a name is unknown, with a list of the known ones, or a metric
            needs unseen images.
    """
    if metrics is None:
        return
    if isinstance(metrics, str) or not len(metrics):
        raise ValueError(
            f"`metrics` must be a list of some of {', '.join(METRICS)}. Received: "
            f"{metrics!r}. Leave it out for all."
        )
    for name in metrics:
        if name not in _METRICS:
            near = did_you_mean(name, METRICS) if isinstance(name, str) else ""
            raise ValueError(
                f"`metrics` must be some of {', '.join(METRICS)}. Received: "
                f"{name!r}.{near}"
            )
        if _METRICS[name][1] == "unseen" and not unseen:
            raise ValueError(
                f"`{name}` needs images that were not trained on. Received: none. "
                "Pass `held_out` (--held-out)."
            )


NEEDS = {
    "logits": "features with logits",
    "classes": "a classifier of the classes of these images as features",
    "unseen": "held-out images that were not trained on, and all features in memory",
    "labels": "labels of the generated images, and a classifier as features",
    "all labels": "labels of real and generated images",
}


def _has(metric, reference, rows, unseen, classes):
    return {
        "": True,
        "logits": "logits" in rows,
        "classes": classes,
        "unseen": unseen and reference.whole is not None,
        "labels": classes and "labels" in rows,
        "all labels": "labels" in rows and "labels" in reference.rows,
    }[_METRICS[metric][1]]


def _rows(reference, other):
    """The number of rows of each set, for a metric of pairs."""
    sizes = {"reference_rows": reference, "generated_rows": other}
    return {name: len(x.rows["pool"]) for name, x in sizes.items()}


# Each takes the reference, another set, the seed and the held-out set. It returns, by
# name: the value, its settings for the protocol, and details.
def _fid(reference, other, seed, held_out):
    return {"fid": (fid(reference.statistics, other.statistics), {}, {})}


def _kid(reference, other, seed, held_out):
    size = min(SUBSET_SIZE, *(len(x.rows["pool"]) for x in (reference, other)))
    settings = {"subsets": SUBSETS, "subset_size": size}
    pools = reference.rows["pool"], other.rows["pool"]
    mean, deviation = kid(*pools, **settings, seed=seed)
    settings |= _rows(reference, other)
    return {"kid": (mean, settings, {"deviation": deviation})}


def _precision_recall(reference, other, seed, held_out):
    pools, settings = (reference.rows["pool"], other.rows["pool"]), {"k": MANIFOLD_K}
    values = precision_recall(*pools, **settings)
    settings |= _rows(reference, other)
    names = "precision", "recall"
    return {n: (v, settings, {}) for n, v in zip(names, values, strict=True)}


def _density_coverage(reference, other, seed, held_out):
    pools, settings = (reference.rows["pool"], other.rows["pool"]), {"k": COVERAGE_K}
    values = density_coverage(*pools, **settings)
    settings |= _rows(reference, other)
    names = "density", "coverage"
    return {n: (v, settings, {}) for n, v in zip(names, values, strict=True)}


def _inception_score(reference, other, seed, held_out):
    logits = other.rows["logits"]
    if len(logits) < SPLITS:
        return {}  # too few held-out images
    mean, deviation = inception_score(logits, splits=SPLITS, seed=seed)
    settings = {"splits": SPLITS, "generated_rows": len(logits)}
    return {"inception_score": (mean, settings, {"deviation": deviation})}


def _class_shares(reference, other, seed, held_out):
    """The largest deviation of the share of a class, relative to the reference.

    `outside` is the share of images in classes that are not in the reference.
    """
    real, fake = (x.classes / x.classes.sum() for x in (reference, other))
    known = real > 0
    relative = np.divide(fake, real, out=np.ones(len(real)), where=known)
    shares = [
        round(float(x), 3) if k else None for x, k in zip(relative, known, strict=True)
    ]
    details = {"relative_shares": shares, "outside": float(fake[~known].sum())}
    return {"class_share_error": (float(np.abs(relative - 1).max()), {}, details)}


def _memorization(reference, other, seed, held_out):
    sides = held_out.rows["pool"], other.rows["pool"]
    value = memorization(reference.whole, *(x.astype("float32") for x in sides))
    return {"memorization": (value, {"generated_rows": len(sides[1])}, {})}


def _class_accuracy(reference, other, seed, held_out):
    value = class_accuracy(other.rows["logits"], other.rows["labels"])
    return {"class_accuracy": (value, {}, {})}


def _class_fid(reference, other, seed, held_out):
    sides = [x.rows[name] for x in (reference, other) for name in ("pool", "labels")]
    distances = class_fid(*sides)
    known = np.isfinite(distances)  # classes with at least two images in each set
    if not known.any():
        return {}
    by_class = [round(float(x), 4) if np.isfinite(x) else None for x in distances]
    settings = _rows(reference, other)
    mean = float(distances[known].mean())
    return {"class_fid": (mean, settings, {"by_class": by_class})}


_METRICS = {
    "fid": (_fid, ""),
    "kid": (_kid, ""),
    "precision_recall": (_precision_recall, ""),
    "density_coverage": (_density_coverage, ""),
    "inception_score": (_inception_score, "logits"),
    "class_shares": (_class_shares, "classes"),
    "memorization": (_memorization, "unseen"),
    "class_accuracy": (_class_accuracy, "labels"),
    "class_fid": (_class_fid, "all labels"),
}
METRICS = tuple(_METRICS)
_NAMES = {  # of metrics whose values have other names
    "precision_recall": ("precision", "recall"),
    "density_coverage": ("density", "coverage"),
    "class_shares": ("class_share_error",),
}
