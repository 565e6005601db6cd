"""Names of models: one decorator registers a class, one function looks it up.

A registry name is the name of a file in `models/`. The first lookup of one imports
`kerasgan.models`, and with it all families. Only names of these files and of classes
that users registered are accepted, so a preset cannot name other code to import.
"""

import importlib
import re
from collections.abc import Callable
from pathlib import Path

from kerasgan.errors import did_you_mean
from kerasgan.files import NETWORK

_FILES = Path(__file__).parent / "models"
_CLASSES: dict[str, type] = {}


def register(name: str, kind: str = "gan") -> Callable[[type], type]:
    """Class decorator that lets presets and recipes build a model by `name`.

    Args:
        name: The registry name, of lowercase letters, digits and "_": the name of the
            file, and the prefix of its presets.
        kind: "gan", or "features" for a network whose features measure GANs.

    Raises:
        ValueError: If another class has that name already, or if this name or that of
            a network in `stored` has other characters.

    Example:
        ```python
        @kerasgan.register("my_gan")
        class MyGAN(kerasgan.ImageGAN):
            ...
        ```
    """
    import keras

    def decorate(cls: type) -> type:
        _check_names(name, cls)
        cls.registry_name, cls.kind = name, kind
        serializable = keras.saving.register_keras_serializable("kerasgan", name)
        _CLASSES[name] = serializable(cls)
        return cls

    return decorate


def _check_names(name: str, cls: type) -> None:
    """Refuses a name that is taken, or that files and cards could not hold."""
    for text in (name, *getattr(cls, "stored", ())):
        if not re.fullmatch(NETWORK, text):
            raise ValueError(
                "The name of a model and those of its networks (`stored`) must be "
                "lowercase letters, digits and _, at most 64. "
                f"Received: {text!r}. Choose another name."
            )
    is_family = (_FILES / f"{name}.py").is_file()
    elsewhere = is_family and cls.__module__ != f"kerasgan.models.{name}"
    taken = lookup(name) if elsewhere else _CLASSES.get(name, cls)
    if elsewhere or taken.__qualname__ != cls.__qualname__:
        raise ValueError(
            "`register` expects a name that no other model has. "
            f"Received: name={name!r}, which is {taken.__name__}. "
            "Choose another name."
        )


def names() -> list[str]:
    """Returns every name that `lookup` accepts, without importing models."""
    files = {path.stem for path in _FILES.glob("*.py")} - {"__init__"}
    return sorted(files | _CLASSES.keys())


def lookup(name: str) -> type:
    """Returns the class registered under a name.

    Args:
        name: The name of a file in `models/`, or the registry name of your own class,
            whose module must have been imported.

    Raises:
        ValueError: If there is no such name; the message suggests similar ones.
    """
    known = names()
    if not isinstance(name, str) or name not in known:
        raise ValueError(
            f"Expected the name of a registered model. Received: {name!r}."
            f"{did_you_mean(str(name), known)} Known are {', '.join(known)}. To use a "
            "model of your own, import the module that registers it first."
        )
    if name not in _CLASSES:
        importlib.import_module("kerasgan.models." + name)
    return _CLASSES[name]
