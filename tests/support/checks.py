"""`check_gan`: what every registered GAN promises, and tiny models to test with."""

import functools
import json

import keras
import numpy as np
import pytest
from keras import ops

import kerasgan
from kerasgan import registry

# Eager steps are the fastest in tests, but JAX compiles each of their operations.
EAGER = keras.backend.backend() != "jax"
LIMITS = {28: 2.5e6, 32: 9e6, 64: 6e6}  # bytes of all networks of a preset, by side
PAIRED_LIMIT = 7e6  # of a model from images to images
TEXT_LIMIT = 1.5e6  # of a text encoder besides
SHAPE = (16, 16, 3)
SMALL = {"image_shape": SHAPE, "latent_dim": 8, "width": 8}
CODED = {"noise_dim": 3, "categories": 3, "continuous": 2}
TINY = {  # families from latents to images
    "acgan": SMALL | {"num_classes": 3},
    "cgan": SMALL | {"num_classes": 3},
    "dcgan": SMALL,
    "f_anogan": SMALL,
    "infogan": {"image_shape": SHAPE, "width": 8, **CODED},
    "lsgan": SMALL,
    "r3gan": SMALL,
    "sgan": SMALL | {"num_classes": 3},
    "sagan": SMALL | {"discriminator_width": 8},
    "sngan": SMALL | {"discriminator_width": 8, "num_classes": 3},
    "stylegan2": SMALL | {"style_dim": 8, "penalty_every": 1, "path_length_every": 1},
    "vanilla_gan": SMALL | {"discriminator_width": 16},
    "wgan": SMALL,
    "wgan_gp": SMALL,
}
PAIRED = {"image_shape": SHAPE, "width": 4}
TRANSLATORS = {  # families from images to images
    "context_encoder": PAIRED | {"depth": 1},
    "cyclegan": PAIRED | {"blocks": 1, "depth": 1, "pool": 20},
    "pix2pix": PAIRED | {"depth": 1},
    "srgan": PAIRED | {"scale": 2, "blocks": 1, "depth": 1},
}


ENCODED = {"condition_dim": 4, "text_dim": 6, "word_dim": 5, "encoder_width": 3}
CAPTIONED = {
    "stackgan": SMALL | {"width": 4, "refiner_width": 4} | ENCODED
}  # families with captions


def once(*values) -> list:
    """Parameters that need no repetition on each backend."""
    return [pytest.param(value, marks=pytest.mark.backend_free) for value in values]


def tiny(name: str, **kwargs):
    """A small model of that name: 16x16 RGB images, 8 latents."""
    keras.utils.set_random_seed(0)
    options = (TINY | TRANSLATORS | CAPTIONED)[name]
    return registry.lookup(name)(**options | {"seed": 3} | kwargs)


def pictures(count: int = 20, seed: int = 1) -> np.ndarray:
    """float32 (count, 16, 16, 3) in [-1, 1]."""
    drawn = np.random.default_rng(seed).uniform(-1, 1, (count, *SHAPE))
    return drawn.astype("float32")


def batch(model, count: int = 20) -> tuple:
    """Pictures, with what the model takes besides: labels in turn, or targets."""
    if model.learns_from != "images":
        height, width, _ = model.source_shape
        return pictures(count)[:, :height, :width], pictures(count, seed=2)
    if model.condition.name == "captions":
        return pictures(count), [f"thing {n % 7}" for n in range(count)]
    if getattr(model.condition, "num_classes", None):
        return pictures(count), np.arange(count) % model.condition.num_classes
    return (pictures(count),)


def inputs_besides(model) -> list[list]:
    """What the model's method takes besides images: each direction, or a mask."""
    if model.task == "inpaint":
        return [[np.eye(*SHAPE[:2], dtype=bool)]]
    if model.task == "translate":
        return [[direction] for direction in model.translators]
    return [[]]


def generator_inputs(gan, count: int):
    """Latents of zeros, with labels of zeros if the GAN takes labels."""
    latents = np.zeros((count, gan.latent_dim), "float32")
    if len(gan.generator.inputs) == 1:
        return latents
    return [latents, np.zeros((count,), "int32")]


def logits_of(gan, images):
    """The discriminator's logits of images, all of class 0."""
    images, labels = ops.convert_to_tensor(images), ops.zeros((len(images),), "int32")
    both = len(gan.discriminator.inputs) > 1
    outputs = gan.discriminator([images, labels] if both else images, training=False)
    return outputs["logits"] if isinstance(outputs, dict) else outputs


def as_array(x) -> np.ndarray:
    """A tensor of any backend, whether it has a gradient or not."""
    return ops.convert_to_numpy(ops.stop_gradient(x))


def snapshot(network) -> list[np.ndarray]:
    """Copies of all weights."""
    return [np.array(w) for w in network.get_weights()]


