"""Building blocks that several GANs share."""

from kerasgan.layers.normalization import BatchNormalization
from kerasgan.layers.resampling import growth, halvings
from kerasgan.layers.strided import (
    grow,
    initializer,
    logit,
    noisy,
    shrink,
    strided_discriminator,
    strided_generator,
)

__all__ = [
    "BatchNormalization",
    "grow",
    "growth",
    "halvings",
    "initializer",
    "logit",
    "noisy",
    "shrink",
    "strided_discriminator",
    "strided_generator",
]
