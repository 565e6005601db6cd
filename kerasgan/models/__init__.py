"""One file per family: its networks, its losses, its defaults, its paper.

Importing this package registers with Keras all that `keras.models.load_model` meets in
the files of models.
"""

import kerasgan.core.vectors  # noqa: F401
from kerasgan.models.acgan import ACGAN
from kerasgan.models.cgan import CGAN
from kerasgan.models.context_encoder import ContextEncoder
from kerasgan.models.cyclegan import CycleGAN
from kerasgan.models.dcgan import DCGAN
from kerasgan.models.f_anogan import FAnoGAN
from kerasgan.models.feature_classifier import FeatureClassifier
from kerasgan.models.infogan import InfoGAN
from kerasgan.models.lsgan import LSGAN
from kerasgan.models.pix2pix import Pix2Pix
from kerasgan.models.r3gan import R3GAN
from kerasgan.models.sagan import SAGAN
from kerasgan.models.sgan import SGAN
from kerasgan.models.sngan import SNGAN
from kerasgan.models.srgan import SRGAN
from kerasgan.models.stackgan import StackGAN
from kerasgan.models.stylegan2 import StyleGAN2
from kerasgan.models.vanilla_gan import VanillaGAN
from kerasgan.models.wgan import WGAN
from kerasgan.models.wgan_gp import WGANGP

__all__ = [
    "ACGAN",
    "CGAN",
    "DCGAN",
    "LSGAN",
    "R3GAN",
    "SAGAN",
    "SGAN",
    "SNGAN",
    "SRGAN",
    "WGAN",
    "WGANGP",
    "ContextEncoder",
    "CycleGAN",
    "FAnoGAN",
    "FeatureClassifier",
    "InfoGAN",
    "Pix2Pix",
    "StackGAN",
    "StyleGAN2",
    "VanillaGAN",
]
