"""The peer for speed: Pix2Pix in plain PyTorch, as commonly written (NCHW, eager).

It runs twice: in float32, and with bfloat16 autocast and channels-last memory.
`throughput.py` starts it as a worker.

Paper: Isola et al. 2016, https://arxiv.org/abs/1611.07004.
"""

import json
import sys

import numpy as np
import torch
from peers import torch_dcgan
from peers.torch_dcgan import DEVICE
from torch import nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from worker import seconds, serve

DROPPED = 3  # innermost levels with dropout
WIDEST = 8  # times the discriminator's width
PAD = nn.ZeroPad2d((1, 2, 1, 2))  # as Keras pads a 4x4 convolution of stride 1


class UNet(nn.Module):
    """Images (N, c, H, W) to images (N, C, H, W) in [-1, 1].

    Args:
        channels: c and C.
        levels: Number of halvings.
        width: Filters next to the image.
        widest: The most filters, as a multiple of the width.
        dropout: Share of features to drop in the innermost levels.
    """

    def __init__(self, channels, levels: int, width: int, widest: int, dropout: float):
        super().__init__()
        before, after = channels
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        filters = [width * min(2**level, widest) for level in range(levels)]
        for level, count in enumerate(filters):
            parts = [nn.Conv2d(before, count, 4, 2, 1)]
            parts += [instance_norm(count)] if 0 < level < levels - 1 else []
            self.down.append(nn.Sequential(*parts, nn.LeakyReLU(0.2, True)))
            before = count
        for index, count in enumerate(reversed(filters[:-1])):
            parts = [nn.ConvTranspose2d(before, count, 4, 2, 1), instance_norm(count)]
            parts += [nn.Dropout(dropout)] if dropout and index < DROPPED else []
            self.up.append(nn.Sequential(*parts, nn.ReLU(True)))
            before = 2 * count
        self.last = nn.ConvTranspose2d(before, after, 4, 2, 1)

    def forward(self, x):
        """Translates images."""
        kept = []
        for down in self.down:
            x = down(x)
            kept.append(x)
        for up, shallow in zip(self.up, reversed(kept[:-1]), strict=True):
            x = torch.cat([up(x), shallow], 1)
        return torch.tanh(self.last(x))


class SpectralConv2d(nn.Module):
    """A convolution with weights divided by their largest singular value.

    Each call makes one power iteration, which only training keeps.

    Paper: Miyato et al. 2018, https://arxiv.org/abs/1802.05957.
    """

    def __init__(self, before: int, filters: int, *options):
        super().__init__()
        self.register_buffer("u", torch.randn(filters))
        self.layer = nn.Conv2d(before, filters, *options)

    def forward(self, x):
        """Convolves images."""
        layer, matrix = self.layer, self.layer.weight.flatten(1)
        with torch.autocast(DEVICE, enabled=False):
            with torch.no_grad():
                v = functional.normalize(matrix.T @ self.u, dim=0)
                u = functional.normalize(matrix @ v, dim=0)
                if self.training:
                    self.u.copy_(u)
            sigma = u @ matrix @ v
        kernel, options = layer.weight / sigma, (layer.stride, layer.padding)
        return functional.conv2d(x, kernel, layer.bias, *options)


def build_discriminator(
    channels: int, width: int, depth: int, spectral_norm: bool = False
) -> nn.Sequential:
    """Images (N, channels, H, W) to logits of patches (N, 1, h, w).

    Instance norm, or with `spectral_norm` normalized weights.
    """
    convolution = SpectralConv2d if spectral_norm else nn.Conv2d
    parts, before = [], channels
    for level in range(depth + 1):
        filters = width * min(2**level, WIDEST)
        if level < depth:
            parts.append(convolution(before, filters, 4, 2, 1))
        else:
            parts += [PAD, convolution(before, filters, 4)]
        parts += [instance_norm(filters)] if level and not spectral_norm else []
        parts.append(nn.LeakyReLU(0.2, True))
        before = filters
    return nn.Sequential(*parts, PAD, convolution(before, 1, 4))


def instance_norm(filters: int) -> nn.InstanceNorm2d:
    """Instance norm with scale and offset, and Keras's epsilon."""
    return nn.InstanceNorm2d(filters, eps=1e-3, affine=True)


def levels_of(image_shape) -> int:
    """How often both sides can be halved."""
    height, width, _ = image_shape
    return min((side & -side).bit_length() - 1 for side in (height, width))


