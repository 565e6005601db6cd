"""Pairs of images that the data of a recipe name, for training and evaluation."""

from typing import Any

from kerasgan import data
from kerasgan.data.matching import have_same_names
from kerasgan.evaluation.real_data import is_file
from kerasgan.presets.schemas import to_read


def real_pairs(
    fields: dict, learns_from: str, **reading: Any
) -> tuple[data.ImagePairs, data.ImagePairs | None]:
    """Reads the pairs that the `data` of a recipe name, and the held-out ones.

    Args:
        fields: The `data` of a recipe. `held_out` is another split of a TFDS dataset;
            otherwise another folder or file, with its targets in `held_out_targets`.
        learns_from: "pairs", or "unpaired" for sets without pairs. Held-out images of
            the latter are pairs if their files have the same names.
        **reading: `data_dir`, `skip_unreadable` of `kerasgan.data.read_pairs`.

    Returns:
        The pairs or the two sets, and the held-out ones or None.
    """
    fields = to_read(fields)
    held_out = fields.pop("held_out", None)
    targets = fields.pop("held_out_targets", None)
    read = data.read_pairs if learns_from == "pairs" else data.read_unpaired
    pairs = read(**fields, **reading)
    if held_out is None:
        return pairs, None
    if not is_file(fields["source"]):
        return pairs, read(**fields | {"split": held_out}, **reading)
    fields |= {"source": held_out} | ({"targets": targets} if targets else {})
    if learns_from == "unpaired" and targets and have_same_names(held_out, targets):
        read = data.read_pairs
    return pairs, read(**fields, **reading)
