"""A small classifier whose features measure images of its own data set.

Inception's features say little about 28-pixel digits; those of a network that was
trained on them say more. A preset is named after its data set: `features_mnist`.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import layers

from kerasgan import checks, images
from kerasgan.core.batches import in_batches
from kerasgan.core.zoo_model import ZooModel, dtype_scope, policy_of
from kerasgan.images import to_float
from kerasgan.layers import Conv2D, GlobalAveragePooling2D, Input, MaxPooling2D
from kerasgan.registry import register
from kerasgan.types import Tensor

STAGES = 3  # widths double from one to the next, sides halve


def build_classifier(
    image_shape: tuple[int, int, int], num_classes: int, width: int, blocks: int
) -> keras.Model:
    """Images (N, H, W, C) to {"pool": (N, 4 * width), "logits": (N, num_classes)}."""
    x = inputs = Input(image_shape, name="images")
    for stage in range(STAGES):
        for _ in range(blocks):
            x = Conv2D(
                width * 2**stage,
                3,
                padding="same",
                use_bias=False,
                kernel_initializer="he_normal",
            )(x)
            x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
        if stage < STAGES - 1:
            x = MaxPooling2D()(x)
    x = GlobalAveragePooling2D()(x)
    pool = layers.Activation("linear", dtype="float32", name="pool")(x)
    logits = layers.Dense(num_classes, dtype="float32", name="logits")(pool)
    outputs = {"pool": pool, "logits": logits}
    return keras.Model(inputs, outputs, name="classifier")


@register("feature_classifier", kind="features")
class FeatureClassifier(ZooModel, keras.Model):
    """A convolutional classifier; its pooled features are what metrics compare.

    Args:
        image_shape: (H, W, C); H and W at least 8.
        num_classes: Number of classes, at least 2.
        width: Filters of the first stage; they double in the second and the third.
        blocks: Convolutions in a stage, at most 8.
        shift: Training images are moved by up to this many pixels.
        flip: Whether training images are mirrored at random.
        networks: "all" or "sampler", which here is the same.
        seed: Seed of the augmentation.
        dtype: Dtype policy, such as "mixed_bfloat16".
        name: Name of the Keras model.

    Raises:
        ValueError: If an argument is out of its range.

    Example:
        ```python
        classifier = FeatureClassifier(image_shape=(28, 28, 1))  # random weights
        classifier = kerasgan.from_preset("features_mnist")
        accuracy, confusion = classifier.measure(images, labels)
        ```

    Reference: Simonyan and Zisserman 2014, https://arxiv.org/abs/1409.1556.
    """

    stored = sampled = ("classifier",)
    phases = (("classifier",),)
    examined = "accuracy"

    def __init__(
        self,
        image_shape: tuple[int, int, int] = (28, 28, 1),
        num_classes: int = 10,
        width: int = 32,
        blocks: int = 1,
        shift: int = 0,
        flip: bool = False,
        *,
        networks: str = "all",
        seed: int | None = None,
        dtype: str | None = None,
        name: str | None = None,
    ):
        super().__init__(name=name, dtype=policy_of(dtype))
        checks.check_choice("networks", networks, ("all", "sampler"))
        checks.check_variable_dtype(self.variable_dtype, dtype)
        self.image_shape = checks.check_image_shape(image_shape)
        if min(image_shape[:2]) < 8:
            raise ValueError(
                "`image_shape` must be at least 8 pixels high and wide. "
                f"Received: image_shape={image_shape}. Enlarge the images first."
            )
        self.num_classes = checks.check_count("num_classes", num_classes, least=2)
        checks.check_count("width", width)
        checks.check_count("blocks", blocks, most=8)
        checks.check_count("shift", shift, least=0)
        with dtype_scope(self.dtype_policy):
            self.classifier = build_classifier(
                self.image_shape, num_classes, width, blocks
            )
            self.augmentation = _augmentation(self.image_shape, shift, flip, seed)
        self.confusion: np.ndarray | None = None
        self.class_names: list[str] | None = None
        self.built = True

    @property
    def step(self) -> Any:
        """How many updates it has made since it was compiled."""
        return self.optimizer.iterations if self.compiled else 0

    def default_optimizer(
        self, player: str = "classifier"
    ) -> keras.optimizers.Optimizer:
        """Adam at 2e-3."""
        return keras.optimizers.Adam(2e-3)

    def compile(
        self,
        optimizers: Any = None,
        *,
        players: Sequence[str] | None = None,
        schedules: dict | None = None,
        **kwargs: Any,
    ) -> None:
        """Configures it for training on (images, labels) by cross-entropy.

        Args:
            optimizers: A `keras.optimizers.Optimizer`, alone or by the name of the only
                player, "classifier"; None for the default one.
            players: None, or ["classifier"].
            schedules: None: no weight of the loss can change.
            **kwargs: More of `keras.Model.compile`.

        Raises:
            ValueError: If there is no such player or schedule.
        """
        if isinstance(optimizers, dict):
            for name in optimizers:
                checks.check_choice("optimizers", name, self.phases[0])
            optimizers = optimizers.get("classifier")
        for name in players or ():
            checks.check_choice("players", name, self.phases[0])
        for name in schedules or ():
            checks.check_choice("schedules", name, self.scheduled_weights)
        options = {"dtype": "float32"}  # whatever `keras.config.floatx` is
        entropy = keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, **options
        )
        accuracy = keras.metrics.SparseCategoricalAccuracy("accuracy", **options)
        kwargs = {"loss": entropy, "metrics": [accuracy], **kwargs}
        # On a CPU, XLA makes TensorFlow slower; on JAX, Keras knows what it can.
        on_jax = keras.backend.backend() == "jax"
        kwargs.setdefault("jit_compile", "auto" if on_jax else False)
        super().compile(optimizers or self.default_optimizer(), **kwargs)
        self.optimizer.build(self.trainable_variables)  # so that it can resume

    def call(self, inputs: Any, training: bool = False) -> Tensor:
        """Images (N, H, W, C) in [-1, 1] to logits (N, num_classes)."""
        if training and self.augmentation is not None:
            inputs = self.augmentation(inputs, training=True)
        return self.classifier(inputs, training=training)["logits"]

    def classify(self, images: Any) -> np.ndarray:
        """The class of each image, int (N,).

        Args:
            images: (N, H, W, C), uint8 or floats in [-1, 1].

        Raises:
            ValueError: If the images do not fit.
        """
        given = checks.check_images(images, self.image_shape)
        infer = partial(self.infer, "classifier")
        outputs = in_batches(infer, [to_float(given)], batch_size=500)
        return outputs["logits"].argmax(axis=1)

    def measure(self, images: Any, labels: Any) -> tuple[float, np.ndarray]:
        """Accuracy on images outside of the training set.

        Args:
            images: (N, H, W, C), uint8 or floats in [-1, 1].
            labels: (N,).

        Returns:
            The share of right answers, and how often class i (row) was taken for class
            j (column), int (num_classes, num_classes). A preset saved afterwards shows
            the latter as its picture.

        Raises:
            ValueError: If images or labels do not fit.
        """
        answers = self.classify(images)
        labels = checks.check_labels(labels, len(answers), self.num_classes)
        confusion = np.zeros((self.num_classes, self.num_classes), "int64")
        np.add.at(confusion, (labels, answers), 1)
        self.confusion = confusion
        return float((answers == labels).mean()), confusion

    def describe(self) -> dict:
        """Shape, classes, and length of the features."""
        return {
            "image_shape": list(self.image_shape),
            "condition": None,
            "num_classes": self.num_classes,
            "class_names": self.class_names,
            "features": self.classifier.output["pool"].shape[-1],
        }

    def restore(self, metadata: dict) -> None:
        """Takes the names of the classes back."""
        self.class_names = metadata.get("class_names")

    def picture(self) -> np.ndarray | None:
        """The confusion matrix of the last `measure`, if there was one."""
        if self.confusion is None:
            return None
        return images.draw_confusion(self.confusion)


def _augmentation(image_shape, shift, flip, seed):
    height, width, _ = image_shape
    parts, last = [], {"data_format": "channels_last"}
    if shift:
        factors = shift / height, shift / width
        options = {"fill_mode": "constant", "fill_value": -1.0, "seed": seed}
        parts.append(layers.RandomTranslation(*factors, **options, **last))
    if flip:
        parts.append(layers.RandomFlip("horizontal", seed=seed, **last))
    if not parts:
        return None
    return keras.Sequential([Input(image_shape), *parts], name="augmentation")
