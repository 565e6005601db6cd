"""Building blocks that several GANs share."""

from kerasgan.layers.normalization import BatchNormalization
from kerasgan.layers.resampling import growth, halvings

__all__ = ["BatchNormalization", "growth", "halvings"]
