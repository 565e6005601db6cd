"""Metrics of generated images, in NumPy: arrays in, numbers out.

The functions compare features or logits, (N, d) arrays. `kerasgan.evaluation` makes
these from images, with a network, and measures whole models.
"""

from kerasgan.metrics.conditional import best_match_accuracy, class_accuracy, class_fid
from kerasgan.metrics.fid import fid, frechet_distance
from kerasgan.metrics.inception_score import inception_score
from kerasgan.metrics.kid import kid
from kerasgan.metrics.modes import (
    class_shares,
    diversity,
    mode_kl,
    modes_covered,
    stacked_labels,
)
from kerasgan.metrics.neighbors import memorization, nearest_neighbors
from kerasgan.metrics.pairs import l1, psnr, ssim
from kerasgan.metrics.precision_recall import density_coverage, precision_recall
from kerasgan.metrics.r_precision import r_precision
from kerasgan.metrics.ranking import auroc, average_precision
from kerasgan.metrics.sharpness import sharpness
from kerasgan.metrics.statistics import FeatureStatistics

__all__ = [
    "FeatureStatistics",
    "auroc",
    "average_precision",
    "best_match_accuracy",
    "class_accuracy",
    "class_fid",
    "class_shares",
    "density_coverage",
    "diversity",
    "fid",
    "frechet_distance",
    "inception_score",
    "kid",
    "l1",
    "memorization",
    "mode_kl",
    "modes_covered",
    "nearest_neighbors",
    "precision_recall",
    "psnr",
    "r_precision",
    "sharpness",
    "ssim",
    "stacked_labels",
]
