"""What the speed of a preset can be compared with, and how."""

import argparse
import os
from pathlib import Path
from typing import NamedTuple

from records import config_of, metadata_of

from kerasgan.presets.card_use import translates_images


class Plain(NamedTuple):
    """A family that has a peer in PyTorch.

    Attributes:
        peer: The peer's module.
        arguments: The values that the peer implements; the first one is the default.
    """

    peer: str
    arguments: dict[str, tuple]

    def __str__(self):
        parts = self.arguments.items()
        return ", ".join(f"{key}={' or '.join(map(repr, x))}" for key, x in parts)


PEERS = {
    "dcgan": Plain("peers.torch_dcgan", {"penalty_weight": (0.0,)}),
    "pix2pix": Plain(
        "peers.torch_pix2pix",
        {"loss": ("non_saturating", "hinge"), "adversarial_weight": (1.0,)},
    ),
}
AGAINST = {
    "float32": "PyTorch, float32",
    "bfloat16": "PyTorch, bfloat16 and channels-last",
}
HAND = "hand-written tf.function loop"
OVERHEAD_BATCHES = 60  # in a repeat, because the start of `fit` takes about 0.13 s
USES = {  # by the task of a model
    None: "sampling",
    "translate": "translating",
    "upscale": "upscaling",
    "inpaint": "inpainting",
}
ORDER = (
    "Each side runs in its own process, the hand-written loop in kerasgan's. The "
    "sides run in turns, in reverse order every second turn."
)
FROM_LATENTS = {
    "training": (
        "A batch is one update of the discriminator and, every `discriminator_steps` "
        "batches, of the generator. kerasgan: `fit` on uint8 images in memory, with "
        "the start of `fit` and the moving average. Peer: the same updates, new "
        "latents for each, float32 images in memory, no moving average. Both start "
        "with the preset's weights and train on images that it generated. Hand-written "
        "loop: the same update and moving average in one tf.function, on tf.data."
    ),
    "sampling": "kerasgan: `generate`. Peer: eval mode, no_grad. Both to uint8 NHWC.",
    "order": ORDER,
}
FROM_IMAGES = (
    "A batch is one update of each player of the recipe's first phase. kerasgan: `fit` "
    "on uint8 images in memory, with the start of `fit` and the moving average. Peer: "
    "the same updates and a moving average, float32 images in memory. Both start with "
    "the preset's weights and train on noise and what the preset makes of it."
)


def batch_sizes(task: str | None) -> list[int]:
    """The batch sizes in use that are measured by default; `task` as in `protocol_of`.

    A user mostly has one image to translate, but many to generate.
    """
    return [1, 64, 128, 1024] if task is None else [1, 64]


def protocol_of(task: str | None) -> dict[str, str]:
    """How a model is measured.

    Args:
        task: The method that uses it, such as "translate"; None for a GAN from latents.
    """
    if task is None:
        return FROM_LATENTS
    use = (
        f"kerasgan: `{task}` of uint8 arrays, a call for each batch. Peer: eval mode, "
        "no_grad. Both from and to uint8 NHWC, by the moving average."
    )
    return {"training": FROM_IMAGES, USES[task]: use, "order": ORDER}


def check_comparable(folder: Path, options: argparse.Namespace) -> None:
    """Refuses `--peer`, `--overhead` and `--start` without anything to compare with.

    Raises:
        ValueError: If this preset has no peer, hand-written loop or command.
    """
    config = config_of(folder)
    family, arguments = config["name"], config["arguments"]
    plain = PEERS.get(family)
    if plain is not None:
        known = plain.arguments.items()
        given = {key: (arguments.get(key, values[0]),) for key, values in known}
        received = f"{folder.name}, {family} with {Plain('', given)}"
        plain = plain if all(given[key][0] in x for key, x in known) else None
    else:
        received = f"{folder.name}, {family}"
    if options.peer and plain is None:
        known = " or ".join(f"{name} with {plain}" for name, plain in PEERS.items())
        raise ValueError(
            f"--peer needs {known}. Received: {received}. Leave out --peer."
        )
    if options.overhead:
        _check_overhead(received, family == "dcgan" and plain, options.batches)
    if options.start and translates_images(metadata_of(folder)):
        raise ValueError(
            "--start measures `kerasgan generate`. Received: a model from images to "
            f"images, {folder.name}. Leave out --start."
        )


def _check_overhead(received, has_loop, batches):
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if not has_loop:
        raise ValueError(
            f"--overhead needs dcgan with {PEERS['dcgan']}. Received: {received}. "
            "Leave out --overhead."
        )
    if backend != "tensorflow":
        raise ValueError(
            "--overhead compares with a loop in TensorFlow. Received: "
            f"KERAS_BACKEND={backend}. Leave out --overhead, or set "
            "KERAS_BACKEND=tensorflow."
        )
    if batches is not None and batches < OVERHEAD_BATCHES:
        raise ValueError(
            f"--overhead needs at least {OVERHEAD_BATCHES} batches in a repeat, "
            "because each call of `fit` also takes about 0.13 s to start. Received: "
            f"--batches {batches}. Pass more, or leave out --batches."
        )


def same_networks(own: dict, peer: dict) -> dict:
    """Returns the peer's facts, after comparing the numbers of parameters.

    Raises:
        ValueError: If the numbers differ.
    """
    if own["parameters"] != peer["parameters"]:
        raise ValueError(
            "The peer must have the same networks. Received: parameters "
            f"{peer['parameters']} and {own['parameters']}. Fix benchmarks/peers."
        )
    return peer
