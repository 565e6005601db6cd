"""Inception 2015-12-05, the network that defines FID, KID and the Inception Score.

Paper: Heusel et al. 2017, https://arxiv.org/abs/1706.08500 (section 3); network:
Szegedy et al. 2015, https://arxiv.org/abs/1512.00567. It is the TensorFlow
graph of December 2015 and not `keras.applications.InceptionV3`: it has 1008 classes,
the last block uses max pooling, and images are resized as in TensorFlow 1. Layers have
the names of torch-fidelity (https://github.com/toshas/torch-fidelity), which the tests
compare it with. "-" replaces the dot, which Keras does not allow on PyTorch.
"""

from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from kerasgan.checks import check_count
from kerasgan.core.batches import in_batches
from kerasgan.evaluation import inception_weights
from kerasgan.types import Tensor

SIZE = 299
CLASSES = 1008
FORMAT = {"dtype": "float32", "data_format": "channels_last"}


def resize_tf1(images: Tensor, size: int = SIZE) -> Tensor:
    """Bilinear resizing as in TensorFlow 1: corners neither aligned nor centered.

    Row i of the result is at row i * H / size of the image. Shrinking does not smooth
    the image.

    Args:
        images: (N, H, W, C), of any numeric dtype.
        size: Sides of the result, in pixels.

    Returns:
        float32 (N, size, size, C).
    """
    images = ops.cast(images, "float32")
    return _stretch(_stretch(images, 2, size), 1, size)


def _stretch(images, axis, size):
    """Linear interpolation along one axis."""
    side = ops.shape(images)[axis]
    if isinstance(side, int):  # NumPy rounds in the same way on every backend
        positions = np.arange(size, dtype="float32") * np.float32(side / size)
        low = np.floor(positions)
        high = np.minimum(low + 1, side - 1)
    else:
        positions = ops.arange(size, dtype="float32") * ops.cast(side / size, "float32")
        low = ops.floor(positions)
        high = ops.minimum(low + 1, ops.cast(side - 1, "float32"))
    shape = [1, 1, 1, 1]
    shape[axis] = size
    weights = ops.reshape(positions - low, shape)
    before = ops.take(images, ops.cast(low, "int32"), axis=axis)
    after = ops.take(images, ops.cast(high, "int32"), axis=axis)
    return before + (after - before) * weights


class Preparation(layers.Layer):
    """Images (N, H, W, 3) in [0, 255] to (N, 299, 299, 3) in [-1, 1)."""

    def call(self, images: Tensor) -> Tensor:
        """The mean is 128, not 127.5, as in the training of the network."""
        return (resize_tf1(images) - 128.0) / 128.0

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """All sides become 299."""
        return (input_shape[0], SIZE, SIZE, input_shape[-1])


# Every layer has float32 and channels last, whatever the global settings of Keras.
def conv(
    x: Tensor,
    name: str,
    filters: int,
    kernel: int | tuple[int, int] = 1,
    strides: int = 1,
    padding: str = "same",
) -> Tensor:
    """Convolution and ReLU; kernel and bias include the batch normalization."""
    options = {"activation": "relu", "kernel_initializer": "zeros", "name": name}
    options |= FORMAT
    layer = layers.Conv2D(filters, kernel, strides, padding, **options)
    return layer(x)


def chain(x: Tensor, name: str, *steps: tuple) -> Tensor:
    """Convolutions name_1, name_2, ... one after another.

    Args:
        x: Features (N, H, W, C).
        name: Name of the branch, without number.
        *steps: (filters, kernel) or (filters, kernel, strides, padding) for each.
    """
    for number, step in enumerate(steps, start=1):
        x = conv(x, f"{name}_{number}", *step)
    return x


def pool(x: Tensor, kind: str, strides: int = 1) -> Tensor:
    """3x3 pooling, "average" or "max"; an average does not count padding."""
    layer = {"average": layers.AveragePooling2D, "max": layers.MaxPooling2D}[kind]
    padding = "same" if strides == 1 else "valid"
    return layer(3, strides, padding, **FORMAT)(x)


def join(*branches: Tensor) -> Tensor:
    """Concatenates branches along the channels."""
    return layers.Concatenate(dtype="float32")(branches)


def stem(x: Tensor) -> Tensor:
    """The first convolutions: (N, 299, 299, 3) to (N, 35, 35, 192)."""
    x = conv(x, "Conv2d_1a_3x3", 32, 3, 2, "valid")
    x = conv(x, "Conv2d_2a_3x3", 32, 3, 1, "valid")
    x = pool(conv(x, "Conv2d_2b_3x3", 64, 3), "max", 2)
    x = conv(x, "Conv2d_3b_1x1", 80)
    return pool(conv(x, "Conv2d_4a_3x3", 192, 3, 1, "valid"), "max", 2)


def block_a(x: Tensor, name: str, pooled: int) -> Tensor:
    """35 x 35 pixels; `pooled` filters after the pooling."""
    return join(
        conv(x, f"{name}-branch1x1", 64),
        chain(x, f"{name}-branch5x5", (48, 1), (64, 5)),
        chain(x, f"{name}-branch3x3dbl", (64, 1), (96, 3), (96, 3)),
        conv(pool(x, "average"), f"{name}-branch_pool", pooled),
    )


def block_b(x: Tensor, name: str) -> Tensor:
    """35 x 35 to 17 x 17 pixels."""
    return join(
        conv(x, f"{name}-branch3x3", 384, 3, 2, "valid"),
        chain(x, f"{name}-branch3x3dbl", (64, 1), (96, 3), (96, 3, 2, "valid")),
        pool(x, "max", 2),
    )


