"""Whole networks that several families share."""

from kerasgan.networks.inpainting import (
    Paste,
    inpainting_network,
    inpainting_reach,
)
from kerasgan.networks.patches import patch_discriminator
from kerasgan.networks.residual import residual_discriminator, residual_generator
from kerasgan.networks.strided import (
    conditional_generator,
    shrink,
    strided_discriminator,
    strided_generator,
)
from kerasgan.networks.super_resolution import enlarging_network, reach_of
from kerasgan.networks.translator import residual_translator
from kerasgan.networks.unet import u_net, u_net_levels

__all__ = [
    "Paste",
    "conditional_generator",
    "enlarging_network",
    "inpainting_network",
    "inpainting_reach",
    "patch_discriminator",
    "reach_of",
    "residual_discriminator",
    "residual_generator",
    "residual_translator",
    "shrink",
    "strided_discriminator",
    "strided_generator",
    "u_net",
    "u_net_levels",
]
