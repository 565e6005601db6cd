"""The peer for speed: DCGAN in plain PyTorch, as commonly written (NCHW, Adam, eager).

It runs twice: in float32, and with bfloat16 autocast and channels-last memory.
`throughput.py` starts it as a worker.

Paper: Radford et al. 2015, https://arxiv.org/abs/1511.06434.
"""

import json
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn
from worker import seconds, serve

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def start_of(image_shape: Sequence[int], width: int) -> tuple[int, int, int]:
    """(C, H, W) next to the latents: sides are halved while 4 pixels remain."""
    height, breadth, _ = image_shape
    filters = width / 2
    while height % 2 == breadth % 2 == 0 and min(height, breadth) >= 8:
        height, breadth, filters = height // 2, breadth // 2, filters * 2
    return int(filters), height, breadth


def build_generator(image_shape, latent_dim: int, width: int) -> nn.Sequential:
    """Latents (N, latent_dim) to images (N, C, H, W) in [-1, 1]."""
    start = start_of(image_shape, width)
    filters = start[0]
    parts = [nn.Linear(latent_dim, math.prod(start), bias=False)]
    parts += [nn.Unflatten(1, start), batch_norm(filters), nn.ReLU(True)]
    while filters > width:
        filters //= 2
        parts.append(nn.ConvTranspose2d(2 * filters, filters, 4, 2, 1, bias=False))
        parts += [batch_norm(filters), nn.ReLU(True)]
    parts += [nn.ConvTranspose2d(width, image_shape[-1], 4, 2, 1), nn.Tanh()]
    return nn.Sequential(*parts)


