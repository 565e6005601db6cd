"""Tools for the latents of a GAN: directions, inversion, arithmetic, truncation.

Example:
    ```python
    from kerasgan import latent

    found = latent.find_directions(gan, count=4)
    picture = latent.strips(gan, found, seed=0)             # a row for each direction
    inverted = latent.invert(gan, photos)                   # latents near the photos
    again = gan.generate(latents=inverted.latents)
    ```
"""

from kerasgan.core.sampling import slerp
from kerasgan.latent.arithmetic import combine
from kerasgan.latent.directions import Directions, find_directions, strips, walk
from kerasgan.latent.inversion import Inversion, invert
from kerasgan.latent.truncation import TruncationCurve, truncation_curve

__all__ = [
    "Directions",
    "Inversion",
    "TruncationCurve",
    "combine",
    "find_directions",
    "invert",
    "slerp",
    "strips",
    "truncation_curve",
    "walk",
]
