"""kerasgan: generative adversarial networks for Keras 3, with pretrained weights.

Example:
    ```python
    import kerasgan

    gan = kerasgan.from_preset("dcgan_mnist")
    images = gan.generate(64, seed=0)  # uint8 (64, 28, 28, 1)
    ```
"""

import importlib

__version__ = "0.1.0"

_PLACES = {
    "GAN": "kerasgan.gan",
    "download_preset": "kerasgan.sharing",
    "from_preset": "kerasgan.presets",
    "list_presets": "kerasgan.catalog",
    "register": "kerasgan.registry",
    "upload_preset": "kerasgan.sharing",
}
_MODULES = {
    "augment", "callbacks", "data", "errors", "hub", "images", "layers", "losses",
    "metrics", "models", "penalties", "presets", "recipes", "training",
}  # fmt: skip

__all__ = sorted([*_PLACES, *_MODULES])


def __getattr__(name: str):
    """Imports a public name when it is first used, so that a backend is too."""
    if name in _PLACES:
        return getattr(importlib.import_module(_PLACES[name]), name)
    if name in _MODULES:
        return importlib.import_module(f"kerasgan.{name}")
    raise AttributeError(f"module 'kerasgan' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
