"""Loads images from arrays, files, folders and TFDS datasets."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from kerasgan.data import archive, captioned, folder, named, pictures
from kerasgan.data.dataset import ImageDataset, described
from kerasgan.data.labeled import keep_labels, labeled_dataset
from kerasgan.errors import refuse_unknown
from kerasgan.files import is_dataset_name, user_path

Source = Any  # an array, a pair (images, labels), a path or the name of a dataset


class Images(NamedTuple):
    """All images of a source: (N, H, W, C), labels (N,) or None, class names, name.

    With captions, those of each image: its name, and then its keywords.
    """

    images: np.ndarray
    labels: np.ndarray | None
    class_names: list[str] | None
    name: str
    captions: list[list[str]] | None = None

    def __repr__(self) -> str:
        parts = described(self.images) if np.ndim(self.images) == 4 else []
        if self.class_names:
            parts.append(f"{len(self.class_names)} classes")
        count = f"{len(self.images):,} images"
        return f"<Images {self.name}: {', '.join([count, *parts])}>"


def load(
    source: Source,
    *,
    split: str | None = None,
    batch_size: int = 64,
    size: int | tuple[int, int] | None = None,
    crop: bool = False,
    channels: int | None = None,
    background: str | tuple[int, int, int] = "white",
    labels: bool | None = None,
    classes: Sequence[int | str] | None = None,
    labeled: int | None = None,
    labeled_seed: int = 0,
    captions: str | Path | None = None,
    flip: bool = False,
    data_dir: str | None = None,
    shuffle: bool = True,
    drop_remainder: bool = True,
    seed: int = 0,
    skip_unreadable: bool = False,
    progress: bool = True,
    **unknown: Any,
) -> ImageDataset:
    """Loads images as shuffled batches of float32 in [-1, 1].

    Args:
        source: An array (N, H, W, C), a pair (images, labels), an `.npz` file with
            keys `images` and `labels`, a folder of images in any format that Pillow
            reads, or the name of a TFDS dataset such as "mnist".
        split: Split of a TFDS dataset, such as "train[:90%]", or of an `.npz` file with
            keys such as `train_images`; by default "train". Other sources have none.
        batch_size: Images per batch.
        size: Side in pixels, or (H, W), to resize to. A folder of images of several
            sizes needs it.
        crop: Whether to crop the center to the new proportions instead of distorting.
        channels: 1 for gray, 3 for color. By default as in the source.
        background: Color behind transparent pixels, a name or (R, G, B).
        labels: Whether batches are (images, labels). Subfolders of a folder are its
            classes. By default only a pair (images, labels) gives its labels.
        classes: Numbers or names of the classes whose images are loaded. Labels keep
            their numbers.
        labeled: Images that keep their label, as many of each class; all others get -1.
            A label of -1 stands for none, for `SGAN`. Half of each batch are then
            images with a label.
        labeled_seed: Seed of their choice.
        captions: A CSV file with names and keywords of the images of a folder. Batches
            are then (images, vectors of captions); see `CaptionedDataset`.
        flip: Whether to mirror every second image, chosen at random in each epoch.
        data_dir: Folder of TFDS datasets; by default `TFDS_DATA_DIR` or TFDS's own.
        shuffle: Whether each epoch has another order.
        drop_remainder: Whether to drop a last, smaller batch.
        seed: Seed of the order.
        skip_unreadable: Whether to skip unreadable image files with a warning, instead
            of raising.
        progress: Whether to show progress while many files are read.
        **unknown: Not allowed; the error names the nearest keyword.

    Returns:
        A dataset for `fit` on any backend, with all images in memory.

    Raises:
        FileNotFoundError: If there is no such file, folder or dataset.
        ValueError: If images or labels are invalid, or fewer than one batch.
        TypeError: If a dtype or keyword is wrong, or `labels` is an array of labels.
        ImportError: If a TFDS dataset is loaded without TensorFlow.
    """
    refuse_unknown(load, unknown)
    data = read(
        source,
        split=split,
        size=size,
        crop=crop,
        channels=channels,
        background=background,
        labels=(labels := labels if labeled is None else True),
        classes=classes,
        captions=captions,
        data_dir=data_dir,
        skip_unreadable=skip_unreadable,
        progress=progress,
    )
    if labels is None:
        labels = isinstance(source, tuple) and data.labels is not None
    if labels and data.labels is None:
        raise _no_labels("Classes (labels=True, or num_classes of a recipe) need", data)
    if labeled is not None:
        data = data._replace(labels=keep_labels(data.labels, labeled, labeled_seed))
    options = {"batch_size": batch_size, "shuffle": shuffle, "seed": seed}
    options |= {"drop_remainder": drop_remainder, "flip": flip, "name": data.name}
    if data.captions is not None:
        return captioned.CaptionedDataset(data.images, data.captions, **options)
    options |= {"class_names": data.class_names if labels else None}
    return labeled_dataset(data.images, data.labels if labels else None, **options)


def read(
    source: Source,
    *,
    split: str | None = None,
    data_dir: str | None = None,
    labels: bool | None = False,
    classes: Sequence[int | str] | None = None,
    captions: str | Path | None = None,
    **options: Any,
) -> Images:
    """Reads all images of a source, without making batches.

    Args:
        source: As in `load`.
        split: As in `load`.
        data_dir: As in `load`.
        labels: As in `load`.
        classes: As in `load`.
        captions: As in `load`.
        **options: `size`, `crop`, `channels`, `background`, `skip_unreadable` and
            `progress` of `load`.

    Raises:
        FileNotFoundError: If there is no such file, folder or dataset.
        ValueError: If an argument or an image is invalid.
        TypeError: If the source or a keyword is wrong, or `labels` is an array of
            labels.
        ImportError: If a TFDS dataset is read without TensorFlow.
    """
    if not isinstance(labels, bool | np.bool_ | None):
        raise TypeError(
            "`labels` must be True or False. Received: "
            f"{ascii(labels)[:60]}. Pass labels with their images, as the pair "
            "(images, labels)."
        )
    shaping = {
        name: options.pop(name, default) for name, default in pictures.SHAPING.items()
    }
    progress = options.pop("progress", True)
    skip = options.pop("skip_unreadable", False)
    refuse_unknown(read, options, (*pictures.SHAPING, "skip_unreadable", "progress"))
    pictures.check_shaping(**shaping)
    if captions is not None:
        return _with_captions(source, captions, skip, progress, shaping)
    reading = {"labels": labels or classes is not None, "progress": progress}
    data = _read(source, split, data_dir, shaping, skip_unreadable=skip, **reading)
    return data if classes is None else of_classes(data, classes)


def _read(
    source: Source,
    split: str | None,
    data_dir: str | None,
    shaping: dict,
    labels: bool,
    skip_unreadable: bool,
    progress: bool,
) -> Images:
    """Reads a source of any kind; arguments as in `load`."""
    path = user_path(source) if isinstance(source, str | Path) else None
    is_npz = path is not None and path.is_file() and path.suffix.lower() == ".npz"
    if split is not None and not is_npz and (path is None or path.exists()):
        raise ValueError(
            "Only TFDS datasets have splits, and .npz files with keys such as "
            f"train_images. Received: split={split!r} for {path or 'an array'}. Leave "
            "it out, or name another file or folder."
        )
    if path is None:
        return _shaped(_from_arrays(source), shaping)
    if path.is_dir():
        options = labels, skip_unreadable, progress
        return Images(*folder.read(path, *options, **shaping), path.name)
    if is_npz:
        return _shaped(_from_npz(path, split), shaping)
    if path.exists() or not is_dataset_name(str(source)):
        raise FileNotFoundError(
            "Expected a folder of images, an .npz file or the name of a TFDS dataset. "
            f"Received: {str(source)!r}, which "
            + ("is another kind of file." if path.exists() else "does not exist.")
        )
    reading = split or "train", data_dir, shaping, progress
    return Images(*named.read(str(source), *reading), str(source))


def _with_captions(source, table, skip_unreadable, progress, shaping) -> Images:
    """Reads the images of a folder that have captions."""
    path = user_path(source) if isinstance(source, str | Path) else None
    if path is None or not path.is_dir():
        raise ValueError(
            "`captions` belong to the images of a folder. Received: "
            f"{path or 'an array'}. Pass a folder, or captions of arrays as texts to "
            "`fit(images, texts)`."
        )
    options = skip_unreadable, progress
    images, texts = captioned.read(path, table, *options, **shaping)
    return Images(images, None, None, path.name, texts)


def of_classes(data: Images, classes: Sequence[int | str]) -> Images:
    """The images of some classes, by number or name; labels keep their numbers.

    Raises:
        ValueError: If the images have no labels, or none of a class.
    """
    if data.labels is None:
        raise _no_labels("`classes` needs", data)
    labels, names = np.reshape(data.labels, -1), data.class_names
    numbers, present = class_numbers(classes, names), np.unique(labels).tolist()
    absent = [c for c, n in zip(classes, numbers, strict=True) if n not in present]
    if absent or not numbers:
        known = ", ".join(map(str, names or present[:20]))
        raise ValueError(
            f"`classes` must be some of those of {data.name}: {known}. Received: "
            f"{list(classes)}."
        )
    rows = np.isin(labels, numbers)
    return data._replace(images=data.images[rows], labels=labels[rows])


def _no_labels(what, data) -> ValueError:
    return ValueError(
        f"{what} data with labels. Received: {data.name}, which has none. Labels come "
        "from the subfolders of an image folder, the key `labels` of an .npz file, or a"
        " pair (images, labels) of arrays."
    )


def class_numbers(
    classes: Sequence[int | str], names: Sequence[str] | None
) -> list[int | str]:
    """Numbers of classes, some of which are given by name; unknown names stay."""
    names = names or []
    return [names.index(c) if c in names else c for c in classes]


def _from_arrays(source) -> Images:
    pair = isinstance(source, tuple) and len(source) == 2
    images, labels = source if pair else (source, None)
    if not isinstance(images, list) and not hasattr(images, "__array__"):
        raise TypeError(
            "Expected an array of images (N, H, W, C), a pair (images, labels), or a "
            f"path or name. Received: {type(images).__name__}. Pass a dataset or a "
            "generator to `fit` as it is."
        )
    try:
        images = np.asarray(images)
    except ValueError as error:  # a list of images of several sizes
        raise ValueError(
            "Images in one array must have one shape, (N, H, W, C). "
            f"Received: {error}. Resize them first."
        ) from error
    if images.dtype == object or not images.ndim:
        raise TypeError(
            "Expected an array of images (N, H, W, C), a pair (images, labels), or a "
            f"path or name. Received: {type(images).__name__} of {images.dtype}."
        )
    return Images(images, labels, None, "array")


def _from_npz(path, split) -> Images:
    arrays = archive.read(path, split)
    names = arrays["class_names"].tolist() if "class_names" in arrays else None
    return Images(arrays["images"], arrays.get("labels"), names, path.stem)


def _shaped(data: Images, shaping) -> Images:
    """Resizes and converts arrays if the caller asks for it."""
    if not shaping["size"] and not shaping["channels"]:
        return data
    if data.images.dtype != np.uint8 or data.images.ndim != 4:
        raise ValueError(
            "`size` and `channels` convert uint8 images (N, H, W, C). Received: "
            f"{data.images.dtype} {data.images.shape}. Convert them first."
        )
    return data._replace(images=pictures.shape_all(data.images, **shaping))
