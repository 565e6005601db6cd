"""What is proposed for which images, machine and budget."""

import numpy as np
import pytest

from kerasgan.data.look import Look
from kerasgan.errors import RecipeError
from kerasgan.training import expect, phases, propose
from kerasgan.training.budget import Budget
from kerasgan.training.propose import Choices

pytestmark = pytest.mark.backend_free


def look(count=750, sides=(128, 150), classes=None):
    """A look at random color images."""
    rng = np.random.default_rng(0)
    copies = rng.integers(0, 256, (min(count, 300), 32, 32, 3), "uint8")
    return Look(
        "photos", count, np.tile(sides, (len(copies), 1)), copies, classes, None
    )


def measured(seconds=0.18, half=0.6):
    """A machine on which an update takes so long, and bfloat16 this share of it."""

    def measure(recipe, images, _):
        side = recipe["model"]["arguments"]["image_shape"][0]
        mixed = half if recipe.get("dtype") else 1.0
        return seconds / half * mixed * max(1, side / 32) ** 1.3

    return measure


def proposed(seen=None, hours=1.0, measure=None, **choices):
    """The proposal for 750 photographs."""
    return propose.propose(
        seen or look(),
        "photos",
        budget=Budget(hours=hours),
        choices=Choices(**choices),
        measure=measure or measured(),
    )


def test_few_photographs_get_r3gan_with_ada_and_flips():
    proposal = proposed()
    recipe = proposal.recipe
    arguments = recipe["model"]["arguments"]
    assert recipe["model"]["name"] == "r3gan" and arguments["augmentation"] == "ada"
    assert arguments["image_shape"] == [32, 32, 3] and "num_classes" not in arguments
    data = {"source": "photos", "size": 32, "channels": 3, "crop": True, "flip": True}
    assert recipe["data"] == data and recipe["dtype"] == "mixed_bfloat16"
    (phase,) = recipe["phases"]
    assert phase["updates"] == 20_000 and phase["batch_size"] == 32
    assert arguments["ada_images"] == 20_000 * 32 // 6
    assert len(proposal.lines) == 5 and proposal.seconds == 0.18
    words = "after 1 hour on this machine: recognizable shapes, little detail; after 8"
    assert words in proposal.expectation
    gan = phases.build(recipe)
    phases.compile_phase(gan, phase)
    assert gan.image_shape == (32, 32, 3)


@pytest.mark.parametrize(
    ("hours", "seconds", "side", "size", "width"),
    [
        (1, 0.18, 128, 32, 24),
        (8, 0.18, 128, 64, 16),
        (1, 0.004, 1000, 128, 16),
        (1, 0.0002, 1000, 128, 32),
        (16, 0.18, 40, 32, 48),
        (1, 0.18, 28, 28, 24),
        (1, 0.18, 9, 16, 24),
    ],
)
def test_the_size_follows_from_time_and_images(hours, seconds, side, size, width):
    recipe = proposed(look(sides=(side, side + 1)), hours, measured(seconds)).recipe
    assert recipe["data"]["size"] == size
    assert recipe["model"]["arguments"]["width"] == width


def test_equal_small_squares_keep_their_size():
    recipe = proposed(look(sides=(28, 28)), 100).recipe
    assert recipe["data"]["size"] == 28 and "crop" not in recipe["data"]


def test_classes_make_the_gan_conditional():
    seen = look(classes={"horses": 400, "zebras": 350})
    proposal = proposed(seen)
    assert proposal.recipe["model"]["arguments"]["num_classes"] == 2
    assert "2 classes" in proposal.lines[0]
    without = proposed(seen, arguments={"num_classes": None}).recipe
    assert without["model"]["arguments"]["num_classes"] is None


def test_every_field_can_be_chosen():
    data = {"flip": False, "channels": 1, "background": "black"}
    recipe = proposed(
        family="wgan_gp",
        size=(48, 64),
        batch_size=8,
        dtype="float32",
        arguments={"width": 12},
        data=data,
        seed=5,
    ).recipe
    assert recipe["model"]["name"] == "wgan_gp" and recipe["dtype"] == "float32"
    shape = {"image_shape": [48, 64, 1], "width": 12}
    assert recipe["model"]["arguments"] == shape
    assert recipe["data"].items() >= (data | {"size": [48, 64]}).items()
    assert recipe["phases"][0]["batch_size"] == 8 and recipe["seed"] == 5


def test_float32_stays_if_the_other_dtype_is_not_faster():
    assert "dtype" not in proposed(measure=measured(half=0.9)).recipe


def test_drawings_are_not_mirrored():
    seen = look()
    flat = seen.copies[:, ::4, ::4].repeat(4, axis=1).repeat(4, axis=2)
    assert proposed(seen._replace(copies=flat)).recipe["data"]["flip"] is False


@pytest.mark.parametrize(
    ("count", "same", "message"),
    [
        (1, False, "at least 16 different images.* Received: 1 in photos"),
        (30, True, "Received: 30 in photos, all the same"),
        (12, False, "Received: 12 in photos"),
    ],
)
def test_too_few_different_images_are_refused(count, same, message):
    seen = look(count)
    if same:
        seen = seen._replace(copies=np.repeat(seen.copies[:1], count, axis=0))
    with pytest.raises(RecipeError, match=message):
        proposed(seen)


def test_notes_name_copies_animations_and_small_images():
    seen = look(sides=(20, 30))._replace(animations=2)
    copies = np.concatenate([seen.copies[:-1], seen.copies[:1]])
    recipe = proposed(size=32).recipe
    notes = expect.notes(seen._replace(copies=copies), recipe)
    assert notes == [
        "One image is almost equal to another one (of the 300 looked at).",
        "2 images are animated: the first frame is used.",
        "300 images are smaller than 32x32, and enlarged.",
        "The images take 2.2 MiB of memory.",
    ]


def test_an_impossible_size_is_refused_before_measuring():
    def measure(*_):
        raise AssertionError("measured")

    with pytest.raises(RecipeError, match="r3gan can generate. Received: 30x30"):
        proposed(size=30, measure=measure)
