"""Ten batches on one device and on two virtual ones, at the same global batch.

`KERAS_BACKEND=... python -m tests.support.devices` prints one JSON object: for each
case the largest difference of a loss, relative to max(1, |loss|). It needs a process of
its own: devices are set up before TensorFlow or JAX start, and TensorFlow allows one
`MirroredStrategy` in a process.
"""

import json
import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["XLA_FLAGS"] = " ".join(
    [os.environ.get("XLA_FLAGS", ""), "--xla_force_host_platform_device_count=2"]
)

import keras
import numpy as np
from keras import layers

import kerasgan
from kerasgan import models
from tests.support import checks, parity

BACKEND = keras.backend.backend()
SMALL = parity.SMALL


def own_networks():
    """WGAN-GP with a user's networks, without batch normalization."""
    z, x = keras.Input((8,)), keras.Input(checks.SHAPE)
    h = layers.Reshape((4, 4, 4))(layers.Dense(64, "relu")(z))
    h = layers.Conv2DTranspose(4, 4, 2, padding="same", activation="relu")(h)
    h = layers.Conv2DTranspose(3, 4, 2, padding="same", activation="tanh")(h)
    c = layers.Conv2D(4, 5, 2, padding="same", activation="leaky_relu")(x)
    c = layers.Reshape(())(layers.Dense(1)(layers.Flatten()(c)))
    networks = {"generator": keras.Model(z, h), "discriminator": keras.Model(x, c)}
    return models.WGANGP(**networks, seed=3)


POOL = 0 if BACKEND == "tensorflow" else 20  # replicas refuse one
CASES = {
    "penalty, 5 critic steps": (own_networks, (parity.IMAGES,)),
    "relativistic, R1 and R2, ADA": (
        lambda: models.R3GAN(**SMALL, augmentation="ada", ada_images=100),
        (parity.IMAGES,),
    ),
    "labels, spectral norm": (
        lambda: models.SNGAN(**SMALL, discriminator_width=4, num_classes=3),
        (parity.IMAGES, parity.LABELS),
    ),
    "batch norm, DRAGAN": (
        lambda: models.DCGAN(**SMALL, penalty_weight=10.0),
        (parity.IMAGES,),
    ),
    "batch norm of vectors": (lambda: models.VanillaGAN(**SMALL), (parity.IMAGES,)),
    "codes": (
        lambda: models.InfoGAN(image_shape=checks.SHAPE, **parity.CODED),
        (parity.IMAGES,),
    ),
    "lazy penalty": (
        lambda: parity.wave_gan(
            penalty="zero_centered", penalty_weight=5.0, penalty_every=4
        ),
        (parity.WAVES,),
    ),
    "two generators": (
        lambda: models.CycleGAN(**parity.PAIRS, blocks=1, pool=POOL),
        (parity.IMAGES, parity.TARGETS),
    ),
}


class Losses(keras.callbacks.Callback):
    """Every player's loss after each batch."""

    def __init__(self):
        super().__init__()
        self.values = []

    def on_train_batch_end(self, batch, logs=None):
        """Records them."""
        names = [player.log_as for player in self.model.playing]
        self.values.extend(float(logs[name]) for name in names)


def train(build, data):
    """The model and its losses after 2 x 5 batches."""
    model, losses = build(), Losses()
    parity.fix_weights(model)
    model.compile()
    options = {"batch_size": 8, "shuffle": False, "verbose": 0, "epochs": 2}
    model.fit(*data, **options, callbacks=[losses])
    return model, losses.values


def two_devices():
    """A function that opens a scope in which models train on both devices."""
    if BACKEND == "jax":
        devices = keras.distribution.list_devices("cpu")
        return keras.distribution.DataParallel(devices=devices).scope
    import tensorflow as tf

    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope


def compare(case: str, scope) -> tuple[float, keras.Model]:
    """The largest difference of a loss, and the model of two devices."""
    build, data = CASES[case]
    _, one = train(build, data)
    with scope():
        model, two = train(build, data)
    differences = (abs(a - b) / max(1.0, abs(a)) for a, b in zip(one, two, strict=True))
    return max(differences), model


def saves(model, scope) -> bool:
    """Whether a preset saved on two devices generates the same on one."""
    with tempfile.TemporaryDirectory() as folder:
        with scope():
            model.save_to_preset(Path(folder) / "saved")
            images = model.generate(4, seed=0).astype(int)
        kept = kerasgan.from_preset(Path(folder) / "saved").generate(4, seed=0)
    return bool(np.abs(images - kept).max() <= 1)


def refusal_of_a_pool(scope) -> str:
    """The error of a pool on two devices; empty if there is none."""
    with scope():
        try:
            data = CASES["two generators"][1]
            train(lambda: models.CycleGAN(**parity.PAIRS, blocks=1, pool=20), data)
        except ValueError as error:
            return str(error)
    return ""


def main():
    """Prints the report."""
    if BACKEND == "tensorflow":
        import tensorflow as tf

        cpu = tf.config.list_physical_devices("CPU")[0]
        both = [tf.config.LogicalDeviceConfiguration()] * 2
        tf.config.set_logical_device_configuration(cpu, both)
    scope = two_devices()
    differences, of_cases = {}, {}
    for case in CASES:
        differences[case], of_cases[case] = compare(case, scope)
    report = {
        "differences": differences,
        "saves": saves(of_cases["batch norm, DRAGAN"], scope),
        "refused": None if POOL else refusal_of_a_pool(scope),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
