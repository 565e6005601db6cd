"""Building blocks that several GANs share."""

from kerasgan.layers.resampling import halvings

__all__ = ["halvings"]
