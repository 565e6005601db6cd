"""Where images come from: one function for arrays, files, folders and TFDS names."""

import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kerasgan.data import folder, named
from kerasgan.data.dataset import ImageDataset


class Images(NamedTuple):
    """What a source holds: images (N, H, W, C), labels (N,) or None, class names."""

    images: np.ndarray
    labels: np.ndarray | None
    class_names: list[str] | None
    name: str


def load(
    source,
    *,
    split: str = "train",
    batch_size: int = 64,
    size: int | tuple[int, int] | None = None,
    crop: bool = False,
    channels: int | None = None,
    ground: str | tuple[int, int, int] = "white",
    labels: bool | None = None,
    data_dir: str | None = None,
    shuffle: bool = True,
    drop_remainder: bool = True,
    seed: int = 0,
    skip_unreadable: bool = False,
    progress: bool = True,
) -> ImageDataset:
    """Images as shuffled batches of float32 in [-1, 1].

    Args:
        source: An array (N, H, W, C), a pair (images, labels), an `.npz` file with
            keys `images` and `labels`, a folder of PNG, JPEG or WebP files, or the
            name of a TensorFlow data set such as "mnist".
        split: Split of a TensorFlow data set, such as "train[:90%]"; others have none.
        batch_size: Images in a batch.
        size: Pixels a side, or (H, W), to resize to; a folder of images of several
            sizes needs it.
        crop: Cut the middle to the new shape's proportions instead of distorting.
        channels: 1 for grey, 3 for colour; as the source has them where not given.
        ground: Colour behind transparent pixels, a name or (R, G, B).
        labels: Whether batches are (images, labels). Class sub-folders are labels. By
            default only a pair (images, labels) gives its labels.
        data_dir: Where TensorFlow data sets lie; else `TFDS_DATA_DIR` or its default.
        shuffle: Whether each epoch has another order.
        drop_remainder: Whether to leave out a last, smaller batch.
        seed: Seed of the order.
        skip_unreadable: Skip files that are no readable image, with a warning,
            instead of refusing.
        progress: Show a progress bar while many files are read.

    Returns:
        A dataset for `fit` on any backend, all images in memory.

    Raises:
        FileNotFoundError: If there is no such file, folder or data set.
        ValueError: If images or labels are unfit, or fewer than a batch.
        TypeError: If a dtype is wrong, or `labels` are labels themselves.
        ImportError: If a TensorFlow data set is asked for without TensorFlow.
    """
    found = read(
        source,
        split=split,
        size=size,
        crop=crop,
        channels=channels,
        ground=ground,
        labels=labels,
        data_dir=data_dir,
        skip_unreadable=skip_unreadable,
        progress=progress,
    )
    if labels is None:
        labels = isinstance(source, tuple) and found.labels is not None
    if labels and found.labels is None:
        raise ValueError(
            "Classes (labels=True, or num_classes of a recipe) need data with labels. "
            f"Received: {found.name}, which has none. An image folder takes them from "
            "sub-folders, an .npz file from the key `labels`, arrays as a pair "
            "(images, labels)."
        )
    return ImageDataset(
        found.images,
        found.labels if labels else None,
        batch_size=batch_size,
        shuffle=shuffle,
        drop_remainder=drop_remainder,
        seed=seed,
        class_names=found.class_names if labels else None,
        name=found.name,
    )


def read(source, *, split="train", data_dir=None, labels=False, **options) -> Images:
    """All images of a source, not yet in batches; arguments as `load`."""
    if not isinstance(labels, bool | np.bool_ | None):
        raise TypeError(
            "`labels` must be True or False. Received: "
            f"{ascii(labels)[:60]}. Pass labels with their images, as the pair "
            "(images, labels)."
        )
    options = {"progress": True, "skip_unreadable": False, **options}
    shaping = {
        name: options.pop(name, default) for name, default in folder.SHAPING.items()
    }
    folder.check_shaping(**shaping)
    path = Path(source).expanduser() if isinstance(source, str | Path) else None
    if split != "train" and (path is None or path.exists()):
        raise ValueError(
            "Only TensorFlow data sets have splits. Received: "
            f"split={split!r} for {path or 'an array'}. Leave it out, or name another "
            "file or folder."
        )
    if path is None:
        return _shaped(_from_arrays(source), shaping)
    if path.is_dir():
        return Images(*folder.read(path, labels, **options, **shaping), path.name)
    if path.is_file() and path.suffix == ".npz":
        return _shaped(_from_npz(path), shaping)
    if path.exists() or not named.is_name(str(source)):
        raise FileNotFoundError(
            "Expected a folder of images, an .npz file or the name of a TensorFlow "
            f"data set. Received: {str(source)!r}, which is "
            + ("another kind of file." if path.exists() else "not there.")
        )
    progress = options["progress"]
    images, names = named.read(str(source), split, data_dir, shaping, progress)
    return Images(*images, names, str(source))


def _from_arrays(source) -> Images:
    pair = isinstance(source, tuple) and len(source) == 2
    images, labels = source if pair else (source, None)
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
            f"path or name. Received: {type(source).__name__}."
        )
    return Images(images, labels, None, "array")


def _from_npz(path) -> Images:
    keys = ("images", "labels", "class_names")
    try:
        with open(path, "rb") as raw, np.load(raw, allow_pickle=False) as file:
            present = file.files
            found = {key: file[key] for key in keys if key in present}
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        ValueError,
        TypeError,
    ) as e:
        raise ValueError(
            f"{path} must be a readable .npz file. Received: {e}. Write it by "
            "np.savez_compressed(path, images=..., labels=...)."
        ) from e
    if "images" not in found:
        raise ValueError(
            f"{path} must hold the key `images` (uint8, NHWC), and `labels` if there "
            f"are any. Received: {', '.join(present) or 'nothing'}."
        )
    names = found["class_names"].tolist() if "class_names" in found else None
    return Images(found["images"], found.get("labels"), names, path.stem)


def _shaped(found: Images, shaping) -> Images:
    """Resizes and converts arrays where the caller asks for it."""
    if not shaping["size"] and not shaping["channels"]:
        return found
    if found.images.dtype != np.uint8 or found.images.ndim != 4:
        raise ValueError(
            "`size` and `channels` convert uint8 images (N, H, W, C). Received: "
            f"{found.images.dtype} {found.images.shape}. Convert them first."
        )
    return found._replace(images=folder.shape_all(found.images, **shaping))
