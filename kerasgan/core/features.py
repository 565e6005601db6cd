"""Feature maps of a classifier of the zoo, which losses compare.

Papers: Johnson et al. 2016, https://arxiv.org/abs/1603.08155 (section 3.2); Ledig et
al. 2016, https://arxiv.org/abs/1609.04802 (eq. 5).
"""

from collections.abc import Sequence

import keras
from keras import ops

from kerasgan.layers import Input
from kerasgan.presets import load
from kerasgan.types import Tensor


class FeatureMaps:
    """The feature maps of a classifier preset, for images of any size.

    The preset is read when it is first needed. A model does not track this object, so
    it neither trains nor stores the classifier.

    Args:
        preset: Name or folder of a preset of `list_presets("features")`.
        channels: Channels of the images.
        dtype: Dtype policy of the network.
    """

    def __init__(self, preset: str, channels: int, dtype: str = "float32"):
        self.preset, self.channels, self.dtype = preset, channels, dtype
        self.network: keras.Model | None = None

    def read(self) -> keras.Model:
        """The network, from images (N, H, W, C) to a list of feature maps.

        There is one entry for each size of feature maps: the output of the last layer
        that has it.

        Raises:
            PresetError: If there is no such preset.
            ValueError: If it is no classifier, or one of other images.
        """
        if self.network is None:
            self.network = self._read()
        return self.network

    def _read(self):
        if self.preset.startswith("hf://"):
            raise ValueError(
                "Features must be a bundled preset or a folder. Received: "
                f"{self.preset!r}. Download it (kerasgan pull OWNER/NAME --out "
                "features), and pass the folder."
            )
        model = load.from_preset(self.preset, dtype=self.dtype)
        if model.kind != "features":
            raise ValueError(
                'Features must be a preset of list_presets("features"). Received: '
                f"{self.preset!r}, a {type(model).__name__}. Pass for example "
                '"features_cifar10".'
            )
        network = model.stored_network(model.stored[0])
        channels = network.inputs[0].shape[-1]
        if channels != self.channels:
            raise ValueError(
                f"Features must be of images with {self.channels} channel(s). "
                f"Received: {self.preset!r}, of images with {channels}. Choose another "
                "preset, or none."
            )
        return _maps(network)

    def distance(self, images: Tensor, targets: Tensor) -> Tensor:
        """The mean squared difference of feature maps, a scalar.

        It is the mean over all sizes of feature maps. Both images are (N, H, W, C) in
        [-1, 1].
        """
        pairs = zip(self(images), self(targets), strict=True)
        squares = [ops.mean(ops.square(a - b)) for a, b in pairs]
        return sum(squares) / len(squares)

    def __call__(self, images: Tensor) -> list[Tensor]:
        """The feature maps of images (N, H, W, C) in [-1, 1], float32."""
        maps = self.read()(images, training=False)
        return [ops.cast(x, "float32") for x in maps]


def _maps(network: keras.Model) -> keras.Model:
    """The layers of a classifier up to its pooling, for images of any size."""
    last: dict[Sequence, keras.KerasTensor] = {}
    for layer in network.layers:
        if len(layer.output.shape) == 4:
            last[layer.output.shape[1:3]] = layer.output
    fixed = keras.Model(network.inputs[0], list(last.values()))
    images = Input((None, None, network.inputs[0].shape[-1]))
    free = keras.models.clone_model(fixed, images, lambda layer: layer)
    free.trainable = False
    return free
