"""What presets are compared with, which must be the same for all of them."""

from pathlib import Path

from kerasgan.cli.options import check_source
from kerasgan.files import is_dataset_name
from kerasgan.presets.card_use import translates_images
from kerasgan.presets.folders import Files, Folder
from kerasgan.presets.metadata import metadata_of
from kerasgan.presets.recipes import CONVERSIONS
from kerasgan.presets.schemas import to_read
from kerasgan.training import private


def check_kind(files: dict[str, Files]) -> bool:
    """Whether the models make images from images; all of them must, or none.

    Raises:
        ValueError: If they do different things.
    """
    kinds = {}
    for name, one in files.items():
        metadata = metadata_of(one)
        task = "generate"
        if translates_images(metadata):
            task = metadata.get("task", "translate")
        kinds[name] = task, metadata.get("learns_from", "images")
    (first, kind), *others = kinds.items()
    for name, other in others:
        if other != kind:
            raise ValueError(
                "Only models of one task, trained on the same kind of data, can be "
                f"compared. Received: {first} ({kind[0]}, {kind[1]}) and {name} "
                f"({other[0]}, {other[1]}). Evaluate them by themselves."
            )
    return kind[0] != "generate"


def data_of_all(files: dict[str, Files], given: dict) -> dict:
    """The fields of a recipe's `data` that all presets are measured with.

    Args:
        files: The presets.
        given: The fields that options of the command give.

    Raises:
        ValueError: If the presets are of different data.
        FileNotFoundError: If there are no such images.
    """
    fields = {name: _data_of(one, given) for name, one in files.items()}
    (first, shared), *others = fields.items()
    for name, own in others:
        if _read_as(own) != _read_as(shared):
            raise ValueError(
                "All presets must be compared with the same real images. Received: "
                f"{_images(shared)} for {first}, and {_images(own)} for {name}. Pass "
                "--data, and --crop or --background if they differ."
            )
        shared = own | shared  # a size or channels that the first does not name
    return shared


def _read_as(fields: dict) -> dict:
    """What is read, and how; all presets have images of one shape."""
    fields = {"crop": False, "background": "white"} | to_read(fields)
    return {k: v for k, v in fields.items() if k not in ("size", "channels")}


def _images(fields: dict) -> str:
    return ", ".join(f"{key} {value}" for key, value in to_read(fields).items())


def shape_of(files: dict[str, Files]) -> list[int]:
    """The shape of the images that all presets generate.

    Raises:
        ValueError: If they differ.
    """
    shapes = {name: metadata_of(f).get("image_shape", []) for name, f in files.items()}
    (first, shape), *others = shapes.items()
    for name, other in others:
        if other != shape:
            raise ValueError(
                "Only GANs of images of one shape can be compared. Received: "
                f"{first} with {tuple(shape)}, and {name} with {tuple(other)}. "
                "Evaluate them by themselves, both with the same --size."
            )
    return shape


def _data_of(files: Files, fields: dict) -> dict:
    """The fields of a recipe's `data`: the user's over those of the training data.

    Other images are converted as the training data were.
    """
    metadata = metadata_of(files)
    if "source" in fields:
        known = metadata.get("data") or {}
        fields = {k: known[k] for k in CONVERSIONS if k in known} | fields
    else:
        fields = _training_data(files) | fields
    splits = metadata.get("learns_from") == "unpaired" and "targets" not in fields
    splits = splits or "split" in fields  # of an .npz file
    check_source(fields["source"], None if splits else fields.get("held_out"))
    return fields


def _training_data(files: Files) -> dict:
    """The `data` of a preset's training."""
    known = metadata_of(files).get("data")
    if not known:
        raise ValueError(
            f"{files.name} does not name its training data. Pass --data: an image "
            "folder, an .npz file or the name of a dataset."
        )
    names = [known[n] for n in ("source", "targets", "held_out_targets") if n in known]
    is_name = all(map(is_dataset_name, names)) and "/" not in known.get("held_out", "")
    if isinstance(files, Folder):
        known = private.with_paths({"data": known}, files.folder)["data"]
        if not is_name and not Path(known["source"]).exists():
            raise FileNotFoundError(
                f"The images that {files} was trained on must be in {known['source']}. "
                "Received: no such file or folder. Pass --data."
            )
    elif not is_name:  # a path that somebody else chose would be read here
        raise ValueError(
            f"{files.name} must name the dataset that it was trained on. Received: "
            f"{ascii(' and '.join(names))[:80]}, which is not the name of a dataset. "
            "Pass --data."
        )
    return known
