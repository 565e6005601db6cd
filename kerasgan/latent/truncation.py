"""How likeness and variety change with the truncation of latents.

Papers: Brock et al. 2018, https://arxiv.org/abs/1809.11096 (section 3.1); Kynkaanniemi
et al. 2019, https://arxiv.org/abs/1904.06991 (figure 4).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kerasgan import checks
from kerasgan.core.gan import GAN
from kerasgan.evaluation.extractors import Features, extractor, features_for
from kerasgan.evaluation.real_data import Dataset, as_uint8, in_memory
from kerasgan.metrics import precision_recall
from kerasgan.plots import line_chart


class TruncationCurve(NamedTuple):
    """Precision and recall at each level of truncation.

    Attributes:
        levels: t of `generate(truncation=t)`; infinite for none.
        precision: The share of generated images that look real.
        recall: The share of real images that look generated.
        protocol: The features, and the number of images.
    """

    levels: tuple[float, ...]
    precision: tuple[float, ...]
    recall: tuple[float, ...]
    protocol: dict


def truncation_curve(
    gan: GAN,
    dataset: Dataset,
    features: Features | None = None,
    *,
    levels: Sequence[float] | None = None,
    num_samples: int = 2000,
    seed: int = 0,
) -> TruncationCurve:
    """Measures a GAN at several levels of truncation, and without it.

    Args:
        gan: A GAN of images.
        dataset: Real images: an array or a dataset of `kerasgan.data.load`.
        features: As in `kerasgan.evaluation.extractor`; by default, the classifier of
            the dataset.
        levels: t of `generate(truncation=t)`; by default, the GAN's `truncations`.
        num_samples: Generated images for each level, and at most as many real ones.
        seed: Seed of the latents and of the choice of real images.

    Raises:
        TypeError: If the images are not all in memory.
        ValueError: If the features do not fit the images.
    """
    checks.check_count("num_samples", num_samples, least=10)
    arrays = in_memory(dataset)
    if arrays is None:
        raise TypeError(
            "A truncation curve needs all images at once: an array or a dataset of "
            f"kerasgan.data.load. Received: {type(dataset).__name__}."
        )
    network = extractor(features or features_for(gan, dataset, "auto"))
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(arrays[0]))[:num_samples]
    real = network(as_uint8(arrays[0][np.sort(chosen)]))["pool"]
    condition = gan.condition.measured(num_samples)
    values, levels = [], gan.truncations if levels is None else levels
    for level in (*levels, None):
        options = {"seed": seed, "truncation": level, **condition}
        made = network(gan.generate(num_samples, **options))["pool"]
        values.append(precision_recall(real, made))
    protocol = network.protocol | {"real_count": len(real), "seed": seed}
    protocol |= {"generated_count": num_samples, "k": 3}
    precision, recall = zip(*values, strict=True)
    return TruncationCurve((*levels, float("inf")), precision, recall, protocol)


def draw_curve(curve: TruncationCurve, side: int = 320) -> np.ndarray:
    """Draws precision (blue) and recall (orange) against the level of truncation.

    Args:
        curve: From `truncation_curve`.
        side: Height of the picture in pixels.

    Returns:
        uint8 (side, 1.5 side, 3).
    """
    names = ["none" if np.isinf(x) else f"{x:g}" for x in curve.levels]
    series = {"precision": curve.precision, "recall": curve.recall}
    places = range(len(names))
    return line_chart(places, series, labels=names, limits=(0.0, 1.0), side=side)
