"""Checks features, the rows of numbers that metrics compare."""

import numpy as np
from numpy.typing import ArrayLike


def check_features(name: str, features: ArrayLike) -> np.ndarray:
    """Checks that features are rows of finite numbers, at least one.

    Raises:
        TypeError: If they are not real numbers.
        ValueError: If the shape is not (N, d) or a value is not finite.
    """
    features = np.asarray(features)
    if features.ndim != 2 or 0 in features.shape:
        raise ValueError(
            f"`{name}` must have shape (N, d), both at least 1. Received: "
            f"{features.shape}. Flatten each item: {name}.reshape(len({name}), -1)."
        )
    if features.dtype.kind not in "iuf":
        raise TypeError(
            f"`{name}` must be integers or floats. Received: dtype={features.dtype}."
        )
    finite = np.isfinite(features).all(axis=1)
    if not finite.all():
        raise ValueError(
            f"`{name}` must be finite. Received: NaN or infinity, first in row "
            f"{int(np.argmin(finite))}. Look for it in the images or in the network."
        )
    return features


def check_pair(
    reference: ArrayLike, generated: ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    """Checks two sets of features, which must have the same dimensions.

    Raises:
        TypeError: If they are not real numbers.
        ValueError: If shapes are wrong or differ in d, or a value is not finite.
    """
    reference = check_features("reference", reference)
    generated = check_features("generated", generated)
    if reference.shape[1] != generated.shape[1]:
        raise ValueError(
            "`reference` and `generated` must have the same dimensions. Received: "
            f"{reference.shape[1]} and {generated.shape[1]}. Use the same network for "
            "both."
        )
    return reference, generated
