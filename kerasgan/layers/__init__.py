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
from kerasgan.layers.modulation import ConditioningAugmentation, Modulation
from kerasgan.layers.noise import GaussianNoise
from kerasgan.layers.normalization import BatchNormalization
from kerasgan.layers.replication import ReplicationPadding2D
from kerasgan.layers.resampling import growth, halvings, stages
from kerasgan.layers.spectral import SpectralNorm
from kerasgan.layers.style import mix_styles
from kerasgan.layers.sub_pixel import ICNR, PixelShuffle
from kerasgan.layers.weight_norm import WeightNorm

__all__ = [
    "ICNR",
    "AveragePooling2D",
    "BatchNormalization",
    "ClassAffine",
    "Clip",
    "ConditioningAugmentation",
    "Conv2D",
    "Conv2DTranspose",
    "Dropout",
    "Flatten",
    "GaussianNoise",
    "GlobalAveragePooling2D",
    "Input",
    "MaxPooling2D",
    "Modulation",
    "OneHot",
    "PixelShuffle",
    "ReplicationPadding2D",
    "SelfAttention",
    "SpectralNorm",
    "UpSampling2D",
    "WeightNorm",
    "growth",
    "halvings",
    "initializer",
    "label_planes",
    "labels_input",
    "logit",
    "mix_styles",
    "stages",
]
