"""Which network's features to measure by: Inception's, a preset's or the user's own."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from kerasgan import images as pictures
from kerasgan.core.batches import in_batches
from kerasgan.errors import PresetError
from kerasgan.models.feature_classifier import FeatureClassifier
from kerasgan.evaluation.inception import InceptionFeatures

INCEPTION = "inception"


class Extractor:
    """Features of images, and what a protocol has to say of their network.

    Args:
        compute: Maps uint8 images (N, H, W, C) to {"pool": (N, d)}, perhaps with
            "logits" (N, classes), or to (N, d) alone.
        name: What the network is called in the name of a figure.
        sha256: How the hash of its weights, or of its code, begins; None where it has
            neither: its figures compare with no other.
        classes: Whether the logits are of the classes of the data, so that they are
            worth counting.
        resize: What happens to the images' size.
        standard: Whether it is the network that FID is defined on.
    """

    def __init__(
        self,
        compute: Callable,
        name: str,
        sha256: str | None = None,
        classes: bool = False,
        resize: str = "none",
        standard: bool = False,
    ):
        self.compute, self.name, self.classes = compute, name, classes
        self.standard = standard
        self.protocol = {"features": name, "features_sha256": sha256, "resize": resize}

    @property
    def suffix(self) -> str:
        """What a figure's name ends with: nothing for the standard network."""
        return "" if self.standard else f"_{self.name}"

    def __call__(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """{"pool": (N, d)}, perhaps with "logits", of uint8 images (N, H, W, C).

        Raises:
            ValueError: If the network returns something else.
        """
        found = self.compute(images)
        found = found if isinstance(found, dict) else {"pool": found}
        pool = np.asarray(found.get("pool"))
        if pool.ndim != 2 or len(pool) != len(images):
            raise ValueError(
                f"`features` must give one row of numbers an image, ({len(images)}, d)."
                f" Received: shape {pool.shape} from {self.name}. End the network with "
                "a pooling or keras.layers.Flatten()."
            )
        return {name: np.asarray(value) for name, value in found.items()}


def extractor(features, batch_size: int = 500) -> Extractor:
    """The extractor that a user means.

    Args:
        features: "inception"; the name or folder of a classifier preset, such as
            "features_mnist"; a `FeatureClassifier`; another Keras model, from float32
            images (N, H, W, C) in [-1, 1] to (N, d); or a function from uint8 images
            (N, H, W, C) to (N, d). An `Extractor` is given back.
        batch_size: Images that a Keras model gets at once.

    Raises:
        InceptionUnavailableError: If its weights cannot be had.
        PresetNotFoundError: If there is no such preset.
        TypeError: If it is something else.
    """
    if isinstance(features, Extractor):
        return features
    if isinstance(features, InceptionFeatures) or features == INCEPTION:
        network = InceptionFeatures() if features == INCEPTION else features
        resize = "299 pixels, bilinear as TensorFlow 1; grey tiled to three channels"
        options = {"resize": resize, "standard": True}
        return Extractor(network, network.name, network.sha256, **options)
    if isinstance(features, str | Path):
        features = _preset(features)
    if isinstance(features, FeatureClassifier):
        network = features.classifier
        name = features.origin.get("name", features.registry_name)
        return _of_model(network, name, batch_size, classes=True)
    if isinstance(features, keras.Model):
        return _of_model(features, features.name, batch_size)
    if not callable(features):
        raise TypeError(
            '`features` must be "inception", a preset of list_presets("features"), a '
            f"Keras model or a function. Received: {features!r}."
        )
    name = getattr(features, "__name__", type(features).__name__)
    return Extractor(features, name, _code_digest(features))


def _preset(name):
    try:
        return FeatureClassifier.from_preset(name)
    except PresetError as error:
        raise type(error)(
            f'`features` must be "{INCEPTION}" or a classifier\'s preset, such as '
            f"features_mnist (`kerasgan list` names them). {error}"
        ) from error


def _of_model(network, name, batch_size, classes=False):
    digest = _weights_digest(network)

    def predict(rows):
        return network.predict_on_batch(pictures.from_uint8(rows[0]))

    def compute(images):
        expected = network.input_shape[1:]
        sizes = zip(images.shape[1:], expected, strict=False)
        if len(expected) != 3 or any(b not in (None, a) for a, b in sizes):
            raise ValueError(
                f"{name} measures images of shape {expected}. Received: images of "
                f"shape {images.shape[1:]}. Choose other features, or "
                "convert both: size= and channels= of data.load (--size, --channels)."
            )
        return in_batches(predict, [images], batch_size)

    return Extractor(compute, name, digest, classes)


def _weights_digest(network):
    """Of the numbers alone: Keras numbers the names of layers anew in every process."""
    digest = hashlib.sha256()
    for array in network.get_weights():
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()[:12]


def _code_digest(function):
    """Of a plain function without variables from outside; None of anything else."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_freevars:
        return None
    parts = code.co_code, repr(code.co_consts).encode(), repr(code.co_names).encode()
    return hashlib.sha256(b"".join(parts)).hexdigest()[:12]
