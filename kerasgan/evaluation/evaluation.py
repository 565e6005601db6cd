"""Measures the quality of images, always with the same real images and features.

`GAN.evaluate_quality`, the callbacks, the command line and the benchmarks use it.
"""

import functools
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from kerasgan import checks
from kerasgan.core.gan import GAN
from kerasgan.core.image_to_image import ImageToImage
from kerasgan.data.pictures import check_size
from kerasgan.data.progress import counted
from kerasgan.errors import refuse_unknown
from kerasgan.evaluation import cache as kept
from kerasgan.evaluation.extractors import Features, extractor, features_for
from kerasgan.evaluation.quality import (
    Collected,
    check_classes,
    check_metrics,
    measurable,
    names_of,
    values_of,
)
from kerasgan.evaluation.real_data import (
    CHUNK,
    HELD_OUT,
    Dataset,
    batches_of,
    hold_out,
    in_memory,
    is_repeatable,
    name_of,
)
from kerasgan.evaluation.resize import METHOD, all_smaller, shape_at
from kerasgan.evaluation.result import Result

# The protocol of the tables, so that everybody can measure their values again. A
# training that keeps its best state chooses it with latents of another seed.
NUM_SAMPLES, SEED = 10_000, 2
OPTIONS = "num_samples", "seed", "metrics", "progress", "cache"


def evaluate_quality(
    gan: GAN,
    dataset: Dataset,
    features: Features = "auto",
    held_out: Dataset | None = None,
    size: int | tuple[int, int] | None = None,
    **options: Any,
) -> dict[str, Result]:
    """Measures the images of a GAN's moving average; the GAN does not change.

    Args:
        gan: The GAN.
        dataset: Real images, as in `Evaluation`.
        features: "auto" for the classifier of the dataset, or else Inception; or as in
            `extractor`.
        held_out: Real images that were not trained on, as in `Evaluation`.
        size: As in `Evaluation`.
        **options: `num_samples`, `seed`, `metrics`, `progress`, `cache` of
            `Evaluation`.

    Returns:
        The results by name, such as "fid_features_mnist".

    Raises:
        ValueError: If images, metrics or counts are invalid.
        InceptionUnavailableError: If there are no features.
    """
    refuse_unknown(evaluate_quality, set(options) - set(OPTIONS), OPTIONS)
    evaluation = evaluation_of(gan, dataset, features, held_out, size, **options)
    return evaluation.of_gan(gan)


def evaluation_of(
    gan: GAN,
    dataset: Dataset,
    features: Features,
    held_out: Dataset | None,
    size: int | tuple[int, int] | None,
    **options: Any,
) -> "Evaluation":
    """The evaluation of a GAN's images; arguments as in `evaluate_quality`.

    Raises:
        TypeError: If it is a model from images to images.
    """
    if isinstance(gan, ImageToImage):
        name = type(gan).__name__
        raise TypeError(
            "`evaluate_quality` and `EvaluateQuality` measure GANs from latents. "
            f"Received: {name}, which makes images from images. Measure it with "
            "evaluation.evaluate_pairs(model, held_out), such as after the training."
        )
    check_metrics(options.get("metrics"), unseen=held_out is not None)
    features = features_for(gan, dataset, features)
    options |= {"size": size, "image_shape": shape_at(check_size(size), gan.data_shape)}
    return Evaluation(dataset, features, held_out, **options)


