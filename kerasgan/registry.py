"""Names of models: class lookup and Keras serialization in one decorator."""

import importlib
from collections.abc import Callable

from kerasgan.errors import did_you_mean

GANS: dict[str, type] = {}
KINDS: dict[str, dict[str, type]] = {"gan": GANS, "features": {}}


def register(name: str, kind: str = "gan") -> Callable[[type], type]:
    """Class decorator: make a GAN buildable and loadable by `name`.

    Args:
        name: The registry name, which is also the file's and the presets' prefix.
        kind: "gan", or "features" for a network whose features measure GANs.

    Raises:
        ValueError: If another class has that name already.
    """
    import keras

    def decorate(cls: type) -> type:
        known = KINDS[kind].get(name, cls)
        if known.__qualname__ != cls.__qualname__:
            raise ValueError(
                "`register` expects a name that no other GAN has. "
                f"Received: name={name!r}, which is {known.__name__}. "
                "Choose another name."
            )
        cls.registry_name, cls.kind = name, kind
        serializable = keras.saving.register_keras_serializable("kerasgan", name)
        KINDS[kind][name] = serializable(cls)
        return cls

    return decorate


def lookup(name: str) -> type:
    """The registered class of that name, of any kind; nothing is imported by name.

    Raises:
        ValueError: If none has that name; the nearest names are listed.
    """
    load_all()
    for classes in KINDS.values():
        if isinstance(name, str) and name in classes:
            return classes[name]
    raise ValueError(
        f"Expected the name of a registered GAN: {', '.join(sorted(GANS))}. "
        f"Received: {name!r}.{did_you_mean(str(name), GANS)} A GAN of your own is "
        "found once the module that registers it has been imported."
    )


def load_all() -> None:
    """Imports the files whose classes register themselves."""
    importlib.import_module("kerasgan.models")
    importlib.import_module("kerasgan.metrics.classifier")
