"""Semi-supervised GAN: a classifier that learns from few labels and many images.

Papers: Odena 2016, https://arxiv.org/abs/1606.01583; Salimans et al. 2016,
https://arxiv.org/abs/1606.03498 (sections 3.1 and 5).
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from kerasgan import images as pictures
from kerasgan.checks import check_count, check_images, check_labels, check_weight
from kerasgan.core.batches import in_batches
from kerasgan.core.conditions import Condition
from kerasgan.core.image_gan import ImageGAN
from kerasgan.layers import (
    Conv2D,
    Dropout,
    Flatten,
    GaussianNoise,
    Input,
    WeightNorm,
)
from kerasgan.networks import strided_generator
from kerasgan.registry import register
from kerasgan.types import Critic, Tensor


class SomeLabels(Condition):
    """The classes (N,) of a batch, -1 for images without one; no network takes them.

    Args:
        num_classes: Number of classes, at least 2.
    """

    def __init__(self, num_classes: int):
        self.num_classes = check_count("num_classes", num_classes, least=2)
        self.limits = (-1, num_classes - 1)
        self.class_names: list[str] | None = None

    def check_data(self, given: Any, count: int, owner: str, warn: bool = False) -> Any:
        if given is None:
            raise ValueError(
                f"{owner} needs labels: the class of each image, or -1. Received: "
                "images alone. Pass y, or load the data with labeled=100 "
                "(--labeled 100)."
            )
        return check_labels(given, count, self.num_classes, least=-1)

    def learn(self, given: Any, names: Sequence[str] | None = None) -> None:
        absent = sorted({*range(self.num_classes)} - {*np.unique(given).tolist()})
        if absent:
            raise ValueError(
                f"At least one image of each of the {self.num_classes} classes needs a "
                f"label. Received: none of {', '.join(map(str, absent[:10]))}. Label "
                "more images, or build the model with other num_classes."
            )
        self.class_names = [str(name) for name in names] if names else self.class_names

    def of_batch(self, given: Any, count: int, seed: Any) -> Tensor:
        return ops.cast(ops.reshape(given, (-1,)), "int32")

    def to_generator(self, noise: Any, value: Any) -> tuple:
        return (noise,)

    def to_discriminator(self, images: Any, value: Any) -> tuple:
        return (images,)

    def describe(self) -> dict:
        facts = {"num_classes": self.num_classes, "class_names": self.class_names}
        return super().describe() | facts

    def restore(self, metadata: dict) -> None:
        names = metadata.get("class_names")
        if names is not None and len(names) == self.num_classes:
            self.class_names = names


@register("sgan")
class SGAN(ImageGAN):
    """Classifies images, and learns from those without a label, too.

    The discriminator has K outputs, l. Their softmax is the class. An image is real
    with the probability Z / (Z + 1), Z = sum(exp(l)): a fake class of logit 0 is
    implied. The generator matches the mean features of real images. `classify` uses a
    moving average of the discriminator.

    A batch should have images with and without a label: `kerasgan.data.load(...,
    labeled=100)` makes such batches.

    Args:
        num_classes: Number of classes, K, at least 2.
        class_weight: Weight of the classes' cross-entropy.
        unlabeled_weight: Weight of the contest of real and generated images in the
            discriminator's loss; with 0 it learns from labels alone.
        matching_weight: Weight of feature matching in the generator's loss.
        adversarial_weight: Weight of the adversarial loss in the generator's loss; 1,
            with a `matching_weight` of 0, is Odena's.
        width: Filters next to the image.
        input_noise: Deviation of the noise on pixels, whose range is [-1, 1].
        dropout: Share of the discriminator's features that training drops.
        **kwargs: `image_shape`, `latent_dim`, `discriminator_width`, `augmentation`,
            `loss`, ... of `kerasgan.ImageGAN`.

    Raises:
        ValueError: If the architecture cannot make `image_shape`, or an argument is out
            of its range.

    Differs from the paper:
        For digits, small convolutional networks instead of perceptrons, with dropout
        instead of noise on features. Normal latents. Weights are normalized without an
        initialization by data, and not in the generator.

    Example:
        ```python
        dataset = kerasgan.data.load("mnist", labeled=100, batch_size=200)
        model = kerasgan.models.SGAN(image_shape=(28, 28, 1), num_classes=10)
        model.compile()
        model.fit(dataset, epochs=100)
        classes = model.classify(images)                    # int (N,)
        model = kerasgan.models.SGAN.from_preset("my_sgan")
        ```

    Reference: Salimans et al. 2016, https://arxiv.org/abs/1606.03498.
    """

    averaged = ("generator", "discriminator")
    sampled = ("generator", "discriminator")
    conditional_discriminator = False
    fixed = ("condition",)
    heads = ("logits", "classes", "features")
    logged = ("class_loss", "matching")
    scheduled_weights = ("penalty_weight", "class_weight", "unlabeled_weight")
    examined = "accuracy"

    def __init__(
        self,
        *,
        num_classes: int = 10,
        class_weight: float = 1.0,
        unlabeled_weight: float = 0.5,
        matching_weight: float = 1.0,
        adversarial_weight: float = 0.0,
        width: int = 32,
        input_noise: float = 0.6,
        dropout: float = 0.5,
        **kwargs: Any,
    ):
        self.class_weight = check_weight("class_weight", class_weight)
        self.unlabeled_weight = check_weight("unlabeled_weight", unlabeled_weight)
        self.matching_weight = check_weight("matching_weight", matching_weight)
        self.adversarial_weight = check_weight("adversarial_weight", adversarial_weight)
        self.input_noise = check_weight("input_noise", input_noise)
        self.dropout = check_weight("dropout", dropout, most=0.99)
        condition = SomeLabels(num_classes)
        super().__init__(condition=condition, width=width, **kwargs)

    def build_generator(self) -> keras.Model:
        return strided_generator(self.image_shape, self.latent_dim, self.width)

    def build_discriminator(self) -> keras.Model:
        images = Input(self.image_shape, name="images")
        x, width = GaussianNoise(self.input_noise)(images), self.discriminator_width
        while min(x.shape[1:3]) > 4:
            x = WeightNorm(Conv2D(width, 3, strides=2, padding="same"))(x)
            x = layers.LeakyReLU(0.2)(x)
            if width > self.discriminator_width:  # the first layer has the noise
                x = Dropout(self.dropout)(x)
            width *= 2
        x = WeightNorm(layers.Dense(width // 2))(Flatten()(x))
        features = layers.LeakyReLU(0.2)(x)
        x, float32 = Dropout(self.dropout)(features), {"dtype": "float32"}
        dense = layers.Dense(self.condition.num_classes, **float32)
        classes = WeightNorm(dense, gain=1.0, name="classes", **float32)(x)
        heads = {
            "logits": ops.logsumexp(classes, axis=-1),
            "classes": classes,
            "features": features,
        }
        return keras.Model(images, heads, name="discriminator")

    def default_optimizer(self, player: str) -> keras.optimizers.Optimizer:
        return keras.optimizers.Adam(3e-4, beta_1=0.5, beta_2=0.999)

    def discriminator_loss(
        self, critic: Critic, real: Tensor, fake: Tensor, labels: Tensor
    ) -> Tensor:
        on_real, on_fake = critic(real), critic(fake)
        contest = self.contest(on_real["logits"], on_fake["logits"])
        contest += self.penalty_term(critic, real, fake)
        labeled = ops.cast(labels >= 0, "float32")
        entropy = ops.sparse_categorical_crossentropy(
            ops.maximum(labels, 0), on_real["classes"], from_logits=True
        )
        class_loss = _mean(entropy, labeled)
        self.log(class_loss=class_loss)
        loss = self.scheduled("class_weight") * class_loss
        return loss + self.scheduled("unlabeled_weight") * contest

    def generator_loss(
        self, critic: Critic, real: Tensor, fake: Tensor, labels: Tensor
    ) -> Tensor:
        on_real, on_fake = critic(real), critic(fake)
        # Labeled images repeat, so the others are more like the data.
        unlabeled = ops.cast(labels < 0, "float32")
        unlabeled = ops.where(ops.any(labels < 0), unlabeled, 1.0)
        wanted = _mean(on_real["features"], unlabeled[:, None])
        difference = wanted - ops.mean(on_fake["features"], axis=0)
        matching = ops.mean(ops.square(difference))
        self.log(matching=matching)
        loss = self.matching_weight * matching
        if not self.adversarial_weight:
            return loss
        adversarial = self.generator_term(critic, real, on_fake["logits"])
        return loss + self.adversarial_weight * adversarial

    def classify(self, images: Any) -> np.ndarray:
        """The class of each image, int (N,), by the moving average.

        Args:
            images: (N, H, W, C), uint8 or floats in [-1, 1].

        Raises:
            ValueError: If the images do not fit.
        """
        scaled = pictures.to_float(check_images(images, self.image_shape))
        heads = in_batches(partial(self.infer, "discriminator"), [scaled], 500)
        return heads["classes"].argmax(axis=1)

    def measure(self, images: Any, labels: Any) -> tuple[float, np.ndarray]:
        """Accuracy on images outside of the training set.

        Args:
            images: As in `classify`.
            labels: (N,).

        Returns:
            The share of right answers, and how often class i (row) was taken for class
            j (column), int (num_classes, num_classes).

        Raises:
            ValueError: If images or labels do not fit.
        """
        answers, count = self.classify(images), self.condition.num_classes
        labels = check_labels(labels, len(answers), count)
        confusion = np.zeros((count, count), "int64")
        np.add.at(confusion, (labels, answers), 1)
        return float((answers == labels).mean()), confusion

    def describe(self) -> dict:
        """As in `GAN`; also what the samples are not made for."""
        caption = (
            "Samples are not this model's purpose: its generator matches features, and "
            "only helps the classifier to learn."
        )
        return super().describe() | {"caption": caption}


def _mean(values, weights) -> Tensor:
    """The mean of values (N, ...) over images of these weights, 0 without any."""
    count = ops.maximum(ops.sum(weights), 1.0)
    return ops.sum(values * weights, axis=0) / count
