"""A picture of generated images above their nearest training images."""

import numpy as np

from kerasgan import images as pictures
from kerasgan.core.gan import GAN
from kerasgan.evaluation.real_data import Dataset, as_uint8, in_memory
from kerasgan.metrics.neighbors import nearest_neighbors


def nearest_picture(
    gan: GAN, dataset: Dataset, num_samples: int = 16, seed: int = 0
) -> np.ndarray:
    """Draws generated images, each above the training image nearest to it in pixels.

    Args:
        gan: A GAN.
        dataset: Its training images: an array or a `kerasgan.data` dataset.
        num_samples: Number of images to generate.
        seed: Seed of their latents.

    Returns:
        A picture, uint8 (H', W', C).

    Raises:
        TypeError: If the images are not all in memory.
    """
    arrays = in_memory(dataset)
    if arrays is None:
        raise TypeError(
            "Nearest neighbors need all images at once: an array or a dataset of "
            f"kerasgan.data.load. Received: {type(dataset).__name__}."
        )
    training = as_uint8(arrays[0])
    generated = gan.generate(num_samples, seed=seed)
    indices, _ = nearest_neighbors(training, generated)
    rows = np.concatenate([generated, training[indices]])
    return pictures.enlarge(pictures.make_grid(rows, columns=num_samples))
