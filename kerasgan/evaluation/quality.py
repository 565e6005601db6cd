"""All figures of one set of generated images, in one pass over each set of images.

Knows no GAN: it takes batches of images, wherever they come from.
"""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np

from kerasgan.metrics.conditional import class_accuracy, class_fid
from kerasgan.evaluation.extractors import Extractor
from kerasgan.metrics.fid import fid
from kerasgan.metrics.inception_score import inception_score
from kerasgan.metrics.kid import kid
from kerasgan.metrics.neighbours import memorisation
from kerasgan.metrics.precision_recall import density_coverage, precision_recall
from kerasgan.metrics.statistics import FeatureStatistics

KEPT = 10_000  # rows of features of each set; what compares pairs is quadratic in them
WHOLE = 2**28  # bytes of features up to which a set keeps those of all its images
MANIFOLD_K, COVERAGE_K = 3, 5
SUBSETS, SUBSET_SIZE = 100, 1000
SPLITS = 10


class Collected:
    """Features of a set: statistics of all, and a random part of them as rows.

    Args:
        batches: uint8 images (N, H, W, C), or (images, labels), batch by batch.
        extractor: The network.
        kept: How many rows to keep, drawn evenly from all.
        seed: Seed of that drawing.
        image_shape: (H, W, C) that the images must have; that of the first by default.

    Attributes:
        count: Images in all.
        image_shape: Theirs.
        sha256: How the hash of all images begins.
        statistics: Of the features of all.
        classes: How often each class has the largest logit, of all (classes,); or None.
        whole: The pooled features of all, (N, d), float32; None where they are large.
        rows: Of those kept: "pool" (n, d), and where there are any "logits"
            (n, classes) and "labels" (n,).

    Raises:
        ValueError: If there is no image, or shapes differ.
    """

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
        self._rng, self._kept = np.random.default_rng(seed), kept
        digest = hashlib.sha256()
        for batch in batches:
            images, labels = batch if isinstance(batch, tuple) else (batch, None)
            self._check_shape(images.shape[1:])
            digest.update(np.ascontiguousarray(images))
            found = extractor(images)
            if self.statistics is None:
                self.statistics = FeatureStatistics(found["pool"].shape[1])
            self.statistics.update(found["pool"])
            self._count_classes(found.get("logits"))
            self._keep(found | ({} if labels is None else {"labels": labels}))
        if not self.count:
            raise ValueError("There is no image to measure. Received: no batch.")
        self.sha256 = digest.hexdigest()[:12]
        self.whole = np.concatenate(self._parts) if self._parts else None

    def _check_shape(self, shape):
        self.image_shape = self.image_shape or shape
        if tuple(shape) != tuple(self.image_shape):
            raise ValueError(
                "All images, real and generated, must have one shape. Received: "
                f"{tuple(shape)} and {tuple(self.image_shape)}. Convert them: "
                "kerasgan.data.load(..., size=, channels=)."
            )

    def _count_classes(self, logits):
        if logits is not None:
            counts = np.bincount(logits.argmax(axis=1), minlength=logits.shape[1])
            self.classes = counts + (0 if self.classes is None else self.classes)

    def _keep(self, found):
        """Algorithm R: after each row, those kept are an even sample of all so far."""
        first, pool = self.count, found["pool"]
        self.count += len(pool)
        if self._parts is not None:
            self._parts.append(pool.astype("float32"))
            if self.count * self._parts[-1][0].nbytes > WHOLE:
                self._parts = None
        free = max(0, min(self._kept - first, len(pool)))
        for name, values in found.items():
            held = self.rows.get(name, values[:0])
            self.rows[name] = np.concatenate([held, values[:free]])
        for row in range(free, len(pool)):
            place = self._rng.integers(first + row + 1)
            if place < self._kept:
                for name, values in found.items():
                    self.rows[name][place] = values[row]


def values_of(
    reference: Collected,
    other: Collected,
    held_out: Collected | None,
    extractor: Extractor,
    seed: int,
    figures: Sequence[str] | None = None,
    required: bool = True,
) -> dict[str, tuple[float, dict, dict]]:
    """By name: the value, its settings for the protocol, and details.

    Args:
        reference: Real images, usually those trained on.
        other: Generated ones; or the held-out ones, for the floors.
        held_out: Real ones that were not trained on, which memorisation is told by;
            or None.
        extractor: The network of all three.
        seed: Seed of what is drawn.
        figures: Which of `FIGURES`; by default all but those that need logits, labels
            or held-out images where these are missing.
        required: Whether figures that are named must be possible.

    Raises:
        ValueError: If a figure has another name or lacks what it needs, or there are
            too few images.
    """
    check_figures(figures)
    found = {}
    for figure in FIGURES if figures is None else figures:
        function, needs = _FIGURES[figure]
        if _has(needs, reference, other, held_out, extractor):
            found |= function(reference, other, seed, held_out)
        elif figures is not None and required:
            raise ValueError(
                f"{figure!r} needs {NEEDS[needs]}. Received: none. Leave it out of "
                "`figures`, or give them."
            )
    return found