def block_c(x: Tensor, name: str, width: int) -> Tensor:
    """17 x 17 pixels; 7 x 7 convolutions as rows and columns, `width` inside."""
    row, column = (1, 7), (7, 1)
    double = [(width, k) for k in (1, column, row, column)]
    return join(
        conv(x, f"{name}-branch1x1", 192),
        chain(x, f"{name}-branch7x7", (width, 1), (width, row), (192, column)),
        chain(x, f"{name}-branch7x7dbl", *double, (192, row)),
        conv(pool(x, "average"), f"{name}-branch_pool", 192),
    )


def block_d(x: Tensor, name: str) -> Tensor:
    """17 x 17 to 8 x 8 pixels."""
    seven = (192, 1), (192, (1, 7)), (192, (7, 1)), (192, 3, 2, "valid")
    return join(
        chain(x, f"{name}-branch3x3", (192, 1), (320, 3, 2, "valid")),
        chain(x, f"{name}-branch7x7x3", *seven),
        pool(x, "max", 2),
    )


def block_e(x: Tensor, name: str, pooling: str) -> Tensor:
    """8 x 8 pixels; the ends of two branches fork into rows and columns."""
    short = conv(x, f"{name}-branch3x3_1", 384)
    long = chain(x, f"{name}-branch3x3dbl", (448, 1), (384, 3))
    return join(
        conv(x, f"{name}-branch1x1", 320),
        conv(short, f"{name}-branch3x3_2a", 384, (1, 3)),
        conv(short, f"{name}-branch3x3_2b", 384, (3, 1)),
        conv(long, f"{name}-branch3x3dbl_3a", 384, (1, 3)),
        conv(long, f"{name}-branch3x3dbl_3b", 384, (3, 1)),
        conv(pool(x, pooling), f"{name}-branch_pool", 192),
    )


def build_inception() -> keras.Model:
    """Builds the network, with zero weights; `inception_weights.load` fills them.

    Returns:
        A model from images (N, H, W, 3) in [0, 255], uint8 or float, with sides of any
        length, to {"pool": (N, 2048), "logits": (N, 1008)}, both float32. The logits
        have no bias, as in the Inception Score: torch-fidelity's `logits_unbiased`.
    """
    images = keras.Input((None, None, 3), name="images", dtype="float32")
    x = stem(Preparation(name="preparation", dtype="float32")(images))
    for letter, pooled in zip("bcd", (32, 64, 64), strict=True):
        x = block_a(x, f"Mixed_5{letter}", pooled)
    x = block_b(x, "Mixed_6a")
    for letter, width in zip("bcde", (128, 160, 160, 192), strict=True):
        x = block_c(x, f"Mixed_6{letter}", width)
    x = block_d(x, "Mixed_7a")
    x = block_e(x, "Mixed_7b", "average")
    x = block_e(x, "Mixed_7c", "max")  # a mistake of 2015 that FID includes
    features = layers.GlobalAveragePooling2D(name="pool", **FORMAT)(x)
    options = {"use_bias": False, "kernel_initializer": "zeros", "dtype": "float32"}
    logits = layers.Dense(CLASSES, name="fc", **options)(features)
    return keras.Model(images, {"pool": features, "logits": logits}, name="inception")


class InceptionFeatures:
    """Computes the standard features of images, in batches.

    Args:
        weights: The checkpoint or a converted file. By default the file that
            `inception_weights.load` finds or downloads (91 MB, once).
        batch_size: Images at a time.

    Attributes:
        note: A note for the protocol: "" or that one channel was repeated.

    Raises:
        InceptionUnavailableError: If the weights are missing.

    Example:
        ```python
        features = InceptionFeatures()
        pool = features(images)["pool"]     # uint8 (N, 32, 32, 3) to (N, 2048)
        ```

    Reference: Heusel et al. 2017, https://arxiv.org/abs/1706.08500.
    """

    name = "inception_2015_12_05"
    sha256 = inception_weights.CHECKPOINT_SHA256

    def __init__(self, weights: str | Path | None = None, batch_size: int = 50):
        self.batch_size = check_count("batch_size", batch_size)
        self.note = ""
        self.network = build_inception()
        inception_weights.load(self.network, weights)

    def __call__(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """Computes features and logits.

        Args:
            images: uint8 (N, H, W, C) with C = 3, or C = 1, which is repeated.

        Returns:
            {"pool": (N, 2048), "logits": (N, 1008)}, float32.

        Raises:
            TypeError: If they are not uint8.
            ValueError: If they have another shape.
        """
        images = _check(images)
        if images.shape[-1] == 1:
            self.note = "gray images: one channel repeated three times"
        return in_batches(self._batch, [images], self.batch_size)

    def _batch(self, rows):
        (images,) = rows
        channels = 3 // images.shape[-1]
        return self.network.predict_on_batch(images.repeat(channels, axis=-1))


def _check(images):
    images = np.asarray(images)
    if images.dtype != np.uint8:
        raise TypeError(
            "Inception needs uint8 images in [0, 255]. Received: "
            f"dtype={images.dtype}. Convert from [-1, 1]: kerasgan.images.to_uint8."
        )
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or not images.size:
        raise ValueError(
            "`images` must have shape (N, H, W, 1) or (N, H, W, 3), with at least one "
            f"image. Received: shape {images.shape}. Choose the channels to measure: "
            "images[..., :3]."
        )
    return images