class Evaluation:
    """Measures generated images against real ones.

    Args:
        dataset: Real images, usually the training data: an array (N, H, W, C), uint8 or
            floats in [-1, 1], a dataset of `kerasgan.data.load`, or an iterable of
            batches, which are images or (images, labels).
        features: As in `extractor`.
        held_out: Real images that were not trained on, for the real score and for
            memorization. By default every fifth image of an array or a `kerasgan.data`
            dataset gives the real score; an iterable gives none.
        num_samples: Number of images to generate.
        seed: Seed of their latents, and of all random choices in the metrics.
        metrics: Some of `METRICS`; by default all that can be measured.
        progress: Whether to show progress.
        cache: Whether to keep features of real images on disk, in $KERASGAN_CACHE or
            ~/.cache/kerasgan, for the next evaluation. Needs images in memory, and
            features that have a name.
        size: Side in pixels, or (H, W), to which all images, real and generated, are
            made smaller by averaging areas before they are measured.
        image_shape: The (H, W, C) that all images must have, after `size`; by default
            that of the first real image.

    Example:
        ```python
        evaluation = Evaluation(dataset, "features_mnist", held_out=test)
        results = evaluation.of_gan(gan)
        print(results["fid_features_mnist"])
        ```

    Raises:
        ValueError: If images do not fit, or a metric is unknown.
        InceptionUnavailableError: If the weights of Inception are missing.
    """

    def __init__(
        self,
        dataset: Dataset,
        features: Features,
        held_out: Dataset | None = None,
        *,
        num_samples: int = NUM_SAMPLES,
        seed: int = SEED,
        metrics: Sequence[str] | None = None,
        progress: bool = False,
        cache: bool = False,
        size: int | tuple[int, int] | None = None,
        image_shape: tuple[int, ...] | None = None,
    ):
        check_metrics(metrics, unseen=held_out is not None)
        self.num_samples = checks.check_count("num_samples", num_samples, least=10)
        self.seed = checks.check_count("seed", seed, least=0)
        self.metrics, self.progress, self.cache = metrics, progress, cache
        self.size, self.image_shape = check_size(size), image_shape
        self.extractor = extractor(features)
        self.protocol = {"reference": name_of(dataset), "seed": seed}
        self._unseen = held_out is not None
        self.captions = getattr(dataset, "captions", None)
        if held_out is not None:
            self.protocol["held_out"] = name_of(held_out)
        elif (arrays := in_memory(dataset)) is not None:
            dataset, held_out = hold_out(*arrays)
            self.protocol["held_out"] = f"every {HELD_OUT}th of the reference"
        self.held_out = None
        self.reference = self._collect_real(dataset, "real images")
        self.image_shape = self.reference.image_shape
        self.protocol["reference_sha256"] = self.reference.sha256
        if held_out is not None:
            self.held_out = self._collect_real(held_out, "held-out images")
            if self.held_out.sha256 == self.reference.sha256:
                raise ValueError(
                    "`held_out` must differ from the data. Received: the same images. "
                    "Leave it out, or load another split."
                )

    def of_gan(self, gan: GAN, batch_size: int = 128) -> dict[str, Result]:
        """Measures the moving average of a GAN, with refreshed batch statistics.

        The GAN does not change. A model with class labels gets them in the shares of
        the reference, if it has labels, or else in the shares that the model knows.

        Args:
            gan: The GAN.
            batch_size: Images generated at once.
        """
        classes = self._has_classes_of(gan)
        shares, source = self._class_shares(gan.condition)
        options = self._captions(gan) or gan.condition.measured(
            self.num_samples, shares
        )
        protocol = {"moving_average": gan.ema_decay > 0}
        if "captions" in options:
            of_data = self.captions is not None
            protocol["captions"] = "the reference's" if of_data else "the preset's"
        if "labels" in options:
            protocol["labels"] = source
        with gan.average_kept():
            gan.refresh_statistics()
            images = _generated(gan, self.num_samples, self.seed, batch_size, options)
            return self._measured(images, classes, protocol)

    def _captions(self, gan) -> dict:
        """The names of the reference's images in turn, if it and the GAN have them."""
        if self.captions is None or gan.condition.name != "captions":
            return {}
        rows = np.arange(self.num_samples) % len(self.captions)
        return {"captions": [self.captions[row][0] for row in rows]}

    def of_images(self, images: Dataset, **protocol: Any) -> dict[str, Result]:
        """Measures generated images.

        Args:
            images: As `dataset` of the class.
            **protocol: Further facts about them, for the protocol of the results.
        """
        return self._measured(images, self.extractor.num_classes is not None, protocol)

    def _measured(self, images, classes, protocol) -> dict[str, Result]:
        generated = self._collect(images, "generated images")
        protocol = self._features | self._counts | self.protocol | protocol
        protocol["generated_count"] = generated.count
        results = {}
        for metric, (value, settings, details) in self._values(
            generated, classes
        ).items():
            name = metric + self.extractor.suffix
            real_score = self._real_scores.get(metric)
            results[name] = Result(
                name, value, {**protocol, **settings}, real_score, details
            )
        return results

    def _has_classes_of(self, gan) -> bool:
        """Whether the features are a classifier of the GAN's classes.

        Raises:
            ValueError: If they are not, and a named metric needs it.
        """
        difference = self.extractor.other_classes(gan.condition)
        check_classes(self.metrics, difference)
        return self.extractor.num_classes is not None and not difference

    def _class_shares(self, condition):
        """The shares of classes to generate, or None, and what the protocol says."""
        counts = self.reference.label_counts
        if condition.name == "labels" and 0 < len(counts) <= condition.num_classes:
            shares = np.zeros(condition.num_classes)
            shares[: len(counts)] = counts / counts.sum()
            return shares, "in the reference's shares"
        if getattr(condition, "shares", None) is not None:
            return None, "in the training data's shares"
        return None, "all classes alike"

    def names_for(self, gan: GAN) -> list[str]:
        """The names of the results that `of_gan` gives for a GAN.

        Raises:
            ValueError: If a metric lacks its inputs.
        """
        rows = self.reference.rows.keys() - {"labels"}
        rows |= {"labels"} if gan.condition.name == "labels" else set()
        sets = self.reference, rows, self._unseen
        wanted = measurable(*sets, self._has_classes_of(gan), self.metrics)
        return [name + self.extractor.suffix for name in names_of(wanted)]

    @property
    def _features(self):
        """The protocol of the features, and of resizing before them."""
        protocol = dict(self.extractor.protocol)
        if self.size is not None:
            height, width = self.size
            steps = f"{height}x{width} pixels {METHOD}", protocol["resize"]
            protocol["resize"] = ", then ".join(
                step for step in steps if step != "none"
            )
        return protocol

    @property
    def _counts(self):
        sets = {"reference": self.reference, "held_out": self.held_out}
        return {f"{n}_count": s.count for n, s in sets.items() if s is not None}

    @functools.cached_property
    def _real_scores(self):
        if self.held_out is None:
            return {}
        metrics = None if self.metrics is None else list(self.metrics)
        protocol = {"metrics": metrics, "seed": self.seed, "unseen": self._unseen}
        sets = self.reference, self.held_out
        return kept.scores(sets, {"scores": protocol}, self._scored)

    def _scored(self):
        """The metrics of held-out real images."""
        classes = self.extractor.num_classes is not None
        with warnings.catch_warnings():  # each result names the counts
            warnings.simplefilter("ignore")
            values = self._values(self.held_out, classes, required=False)
        return {metric: value for metric, (value, *_) in values.items()}

    def _values(self, other, classes, required=True):
        sets = self.reference, other, self.held_out if self._unseen else None
        return values_of(*sets, classes, self.seed, self.metrics, required)

    def _collect_real(self, dataset, what):
        """As `_collect`, from disk if `cache` is set."""
        if not (self.cache and self.extractor.kept and is_repeatable(dataset)):
            return self._collect(dataset, what)
        protocol = self._features | {"seed": self.seed, "shape": self.image_shape}
        measure = functools.partial(self._collect, dataset, what)
        return kept.collected(batches_of(dataset), protocol, measure)

    def _collect(self, dataset, what):
        batches = batches_of(dataset)
        if self.size is not None:
            batches = all_smaller(batches, self.size)
        if self.progress:
            batches = counted(batches, what, size=_count_of)
        options = {"seed": self.seed, "image_shape": self.image_shape}
        return Collected(batches, self.extractor, **options)


def _generated(gan, count, seed, batch_size, options) -> Iterator:
    """Batches of images, or (images, labels), for these options of `generate`."""
    latents = gan.draw_latents(count, np.random.default_rng(seed))
    for start in range(0, count, CHUNK):
        rows = slice(start, start + CHUNK)
        part = {name: values[rows] for name, values in options.items()}
        images = gan.generate(latents=latents[rows], batch_size=batch_size, **part)
        yield (images, part["labels"]) if "labels" in part else images


def _count_of(batch):
    return len(batch[0]) if isinstance(batch, tuple) else len(batch)
