"""Whole networks that several families share."""

from kerasgan.networks.patches import patch_discriminator
from kerasgan.networks.residual import residual_discriminator, residual_generator
from kerasgan.networks.strided import (
    conditional_generator,
    shrink,
    strided_discriminator,
    strided_generator,
)
from kerasgan.networks.translator import residual_translator
from kerasgan.networks.unet import u_net

__all__ = [
    "conditional_generator",
    "patch_discriminator",
    "residual_discriminator",
    "residual_generator",
    "residual_translator",
    "shrink",
    "strided_discriminator",
    "strided_generator",
    "u_net",
]