def same(before, after) -> bool:
    """Whether two snapshots are equal, bit for bit."""
    return all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


class Trained:
    """A tiny model after one epoch of eager steps, and what changed.

    The tests of parity train every family by compiled steps; on JAX, only they train.
    """

    def __init__(self, name: str):
        self.name, self.gan = name, tiny(name)
        self.gan.compile(run_eagerly=EAGER)
        batches = max(player.every for player in self.gan.playing)
        self.data = batch(self.gan, 4 * batches)
        if not EAGER:
            return
        networks = [*self.gan.networks.values(), *self.gan.averages.values()]
        before = [snapshot(network) for network in networks]
        options = {"batch_size": 4, "verbose": 0, "shuffle": False}
        self.logs = self.gan.fit(*self.data, **options).history
        self.gan.run_eagerly = False  # predictions are compiled, as a preset's
        moved = [
            not same(b, snapshot(n)) for b, n in zip(before, networks, strict=True)
        ]
        names = [*self.gan.networks, *(f"{n}_ema" for n in self.gan.averages)]
        self.moved = {n for n, changed in zip(names, moved, strict=True) if changed}


def check_gan(trained: Trained, folder) -> None:
    """The contract: what a GAN must promise to be listed."""
    check_docstring(type(trained.gan))
    check_config(trained.name)
    if EAGER:
        check_training(trained)
    check_shapes(trained.gan)
    check_generation(trained.gan)
    check_preset(trained.gan, folder)


def check_config(name: str) -> None:
    """A model's JSON config builds the same model again."""
    model = tiny(name, ema_decay=0.5)
    config = json.loads(json.dumps(model.get_config()))
    again = type(model).from_config(config)
    assert again.ema_decay == 0.5
    assert json.loads(json.dumps(again.get_config())) == config
    assert [w.shape for w in again.weights] == [w.shape for w in model.weights]


def check_shapes(gan) -> None:
    """Images and logits have the shapes, ranges and dtypes of the conventions."""
    assert gan.image_shape == SHAPE and gan.latent_dim == 8
    images = gan.predict(generator_inputs(gan, 3), verbose=0)
    assert images.shape == (3, *SHAPE) and images.dtype == np.float32
    assert np.abs(images).max() <= 1.0
    logits = ops.convert_to_numpy(logits_of(gan, images))
    assert logits.shape == (3,) and logits.dtype == np.float32


def check_training(trained: Trained) -> None:
    """An epoch moves the networks of its players and the average; losses are finite."""
    averages = {f"{name}_ema" for name in trained.gan.averages}
    assert trained.moved == {"generator", "discriminator"} | averages
    assert {"d_loss", "g_loss", "d_real", "d_fake"} <= trained.logs.keys()
    assert np.isfinite([v[-1] for v in trained.logs.values()]).all()
    assert int(trained.gan.step) == trained.gan.discriminator_steps


def check_generation(gan) -> None:
    """Generation is deterministic, whatever the batch size."""
    images = gan.generate(5, seed=7)
    assert images.shape == (5, *SHAPE) and images.dtype == np.uint8
    assert np.array_equal(images, gan.generate(5, seed=7))
    batched = gan.generate(5, seed=7, batch_size=2).astype(int)
    assert np.abs(batched - images).max() <= 1
    assert not np.array_equal(images, gan.generate(5, seed=8))


def check_preset(gan, folder) -> None:
    """A preset gives the same images, the same networks, and a sampler."""
    gan.refresh_statistics = functools.partial(gan.refresh_statistics, 2, 8)  # quicker
    gan.save_to_preset(folder)
    images = gan.generate(4, seed=1)
    again = kerasgan.from_preset(folder)
    assert type(again) is type(gan)
    arguments = gan.arguments | {"dtype": None, "seed": None}
    assert again.arguments == json.loads(json.dumps(arguments))
    # Weights are the same bits; two compilations may round a pixel differently.
    assert np.abs(again.generate(4, seed=1).astype(int) - images).max() <= 1
    assert same(snapshot(again.generator), snapshot(gan.generator_ema))
    for name in set(gan.stored) - {"generator"}:
        stored = snapshot(gan.stored_network(name))
        assert same(snapshot(again.networks[name]), stored)
    sampler = kerasgan.from_preset(folder, networks="sampler")
    assert set(sampler.networks) == set(gan.sampled)
    assert np.array_equal(sampler.generate(4, seed=1), again.generate(4, seed=1))


def check_docstring(cls: type) -> None:
    """The class documents arguments, differences, an example and its paper."""
    for section in ("Args:", "Raises:", "Differs from the paper:", "Example:"):
        assert section in cls.__doc__, section
    assert "https://" in cls.__doc__.split("Reference:")[1]
    assert "from_preset(" in cls.__doc__
