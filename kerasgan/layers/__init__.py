"""Building blocks that several GANs share."""

from kerasgan.layers.attention import SelfAttention
from kerasgan.layers.conditioning import ClassAffine, OneHot, conditional_generator, label_planes, labels_input
from kerasgan.layers.normalization import BatchNormalization
from kerasgan.layers.resampling import growth, halvings
from kerasgan.networks.residual import residual_discriminator, residual_generator
from kerasgan.layers.spectral import SpectralNorm
from kerasgan.networks.strided import grow, initializer, logit, noisy, shrink, strided_discriminator, strided_generator

__all__ = [
    "BatchNormalization",
    "ClassAffine",
    "OneHot",
    "SelfAttention",
    "SpectralNorm",
    "conditional_generator",
    "grow",
    "growth",
    "halvings",
    "initializer",
    "label_planes",
    "labels_input",
    "logit",
    "noisy",
    "residual_discriminator",
    "residual_generator",
    "shrink",
    "strided_discriminator",
    "strided_generator",
]
