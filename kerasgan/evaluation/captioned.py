"""Measures models that draw captions, on captions that they were not trained on."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from kerasgan import data
from kerasgan.data import pictures
from kerasgan.data.dataset import in_eight_bits
from kerasgan.evaluation.evaluation import SEED
from kerasgan.evaluation.extractors import Features
from kerasgan.evaluation.pairs import Direction, PairEvaluation
from kerasgan.evaluation.resize import METHOD, smaller
from kerasgan.evaluation.result import Result
from kerasgan.metrics.r_precision import CANDIDATES, r_precision
from kerasgan.metrics.sharpness import sharpness

LEAST = 32  # pixels that images of the first stage are enlarged to for features


def evaluate_captions(
    gan: Any,
    held_out: data.Images,
    training: data.Images | None = None,
    *,
    judge: Any = None,
    groups: Sequence[Any] | None = None,
    features: Features = "features_cifar10",
    candidates: int = CANDIDATES,
    seed: int = SEED,
) -> dict[str, Result]:
    """Measures both stages of a `StackGAN` on the names of held-out images.

    The GAN draws one image of each name. The baseline "upscaled" is the first stage's
    image, enlarged by Lanczos.

    Args:
        gan: The model, which does not change.
        held_out: Images with captions, of `kerasgan.data.read(..., captions=)`.
        training: The training images in the same form, for the `real_score` of the
            Frechet distances.
        judge: Another `StackGAN`, whose encoders were trained on the training images
            with another seed; None for no R-precision. Its `real_score` is that of the
            held-out images with their own captions.
        groups: What each held-out image shows, for R-precision; by default its name up
            to the first colon, so that "elf: dark skin tone" is an "elf".
        features: As in `extractor`, for the Frechet distances.
        candidates: As in `r_precision`.
        seed: Seed of latents and of the choice of captions.

    Returns:
        The results by name: "fid_features_cifar10" and "patch_fid_features_cifar10" of
        the second stage, "fid_stage_1_features_cifar10", "sharpness", "r_precision".

    Raises:
        ValueError: If the images have no captions, do not fit the model, or the judge
            is the model itself.
    """
    names, images = _names(held_out), in_eight_bits(held_out.images, "images")
    if judge is gan:
        raise ValueError(
            "`judge` must be another model. Received: the model itself, whose text "
            "encoder its generators were trained with. Train one with another seed."
        )
    small, made = drawn(gan, names, seed)
    sides = tuple(images.shape[1:3])
    upscaled = _resized(small, sides)
    shown = {"captions": f"names of {held_out.name}", "seed": seed}
    shown["moving_average"] = gan.ema_decay > 0
    known = None if training is None else in_eight_bits(training.images, "images")
    distances = _distances(images, known, held_out.name, features, seed)
    results = distances.of_images(made, **shown)
    for name, other in distances.of_images(upscaled, **shown).items():
        results[name] = _beside(results[name], upscaled=other.value)
    results |= _of_first_stage(small, images, known, held_out.name, features, shown)
    results["sharpness"] = Result(
        "sharpness",
        float(sharpness(made).mean()),
        {"filter": "mean absolute Laplacian", "generated_count": len(made)} | shown,
        float(sharpness(images).mean()),
        {"baselines": {"upscaled": float(sharpness(upscaled).mean())}},
    )
    if judge is not None:
        groups = [n.split(":")[0] for n in names] if groups is None else list(groups)
        retrieval = Retrieval(judge, names, groups, candidates, seed)
        result = retrieval.of_images(made, images, **shown)
        others = {"upscaled": retrieval.score(upscaled), "chance": 1 / candidates}
        results["r_precision"] = _beside(result, **others)
    return results


class Retrieval:
    """R-precision of images by the encoders of a judge.

    Args:
        judge: A `StackGAN` whose encoders are trained.
        names: The images' captions.
        groups: What the images show.
        candidates: As in `r_precision`.
        seed: Seed of the choice of captions.
    """

    def __init__(
        self,
        judge: Any,
        names: Sequence[str],
        groups: Sequence[Any],
        candidates: int = CANDIDATES,
        seed: int = SEED,
    ):
        self.judge, self.groups = judge, groups
        self.candidates, self.seed = candidates, seed
        self.captions = judge.embed_captions(list(names))

    def score(self, images: np.ndarray) -> float:
        """The R-precision of images, uint8 (N, H, W, C), in the order of the names."""
        vectors = self.judge.embed_images(images)
        options = self.candidates, self.seed
        return r_precision(vectors, self.captions, self.groups, *options)

    def of_images(
        self, images: np.ndarray, real: np.ndarray, **protocol: Any
    ) -> Result:
        """The result for generated images, with the score of the real ones."""
        name = self.judge.origin.get("name", "in memory")
        settings = {"judge": name, "candidates": self.candidates}
        settings["groups"] = len(set(self.groups))
        settings["generated_count"] = len(images)
        return Result(
            "r_precision", self.score(images), settings | protocol, self.score(real)
        )


def drawn(
    gan: Any, names: Sequence[str], seed: int = SEED
) -> tuple[np.ndarray, np.ndarray]:
    """What both stages draw of names from the same latents, uint8 (N, H, W, C)."""
    options = {"captions": list(names), "seed": seed}
    return gan.generate(stage=1, **options), gan.generate(stage=2, **options)


def _names(images) -> list[str]:
    if getattr(images, "captions", None) is None:
        raise ValueError(
            "`held_out` must be images with captions. Received: images alone. Read "
            "them by kerasgan.data.read(folder, captions=..., size=...)."
        )
    return [texts[0] for texts in images.captions]


def _of_first_stage(small, images, known, name, features, shown) -> dict[str, Result]:
    """The Frechet distance of small images, all enlarged to what features take."""
    sides = tuple(small.shape[1:3])
    factor = max(1, -(-LEAST // min(sides)))

    def enlarged(x):
        return x.repeat(factor, axis=1).repeat(factor, axis=2)

    images, known = (
        None if x is None else enlarged(smaller(x, sides)) for x in (images, known)
    )
    distances = _distances(images, known, name, features, shown["seed"], ["fid"])
    facts = f"{sides[0]}x{sides[1]} pixels {METHOD}, each repeated {factor} times"
    results = distances.of_images(enlarged(small), stage=1, small=facts, **shown)
    for key, result in results.items():
        name = key.replace("fid", "fid_stage_1", 1)
        return {name: replace(result, name=name)}
    return {}


def _distances(images, known, name, features, seed, metrics=None) -> PairEvaluation:
    """Frechet distances from real images."""
    training = None if known is None else (known, known)
    direction = Direction("forward", images, images, None, False, training, name)
    return PairEvaluation(direction, features, metrics=metrics, seed=seed)


def _beside(result, **baselines) -> Result:
    details = dict(result.details)
    details["baselines"] = details.get("baselines", {}) | baselines
    return replace(result, details=details)


def _resized(images, sides) -> np.ndarray:
    """Images at other sides, by Lanczos."""
    return pictures.shape_all(images, **pictures.SHAPING | {"size": sides})
