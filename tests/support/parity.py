"""Five batches from the same weights and draws: the same losses on every backend.

`python -m tests.support.parity --write` records the losses in `fixtures/parity.json`,
which the suite compares every backend with.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from kerasgan import GAN, Player, Vectors, backend, models, penalties
from kerasgan.data.words import vectors_of
from tests.support import checks

GOLDEN = Path(__file__).parents[1] / "fixtures" / "parity.json"
BATCH, BATCHES = 8, 5
SMALL = {"image_shape": checks.SHAPE, "latent_dim": 8, "width": 4, "seed": 3}
PAIRS = {"image_shape": checks.SHAPE, "width": 4, "depth": 1, "seed": 3}
CODED = {**checks.CODED, "width": 4, "seed": 3}
CLASSES = {"num_classes": 3}


def uniform(shape, seed):
    """Instead of `backend.uniform`, whose numbers differ between backends.

    A congruential sequence, counted by the seed's state.
    """
    counter = ops.cast(seed.next()[1], "int32") % 9973
    count = int(np.prod([int(n) for n in shape]))
    steps = np.arange(count, dtype="int64") * 7919 % 10007
    numbers = (ops.convert_to_tensor(steps.astype("int32")) + counter * 4129) % 10007
    return ops.reshape((ops.cast(numbers, "float32") + 0.5) / 10007.0, shape)


def normal(shape, seed):
    """Instead of `backend.normal`: of mean 0 and variance 1."""
    return (uniform(shape, seed) - 0.5) * 12**0.5


class LazyR1(models.DCGAN):
    """R1 at every 4th batch, by the discriminator's own optimizer, as StyleGAN2's."""

    phases = (("discriminator", "regularizer", "generator"),)

    def define_players(self):
        """A third player, which trains the discriminator too."""
        options = {"every": 4, "shares": "discriminator"}
        lazy = Player("regularizer", ("discriminator",), **options)
        return [*super().define_players(), lazy]

    def build_discriminator(self):
        """Without batch normalization."""
        return models.WGANGP.build_discriminator(self)

    def regularizer_loss(self, batch):
        """R1, weighted for the batches between."""
        _, r1 = penalties.zero_centered(self.critic(batch.condition), batch.real)
        return 4 * 5.0 * r1


def wave_gan(**options) -> GAN:
    """Users' own networks for sequences (32, 1), without a subclass."""
    z, x = keras.Input((6,)), keras.Input((32, 1))
    h = layers.Reshape((8, 4))(layers.Dense(32)(z))
    h = layers.Conv1DTranspose(4, 5, 2, padding="same", activation="relu")(h)
    h = layers.Conv1DTranspose(1, 5, 2, padding="same", activation="tanh")(h)
    c = layers.Conv1D(4, 5, 2, padding="same", activation="softplus")(x)
    c = layers.Reshape(())(layers.Dense(1)(layers.Flatten()(c)))
    options = {"loss": "hinge", "seed": 3, **options}
    return GAN(keras.Model(z, h), keras.Model(x, c), **options)


def caption_gan() -> GAN:
    """Both networks take vectors besides latents or sequences."""
    z, t, x = keras.Input((6,)), keras.Input((5,)), keras.Input((32, 1))
    h = layers.Dense(32, activation="tanh")(layers.Concatenate()([z, t]))
    h = layers.Reshape((32, 1))(h)
    c = layers.Concatenate()([layers.Flatten()(x), t])
    c = layers.Reshape(())(layers.Dense(1)(layers.Dense(8, "relu")(c)))
    networks = keras.Model([z, t], h), keras.Model([x, t], c)
    return GAN(*networks, condition=Vectors(5), loss="least_squares", seed=3)


