"""What can be wrong with a preset or a training, and how a message helps."""

import difflib
from collections.abc import Iterable


class TrainingDivergedError(RuntimeError):
    """Losses became NaN or infinite."""


class PresetError(ValueError):
    """A preset cannot be used; the message names file, finding and remedy."""


class PresetConfigError(PresetError):
    """`config.json`, `metadata.json` or `recipe.json` says something impossible."""


class PresetIntegrityError(PresetError):
    """A file is not the one that `metadata.json` describes."""


class PresetWeightsError(PresetError):
    """A weight file does not fit the architecture."""


class PresetNotFoundError(PresetError, FileNotFoundError):
    """There is no preset of that name, or the folder lacks a file."""


class HubError(RuntimeError):
    """The Hub did not do what was asked; the message says what to do."""


class HubAccessError(HubError):
    """The Hub asks for a token, for rights, or for terms to be accepted."""


class HubUnavailableError(HubError):
    """The Hub cannot be reached, or answers with errors of its own."""


class DataUnavailableError(FileNotFoundError):
    """A data set is not here and could not be downloaded."""


class InceptionUnavailableError(RuntimeError):
    """The weights of the standard FID features cannot be had; says how to get them."""


def did_you_mean(name: str, known: Iterable[str], least: float = 0.5) -> str:
    """' Did you mean ...?' with the nearest of `known`, or nothing.

    Args:
        name: What was given.
        known: What there is.
        least: How alike they must be, from 0 to 1.
    """
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=least)
    return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
