"""What models from images to images must beat: simple methods, and other presets.

Inpainting by OpenCV needs `pip install opencv-python-headless`, that by scikit-image
`pip install scikit-image`. A method whose package is missing is left out.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

import kerasgan
from kerasgan.core.image_to_image import ImageToImage
from kerasgan.evaluation import PairEvaluation, Result, real_images, real_pairs
from kerasgan.evaluation.pairs import Direction, directions_of, features_of, made_by
from kerasgan.metrics import nearest_neighbors

LUMA = 0.299, 0.587, 0.114  # of red, green and blue


def measure(
    folder: Path, data: dict, others: Mapping[str, str], data_dir: str | None = None
) -> dict[str, Result]:
    """The metrics of a preset on held-out images, with those of baselines beside them.

    Args:
        folder: The preset.
        data: The `data` of its recipe.
        others: Folders of presets to compare with, by name, such as "l1_only".
        data_dir: Folder of TFDS datasets.

    Returns:
        Results by name; their `details` have the values of the baselines. Empty without
        held-out images.
    """
    model = kerasgan.from_preset(folder, networks="sampler")
    models = {n: kerasgan.from_preset(f, networks="sampler") for n, f in others.items()}
    if model.learns_from == "images":
        training, held_out = real_images(data, data_dir=data_dir)
    else:
        training, held_out = real_pairs(data, model.learns_from, data_dir=data_dir)
    if held_out is None:
        return {}
    results = {}
    for direction in directions_of(model, held_out, training):
        evaluation = PairEvaluation(direction, features_of(model, direction))
        averaged = {"moving_average": model.ema_decay > 0}
        own = evaluation.of_images(made_by(model, direction), **averaged)
        baselines = {name: {} for name in own}
        for name, images in images_of(model, direction, models):
            for metric, result in evaluation.of_images(images).items():
                baselines[metric][name] = result.value
            print(f"{folder.name}: measured {name}", file=sys.stderr, flush=True)
        for name, result in own.items():
            results[name] = replace(result, details={"baselines": baselines[name]})
    return results


def images_of(
    model: ImageToImage, direction: Direction, models: Mapping[str, ImageToImage]
) -> Iterator[tuple[str, np.ndarray]]:
    """Names and images of all baselines of a model."""
    if model.task == "inpaint":
        yield from filled(direction)
    elif model.task == "upscale":
        yield "bicubic", bicubic(direction.sources, direction.targets.shape[1:3])
    else:
        yield "unchanged", with_channels(direction.sources, direction.targets.shape[-1])
        if model.learns_from == "pairs" and direction.training is not None:
            yield "nearest", nearest(direction)
    for name, other in models.items():
        yield name, made_by(other, direction)


def with_channels(images: np.ndarray, channels: int) -> np.ndarray:
    """The same images in color, or in gray."""
    if images.shape[-1] == channels:
        return images
    if channels == 1:
        return np.rint(images @ np.array(LUMA)).astype("uint8")[..., None]
    return images.repeat(channels, axis=-1)


def nearest(direction: Direction) -> np.ndarray:
    """The targets of the training sources that are nearest to the sources."""
    sources, targets = direction.training
    return targets[nearest_neighbors(sources, direction.sources)[0]]


def bicubic(images: np.ndarray, sides: tuple[int, int]) -> np.ndarray:
    """Images at other sides, by Pillow's bicubic interpolation."""
    from PIL import Image

    def larger(channel):
        picture = Image.fromarray(channel)
        return np.asarray(picture.resize(sides[::-1], Image.Resampling.BICUBIC))

    parts = np.moveaxis(images, -1, 1)
    made = np.array([[larger(channel) for channel in image] for image in parts])
    return np.moveaxis(made, 1, -1)


def filled(direction: Direction) -> Iterator[tuple[str, np.ndarray]]:
    """Names and images of the known methods that fill holes."""
    images, masks = direction.targets, direction.masks
    try:
        import cv2
    except ImportError:
        print("Not measured: OpenCV, which is not installed", file=sys.stderr)
    else:
        methods = {"telea": cv2.INPAINT_TELEA, "navier_stokes": cv2.INPAINT_NS}
        for name, method in methods.items():
            pairs = zip(images, masks, strict=True)
            made = [cv2.inpaint(image, mask, 3, method) for image, mask in pairs]
            yield name, np.reshape(made, images.shape)
    try:
        from skimage.restoration import inpaint_biharmonic
    except ImportError:
        print("Not measured: scikit-image, which is not installed", file=sys.stderr)
    else:
        pairs = zip(images, masks[..., 0] > 0, strict=True)
        made = [inpaint_biharmonic(x / 255, m, channel_axis=-1) for x, m in pairs]
        yield "biharmonic", np.rint(np.clip(made, 0, 1) * 255).astype("uint8")
