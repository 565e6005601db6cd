"""Networks whose features metrics compare: Inception, a preset or the user's own."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from kerasgan import images as pictures
from kerasgan.core.batches import in_batches
from kerasgan.core.conditions import Condition
from kerasgan.core.gan import GAN
from kerasgan.core.zoo_model import ZooModel
from kerasgan.errors import InceptionUnavailableError, PresetError
from kerasgan.evaluation.inception import InceptionFeatures
from kerasgan.evaluation.real_data import Dataset, name_of
from kerasgan.models.feature_classifier import FeatureClassifier
from kerasgan.presets import catalog, documents

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
        num_classes: Number of logits of a classifier; None if the logits do not belong
            to classes of the data.
        class_names: Names of these classes, if known.
        resize: How images are resized.
        standard: Whether this is the network that defines FID.
        size: (H, W) of the images that it takes; None for any.
        kept: Whether its features may be kept on disk, because name and hash say all
            about it.
    """

    def __init__(
        self,
        compute: Callable,
        name: str,
        sha256: str | None = None,
        num_classes: int | None = None,
        class_names: list[str] | None = None,
        resize: str = "none",
        standard: bool = False,
        size: tuple[int, int] | None = None,
        kept: bool = False,
    ):
        self.compute, self.name, self.standard, self.size = (
            compute,
            name,
            standard,
            size,
        )
        self.num_classes, self.class_names = num_classes, class_names
        self.kept = kept
        self.protocol = {"features": name, "features_sha256": sha256, "resize": resize}

    @property
    def suffix(self) -> str:
        """The end of the names of results; empty for the standard network."""
        return "" if self.standard else f"_{self.name}"

    def other_classes(self, condition: Condition) -> str:
        """How its classes differ from those of a GAN; empty if they are the same.

        A GAN without labels may generate any classes.
        """
        if self.num_classes is None or condition.name != "labels":
            return ""
        if self.num_classes != condition.num_classes:
            return f"{self.num_classes} and {condition.num_classes} classes"
        pairs = zip(self.class_names or (), condition.class_names or (), strict=False)
        differing = [pair for pair in pairs if pair[0].lower() != pair[1].lower()]
        return f"classes {' and '.join(map(repr, differing[0]))}" if differing else ""

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
        options = {"resize": resize, "standard": True, "kept": True}
        return Extractor(features, features.name, features.sha256, **options)
    if named := isinstance(features, str | Path):
        features = _preset(features)
    if isinstance(features, FeatureClassifier):
        network = features.classifier
        name = features.origin.get("name", features.registry_name)
        classes = features.num_classes, features.class_names
        return _of_model(network, name, batch_size, *classes, kept=named)
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
    if known := known_features(gan, name_of(dataset)):
        return known
    try:
        return extractor(INCEPTION)
    except (InceptionUnavailableError, ImportError) as error:
        bundled = catalog.list_presets("features")
        fitting = "".join(f"{text}, " for text in _fitting(bundled, gan.data_shape))
        raise InceptionUnavailableError(
            "No feature network is known for these images. Pass another with features= "
            f"(--features): {fitting}or in Python a Keras model or a function. Or use "
            f"Inception. {error}"
        ) from error


def known_features(model: ZooModel, name: str) -> str | None:
    """The preset that the model's recipe or its dataset names, or None.

    Args:
        model: The model, whose `origin` may hold a recipe.
        name: The name of the images that it is measured on, perhaps with a split.
    """
    recipe = model.origin.get("recipe") or {}
    named = recipe.get("evaluation", {}).get("features")
    if named and not named.startswith("hf://"):  # a recipe must not call the Hub
        return named
    bundled = catalog.list_presets("features")
    for source in (recipe.get("data", {}).get("source"), name.split(" ")[0]):
        if f"features_{source}" in bundled:
            return f"features_{source}"
    return None


def _fitting(names: list[str], shape: tuple[int, ...]) -> list[str]:
    """The bundled classifiers that images of a shape fit, with the size if smaller."""
    texts = []
    for name in names:
        metadata = documents.read_json(catalog.zoo_folder() / name / "metadata.json")
        expected = metadata["image_shape"]
        if _can_shrink(shape, expected):
            smaller = list(shape[:2]) != expected[:2]
            side = expected[0]
            texts.append(name + f" with size={side} (--size {side})" * smaller)
    return texts


def _can_shrink(shape, expected) -> bool:
    """Whether images of a shape, made smaller, have the expected one."""
    return len(shape) == len(expected) == 3 and all(
        wanted is None or (wanted <= side if axis < 2 else wanted == side)
        for axis, (side, wanted) in enumerate(zip(shape, expected, strict=True))
    )


def _preset(name):
    try:
        return FeatureClassifier.from_preset(name)
    except PresetError as error:
        raise type(error)(
            f'`features` must be "{INCEPTION}" or the preset of a classifier, such as '
            f"features_mnist (`kerasgan list` shows them). {error}"
        ) from error


def _of_model(
    network, name, batch_size, num_classes=None, class_names=None, kept=False
):
    digest = _weights_digest(network)

    def predict(rows):
        return network.predict_on_batch(pictures.from_uint8(rows[0]))

    def compute(images):
        expected = network.input_shape[1:]
        sizes = zip(images.shape[1:], expected, strict=False)
        if len(expected) != 3 or any(b not in (None, a) for a, b in sizes):
            smaller = ""
            if _can_shrink(images.shape[1:], expected):
                smaller = (
                    f", or pass size={expected[0]} (--size {expected[0]}) to make real "
                    "and generated images smaller"
                )
            raise ValueError(
                f"{name} measures images of shape {expected}. Received: images of "
                f"shape {images.shape[1:]}. Choose other features{smaller}."
            )
        return in_batches(predict, [images], batch_size)

    shape = getattr(network, "input_shape", ())
    fixed = len(shape) == 4 and all(isinstance(n, int) for n in shape[1:3])
    size = tuple(shape[1:3]) if fixed else None
    options = {"size": size, "kept": kept}
    return Extractor(compute, name, digest, num_classes, class_names, **options)


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
