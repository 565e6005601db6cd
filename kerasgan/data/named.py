"""Reads TFDS datasets by name; the only part of `data` that needs TensorFlow."""

import http.client
import re
import sys
import urllib.error
import urllib.request

import numpy as np

from kerasgan.data import memory, pictures
from kerasgan.data.progress import counted
from kerasgan.errors import DataUnavailableError, did_you_mean, failure_of

TIMEOUT = 20  # seconds in which a server must reply at all
MANY = 5000  # images from which on progress is shown


def read(
    name: str, split: str, data_dir: str | None, shaping: dict, progress: bool
) -> tuple[np.ndarray, np.ndarray | None, list[str] | None]:
    """Reads the images and labels of a TFDS dataset.

    Returns:
        Images uint8 (N, H, W, C), labels int32 (N,) or None, class names or None.

    Raises:
        ImportError: If TensorFlow or tensorflow-datasets is not installed.
        FileNotFoundError: If there is no dataset of that name.
        DataUnavailableError: If it cannot be downloaded.
        ValueError: If it has no images, or no such split.
    """
    try:
        import tensorflow as tf
        import tensorflow_datasets as tfds
    except ImportError as error:
        file = re.sub(r"\W+", "_", name) + ".npz"
        raise ImportError(
            f"There is no folder {name!r}, and the TFDS dataset of that name needs "
            f"TensorFlow and tensorflow-datasets. Received: {error}. On a machine that "
            f"has both, run `kerasgan data export {name} --out {file}`, then use the "
            f"file here: --data {file}."
        ) from error
    builder = _builder(tfds, name, data_dir, progress)
    image_key, label_key = _keys(tfds, builder)
    try:
        records = builder.as_dataset(split=split, shuffle_files=False)
    except (ValueError, AssertionError, KeyError) as error:
        raise ValueError(
            f"Expected a split of {name}: {', '.join(builder.info.splits)}, or a part "
            f"such as train[:90%]. Received: split={split!r}."
        ) from error
    keys = [key for key in (image_key, label_key) if key]
    records = records.map(
        lambda record: tuple(record[key] for key in keys), tf.data.AUTOTUNE
    )
    columns = _columns(records, len(keys), shaping, name if progress else None)
    labels = np.array(columns[1], "int32") if label_key else None
    names = builder.info.features[label_key].names if label_key else None
    return columns[0], labels, names


def _builder(tfds, name, data_dir, progress):
    try:
        builder = tfds.builder(name, data_dir=data_dir)
    except tfds.core.DatasetNotFoundError as error:
        known = tfds.list_builders(with_community_datasets=False)
        near = "" if "/" in name else did_you_mean(name, known)
        raise FileNotFoundError(
            "Expected a folder, an .npz file or the name of a TFDS dataset. "
            f"Received: {name!r}, which does not exist.{near} Paths are relative to "
            "the current folder."
        ) from error
    except (AssertionError, ValueError) as error:  # wrong version or configuration
        raise ValueError(
            f"Expected a version and configuration of {name.split(':')[0]!r} that "
            f"exist. Received: {name!r}. {error}"
        ) from error
    if not (progress and sys.stderr.isatty()):
        tfds.disable_progress_bar()
    try:
        if not builder.data_path.exists():
            _check_network(builder)
        builder.download_and_prepare()
    except Exception as error:
        raise DataUnavailableError(
            f"The TFDS dataset {name!r} is not in {builder.data_dir} and could not be "
            f"downloaded. Received: {failure_of(error)}. If it is in "
            "another folder, pass data_dir= (--data-dir) or set TFDS_DATA_DIR. Or "
            "write it to a file on another machine (`kerasgan data export`)."
        ) from error
    return builder


def _check_network(builder):
    """Raises at once without a network; TFDS tries each file for minutes."""
    url = next(iter(builder.url_infos or ()), None)
    if url is None:  # files that the user provides
        return
    request = urllib.request.Request(url, method="HEAD")
    try:
        urllib.request.urlopen(request, timeout=TIMEOUT).close()
    except (urllib.error.HTTPError, http.client.HTTPException, ValueError):
        pass  # a server replied, or the address is no URL


def _keys(tfds, builder):
    features = builder.info.features
    kinds = (tfds.features.Image, tfds.features.ClassLabel)
    image, label = (
        next((k for k, f in features.items() if isinstance(f, kind)), None)
        for kind in kinds
    )
    if image is None:
        raise ValueError(
            f"Expected a dataset with images. Received: {builder.name}, whose "
            f"features are {', '.join(features)}."
        )
    return image, label


def _columns(records, width, shaping, title):
    """Lists of images and labels; images of one shape are read in bulk."""
    shape = records.element_spec[0].shape
    plain = shape.is_fully_defined() and not (shaping["size"] or shaping["channels"])
    total = max(0, int(records.cardinality()))
    size = (*pictures.check_size(shaping["size"]), 1) if shaping["size"] else None
    memory.check(total, tuple(shape) if plain else size or (1, 1, 1))
    chunks = records.batch(1000 if plain else 1).prefetch(4).as_numpy_iterator()
    columns = [[] for _ in range(width)]
    if title is not None and total >= MANY:
        chunks = counted(chunks, f"Reading {title}", total, lambda part: len(part[0]))
    for chunk in chunks:
        images = chunk[0] if plain else pictures.shape_all(chunk[0], **shaping)
        for column, values in zip(columns, (images, *chunk[1:]), strict=True):
            column.extend(values)
    shapes = {image.shape for image in columns[0]}
    if len(shapes) != 1:
        raise ValueError(
            f"Images must have one size. Received: {len(shapes)} different ones, or "
            "no image. Pass size= (--size), the side in pixels of the GAN's images."
        )
    columns[0] = np.stack(columns[0])
    return columns
