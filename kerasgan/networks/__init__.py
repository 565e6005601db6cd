"""Whole networks that several families share."""

from kerasgan.networks.captioned import (
    captioned_discriminator,
    captioned_generator,
    captioned_refiner,
    image_encoder,
    text_encoder,
)
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
from kerasgan.networks.style import style_discriminator, style_generator
from kerasgan.networks.super_resolution import enlarging_network, reach_of
from kerasgan.networks.translator import residual_translator
from kerasgan.networks.unet import u_net, u_net_levels

__all__ = [
    "Paste",
    "captioned_discriminator",
    "captioned_generator",
    "captioned_refiner",
    "conditional_generator",
    "enlarging_network",
    "image_encoder",
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
    "text_encoder",
    "style_discriminator",
    "style_generator",
    "u_net",
    "u_net_levels",
]
