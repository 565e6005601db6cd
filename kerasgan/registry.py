"""Names of GANs: class lookup and Keras serialization in one decorator."""

from collections.abc import Callable

from kerasgan.errors import did_you_mean

GANS: dict[str, type] = {}


def register(name: str) -> Callable[[type], type]:
    """Class decorator: make a GAN buildable and loadable by `name`.

    Args:
        name: The registry name, which is also the file's and the presets' prefix.

    Raises:
        ValueError: If another class has that name already.
    """
    import keras

    def decorate(cls: type) -> type:
        if name in GANS and GANS[name].__qualname__ != cls.__qualname__:
            raise ValueError(
                "`register` expects a name that no other GAN has. "
                f"Received: name={name!r}, which is {GANS[name].__name__}. "
                "Choose another name."
            )
        cls.registry_name = name
        GANS[name] = keras.saving.register_keras_serializable("kerasgan", name)(cls)
        return cls

    return decorate


def lookup(name: str) -> type:
    """The registered class of that name; nothing is ever imported by name.

    Raises:
        ValueError: If no GAN has that name; the nearest names are listed.
    """
    if isinstance(name, str) and name in GANS:
        return GANS[name]
    raise ValueError(
        f"Expected the name of a registered GAN: {', '.join(sorted(GANS))}. "
        f"Received: {name!r}.{did_you_mean(str(name), GANS)} A GAN of your own is "
        "found once the module that registers it has been imported."
    )
