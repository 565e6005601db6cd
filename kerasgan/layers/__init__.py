"""Layers that several networks share."""

from kerasgan.layers.attention import SelfAttention
from kerasgan.layers.conditioning import (
    ClassAffine,
    OneHot,
    label_planes,
    labels_input,
)
from kerasgan.layers.heads import initializer, logit
from kerasgan.layers.normalization import BatchNormalization
from kerasgan.layers.resampling import growth, halvings
from kerasgan.layers.spectral import SpectralNorm

__all__ = [
    "BatchNormalization",
    "ClassAffine",
    "OneHot",
    "SelfAttention",
    "SpectralNorm",
    "growth",
    "halvings",
    "initializer",
    "label_planes",
    "labels_input",
    "logit",
]
