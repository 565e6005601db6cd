"""Families of images from images, with pictures of any size, and in tiles."""

import numpy as np
import pytest

from kerasgan.core import tiles
from tests.support import checks

SIZES = [(16, 16, 3), (21, 18, 1)]
PICTURES = [np.random.default_rng(0).integers(0, 256, size, "uint8") for size in SIZES]


def test_pix2pix_translates_pictures_of_every_size():
    model = checks.tiny("pix2pix", source_shape=(16, 16, 1))
    made = model.translate(PICTURES)
    assert [image.shape for image in made] == [(16, 16, 3), (21, 18, 3)]
    assert made[1].std() > 1


def test_srgan_keeps_gray_and_alpha():
    model = checks.tiny("srgan")
    color, gray = PICTURES
    opaque = np.full_like(gray, 255)
    made = model.upscale([color, gray, np.concatenate([gray, opaque], axis=-1)])
    sides = [tuple(model.scale * n for n in size[:2]) for size in SIZES]
    expected = [(*sides[0], 3), (*sides[1], 1), (*sides[1], 2)]
    assert [image.shape for image in made] == expected
    np.testing.assert_array_equal(made[2][..., :1], made[1])


def test_context_encoder_keeps_known_pixels():
    model = checks.tiny("context_encoder")
    masks = [np.zeros(size[:2], bool) for size in SIZES]
    for mask in masks:
        mask[3:9, 4:13] = True
    made = model.inpaint(PICTURES, masks)
    for image, picture, mask in zip(made, PICTURES, masks, strict=True):
        np.testing.assert_array_equal(image[~mask], picture[~mask])
        assert image.shape == picture.shape and (image[mask] != picture[mask]).any()


@pytest.mark.parametrize(
    ("name", "sides"), [("srgan", (50, 71)), ("context_encoder", (90, 131))]
)
def test_tiles_change_nothing_if_a_family_has_a_reach(name, sides):
    model = checks.tiny(name)
    rng = np.random.default_rng(0)
    for weights in model.stored_network("generator").weights:
        spread = 1 / np.sqrt(np.prod(weights.shape[:-1]))
        weights.assign(rng.normal(0, spread, tuple(weights.shape)))
    applied = model.applied("generator")
    image = rng.integers(0, 256, (1, *sides, model.source_shape[-1]), "uint8")
    whole = tiles.apply(applied, [image], side=400).astype(int)
    side = tiles.side_of(applied, 2 * applied.reach + 12)
    assert side < min(sides) and whole[..., :3].std() > 20
    assert np.abs(tiles.apply(applied, [image], side) - whole).max() <= 1