def end_of(image_shape: Sequence[int], width: int) -> tuple[int, int, int]:
    """(C, H, W) before the logit: sides are halved until one is at most 4."""
    height, breadth, _ = image_shape
    filters = width / 2
    while min(height, breadth) > 4:
        height, breadth, filters = -(-height // 2), -(-breadth // 2), filters * 2
    return int(filters), height, breadth


class Noise(nn.Module):
    """Adds normal noise in training."""

    def __init__(self, deviation: float):
        super().__init__()
        self.deviation = deviation

    def forward(self, images):
        """Returns images (N, C, H, W), with noise in training."""
        if not self.training:
            return images
        return images + self.deviation * torch.randn_like(images)


def build_discriminator(image_shape, width: int, noise: float = 0.0) -> nn.Sequential:
    """Images (N, C, H, W) to logits (N,).

    Odd sides are padded by 2 at both ends, while Keras pads by 1 and 2. The number of
    outputs is the same, without an extra layer for padding.
    """
    parts, (*sides, before), filters = [], image_shape, width
    end = end_of(image_shape, width)
    while filters <= end[0]:
        padding = tuple(1 + side % 2 for side in sides)
        parts.append(nn.Conv2d(before, filters, 4, 2, padding, bias=not parts))
        parts += [batch_norm(filters)] if filters > width else []
        parts.append(nn.LeakyReLU(0.2, True))
        sides, before, filters = [-(-n // 2) for n in sides], filters, 2 * filters
    parts += [nn.Flatten(), nn.Linear(math.prod(end), 1), nn.Flatten(0)]
    return nn.Sequential(*([Noise(noise)] if noise else []), *parts)


def batch_norm(filters: int) -> nn.BatchNorm2d:
    """Batch norm with Keras's epsilon. A momentum of 0.1 is 0.9 in Keras."""
    return nn.BatchNorm2d(filters, eps=1e-3, momentum=0.1)


def tensors(network: nn.Module) -> list[torch.Tensor]:
    """Weights and batch statistics, as many and in the same order as in Keras."""
    return [value for value in network.state_dict().values() if value.ndim]


@torch.no_grad()
def load(network: nn.Module, arrays: Sequence[np.ndarray], shape) -> None:
    """Copies the weights of the same network in Keras.

    Args:
        network: A network of a peer.
        arrays: The result of `get_weights()` in Keras.
        shape: (C, H, W) at the dense layer; anything without one.

    Raises:
        ValueError: If shapes or counts differ.
    """
    filters, height, width = shape
    for target, array in zip(tensors(network), arrays, strict=True):
        if array.ndim == 4:
            array = array.transpose(3, 2, 0, 1)
        elif array.ndim == 2 and array.shape[1] == 1:
            rows = array.reshape(height, width, filters, -1)
            array = rows.transpose(3, 2, 0, 1).reshape(array.shape[::-1])
        elif array.ndim == 2:
            columns = array.reshape(-1, height, width, filters)
            array = columns.transpose(3, 1, 2, 0).reshape(array.shape[::-1])
        if tuple(target.shape) != array.shape:
            raise ValueError(
                f"Expected weights of shape {tuple(target.shape)}. Received: "
                f"{array.shape}. The two networks are not the same."
            )
        target.copy_(torch.from_numpy(np.ascontiguousarray(array)))


class Peer:
    """Networks, optimizers and training loop in one precision.

    Args:
        arguments: image_shape, latent_dim, width and optionally discriminator_width
            and instance_noise.
        optimizers: For each network learning_rate, beta_1, beta_2 and epsilon.
        weights: The initial weights of each network.
        bfloat16: Whether to use bfloat16 autocast and channels-last memory.
    """

    def __init__(self, arguments: dict, optimizers, weights, bfloat16: bool):
        self.bfloat16, dense = bfloat16, self.build(arguments)
        self.layout = torch.channels_last if bfloat16 else torch.contiguous_format
        self.optimizers = {}
        for name, values in weights.items():
            network = getattr(self, name)
            load(network, values, dense.get(name, (1, 1, 1)))
            network.to(DEVICE, memory_format=self.layout)
            spec = optimizers[name]
            self.optimizers[name] = torch.optim.Adam(
                network.parameters(),
                lr=spec["learning_rate"],
                betas=(spec["beta_1"], spec["beta_2"]),
                eps=spec["epsilon"],
            )
        self.loss = nn.BCEWithLogitsLoss()

    def build(self, arguments: dict) -> dict:
        """Builds the networks, and returns (C, H, W) at their dense layers by name."""
        shape, width = arguments["image_shape"], arguments["width"]
        d_width = arguments.get("discriminator_width") or width
        self.latent_dim = arguments["latent_dim"]
        self.generator = build_generator(shape, self.latent_dim, width)
        noise = arguments.get("instance_noise", 0.0)
        self.discriminator = build_discriminator(shape, d_width, noise)
        start, end = start_of(shape, width), end_of(shape, d_width)
        return {"generator": start, "discriminator": end}

    def autocast(self):
        """The context of a forward pass."""
        return torch.autocast(DEVICE, torch.bfloat16, enabled=self.bfloat16)

    def fit(self, images: torch.Tensor, batches: int, batch_size: int) -> None:
        """Trains on float images (N, C, H, W) in memory, in random order."""
        self.generator.train()
        images = images.contiguous(memory_format=self.layout)
        for _ in range(batches):
            rows = torch.randint(len(images), (batch_size,), device=DEVICE)
            self.step(images[rows])
        synchronize()

    def step(self, real: torch.Tensor) -> None:
        """Updates the discriminator, then the generator on new latents."""
        size, d, g = len(real), self.discriminator, self.generator
        ones = torch.ones(size, device=DEVICE)
        zeros = torch.zeros(size, device=DEVICE)
        with self.autocast():
            with torch.no_grad():
                fake = g(torch.randn(size, self.latent_dim, device=DEVICE))
            loss = self.loss(d(real), ones) + self.loss(d(fake), zeros)
        self.optimizers["discriminator"].zero_grad()
        loss.backward()
        self.optimizers["discriminator"].step()
        with self.autocast():
            fake = g(torch.randn(size, self.latent_dim, device=DEVICE))
            loss = self.loss(d(fake), ones)
        self.optimizers["generator"].zero_grad()
        loss.backward()
        self.optimizers["generator"].step()

    @torch.no_grad()
    def generate(self, batches: int, batch_size: int) -> np.ndarray:
        """Generates images, uint8 (N, H, W, C)."""
        self.generator.eval()
        parts = []
        for _ in range(batches):
            with self.autocast():
                latents = torch.randn(batch_size, self.latent_dim, device=DEVICE)
                images = self.generator(latents)
            parts.append(to_uint8(images))
        return np.concatenate(parts)


def from_uint8(images: np.ndarray) -> torch.Tensor:
    """Images (N, H, W, C) as float32 (N, C, H, W) in [-1, 1], on the device."""
    return torch.from_numpy(images).to(DEVICE).permute(0, 3, 1, 2) / 127.5 - 1.0


def to_uint8(images: torch.Tensor) -> np.ndarray:
    """Images (N, C, H, W) in [-1, 1] as uint8 (N, H, W, C)."""
    images = ((images.float() + 1.0) * 127.5).round().clamp(0, 255)
    return images.to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()


def synchronize() -> None:
    """Waits for the device."""
    if DEVICE == "cuda":
        torch.cuda.synchronize()


class Side:
    """Both precisions as a worker, with the arguments of `Peer` and a folder.

    Attributes:
        peer: The class of the peer.
        files: Names of the files of uint8 images in the folder.
    """

    peer, files = Peer, ("images",)

    def __init__(self, arguments: dict, optimizers: dict, exchange: str):
        torch.set_num_threads(os.cpu_count())
        with np.load(Path(exchange) / "weights.npz") as file:
            weights = {
                name: [file[key] for key in sorted(file) if key.startswith(name)]
                for name in ("generator", "discriminator")
            }
        self.images = [np.load(Path(exchange) / f"{name}.npy") for name in self.files]
        self.data = [from_uint8(images) for images in self.images]
        self.peers = {
            name: self.peer(arguments, optimizers, weights, bfloat16=name == "bfloat16")
            for name in ("float32", "bfloat16")
        }

    def facts(self) -> dict:
        """Version, threads, device and numbers of parameters."""
        peer = self.peers["float32"]
        return {
            "torch": torch.__version__,
            "threads": torch.get_num_threads(),
            "device": torch.cuda.get_device_name() if DEVICE == "cuda" else "cpu",
            "parameters": {
                name: sum(value.numel() for value in tensors(getattr(peer, name)))
                for name in ("generator", "discriminator")
            },
        }

    def train(self, precision: str, batches: int, batch_size: int) -> float:
        """Seconds of the training loop."""
        return seconds(self.peers[precision].fit, *self.data, batches, batch_size)

    def sample(self, precision: str, batches: int, batch_size: int) -> float:
        """Seconds to generate images."""
        return seconds(self.peers[precision].generate, batches, batch_size)


if __name__ == "__main__":
    side = Side(**json.loads(sys.argv[1]))
    serve({"facts": side.facts, "train": side.train, "sample": side.sample})
