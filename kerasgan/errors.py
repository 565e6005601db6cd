"""What can be wrong with a preset."""


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
