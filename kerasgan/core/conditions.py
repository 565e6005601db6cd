"""What a network gets besides latents or images: nothing, labels, codes, vectors.

A condition checks what users pass, draws what they leave out, reads or draws the values
of a training batch, and hands them to the networks. No other code asks for its kind.
"""

import warnings
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasgan import checks
from kerasgan.types import Tensor

CAPTIONED = 20  # classes, up to which a picture shows each in a column


@keras.saving.register_keras_serializable("kerasgan")
class Condition:
    """Nothing besides the first input; the base of all others.

    Attributes:
        name: The keyword of `generate`, which is also the kind in `metadata.json`.
        limits: The least and the most that a value may be, or None if there is none.
        class_names: The name of each class, or None.
    """

    name: str | None = None
    limits: tuple[float, float] | None = None
    class_names: list[str] | None = None

    @property
    def network_input(self) -> tuple[tuple[int, ...], str] | None:
        """Shape and kind of what networks take besides their first input, or None."""
        return None

    # What users pass.

    def count(self, given: Any) -> int | None:
        """How many items a user's value is for; None for one value for all."""
        return len(given) if np.ndim(given) else None

    def check(self, given: Any, count: int, drawn: Any = None) -> np.ndarray:
        """The value that a user passed for `count` images, as an array.

        Args:
            given: What the user passed.
            count: How many images.
            drawn: What the latents hold of the condition, from `split`.

        Raises:
            ValueError: If it does not fit the condition.
        """
        raise ValueError(
            "This model is unconditional. Received: a condition. Leave it out, or use "
            "a conditional model."
        )

    def default(self, count: int, drawn: Any = None, same: bool = False) -> None:
        """The value if a user passes none; `same` asks for one value for all."""

    def value(
        self, given: Any, count: int, drawn: Any = None, same: bool = False
    ) -> Any:
        """What a user passed, checked; or, for None, the default."""
        if given is None:
            return self.default(count, drawn, same)
        return self.check(given, count, drawn)

    def check_data(
        self, given: Any, count: int, owner: str, warn: bool = False
    ) -> None:
        """The values (count, ...) of a training set, checked; None if it takes none.

        Args:
            given: What `fit` got as `y`, or None.
            count: How many images there are.
            owner: The model's name, for messages.
            warn: Whether to warn of values that are ignored or missing.
        """
        if warn and given is not None:
            warnings.warn(
                f"{owner} is unconditional: labels are ignored.", stacklevel=5
            )

    def check_names(self, names: Sequence[str] | None) -> None:
        """Refuses data whose class names do not fit the condition."""

    def learn(self, given: Any, names: Sequence[str] | None = None) -> None:
        """Remembers facts of the training set: shares and names of classes."""

    # What a model draws.

    @property
    def can_draw(self) -> bool:
        """Whether values can be drawn without the user."""
        return True

    def measured(self, count: int, shares: Sequence[float] | None = None) -> dict:
        """Keywords of `generate` for `count` images that metrics compare with data."""
        return {}

    def shown(self, count: int) -> dict:
        """Keywords of `generate` for a picture of `count` images."""
        return {}

    def groups(self, count: int, latents: Any) -> tuple[dict, np.ndarray | None]:
        """Keywords of `generate`, and the group of each image that must vary."""
        return {}, None

    @property
    def columns(self) -> int | None:
        """Columns of a picture that shows one class in each; None for no columns."""
        return None

    # Latents that hold a part of the condition.

    def noise_length(self, latent_dim: int) -> int:
        """How many numbers of a latent vector are noise."""
        return latent_dim

    def complete(self, noise: Any, rng: np.random.Generator) -> np.ndarray:
        """Latents (N, latent_dim) from noise, with all else drawn by numpy."""
        return noise

    def split(self, latents: Any) -> tuple:
        """Noise, and what else latents (N, latent_dim) hold, or None."""
        return latents, None

    # Inside a training step.

    def of_batch(self, given: Any, count: int, seed: Any) -> Any:
        """The tensor of a batch: from the data, or drawn in the graph."""

    def to_generator(self, noise: Any, value: Any) -> tuple:
        """The generator's inputs, tensors or arrays."""
        return (noise,) if value is None else (noise, value)

    def to_discriminator(self, images: Any, value: Any) -> tuple:
        """The discriminator's inputs; a network of one input gets the first alone."""
        return (images,) if value is None else (images, value)

    # Metadata and Keras's own files.

    def describe(self) -> dict:
        """Facts for `metadata.json`."""
        return {"condition": self.name, "num_classes": None}

    def restore(self, metadata: dict) -> None:
        """Takes the facts back that `describe` gave."""

    def get_config(self) -> dict:
        """The constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict) -> Any:
        """The condition that `get_config` describes."""
        return cls(**config)


@keras.saving.register_keras_serializable("kerasgan")
class Labels(Condition):
    """One class for each image, int32 (N,).

    `generate` takes numbers or names of classes; without labels, the classes in turn.
    Metrics and batch statistics take them in the shares of the training set.

    Args:
        num_classes: Number of classes, at least 2.

    Attributes:
        shares: The share of each class in the training set, or None if unknown.
    """

    name = "labels"
    network_input = ((), "int")

    def __init__(self, num_classes: int):
        self.num_classes = checks.check_count("num_classes", num_classes, least=2)
        self.limits = (0, self.num_classes - 1)
        self.shares: list[float] | None = None

    def check(self, given: Any, count: int, drawn: Any = None) -> np.ndarray:
        labels = np.full(count, given) if np.ndim(given) == 0 else np.asarray(given)
        if labels.dtype.kind in "US" and self.class_names:
            for name in labels.ravel().tolist():
                checks.check_choice("labels", name, self.class_names)
            labels = np.vectorize(self.class_names.index)(labels)
        return checks.check_labels(labels, count, self.num_classes)

    def default(self, count: int, drawn: Any = None, same: bool = False) -> Any:
        turn = np.zeros(count) if same else np.arange(count) % self.num_classes
        return turn.astype("int32")

    def check_data(self, given: Any, count: int, owner: str, warn: bool = False) -> Any:
        if given is None:
            raise ValueError(
                f"A GAN with num_classes={self.num_classes} needs labels. "
                "Received: images alone. Pass y, or load the data with labels=True."
            )
        labels = checks.check_labels(given, count, self.num_classes)
        if warn and count >= 10 * self.num_classes:
            self._warn_of_absent(labels)
        return labels

    def _warn_of_absent(self, labels):
        absent = sorted(set(range(self.num_classes)) - set(np.unique(labels).tolist()))
        if absent:
            warnings.warn(
                f"num_classes={self.num_classes}, but the data have no image of class "
                f"{', '.join(map(str, absent[:5]))}{', ...' * (len(absent) > 5)}. The "
                "GAN cannot learn it. Build the GAN with the classes of the data.",
                stacklevel=6,
            )

    def check_names(self, names: Sequence[str] | None) -> None:
        if names and len(names) != self.num_classes:
            raise ValueError(
                "`num_classes` must be that of the data. Received: num_classes="
                f"{self.num_classes}, and data of {len(names)} classes "
                f"({', '.join(map(str, names[:5]))}{', ...' * (len(names) > 5)}). "
                f"Build the GAN with num_classes={len(names)}."
            )

    def learn(self, given: Any, names: Sequence[str] | None = None) -> None:
        counts = np.bincount(np.reshape(given, -1), minlength=self.num_classes)
        self.shares = [float(x) for x in np.round(counts / counts.sum(), 6)]
        self.class_names = [str(name) for name in names] if names else self.class_names

    def measured(self, count: int, shares: Sequence[float] | None = None) -> dict:
        shares = self.shares if shares is None else shares
        if shares is None:
            return {"labels": self.default(count)}
        return {"labels": labels_in_shares(count, shares)}

    def groups(self, count: int, latents: Any) -> tuple[dict, np.ndarray | None]:
        classes = min(self.num_classes, max(1, count // 4))
        labels = (np.arange(count) % classes).astype("int32")
        return {"labels": labels}, labels

    @property
    def columns(self) -> int | None:
        return self.num_classes if self.num_classes <= CAPTIONED else None

    def of_batch(self, given: Any, count: int, seed: Any) -> Tensor:
        return ops.cast(ops.reshape(given, (-1,)), "int32")

    def describe(self) -> dict:
        facts = {"condition": self.name, "num_classes": self.num_classes}
        return facts | {"class_names": self.class_names, "class_shares": self.shares}

    def restore(self, metadata: dict) -> None:
        for attribute, field in (
            ("shares", "class_shares"),
            ("class_names", "class_names"),
        ):
            value = metadata.get(field)
            if value is not None and len(value) == self.num_classes:
                setattr(self, attribute, value)

    def get_config(self) -> dict:
        return {"num_classes": self.num_classes}


def checked_condition(condition: Condition | None) -> Condition:
    """The condition itself, or the empty one for None.

    Raises:
        TypeError: If it is something else.
    """
    if condition is not None and not isinstance(condition, Condition):
        raise TypeError(
            "`condition` must be a kerasgan.Labels, Vectors or another Condition. "
            f"Received: {condition!r}. For 10 classes: kerasgan.Labels(10)."
        )
    return condition or Condition()


def labels_if(num_classes: int | None) -> Condition:
    """`Labels`, or the empty condition if `num_classes` is None."""
    return Condition() if num_classes is None else Labels(num_classes)


def labels_in_shares(count: int, shares: Sequence[float] | None) -> np.ndarray:
    """Labels (count,) int32 in these shares, each class spread evenly over them.

    With equal shares, the classes come in turn.
    """
    shares = np.asarray(shares, "float64") / np.sum(shares)
    counts = np.floor(shares * count).astype(int)
    rest = shares * count - counts
    largest = np.argsort(-rest, kind="stable")[: count - counts.sum()]
    counts[largest] += 1
    labels = np.repeat(np.arange(len(shares)), counts)
    within = np.concatenate([np.arange(n) for n in counts])
    order = np.argsort((within + 0.5) / counts[labels], kind="stable")
    return labels[order].astype("int32")