class Peer(torch_dcgan.Peer):
    """Networks, optimizers, the moving average and a training loop in one precision.

    Args:
        arguments: Those of `kerasgan.models.Pix2Pix`.
        optimizers: As of DCGAN's peer, like the others.
        weights: The initial weights of each network.
        bfloat16: Whether to use bfloat16 autocast and channels-last memory.
    """

    def __init__(self, arguments: dict, optimizers, weights, bfloat16: bool):
        super().__init__(arguments, optimizers, weights, bfloat16)
        self.l1_weight = arguments.get("l1_weight", 100.0)
        self.hinge = arguments.get("loss") == "hinge"
        decay = get_ema_multi_avg_fn(arguments.get("ema_decay", 0.999))
        self.average = AveragedModel(self.generator, multi_avg_fn=decay).eval()

    def build(self, arguments: dict) -> dict:
        """Builds both networks, which have no dense layers."""
        shape = arguments["image_shape"]
        channels = (arguments.get("source_shape") or shape)[-1], shape[-1]
        width, dropout = arguments["width"], arguments.get("dropout", 0.5)
        widest, depth = arguments.get("widest", 8), arguments.get("depth", 3)
        self.generator = UNet(channels, levels_of(shape), width, widest, dropout)
        width = arguments.get("discriminator_width") or width
        options = width, depth, arguments.get("spectral_norm", False)
        self.discriminator = build_discriminator(sum(channels), *options)
        return {}

    def fit(self, sources, targets, batches: int, batch_size: int) -> None:
        """Trains on float pairs (N, C, H, W) in memory, in random order."""
        for _ in range(batches):
            rows = torch.randint(len(sources), (batch_size,), device=DEVICE)
            pair = sources[rows], targets[rows]
            self.step(*(x.contiguous(memory_format=self.layout) for x in pair))
        torch_dcgan.synchronize()

    def step(self, source: torch.Tensor, target: torch.Tensor) -> None:
        """Updates the discriminator, the generator and its moving average."""
        with self.autocast():
            with torch.no_grad():
                fake = self.generator(source)
            real_loss = self.judged(source, target, real=True)
            loss = (real_loss + self.judged(source, fake, real=False)) / 2
        self.optimizers["discriminator"].zero_grad()
        loss.backward()
        self.optimizers["discriminator"].step()
        self.discriminator.eval().requires_grad_(False)
        with self.autocast():
            fake = self.generator(source)
            loss = self.judged(source, fake)
            loss = loss + self.l1_weight * functional.l1_loss(fake.float(), target)
        self.optimizers["generator"].zero_grad()
        loss.backward()
        self.optimizers["generator"].step()
        self.discriminator.train().requires_grad_(True)
        self.average.update_parameters(self.generator)

    def judged(self, source, images, real: bool | None = None) -> torch.Tensor:
        """The adversarial loss of patches that should be taken for real, or for fake.

        Args:
            source: The sources of the images.
            images: Real or generated images.
            real: What the discriminator should say of them; None in the generator's
                turn.
        """
        logits = self.discriminator(torch.cat([source, images], 1))
        if not self.hinge:
            target = 0.0 if real is False else 1.0
            return self.loss(logits, torch.full_like(logits, target))
        if real is None:
            return -logits.mean()
        return functional.relu(1 - logits if real else 1 + logits).mean()

    @torch.no_grad()
    def translate(self, sources: np.ndarray) -> np.ndarray:
        """Translates a batch, uint8 (N, H, W, C), by the moving average."""
        images = torch_dcgan.from_uint8(sources).contiguous(memory_format=self.layout)
        with self.autocast():
            images = self.average(images)
        return torch_dcgan.to_uint8(images)

    def translate_often(self, sources: np.ndarray, times: int) -> None:
        """Translates the same batch again and again."""
        for _ in range(times):
            self.translate(sources)


class Side(torch_dcgan.Side):
    """Both precisions as a worker."""

    peer, files = Peer, ("sources", "images")

    def sample(self, precision: str, batches: int, batch_size: int) -> float:
        """Seconds to translate images, uint8 to uint8."""
        sources = self.images[0]
        batch = np.resize(sources, (batch_size, *sources.shape[1:]))
        return seconds(self.peers[precision].translate_often, batch, batches)


if __name__ == "__main__":
    side = Side(**json.loads(sys.argv[1]))
    serve({"facts": side.facts, "train": side.train, "sample": side.sample})
