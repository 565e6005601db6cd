"""StyleGAN2: styles instead of latents, weight demodulation, lazy regularization.

Papers: Karras et al. 2020, https://arxiv.org/abs/1912.04958; style mixing and
truncation: Karras et al. 2019, https://arxiv.org/abs/1812.04948.
"""

import functools
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasgan import penalties
from kerasgan.checks import check_count, check_weight
from kerasgan.core.batches import Batch
from kerasgan.core.conditions import labels_if
from kerasgan.core.image_gan import ImageGAN
from kerasgan.core.players import Player
from kerasgan.layers import mix_styles
from kerasgan.networks import style_discriminator, style_generator
from kerasgan.registry import register
from kerasgan.types import Tensor

HALVES = ("mapping", "synthesis")  # of the generator
MEAN_DECAY = 0.99  # of the mean path length


@register("stylegan2")
class StyleGAN2(ImageGAN):
    """Style-based GAN with lazy R1; conditional with `num_classes`.

    The generator maps latents to styles, which scale the channels of its convolutions.
    `generate(..., truncation=t)` moves styles to mean + t (w - mean), t from 0 to 1:
    images become more typical and less varied; at 0, all are the mean image.

    Args:
        num_classes: Number of classes, at least 2, or None.
        latent_dim: Length of a latent vector.
        width: Filters next to the image; they double at each halving of the sides, to
            at most 8 times as many.
        style_dim: Length of a style w.
        mapping_layers: Dense layers from latents to styles.
        mixing: The share of generated images in training that have two styles, 0 to 1.
        path_length_weight: Weight of the path length regularization; 0 leaves it out.
        path_length_every: Batches from one such regularization to the next.
        penalty_weight: gamma of R1; the authors' is between 0.01, for images of 32
            pixels, and 10, for 1024.
        penalty_every: Batches from one R1 to the next.
        **kwargs: `image_shape`, `discriminator_width`, `augmentation`, `loss`, ... of
            `kerasgan.ImageGAN`.

    Raises:
        ValueError: If the architecture cannot make `image_shape`, for one class, or if
            a number is out of its range.

    Differs from the paper:
        Small networks by default, with two mapping layers, as the authors' for CIFAR-10
        (https://arxiv.org/abs/2006.06676). Convolutions that double the sides precede
        the upsampling, which is bilinear; the filter before strided convolutions is two
        pixels wide. tanh at the images. A strided convolution replaces the
        discriminator's first dense layer. Minibatch deviations are over the batch.
        Styles change at another layer for each image, not for each batch. Noise outside
        of training is a stored map. Learning rates are not lowered by 16/17.

    Example:
        ```python
        gan = kerasgan.models.StyleGAN2(image_shape=(64, 64, 3))   # random weights
        gan = kerasgan.from_preset("stylegan2_fashion_mnist")
        images = gan.generate(16, seed=0, truncation=0.7)      # uint8 (16, 28, 28, 1)
        ```

    Reference: Karras et al. 2020, https://arxiv.org/abs/1912.04958.
    """

    fixed = ("condition", "generator")
    default_penalty = "zero_centered"
    scheduled_weights = ("penalty_weight", "path_length_weight")
    truncations = (0.25, 0.5, 0.75)
    output_options = ("truncation",)

    def __init__(
        self,
        *,
        num_classes: int | None = None,
        latent_dim: int = 128,
        width: int = 32,
        style_dim: int = 128,
        mapping_layers: int = 2,
        mixing: float = 0.9,
        path_length_weight: float = 2.0,
        path_length_every: int = 8,
        penalty_weight: float = 0.1,
        penalty_every: int = 16,
        **kwargs: Any,
    ):
        self.num_classes, self.style_dim = num_classes, style_dim
        self.mapping_layers = check_count("mapping_layers", mapping_layers, most=16)
        self.mixing = check_weight("mixing", mixing, 1.0, "0 mixes no styles.")
        self.path_length_weight = check_weight("path_length_weight", path_length_weight)
        self.path_length_every = check_count("path_length_every", path_length_every)
        if path_length_weight:
            self.logged = ("path_length",)
        kwargs |= {"latent_dim": latent_dim, "width": width}
        kwargs |= {"penalty_weight": penalty_weight, "penalty_every": penalty_every}
        super().__init__(condition=labels_if(num_classes), **kwargs)
        self.mean_path_length = self.add_state("mean_path_length", ())
        both = self.networks["generator"], self.averages["generator"]
        halves = {network.name: halves_of(network) for network in both}
        object.__setattr__(self, "_halves", halves)  # whose layers Keras knows already

    def build_generator(self) -> keras.Model:
        sizes = self.latent_dim, self.width, self.style_dim, self.mapping_layers
        return style_generator(self.image_shape, *sizes, self.num_classes)

    def build_discriminator(self) -> keras.Model:
        width = self.discriminator_width
        return style_discriminator(self.image_shape, width, self.num_classes)

    def define_players(self) -> list[Player]:
        """Those of `GAN`; one for the path length, if it has a weight."""
        players = super().define_players()
        if self.path_length_weight:
            lazy = {"every": self.path_length_every, "shares": "generator"}
            players.append(Player("path_length", ("generator",), **lazy))
        self.phases = (tuple(player.name for player in players),)
        return players

    def default_optimizer(self, player: str) -> keras.optimizers.Optimizer:
        return keras.optimizers.Adam(2e-3, beta_1=0.0, beta_2=0.99)

    # The two halves of the generator, models that share its layers.

    def stored_network(self, name: str) -> keras.Model | None:
        """As in `AdversarialModel`; also "mapping" and "synthesis" of the average."""
        if name in HALVES:
            return self._halves[self.averages["generator"].name][name]
        return super().stored_network(name)

    def _half_of_batch(self, name, *inputs):
        """What a half makes of inputs: in training, of the generator itself."""
        source = self.networks if self.learning else self.averages
        half = self._halves[source["generator"].name][name]
        return half(inputs if len(inputs) > 1 else inputs[0], training=self.learning)

    def _styles(self, count: int, condition: Any) -> Tensor:
        """Random styles (count, layers, style_dim), all equal for an image."""
        latents = self.random_latents(count)
        inputs = self.condition.to_generator(latents, condition)
        return self._half_of_batch("mapping", *inputs)

    # Losses.

    def fake(self, batch: Batch) -> Tensor:
        """As in `GAN`; in training, some images have two styles."""
        if not self.mixing or not self.learning:
            return super().fake(batch)
        count = ops.shape(batch.real)[0]
        both = [self._styles(count, batch.condition) for _ in range(2)]
        styles = mix_styles(*both, self.mixing, self.random)
        return self._half_of_batch("synthesis", styles)

    def path_length_loss(self, batch: Batch) -> Tensor:
        """The path length regularization of half a batch, for the batches between.

        Reference: Karras et al. 2020, https://arxiv.org/abs/1912.04958, eq. 4.
        """
        count = (ops.shape(batch.real)[0] + 1) // 2
        condition = None if batch.condition is None else batch.condition[:count]
        styles = self._styles(count, condition)
        synthesis = functools.partial(self._half_of_batch, "synthesis")
        lengths, mean = penalties.path_lengths(synthesis, styles, self.random)
        self.log(path_length=mean)
        before = self.mean_path_length.value
        mean = before + (1.0 - MEAN_DECAY) * (mean - before)
        if self.learning:
            self.mean_path_length.assign(mean)
        penalty = ops.mean(ops.square(lengths - mean))
        weight = self.scheduled("path_length_weight")
        return self.path_length_every * weight * penalty

    # Use.

    def outputs_of(
        self, inputs: Sequence[np.ndarray], truncation: float = 1.0
    ) -> np.ndarray:
        """As in `GAN`; `truncation` moves styles towards their mean."""
        check_weight("truncation", truncation, 1.0, "1 leaves styles as they are.")
        if truncation == 1.0:
            return super().outputs_of(inputs)
        network = self.stored_network("generator")
        mean = ops.convert_to_numpy(network.get_layer("mean_style").mean)
        styles = mean + truncation * (self.infer("mapping", inputs) - mean)
        return self.infer("synthesis", [styles.astype("float32")])


def halves_of(generator: keras.Model) -> dict[str, keras.Model]:
    """The mapping and the synthesis of a generator, which share its layers."""
    styles = generator.get_layer("styles").output
    ends = (generator.inputs, styles), (styles, generator.output)
    return dict(zip(HALVES, (keras.Model(*pair) for pair in ends), strict=True))
