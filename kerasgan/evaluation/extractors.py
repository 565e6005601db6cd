"""Networks whose features metrics compare: Inception, a preset or the user's own."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from kerasgan import images as pictures
from kerasgan.core.batches import in_batches
from kerasgan.core.gan import GAN
from kerasgan.errors import InceptionUnavailableError, PresetError
from kerasgan.evaluation.inception import InceptionFeatures
from kerasgan.evaluation.real_data import Dataset, name_of
from kerasgan.models.feature_classifier import FeatureClassifier
from kerasgan.presets import catalog

Features = str | Path | keras.Model | Callable  # what `extractor` takes
INCEPTION = "inception"


class Extractor:
    """Computes features of images, and describes their network for the protocol.

    Args:
        compute: Maps uint8 images (N, H, W, C) to {"pool": (N, d)}, perhaps with
            "logits" (N, classes), or to (N, d) alone.
        name: Name of the network, in the names of results.
        sha256: First digits of the hash of its weights or code. Results without a hash
            cannot be compared.
        classes: Whether the logits belong to the classes of the data, so that counting
            them makes sense.
        resize: How images are resized.
        standard: Whether this is the network that defines FID.
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
        """The end of the names of results; empty for the standard network."""
        return "" if self.standard else f"_{self.name}"

    def __call__(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """Features of uint8 images (N, H, W, C).

        Returns:
            {"pool": (N, d)}, perhaps with "logits" (N, classes).

        Raises:
            ValueError: If the network returns something else.
        """
        outputs = self.compute(images)
        outputs = outputs if isinstance(outputs, dict) else {"pool": outputs}
        pool = np.asarray(outputs.get("pool"))
        if pool.ndim != 2 or len(pool) != len(images):
            raise ValueError(
                "`features` must return one row of numbers per image, "
                f"({len(images)}, d). Received: shape {pool.shape} from {self.name}. "
                "End the network with a pooling or keras.layers.Flatten()."
            )
        return {name: np.asarray(value) for name, value in outputs.items()}


def extractor(features: Features, batch_size: int = 500) -> Extractor:
    """The extractor for a name, a model or a function.

    Args:
        features: "inception"; the name or folder of a classifier preset, such as
            "features_mnist"; a `FeatureClassifier`; another Keras model, from float32
            images (N, H, W, C) in [-1, 1] to (N, d); or a function from uint8 images
            (N, H, W, C) to (N, d). An `Extractor` is returned unchanged.
        batch_size: Images that a Keras model gets at once.

    Raises:
        InceptionUnavailableError: If the weights of Inception are missing.
        PresetNotFoundError: If there is no such preset.
        TypeError: If it is something else.
    """
    if isinstance(features, Extractor):
        return features
    if isinstance(features, str) and features == INCEPTION:
        features = InceptionFeatures()
    if isinstance(features, InceptionFeatures):
        resize = "299 pixels, bilinear as TensorFlow 1; gray repeated to three channels"
        options = {"resize": resize, "standard": True}
        return Extractor(features, features.name, features.sha256, **options)
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
            f"Keras model or a function. Received: {type(features).__name__}."
        )
    name = getattr(features, "__name__", type(features).__name__)
    return Extractor(features, name, _code_digest(features))


def features_for(gan: GAN, dataset: Dataset, features: Features = "auto") -> Features:
    """The given features; for "auto", the classifier of the dataset, or else Inception.

    The classifier is that of the evaluation in the preset's recipe. Without one, it is
    the bundled classifier of the dataset that the GAN was trained on or is measured
    against.

    Args:
        gan: The GAN, whose `origin` may hold a recipe.
        dataset: Real images; a `kerasgan.data` dataset has a name.
        features: "auto", or as in `extractor`.

    Raises:
        InceptionUnavailableError: If there are no features.
    """
    if not isinstance(features, str) or features != "auto":
        return features
    recipe = gan.origin.get("recipe") or {}
    named = recipe.get("evaluation", {}).get("features")
    if named and not named.startswith("hf://"):  # a recipe must not call the Hub
        return named
    bundled = catalog.list_presets("features")
    name = name_of(dataset)  # perhaps with the split
    for source in (recipe.get("data", {}).get("source"), name.split(" ")[0]):
        if f"features_{source}" in bundled:
            return f"features_{source}"
    try:
        return extractor(INCEPTION)
    except (InceptionUnavailableError, ImportError) as error:
        raise InceptionUnavailableError(
            f"No feature network is known for these images. {error} Or pass another: "
            f"features= (--features) takes {', '.join(bundled)}; in Python also a "
            "Keras model or a function."
        ) from error


def _preset(name):
    try:
        return FeatureClassifier.from_preset(name)
    except PresetError as error:
        raise type(error)(
            f'`features` must be "{INCEPTION}" or the preset of a classifier, such as '
            f"features_mnist (`kerasgan list` shows them). {error}"
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
                f"shape {images.shape[1:]}. Choose other features, or pass size= "
                "(--size) to make real and generated images smaller."
            )
        return in_batches(predict, [images], batch_size)

    return Extractor(compute, name, digest, classes)


def _weights_digest(network):
    """A hash of the numbers only; layer names differ from process to process."""
    digest = hashlib.sha256()
    for array in network.get_weights():
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()[:12]


def _code_digest(function):
    """A hash of a plain function without outer variables; None for anything else."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_freevars:
        return None
    parts = code.co_code, repr(code.co_consts).encode(), repr(code.co_names).encode()
    return hashlib.sha256(b"".join(parts)).hexdigest()[:12]