def names_of(figures: Sequence[str] | None) -> list[str]:
    """The names of all values that figures may give; of all figures for None."""
    wanted = FIGURES if figures is None else figures
    return [name for figure in wanted for name in _NAMES.get(figure, (figure,))]


def check_figures(figures: Sequence[str] | None, unseen: bool = True) -> None:
    """Refuses names that are not in `FIGURES`.

    Args:
        figures: Names, or None for all that can be measured.
        unseen: Whether there are real images that were not trained on.

    Raises:
        ValueError: Listing those that are, or where one needs unseen images.
    """
    if figures is None:
        return
    if isinstance(figures, str) or not len(figures):
        raise ValueError(
            f"`figures` must be a list of some of {', '.join(FIGURES)}. Received: "
            f"{figures!r}. Leave it out for all."
        )
    for name in figures:
        if name not in _FIGURES:
            raise ValueError(
                f"`figures` must be of {', '.join(FIGURES)}. Received: {name!r}."
            )
        if _FIGURES[name][1] == "unseen" and not unseen:
            raise ValueError(
                f"`{name}` needs images that were not trained on. Received: none. "
                "Pass `held_out`."
            )


NEEDS = {
    "logits": "features with logits",
    "classes": "a classifier of these images' classes as features",
    "unseen": "held-out images that were not trained on, and all features in memory",
    "labels": "labels of the generated images, and a classifier as features",
    "all labels": "labels of real and generated images",
}


def _has(needs, reference, other, held_out, extractor):
    return {
        "": True,
        "logits": "logits" in other.rows,
        "classes": extractor.classes,
        "unseen": held_out not in (None, other) and reference.whole is not None,
        "labels": extractor.classes and "labels" in other.rows,
        "all labels": "labels" in other.rows and "labels" in reference.rows,
    }[needs]


def _rows(reference, other):
    """How many rows of each set a figure of pairs was computed from."""
    sizes = {"reference_rows": reference, "generated_rows": other}
    return {name: len(x.rows["pool"]) for name, x in sizes.items()}


# Each takes the reference, another set, the seed and the held-out set, and returns by
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
        return {}  # of a few held-out images there is no such figure
    mean, deviation = inception_score(logits, splits=SPLITS, seed=seed)
    settings = {"splits": SPLITS, "generated_rows": len(logits)}
    return {"inception_score": (mean, settings, {"deviation": deviation})}


def _class_shares(reference, other, seed, held_out):
    """The largest deviation of a class's share, relative to the reference's.

    `outside` is the share of images in classes that the reference lacks.
    """
    real, fake = (x.classes / x.classes.sum() for x in (reference, other))
    known = real > 0
    relative = np.divide(fake, real, out=np.ones(len(real)), where=known)
    shares = [
        round(float(x), 3) if k else None for x, k in zip(relative, known, strict=True)
    ]
    details = {"relative_shares": shares, "outside": float(fake[~known].sum())}
    return {"class_share_error": (float(np.abs(relative - 1).max()), {}, details)}


def _memorisation(reference, other, seed, held_out):
    sides = held_out.rows["pool"], other.rows["pool"]
    value = memorisation(reference.whole, *(x.astype("float32") for x in sides))
    return {"memorisation": (value, {"generated_rows": len(sides[1])}, {})}


def _class_accuracy(reference, other, seed, held_out):
    value = class_accuracy(other.rows["logits"], other.rows["labels"])
    return {"class_accuracy": (value, {}, {})}


def _class_fid(reference, other, seed, held_out):
    sides = [x.rows[name] for x in (reference, other) for name in ("pool", "labels")]
    distances = class_fid(*sides)
    known = np.isfinite(distances)  # of classes with at least two images on each side
    if not known.any():
        return {}
    by_class = [round(float(x), 4) if np.isfinite(x) else None for x in distances]
    settings = _rows(reference, other)
    mean = float(distances[known].mean())
    return {"class_fid": (mean, settings, {"by_class": by_class})}


_FIGURES = {
    "fid": (_fid, ""),
    "kid": (_kid, ""),
    "precision_recall": (_precision_recall, ""),
    "density_coverage": (_density_coverage, ""),
    "inception_score": (_inception_score, "logits"),
    "class_shares": (_class_shares, "classes"),
    "memorisation": (_memorisation, "unseen"),
    "class_accuracy": (_class_accuracy, "labels"),
    "class_fid": (_class_fid, "all labels"),
}
FIGURES = tuple(_FIGURES)
_NAMES = {  # where a figure's values have others than its own
    "precision_recall": ("precision", "recall"),
    "density_coverage": ("density", "coverage"),
    "class_shares": ("class_share_error",),
}
