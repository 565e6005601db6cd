"""Pix2Pix in PyTorch does the same work as kerasgan's."""

import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from kerasgan import models
from tests.support.checks import EAGER

torch = pytest.importorskip("torch")
sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from peers import torch_dcgan, torch_pix2pix  # noqa: E402

pytestmark = pytest.mark.backend_free

SHAPES = {"image_shape": (16, 32, 3), "source_shape": (16, 32, 1)}
WIDTHS = {"width": 3, "discriminator_width": 2, "widest": 2, "depth": 2}
NORMALIZED = {"spectral_norm": True, "loss": "hinge"}
# Without beta_2 and with a large epsilon, Adam's steps are smooth in the gradient.
ADAM = {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.0, "epsilon": 1.0}


def both_sides(bfloat16=False, **options):
    """A Pix2Pix with drawn weights, and its peer with the same ones."""
    model = models.Pix2Pix(**SHAPES, **WIDTHS, **options)
    rng = np.random.default_rng(0)
    weights = {}
    for name, network in model.networks.items():
        drawn = [w + rng.normal(0, 0.2, w.shape) for w in network.get_weights()]
        network.set_weights(drawn)
        weights[name] = network.get_weights()
    model.generator_ema.set_weights(weights["generator"])
    adams = dict.fromkeys(weights, ADAM)
    return model, torch_pix2pix.Peer(model.arguments, adams, weights, bfloat16)


def drawn_pair(count=4):
    """uint8 sources and targets."""
    rng = np.random.default_rng(1)
    shapes = SHAPES["source_shape"], SHAPES["image_shape"]
    return [rng.integers(0, 256, (count, *shape), "uint8") for shape in shapes]


def test_peer_translates_as_pix2pix_does():
    model, peer = both_sides()
    source, _ = drawn_pair()
    own, made = model.translate(source), peer.translate(source)
    assert made.dtype == np.uint8 and made.shape == own.shape
    assert np.abs(made.astype(int) - own).max() <= 1 and own.std() > 20


@pytest.mark.parametrize("options", [{}, NORMALIZED])
def test_peer_classifies_patches_as_pix2pix_does(options):
    model, peer = both_sides(**options)
    pair = drawn_pair()
    own = model.infer("discriminator", [x / np.float32(127.5) - 1 for x in pair])
    images = torch.cat([torch_dcgan.from_uint8(x) for x in pair], 1)
    logits = peer.discriminator(images).detach().cpu().permute(0, 2, 3, 1)
    np.testing.assert_allclose(logits, own, atol=1e-4)


@pytest.mark.parametrize("options", [{}, NORMALIZED])
def test_peer_updates_as_pix2pix_does(options):
    options = {"dropout": 0.0, "l1_weight": 10.0, "ema_decay": 0.0, **options}
    model, peer = both_sides(**options)
    _, start = both_sides(**options)
    optimizers = {name: keras.optimizers.Adam(**ADAM) for name in model.networks}
    model.compile(optimizers, run_eagerly=EAGER)
    source, target = drawn_pair()
    for _ in range(2):
        model.train_on_batch(source, target)
        peer.step(torch_dcgan.from_uint8(source), torch_dcgan.from_uint8(target))
    _, own = both_sides(**options)
    torch_dcgan.load(own.generator, model.generator_ema.get_weights(), (1, 1, 1))
    torch_dcgan.load(own.discriminator, model.discriminator.get_weights(), (1, 1, 1))
    peer.generator = peer.average.module
    for name in model.networks:
        before, ours, theirs = (flat(getattr(x, name)) for x in (start, own, peer))
        assert (ours - theirs).norm() < 1e-3 * (ours - before).norm()


def flat(network):
    """All weights of a network in PyTorch, as a vector."""
    return torch.cat([t.detach().flatten() for t in torch_dcgan.tensors(network)])


def test_peer_drops_in_training_alone():
    generator = torch_pix2pix.UNet((1, 3), 5, 2, 2, dropout=0.5)
    dropped = [index for index, up in enumerate(generator.up) if len(up) == 4]
    assert dropped == [0, 1, 2]
    images = torch.zeros(2, 1, 32, 32)
    assert not torch.equal(generator(images), generator(images))
    generator.eval()
    assert torch.equal(generator(images), generator(images))


def test_peer_has_as_many_parameters_and_trains_in_bfloat16():
    model, peer = both_sides(bfloat16=True)
    for name, network in model.networks.items():
        tensors = torch_dcgan.tensors(getattr(peer, name))
        assert sum(t.numel() for t in tensors) == network.count_params()
    before = [t.clone() for t in torch_dcgan.tensors(peer.generator)]
    peer.fit(*[torch_dcgan.from_uint8(x) for x in drawn_pair()], 2, 3)
    after = torch_dcgan.tensors(peer.generator)
    assert all(torch.isfinite(t).all() for t in after)
    assert not torch.equal(before[0], after[0])