RNG = np.random.default_rng(0)
IMAGES, TARGETS = (
    RNG.uniform(-1, 1, (BATCH * BATCHES, *checks.SHAPE)).astype("float32")
    for _ in range(2)
)
LABELS = (np.arange(BATCH * BATCHES) % 3).astype("int32")
WAVES = RNG.uniform(-1, 1, (BATCH * BATCHES, 32, 1)).astype("float32")
CAPTIONS = RNG.standard_normal((BATCH * BATCHES, 5)).astype("float32")
NOISY = {"augmentation": "ada", "ada_images": 200, "instance_noise": 0.1}
TEXTS = vectors_of([f"{'red' if n % 2 else 'blue'} thing {n}" for n in range(40)])
STACKED = {**SMALL, **checks.ENCODED, "refiner_width": 4}
CASES: dict[str, tuple[Callable, tuple, list | None]] = {  # model, data, players
    "wgan_gp": (lambda: models.WGANGP(**SMALL), (IMAGES,), None),
    "wgan": (lambda: models.WGAN(**SMALL), (IMAGES,), None),
    "ada_noise": (lambda: models.DCGAN(**SMALL, **NOISY), (IMAGES,), None),
    "dragan": (lambda: models.DCGAN(**SMALL, penalty_weight=10.0), (IMAGES,), None),
    "lsgan": (lambda: models.LSGAN(**SMALL), (IMAGES,), None),
    "smoothing": (
        lambda: models.VanillaGAN(**SMALL, label_smoothing=0.1),
        (IMAGES,),
        None,
    ),
    "r3gan": (lambda: models.R3GAN(**SMALL), (IMAGES,), None),
    "sagan": (
        lambda: models.SAGAN(**SMALL | {"width": 8}, discriminator_width=8),
        (IMAGES,),
        None,
    ),
    "sngan": (
        lambda: models.SNGAN(**SMALL, **CLASSES, discriminator_width=4),
        (IMAGES, LABELS),
        None,
    ),
    "cgan": (lambda: models.CGAN(**SMALL, **CLASSES), (IMAGES, LABELS), None),
    "acgan": (lambda: models.ACGAN(**SMALL, **CLASSES), (IMAGES, LABELS), None),
    "sgan": (
        lambda: models.SGAN(**SMALL, **CLASSES, adversarial_weight=0.5),
        (IMAGES, np.where(np.arange(len(LABELS)) % 2, LABELS, -1)),
        None,
    ),
    "infogan": (
        lambda: models.InfoGAN(image_shape=checks.SHAPE, **CODED),
        (IMAGES,),
        None,
    ),
    "stylegan2": (
        lambda: models.StyleGAN2(
            **SMALL,
            **CLASSES,
            style_dim=6,
            penalty_every=2,
            path_length_every=2,
        ),
        (IMAGES, LABELS),
        None,
    ),
    "lazy_r1": (lambda: LazyR1(**SMALL), (IMAGES,), None),
    "encoder": (lambda: models.FAnoGAN(**SMALL), (IMAGES,), ["encoder"]),
    "pix2pix": (lambda: models.Pix2Pix(**PAIRS), (IMAGES, TARGETS), None),
    "cyclegan": (
        lambda: models.CycleGAN(**PAIRS, blocks=1, pool=20),
        (IMAGES, TARGETS),
        None,
    ),
    "srgan_warmup": (
        lambda: models.SRGAN(**PAIRS, scale=2, blocks=1),
        (IMAGES[:, :8, :8], TARGETS),
        None,
    ),
    "srgan": (
        lambda: models.SRGAN(
            **PAIRS,
            scale=2,
            blocks=1,
            content="features_cifar10",
            adversarial_weight=0.1,
        ),
        (IMAGES[:, :8, :8], TARGETS),
        ["discriminator", "generator"],
    ),
    "context_encoder": (
        lambda: models.ContextEncoder(**PAIRS, adversarial_weight=0.1),
        (IMAGES,),
        ["discriminator", "generator"],
    ),
    "stackgan_matching": (lambda: models.StackGAN(**STACKED), (IMAGES, TEXTS), None),
    "stackgan": (
        lambda: models.StackGAN(**STACKED),
        (IMAGES, TEXTS),
        ["discriminator", "generator"],
    ),
    "stackgan_refiner": (
        lambda: models.StackGAN(**STACKED, augmentation="translation"),
        (IMAGES, TEXTS),
        ["refiner_discriminator", "refiner"],
    ),
    "waves": (wave_gan, (WAVES,), None),
    "captions": (caption_gan, (WAVES, CAPTIONS), None),
    "lazy_penalty": (
        lambda: wave_gan(penalty="zero_centered", penalty_weight=5.0, penalty_every=4),
        (WAVES,),
        None,
    ),
    "minimax": (lambda: models.VanillaGAN(**SMALL, loss="minimax"), (IMAGES,), None),
}


def fix_weights(model) -> None:
    """The same weights on every backend."""
    for index, (name, network) in enumerate(model.networks.items()):
        rng = np.random.default_rng(index)
        for weight in network.weights:
            value = rng.standard_normal(tuple(weight.shape))
            if len(weight.shape) > 1:
                initial = np.std(ops.convert_to_numpy(weight))
                # Of deviation 1, or 100 in a mapping. Small kernels of others vary.
                equalized = initial > 0.5 and isinstance(model, models.StyleGAN2)
                scale = 10.0 ** np.rint(np.log10(initial)) if equalized else 0.1
                weight.assign(scale * value)
            elif weight.name == "gamma" and len(weight.shape):
                weight.assign(1.0 + 0.02 * value)
            elif weight.name == "u":
                weight.assign(value)
        if name in model.averages:
            model.averages[name].set_weights(network.get_weights())


def run(case: str) -> dict[str, float]:
    """The players' losses after five batches, and the sums of all weights' sizes."""
    build, data, players = CASES[case]
    model = build()
    fix_weights(model)
    model.compile(players=players)
    options = {"batch_size": BATCH, "verbose": 0, "shuffle": False}
    history = model.fit(*data, **options).history
    losses = {p.log_as: history[p.log_as][-1] for p in model.playing}
    sums = {
        name: float(sum(np.abs(w).sum() for w in network.get_weights()))
        for name, network in [*model.networks.items(), *model.averages.items()]
    }
    return losses | sums


if __name__ == "__main__" and "--write" in sys.argv:
    backend.normal, backend.uniform = normal, uniform
    golden = {name: run(name) for name in CASES}
    GOLDEN.write_text(json.dumps(golden, indent=1) + "\n")
    print(f"Wrote {GOLDEN} on {keras.backend.backend()}")
