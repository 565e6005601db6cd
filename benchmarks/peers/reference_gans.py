"""Peers for quality: DCGAN and WGAN-GP in plain PyTorch, as commonly written.

    kerasgan data export mnist --out mnist.npz
    python benchmarks/peers/reference_gans.py dcgan --data mnist.npz --out runs/peers

They use the published settings only: latents of 100, width 64, weights from N(0, 0.02),
Adam, constant rates, no moving average. After each epoch they write 10,000 samples and
a checkpoint to `--out`. The same command resumes a stopped training.
`benchmarks/quality.py --peers` measures the samples.

Papers: Radford et al. 2015, https://arxiv.org/abs/1511.06434; Gulrajani et al. 2017,
https://arxiv.org/abs/1704.00028.
"""

import argparse
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[1]))

from torch_dcgan import build_discriminator, build_generator  # noqa: E402

LATENTS, WIDTH, BATCH, SAMPLES = 100, 64, 64, 10_000
SEED = 1  # of the samples' latents
ADAM = {
    "dcgan": {"lr": 2e-4, "betas": (0.5, 0.999)},
    "wgan_gp": {"lr": 1e-4, "betas": (0.0, 0.9)},
}
CRITIC_STEPS = {"dcgan": 1, "wgan_gp": 5}  # n_critic
PENALTY_WEIGHT = 10.0  # lambda


def initialize(module: nn.Module) -> None:
    """Draws weights from N(0, 0.02), and batch norm scales from N(1, 0.02)."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)


def gradient_penalty(critic, real, fake):
    """Mean of (||dD/dx|| - 1)^2 at points between real and fake; eq. 3."""
    mix = torch.rand(len(real), 1, 1, 1)
    images = (mix * real + (1 - mix) * fake).requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(images).sum(), images, create_graph=True)
    return ((gradient.flatten(1).norm(dim=1) - 1) ** 2).mean()


class Peer:
    """Networks, optimizers and one epoch of training.

    Args:
        name: "dcgan" or "wgan_gp".
        image_shape: (H, W, C).
    """

    def __init__(self, name: str, image_shape):
        self.name = name
        self.generator = build_generator(image_shape, LATENTS, WIDTH)
        self.discriminator = build_discriminator(image_shape, WIDTH)
        if name == "wgan_gp":  # no batch normalization in the critic
            kept = [m for m in self.discriminator if not isinstance(m, nn.BatchNorm2d)]
            self.discriminator = nn.Sequential(*kept)
        self.parts = {"generator": self.generator, "discriminator": self.discriminator}
        for part, network in list(self.parts.items()):
            network.apply(initialize)
            adam = torch.optim.Adam(network.parameters(), **ADAM[name])
            self.parts[part + "_adam"] = adam
        self.steps = 0

    def epoch(self, images: torch.Tensor, order: np.random.Generator) -> None:
        """Trains on uint8 images (N, C, H, W) once, in random order."""
        rows = torch.from_numpy(order.permutation(len(images)))
        for batch in rows[: len(rows) // BATCH * BATCH].split(BATCH):
            self.step(images[batch].float() / 127.5 - 1)

    def step(self, real: torch.Tensor) -> None:
        """Updates the discriminator and, when it is due, the generator."""
        d, g = self.discriminator, self.generator
        fake = g(torch.randn(len(real), LATENTS))
        if self.name == "dcgan":
            cross_entropy = nn.functional.binary_cross_entropy_with_logits
            ones, zeros = torch.ones(len(real)), torch.zeros(len(real))
            loss = cross_entropy(d(real), ones)
            loss = loss + cross_entropy(d(fake.detach()), zeros)
        else:
            loss = d(fake.detach()).mean() - d(real).mean()
            penalty = gradient_penalty(d, real, fake.detach())
            loss = loss + PENALTY_WEIGHT * penalty
        self.update("discriminator", loss)
        self.steps += 1
        if self.steps % CRITIC_STEPS[self.name] == 0:
            logits = d(fake)
            dcgan = self.name == "dcgan"
            self.update(
                "generator", cross_entropy(logits, ones) if dcgan else -logits.mean()
            )

    def update(self, part: str, loss: torch.Tensor) -> None:
        """Makes one step of a network's Adam."""
        adam = self.parts[part + "_adam"]
        adam.zero_grad()
        loss.backward()
        adam.step()

    @torch.no_grad()
    def samples(self) -> np.ndarray:
        """Generates uint8 images (10,000, H, W, C) in evaluation mode."""
        self.generator.eval()
        draw = torch.Generator().manual_seed(SEED)
        batches = []
        for _ in range(SAMPLES // 500):
            images = self.generator(torch.randn(500, LATENTS, generator=draw))
            images = ((images + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
            batches.append(images.permute(0, 2, 3, 1).numpy())
        self.generator.train()
        return np.concatenate(batches)


def train(name: str, data: Path, out: Path, epochs: int) -> None:
    """Trains a peer, from its checkpoint if there is one."""
    images = np.load(data)["images"]
    torch.manual_seed(0)
    peer, done, seconds = Peer(name, images.shape[1:]), 0, 0.0
    checkpoint = out / f"{name}.pt"
    if checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        for part, value in peer.parts.items():
            value.load_state_dict(state[part])
        done, seconds, peer.steps = state["epoch"], state["seconds"], state["steps"]
        torch.set_rng_state(state["random"])
    images = torch.from_numpy(images).permute(0, 3, 1, 2)
    for epoch in range(done, epochs):
        start = time.perf_counter()
        peer.epoch(images, np.random.default_rng(epoch))
        seconds += time.perf_counter() - start
        samples = out / f"{name}_{epoch + 1:02d}.npz"
        np.savez_compressed(samples, images=peer.samples())
        state = {part: value.state_dict() for part, value in peer.parts.items()}
        state |= {"epoch": epoch + 1, "seconds": seconds, "steps": peer.steps}
        state["random"] = torch.get_rng_state()
        torch.save(state, checkpoint.with_suffix(".new"))
        os.replace(checkpoint.with_suffix(".new"), checkpoint)
        print(f"{name}: epoch {epoch + 1} of {epochs}, {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="+", choices=sorted(ADAM))
    parser.add_argument("--data", type=Path, required=True, help=".npz with images")
    parser.add_argument("--out", type=Path, required=True, help="folder to fill")
    parser.add_argument("--epochs", type=int, default=10)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.names:
        train(name, options.data, options.out, options.epochs)
