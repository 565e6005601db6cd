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
    "AdversarialModel": "kerasgan.core.adversarial",
    "Captions": "kerasgan.core.captions",
    "Codes": "kerasgan.core.codes",
    "Condition": "kerasgan.core.conditions",
    "GAN": "kerasgan.core.gan",
    "ImageGAN": "kerasgan.core.image_gan",
    "ImageToImage": "kerasgan.core.image_to_image",
    "Labels": "kerasgan.core.conditions",
    "Player": "kerasgan.core.players",
    "Vectors": "kerasgan.core.vectors",
    "download_preset": "kerasgan.presets.share",
    "from_preset": "kerasgan.presets.load",
    "list_presets": "kerasgan.presets.catalog",
    "register": "kerasgan.registry",
    "upload_preset": "kerasgan.presets.share",
}
_MODULES = {
    "augment", "callbacks", "data", "errors", "evaluation", "hub", "images", "layers",
    "losses", "metrics", "models", "networks", "penalties", "recipes", "training",
}  # fmt: skip
_MOVED = {"recipes": "kerasgan.presets.recipes"}

__all__ = sorted([*_PLACES, *_MODULES])


def __getattr__(name: str):
    """Imports a public name when it is first used, so that a backend is too."""
    if name in _PLACES:
        return getattr(importlib.import_module(_PLACES[name]), name)
    if name in _MODULES:
        return importlib.import_module(_MOVED.get(name, f"kerasgan.{name}"))
    raise AttributeError(f"module 'kerasgan' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
