"""Building blocks that several GANs share."""

from kerasgan.layers.resampling import growth, halvings

__all__ = ["growth", "halvings"]
