"""Ten steps with fixed weights, latents and mixing: the same losses everywhere.

`python -m tests.support.parity --write` records them in `data/parity.json`, which the suite
compares every backend with.
"""

import json
import sys
from pathlib import Path

import keras
import numpy as np
from keras import ops

from kerasgan import registry
from tests.support import checks

GOLDEN = Path(__file__).parent / "data" / "parity.json"
BATCH, STEPS = 8, 10


def _fixed(cls: type) -> type:
    """The class with its random draws replaced by constants."""
    rng = np.random.default_rng(7)
    latents = rng.normal(size=(BATCH, 8)).astype("float32")

    def sample_latents(self, count):
        return ops.convert_to_tensor(latents)

    return type(cls.__name__, (cls,), {"sample_latents": sample_latents})


CASES = {  # the registry's name and what is not its default
    "acgan": ("acgan", {"num_classes": 3}),
    "cgan": ("cgan", {"num_classes": 3}),
    "dcgan": ("dcgan", {}),
    "dragan": ("dcgan", {"penalty_weight": 10.0}),
    "lsgan": ("lsgan", {}),
    "minimax": ("vanilla_gan", {"loss": "minimax", "discriminator_width": 8}),
    "r3gan": ("r3gan", {}),
    "sagan": ("sagan", {"discriminator_width": 8}),
    "sngan": (
        "sngan",
        {"num_classes": 3, "discriminator_steps": 2, "discriminator_width": 8},
    ),
    "wgan": ("wgan", {"discriminator_steps": 2, "clip": 0.08}),
    "wgan_gp": ("wgan_gp", {"discriminator_steps": 2}),
}


def run(case: str) -> dict[str, list[float]]:
    """Losses after each of ten steps, and the sums of all weights' sizes."""
    name, options = CASES[case]
    cls = _fixed(registry.lookup(name))
    gan = cls(image_shape=checks.SHAPE, latent_dim=8, width=8, **options)
    rng = np.random.default_rng(1)
    for net in (gan.generator, gan.discriminator):
        for weight in net.weights:
            drawn = weight.name == "u" or len(weight.shape) > 1
            value = 0.1 * rng.normal(size=weight.shape) if drawn else ops.round(weight)
            weight.assign(value)
    gan.generator_ema.set_weights(gan.generator.get_weights())
    gan.compile(*(keras.optimizers.Adam(1e-3, 0.5, 0.9) for _ in range(2)))
    data = checks.batch(gan, BATCH * STEPS)
    options = {"batch_size": BATCH, "verbose": 0, "shuffle": False}
    losses = {"d_loss": [], "g_loss": []}
    for step in range(STEPS):
        batch = [part[step * BATCH :][:BATCH] for part in data]
        history = gan.fit(*batch, **options).history
        for key, values in losses.items():
            values.append(history[key][0])
    networks = (gan.generator, gan.discriminator, gan.generator_ema)
    sums = [float(sum(np.abs(w).sum() for w in n.get_weights())) for n in networks]
    return losses | {"weights": sums}


def uniform(shape, seed=None):
    """In place of `keras.random.uniform`, whose numbers differ between backends."""
    draws = np.random.default_rng(8).uniform(size=(BATCH, *checks.SHAPE))
    rows = draws[:, :1, :1, :1] if tuple(shape)[1:] == (1, 1, 1) else draws
    return ops.convert_to_tensor(rows.astype("float32"))


if __name__ == "__main__" and "--write" in sys.argv:
    keras.random.uniform = uniform
    found = {name: run(name) for name in CASES}
    GOLDEN.write_text(json.dumps(found, indent=1) + "\n")
    print(f"Wrote {GOLDEN} on {keras.backend.backend()}")
