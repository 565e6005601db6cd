"""One file per GAN: its networks, its losses, its defaults, its paper."""

from kerasgan.models.dcgan import DCGAN
from kerasgan.models.wgan_gp import WGANGP

__all__ = ["DCGAN", "WGANGP"]
