"""Mean and covariance of features, computed batch by batch, and their file.

Reference: Chan et al. 1983, https://doi.org/10.1080/00031305.1983.10483115.
"""

import json
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from kerasgan import checks
from kerasgan.files import write_atomically
from kerasgan.metrics.features import check_features

_KEYS = ("count", "mean", "covariance", "protocol")
_ROWS = 4096  # converted to float64 at once


class FeatureStatistics:
    """Mean and covariance of a set of features, in float64, for the Frechet distance.

    The result does not depend on how the features are split into batches, except for
    rounding (1e-12 of the largest entry).

    Args:
        dimensions: d, the length of a feature vector.

    Attributes:
        count: Number of feature vectors so far.
        mean: Their mean, (d,); zeros if there are none.
        covariance: Their unbiased covariance, (d, d); zeros if there are fewer than
            two.
        protocol: How the features were made, if the statistics were loaded from a file.
            `fid` refuses statistics of different networks.

    Example:
        ```python
        statistics = FeatureStatistics(2048)
        for images in batches:
            statistics.update(network(images))
        statistics.save("cifar10.npz", {"features": "inception-2015-12-05"})
        ```
    """

    def __init__(self, dimensions: int):
        dimensions = checks.check_count("dimensions", dimensions)
        self.count, self.protocol = 0, {}
        self.mean = np.zeros(dimensions)
        self.covariance = np.zeros((dimensions, dimensions))

    @classmethod
    def of(cls, features: ArrayLike) -> "FeatureStatistics":
        """The statistics of one array of features, (N, d)."""
        features = check_features("features", features)
        statistics = cls(features.shape[1])
        statistics.update(features)
        return statistics

    @property
    def dimensions(self) -> int:
        """The length of a feature vector."""
        return len(self.mean)

    def update(self, features: ArrayLike) -> None:
        """Adds a batch.

        Args:
            features: Array-like (N, d) of finite numbers.

        Raises:
            TypeError: If they are not numbers.
            ValueError: If the shape is wrong or a value is not finite.
        """
        features = check_features("features", features)
        self._check_dimensions("features", features.shape[1])
        for start in range(0, len(features), _ROWS):
            rows = features[start : start + _ROWS].astype("float64")
            count, mean = len(rows), rows.mean(axis=0)
            deviations = np.vstack([rows - mean, self._shift(count, mean)])
            self._add(count, mean, deviations.T @ deviations)

    def merge(self, other: "FeatureStatistics") -> None:
        """Adds the features of other statistics, which do not change.

        Raises:
            ValueError: If the dimensions differ.
        """
        self._check_dimensions("other", other.dimensions)
        if other.count:
            shift = self._shift(other.count, other.mean)
            scatter = other.covariance * (other.count - 1) + np.outer(shift, shift)
            self._add(other.count, other.mean, scatter)

    def save(self, path: str | Path, protocol: dict) -> None:
        """Writes a .npz file, completely or not at all.

        Args:
            path: The file. An existing file is replaced.
            protocol: How the features were made: network, data, split, resizing, count.
                Stored as JSON.

        Raises:
            TypeError: If the protocol is not a dict, or JSON cannot represent it.
            ValueError: If JSON would change it, or there are fewer than two features.
        """
        if not isinstance(protocol, dict):
            raise TypeError(
                "`protocol` must be a dict that says how the features were made. "
                f"Received: {type(protocol).__name__}. Pass an "
                "empty one if nothing is known."
            )
        text = json.dumps(protocol, allow_nan=False)
        if json.loads(text) != protocol:
            raise ValueError(
                "`protocol` must hold only values that JSON returns unchanged: strings "
                f"as keys, lists, no tuples. Received: {protocol!r}. Convert it first."
            )
        if self.count < 2:
            raise ValueError(
                "A covariance needs at least two features. "
                f"Received: count={self.count}. Call `update` before `save`."
            )
        arrays = {name: getattr(self, name) for name in _KEYS[:3]}
        with write_atomically(Path(path)) as file:
            np.savez(file, protocol=np.array(text), **arrays)

    @classmethod
    def load(cls, path: str | Path) -> tuple["FeatureStatistics", dict]:
        """Reads a file written by `save`, without pickle.

        Returns:
            The statistics, bit for bit as saved, and the protocol.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If the file is damaged or is not a file of statistics.
        """
        arrays, protocol = _read(path)
        _check(path, **arrays, protocol=protocol)
        statistics = cls(len(arrays["mean"]))
        statistics.count = int(arrays["count"])
        statistics.mean, statistics.covariance = arrays["mean"], arrays["covariance"]
        statistics.protocol = protocol
        return statistics, protocol

    def _check_dimensions(self, name, dimensions):
        if dimensions != self.dimensions:
            raise ValueError(
                f"`{name}` must have {self.dimensions} dimensions, like these "
                f"statistics. Received: {dimensions}. Use the same network for both."
            )

    def _shift(self, count, mean):
        """A difference of means adds the outer product of this to the scatter."""
        return (mean - self.mean) * np.sqrt(self.count * count / (self.count + count))

    def _add(self, count, mean, scatter):
        """The merge of Chan et al.; `scatter` includes the shift."""
        total = self.count + count
        scale = 1 / max(total - 1, 1)
        self.covariance *= scale * max(self.count - 1, 0)
        self.covariance += np.multiply(scatter, scale, out=scatter)
        self.mean = self.mean + (mean - self.mean) * (count / total)
        self.count = total


def _read(path):
    """The arrays of a file by name, and its protocol."""
    with open(path, "rb") as file:
        try:
            archive = np.load(file, allow_pickle=False)
            arrays = {name: archive[name] for name in _KEYS}
            protocol = json.loads(arrays.pop("protocol").item())
        except Exception as error:  # a damaged file may raise anything
            raise ValueError(
                f"{path} is damaged, or not a file of feature statistics. Received: "
                f"{type(error).__name__}: {error}. Measure and `save` them again."
            ) from error
    return arrays, protocol


def _check(path, count, mean, covariance, protocol):
    """Checks that arrays can be the statistics of a set of features."""
    floats = all(array.dtype == "float64" for array in (mean, covariance))
    whole = count.shape == () and count.dtype.kind in "iu" and count >= 2
    square = mean.ndim == 1 and mean.size and covariance.shape == 2 * mean.shape
    if not (floats and whole and square and isinstance(protocol, dict)):
        received = ", ".join(f"{a.dtype}{a.shape}" for a in (count, mean, covariance))
        raise ValueError(
            f"{path} must hold a count of at least 2, a mean (d,) and a covariance "
            f"(d, d) in float64, and a protocol. Received: {received}. Measure and "
            "`save` them again."
        )
    if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
        raise ValueError(
            f"{path} must hold finite numbers. Received: NaN or infinity in the mean or"
            " the covariance. Measure and `save` them again."
        )
