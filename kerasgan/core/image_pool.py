"""Generated images of earlier batches, which discriminators see again.

Paper: Shrivastava et al. 2016, https://arxiv.org/abs/1612.07828.
"""

from typing import Any

from keras import ops

from kerasgan import backend
from kerasgan.core.adversarial import AdversarialModel
from kerasgan.types import Tensor


class ImagePool:
    """Generated images of earlier batches, half of which a discriminator sees again.

    Args:
        model: The model that owns the pool.
        image_shape: (H, W, C).
        size: How many images it holds, at least those of a batch.
        name: The prefix of its variables' names.

    Reference: Shrivastava et al. 2016, https://arxiv.org/abs/1612.07828, section 2.3.
    """

    def __init__(
        self,
        model: AdversarialModel,
        image_shape: tuple[int, int, int],
        size: int,
        name: str,
    ):
        self.images = model.add_state(f"{name}_images", (size, *image_shape))
        self.count = model.add_state(f"{name}_count", (), "int32")
        self.states = [self.images, self.count]  # so that Keras finds them

    def __call__(self, images: Tensor, seed: Any) -> Tensor:
        """The images while the pool fills; then half of them, and old ones instead."""
        size, added = self.images.shape[0], ops.shape(images)[0]
        kept, count = self.images.value, self.count.value
        places = ops.arange(size, dtype="int32")
        # Empty places come first, in their order, then the others at random.
        turn = ops.cast(places, "float32") / size - 1.0
        order = ops.where(places >= count, turn, backend.uniform((size,), seed))
        slots = ops.cast(ops.argsort(order)[:added], "int32")
        shape = (added, *[1] * (len(images.shape) - 1))
        empty = ops.reshape(slots >= count, shape)
        coin = backend.uniform(shape, seed) < 0.5
        swapped = ops.logical_and(coin, ops.logical_not(empty))
        old = ops.take(kept, slots, axis=0)
        stored = ops.logical_or(swapped, empty)
        new = ops.stop_gradient(ops.where(stored, images, old))
        self.images.assign(ops.scatter_update(kept, slots[:, None], new))
        self.count.assign(ops.cast(ops.minimum(count + added, size), "int32"))
        return ops.where(swapped, old, images)
