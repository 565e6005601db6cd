"""Measuring generated images: the figures, the networks they rest on, their protocol.

The functions take features or logits, (N, d) arrays; `extractor` makes them from
images; a `Result` says how a figure came about.
"""

import importlib

from kerasgan.metrics.conditional import best_match_accuracy, class_accuracy, class_fid
from kerasgan.metrics.fid import fid, frechet_distance
from kerasgan.metrics.inception_score import inception_score
from kerasgan.metrics.kid import kid
from kerasgan.metrics.modes import class_shares, diversity, mode_kl, modes_covered, stacked_labels
from kerasgan.metrics.neighbours import memorisation, nearest_neighbours
from kerasgan.metrics.precision_recall import density_coverage, precision_recall
from kerasgan.evaluation.result import Result
from kerasgan.metrics.statistics import FeatureStatistics

_WITH_KERAS = {  # imported when first used
    "FIGURES": "quality",
    "FeatureClassifier": "classifier",
    "InceptionFeatures": "inception",
    "extractor": "extractors",
}

__all__ = [
    "FIGURES",
    "FeatureClassifier",
    "FeatureStatistics",
    "InceptionFeatures",
    "Result",
    "best_match_accuracy",
    "class_accuracy",
    "class_fid",
    "class_shares",
    "density_coverage",
    "diversity",
    "extractor",
    "fid",
    "frechet_distance",
    "inception_score",
    "kid",
    "memorisation",
    "mode_kl",
    "modes_covered",
    "nearest_neighbours",
    "precision_recall",
    "stacked_labels",
]


def __getattr__(name: str):
    """Imports what needs Keras when it is first used."""
    if name not in _WITH_KERAS:
        raise AttributeError(f"module 'kerasgan.metrics' has no attribute {name!r}")
    module = importlib.import_module(f"kerasgan.metrics.{_WITH_KERAS[name]}")
    return getattr(module, name)


def __dir__() -> list[str]:
    return __all__
