"""`check_gan`: what every registered GAN promises, and tiny GANs to test with."""

import json

import keras
import numpy as np
from keras import ops

import kerasgan
from kerasgan import models, registry  # noqa: F401  (registers)
from kerasgan.presets import load  # noqa: F401  (registers)

LIMITS = {28: 2.5e6, 32: 9e6, 64: 5e6}  # bytes of all networks of a preset, by side
SHAPE = (16, 16, 3)
SMALL = {"image_shape": SHAPE, "latent_dim": 8, "width": 8}
CODED = {"noise_dim": 3, "categories": 3, "continuous": 2}
TINY = {
    "acgan": SMALL | {"num_classes": 3},
    "cgan": SMALL | {"num_classes": 3},
    "dcgan": SMALL,
    "infogan": {"image_shape": SHAPE, "width": 8, **CODED},
    "lsgan": SMALL,
    "r3gan": SMALL,
    "sagan": SMALL | {"discriminator_width": 8},
    "sngan": SMALL | {"discriminator_width": 8, "num_classes": 3},
    "vanilla_gan": SMALL | {"discriminator_width": 16},
    "wgan": SMALL,
    "wgan_gp": SMALL,
}


def tiny(name: str, **kwargs):
    """A small GAN of that name; 16x16 RGB images, 8 latents."""
    keras.utils.set_random_seed(0)
    return registry.lookup(name)(**TINY[name] | {"seed": 3} | kwargs)


def pictures(count: int = 20) -> np.ndarray:
    """float32 (count, 16, 16, 3) in [-1, 1]."""
    return np.random.default_rng(1).uniform(-1, 1, (count, *SHAPE)).astype("float32")


def batch(gan, count: int = 20) -> tuple:
    """Pictures, with labels in turn where the GAN is conditional."""
    labels = np.arange(count) % gan.num_classes if gan.num_classes else None
    return (pictures(count),) if labels is None else (pictures(count), labels)


def generator_inputs(gan, count: int):
    """Latents of zeros, with labels of zeros where the GAN is conditional."""
    latents = np.zeros((count, gan.latent_dim), "float32")
    if gan.num_classes is None:
        return latents
    return [latents, np.zeros((count,), "int32")]


def logits_of(gan, images):
    """The discriminator's logits of images, all of class 0."""
    told = len(gan.discriminator.inputs) > 1
    images, labels = ops.convert_to_tensor(images), ops.zeros((len(images),), "int32")
    found = gan.discriminator([images, labels] if told else images, training=False)
    return found["logits"] if isinstance(found, dict) else found


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
    """A tiny GAN after one epoch, and what it was before: compiled once a session."""

    def __init__(self, name: str):
        self.name, self.gan = name, tiny(name)
        self.gan.compile()
        self.data = batch(self.gan, 4 * self.gan.discriminator_steps)
        nets = (self.gan.generator, self.gan.discriminator, self.gan.generator_ema)
        before = [snapshot(net) for net in nets]
        options = {"batch_size": 4, "verbose": 0, "shuffle": False}
        self.logs = self.gan.fit(*self.data, **options).history
        self.moved = [
            not same(old, snapshot(net)) for old, net in zip(before, nets, strict=True)
        ]


def check_gan(trained: Trained, folder) -> None:
    """The contract: whatever a GAN must promise to be listed."""
    check_docstring(type(trained.gan))
    check_config(trained.name)
    check_training(trained)
    check_shapes(trained.gan)
    check_generation(trained.gan)
    check_preset(trained.gan, folder)


def check_config(name: str) -> None:
    """A GAN's JSON config builds the same GAN again."""
    gan = tiny(name, ema_decay=0.5)
    config = json.loads(json.dumps(gan.get_config()))
    again = type(gan).from_config(config)
    assert again.ema_decay == 0.5
    assert json.loads(json.dumps(again.get_config())) == config
    assert [w.shape for w in again.weights] == [w.shape for w in gan.weights]


def check_shapes(gan) -> None:
    """Images and logits have the shapes, ranges and dtypes of the conventions."""
    assert gan.image_shape == SHAPE and gan.latent_dim == 8
    images = gan.predict(generator_inputs(gan, 3), verbose=0)
    assert images.shape == (3, *SHAPE) and images.dtype == np.float32
    assert np.abs(images).max() <= 1.0
    logits = ops.convert_to_numpy(logits_of(gan, images))
    assert logits.shape == (3,) and logits.dtype == np.float32


def check_training(trained: Trained) -> None:
    """An epoch moves both networks and the average; its losses are finite."""
    assert trained.moved == [True, True, True]
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
    """A preset gives the same images, losses of the same networks, and a sampler."""
    gan.save_to_preset(folder)
    images = gan.generate(4, seed=1)
    again = kerasgan.from_preset(folder)
    assert type(again) is type(gan)
    assert np.array_equal(again.generate(4, seed=1), images)
    assert same(snapshot(again.generator), snapshot(gan.generator_ema))
    assert same(snapshot(again.discriminator), snapshot(gan.discriminator))
    sampler = load.from_preset(folder, networks="sampler")
    assert sampler.discriminator is None
    assert np.array_equal(sampler.generate(4, seed=1), images)


def check_docstring(cls: type) -> None:
    """The class says its arguments, what differs, an example and its paper."""
    for section in ("Args:", "Raises:", "Differs from the paper:", "Example:"):
        assert section in cls.__doc__, section
    assert "https://" in cls.__doc__.split("Reference:")[1]
    assert "from_preset(" in cls.__doc__
