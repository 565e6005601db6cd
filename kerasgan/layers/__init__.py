"""Layers that several networks share."""

from kerasgan.layers.attention import SelfAttention
from kerasgan.layers.clip import Clip
from kerasgan.layers.conditioning import (
    ClassAffine,
    OneHot,
    label_planes,
    labels_input,
)
from kerasgan.layers.dropout import Dropout
from kerasgan.layers.fixed import (
    AveragePooling2D,
    Conv2D,
    Conv2DTranspose,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    MaxPooling2D,
    UpSampling2D,
)
from kerasgan.layers.heads import initializer, logit
from kerasgan.layers.normalization import BatchNormalization
from kerasgan.layers.resampling import growth, halvings
from kerasgan.layers.spectral import SpectralNorm
from kerasgan.layers.sub_pixel import ICNR, PixelShuffle

__all__ = [
    "ICNR",
    "AveragePooling2D",
    "BatchNormalization",
    "ClassAffine",
    "Clip",
    "Conv2D",
    "Conv2DTranspose",
    "Dropout",
    "Flatten",
    "GlobalAveragePooling2D",
    "Input",
    "MaxPooling2D",
    "OneHot",
    "PixelShuffle",
    "SelfAttention",
    "SpectralNorm",
    "UpSampling2D",
    "growth",
    "halvings",
    "initializer",
    "label_planes",
    "labels_input",
    "logit",
]
