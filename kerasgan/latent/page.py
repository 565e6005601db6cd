"""What can be seen of a GAN's latents, as sections of one picture or of one page."""

import base64
import html
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from kerasgan import images
from kerasgan.core.gan import GAN
from kerasgan.evaluation import nearest_picture
from kerasgan.latent.arithmetic import combine
from kerasgan.latent.directions import find_directions, strips
from kerasgan.latent.truncation import draw_curve, truncation_curve

FRAMES = 9  # images in a row
DIRECTIONS = 6
STYLE = """\
body { font-family: sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
img { max-width: 100%; image-rendering: pixelated; }"""


class Section(NamedTuple):
    """A picture, uint8 (H, W, C), with its title and a sentence about it."""

    title: str
    text: str
    picture: np.ndarray


def sections_of(
    gan: GAN,
    *,
    seed: int = 0,
    dataset: Any = None,
    features: Any = None,
    num_samples: int = 2000,
) -> list[Section]:
    """Samples, ways between them, directions, truncation and sums of latents.

    Args:
        gan: A GAN of images.
        seed: Seed of the first latents.
        dataset: Its training images, for the nearest of them and the truncation curve.
        features: For the curve, as in `latent.truncation_curve`.
        num_samples: Images for each level of the curve.
    """
    sections = [_samples(gan, seed), _between(gan, seed)]
    try:
        length = gan.condition.noise_length(gan.latent_dim)
        found = find_directions(gan, min(DIRECTIONS, length))
    except ValueError:  # its generator does not begin with a linear layer
        found = None
    if found is not None:
        sections.append(_directions(gan, found, seed))
    sections += [_truncated(gan, seed), _sums(gan, seed)]
    if dataset is not None:
        sections.append(
            Section(
                "Nearest training images",
                "Each sample is above the training image with the nearest pixels.",
                nearest_picture(gan, dataset, FRAMES, seed),
            )
        )
        curve = truncation_curve(gan, dataset, features, num_samples=num_samples)
        sections.append(_curve(curve))
    return sections


def to_page(sections: Sequence[Section], title: str) -> str:
    """A page of HTML that holds its pictures.

    Args:
        sections: From `sections_of`.
        title: The page's title.
    """
    parts = [
        f"<h2>{html.escape(s.title)}</h2>\n<p>{html.escape(s.text)}</p>\n"
        f'<img alt="{html.escape(s.title)}" src="data:image/png;base64,'
        f'{base64.b64encode(images.encode_png(s.picture)).decode()}">'
        for s in sections
    ]
    name = html.escape(title)
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f"<title>{name}</title>\n<style>\n{STYLE}\n</style>\n<h1>{name}</h1>\n"
        + "\n".join(parts)
        + "\n</html>\n"
    )


def to_picture(sections: Sequence[Section]) -> np.ndarray:
    """All pictures below each other, uint8 (H, W, 3)."""
    pictures = [np.broadcast_to(s.picture, (*s.picture.shape[:2], 3)) for s in sections]
    width = max(picture.shape[1] for picture in pictures)
    wide = [
        np.pad(p, ((0, 8), (0, width - p.shape[1]), (0, 0)), constant_values=255)
        for p in pictures
    ]
    return np.concatenate(wide)


def _samples(gan, seed):
    count = FRAMES * (gan.columns or 4)
    made = gan.generate(count, seed=seed, **gan.condition.shown(count))
    text = f"Seed {seed}." + " Each column shows one class." * bool(gan.columns)
    picture = images.make_picture(made, gan.columns or FRAMES)
    return Section("Samples", text, picture)


def _between(gan, seed):
    rows = [gan.interpolate(seed + n, seed + n + 1, frames=FRAMES) for n in range(3)]
    text = "Each row leads from one latent to another on a sphere."
    picture = images.make_picture(np.concatenate(rows), FRAMES)
    return Section("Interpolation", text, picture)


def _directions(gan, found, seed):
    numbers = ", ".join(f"{strength:.2f}" for strength in found.strengths)
    text = (
        "Each row moves a latent along a direction to which the first layer of the "
        f"generator responds strongly (SeFa). Strengths: {numbers}."
    )
    return Section("Directions", text, strips(gan, found, seed, FRAMES))


def _truncated(gan, seed):
    shown = gan.condition.shown(FRAMES)
    rows = [
        gan.generate(FRAMES, seed=seed, truncation=level, **shown)
        for level in (*gan.truncations, None)
    ]
    levels = ", ".join(f"{level:g}" for level in gan.truncations)
    text = f"Truncation at {levels}, and none: fewer surprises, less variety."
    picture = images.make_picture(np.concatenate(rows), FRAMES)
    return Section("Truncation", text, picture)


def _sums(gan, seed):
    rows = []
    for row in range(3):
        rng = np.random.default_rng(seed + 10 * row)
        three = gan.draw_latents(3, rng)
        four = np.concatenate([three, combine(gan, three, [1, -1, 1])])
        same = gan.condition.default(4, gan.condition.split(four)[1], same=True)
        chosen = {"labels": same} if gan.condition.name == "labels" else {}
        rows.append(gan.generate(latents=four, **chosen))
    text = "In each row, the fourth image is of the first latent - second + third."
    return Section("Arithmetic", text, images.make_picture(np.concatenate(rows), 4))


def _curve(curve):
    counts = curve.protocol["generated_count"], curve.protocol["real_count"]
    text = (
        "Precision (likeness) and recall (variety) by truncation, the last without "
        f"it: {counts[0]} generated and {counts[1]} real images, features of "
        f"{curve.protocol['features']}, k = 3."
    )
    return Section("Precision and recall", text, draw_curve(curve))
