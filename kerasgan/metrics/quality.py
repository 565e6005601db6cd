"""All figures of one set of generated images, in one pass over each set of images.

Knows no GAN: it takes batches of images, wherever they come from.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from kerasgan.metrics.conditional import class_accuracy, class_fid
from kerasgan.metrics.extractors import Extractor
from kerasgan.metrics.fid import fid
from kerasgan.metrics.inception_score import inception_score
from kerasgan.metrics.kid import kid
from kerasgan.metrics.modes import class_shares
from kerasgan.metrics.neighbours import memorisation
from kerasgan.metrics.precision_recall import density_coverage, precision_recall
from kerasgan.metrics.statistics import FeatureStatistics

KEPT = 10_000  # rows of features of each set; what compares pairs is quadratic in them
MANIFOLD_K, COVERAGE_K = 3, 5
SUBSETS, SUBSET_SIZE = 100, 1000


class Collected:
    """Features of a set: statistics of all, and a random part of them as rows.

    Args:
        batches: uint8 images (N, H, W, C), or (images, labels), batch by batch.
        extractor: The network.
        kept: How many rows to keep, drawn evenly from all.
        seed: Seed of that drawing.

    Attributes:
        count: Images in all.
        statistics: Of all.
        rows: Of those kept: "pool" (n, d), and where there are any "logits"
            (n, classes) and "labels" (n,).

    Raises:
        ValueError: If there is no image.
    """

    def __init__(
        self, batches: Iterable, extractor: Extractor, kept: int = KEPT, seed: int = 0
    ):
        self.count, self.statistics, self.rows = 0, None, {}
        self._rng, self._kept = np.random.default_rng(seed), kept
        for batch in batches:
            images, labels = batch if isinstance(batch, tuple) else (batch, None)
            found = extractor(images)
            if self.statistics is None:
                self.statistics = FeatureStatistics(found["pool"].shape[1])
            self.statistics.update(found["pool"])
            self._keep(found | ({} if labels is None else {"labels": labels}))
        if not self.count:
            raise ValueError("There is no image to measure. Received: no batch.")

    def _keep(self, found):
        """Algorithm R: after each row, those kept are an even sample of all so far."""
        first = self.count
        self.count += len(found["pool"])
        free = max(0, min(self._kept - first, len(found["pool"])))
        for name, values in found.items():
            held = self.rows.get(name, values[:0])
            self.rows[name] = np.concatenate([held, values[:free]])
        for row in range(free, len(found["pool"])):
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
) -> dict[str, tuple[float, dict, dict]]:
    """By name: the value, its settings for the protocol, and details.

    Args:
        reference: Real images, usually those trained on.
        other: Generated ones; or the held-out ones, for the floors.
        held_out: Real ones that were not trained on; or None.
        extractor: The network of all three.
        seed: Seed of what is drawn.
        figures: Which of `FIGURES`; all where not given. Those that need logits,
            labels or held-out images are left out where these are missing.

    Raises:
        ValueError: If a figure has another name, or there are too few images.
    """
    check_figures(figures)
    found = {}
    for figure in figures or FIGURES:
        function, needs = _FIGURES[figure]
        if _has(needs, reference, other, held_out, extractor):
            found |= function(reference, other, seed, held_out)
    return found


def check_figures(figures: Sequence[str] | None) -> None:
    """Refuses names that are not in `FIGURES`.

    Raises:
        ValueError: Listing those that are.
    """
    for name in figures or ():
        if name not in _FIGURES:
            raise ValueError(
                f"`figures` must be of {', '.join(FIGURES)}. Received: {name!r}."
            )


def _has(needs, reference, other, held_out, extractor):
    return {
        "": True,
        "logits": "logits" in other.rows,
        "classes": extractor.classes,
        "held_out": held_out is not None,
        "labels": extractor.classes and "labels" in other.rows,
        "all labels": "labels" in other.rows and "labels" in reference.rows,
    }[needs]


# Each takes the reference, another set, the seed and the held-out set, and returns by
# name: the value, its settings for the protocol, and details.
def _fid(reference, other, seed, held_out):
    return {"fid": (fid(reference.statistics, other.statistics), {}, {})}


def _kid(reference, other, seed, held_out):
    size = min(SUBSET_SIZE, *(len(x.rows["pool"]) for x in (reference, other)))
    settings = {"subsets": SUBSETS, "subset_size": size}
    pools = reference.rows["pool"], other.rows["pool"]
    mean, deviation = kid(*pools, **settings, seed=seed)
    return {"kid": (mean, settings, {"deviation": deviation})}


def _precision_recall(reference, other, seed, held_out):
    pools, settings = (reference.rows["pool"], other.rows["pool"]), {"k": MANIFOLD_K}
    values = precision_recall(*pools, **settings)
    names = "precision", "recall"
    return {n: (v, settings, {}) for n, v in zip(names, values, strict=True)}


def _density_coverage(reference, other, seed, held_out):
    pools, settings = (reference.rows["pool"], other.rows["pool"]), {"k": COVERAGE_K}
    values = density_coverage(*pools, **settings)
    names = "density", "coverage"
    return {n: (v, settings, {}) for n, v in zip(names, values, strict=True)}


def _inception_score(reference, other, seed, held_out):
    mean, deviation = inception_score(other.rows["logits"], seed=seed)
    details = {"deviation": deviation}
    return {"inception_score": (mean, {"splits": 10}, details)}


def _class_shares(reference, other, seed, held_out):
    """The largest deviation of a class's share, relative to the reference's."""
    logits = [x.rows["logits"] for x in (reference, other)]
    real, fake = (class_shares(x.argmax(axis=1), x.shape[1]) for x in logits)
    relative = fake / np.maximum(real, 1e-12)
    details = {"relative_shares": [round(float(x), 3) for x in relative]}
    return {"class_share_error": (float(np.abs(relative - 1).max()), {}, details)}


def _memorisation(reference, other, seed, held_out):
    pools = (x.rows["pool"] for x in (reference, held_out, other))
    return {"memorisation": (memorisation(*pools), {}, {})}


def _class_accuracy(reference, other, seed, held_out):
    value = class_accuracy(other.rows["logits"], other.rows["labels"])
    return {"class_accuracy": (value, {}, {})}


def _class_fid(reference, other, seed, held_out):
    sides = [x.rows[name] for x in (reference, other) for name in ("pool", "labels")]
    distances = class_fid(*sides)
    details = {"by_class": [round(float(x), 4) for x in distances]}
    return {"class_fid": (float(distances.mean()), {}, details)}


_FIGURES = {
    "fid": (_fid, ""),
    "kid": (_kid, ""),
    "precision_recall": (_precision_recall, ""),
    "density_coverage": (_density_coverage, ""),
    "inception_score": (_inception_score, "logits"),
    "class_shares": (_class_shares, "classes"),
    "memorisation": (_memorisation, "held_out"),
    "class_accuracy": (_class_accuracy, "labels"),
    "class_fid": (_class_fid, "all labels"),
}
FIGURES = tuple(_FIGURES)
