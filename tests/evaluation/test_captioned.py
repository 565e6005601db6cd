"""Measures of models that draw captions, with images of known answers."""

import numpy as np
import pytest

from kerasgan.data import Images
from kerasgan.evaluation import Evaluation, evaluate_captions
from kerasgan.evaluation.evaluation import SEED
from kerasgan.metrics import sharpness

pytestmark = pytest.mark.backend_free
NAMES = [f"{color}: {n}" for color in ("red", "green", "blue") for n in range(8)]
COLORS = np.eye(3).repeat(8, axis=0)


def flat(colors, side):
    """Images of one color each, a little brighter from one to the next."""
    images = np.ones((len(colors), side, side, 3)) * colors[:, None, None]
    return (images * np.linspace(150, 250, len(colors))[:, None, None, None]).astype(
        "uint8"
    )


class Painter:
    """Draws the color of a caption; the second stage draws lines on it."""

    ema_decay = 0.9

    def generate(self, captions, seed, stage=2):
        assert seed == SEED
        made = flat(colors_of(captions), 16 if stage == 2 else 4)
        if stage == 2:
            made[:, ::2] //= 2
        return made


class Judge:
    """Knows colors; a caption that it does not know is none of them."""

    origin = {"name": "judge"}

    def embed_captions(self, captions):
        return colors_of(captions)

    def embed_images(self, images):
        means = images.mean(axis=(1, 2))
        return means / np.linalg.norm(means, axis=1, keepdims=True)


def colors_of(captions):
    known = {"red": 0, "green": 1, "blue": 2}
    return np.eye(3)[[known[text.split(":")[0]] for text in captions]]


def mean_color(images):
    """Features: the mean of each channel and of its halves."""
    left = images[:, :, : images.shape[2] // 2].mean(axis=(1, 2))
    return np.concatenate([images.mean(axis=(1, 2)), left], axis=1)


def real(side=16, seed=0):
    noise = np.random.default_rng(seed).integers(-20, 1, (24, side, side, 3))
    images = np.clip(flat(COLORS, side).astype(int) + noise, 0, 255).astype("uint8")
    return Images(images, None, None, f"set {seed}", [[name] for name in NAMES])


@pytest.fixture(scope="module")
def results():
    options = {"features": mean_color, "candidates": 3, "judge": Judge()}
    return evaluate_captions(Painter(), real(), real(seed=1), **options)


def test_both_stages_have_a_frechet_distance(results):
    fid, first = results["fid_mean_color"], results["fid_stage_1_mean_color"]
    assert first.name == "fid_stage_1_mean_color" and first.higher_is_better is False
    assert first.value < fid.value  # only the second stage draws dark lines
    assert fid.details["baselines"]["upscaled"] == pytest.approx(first.value, rel=0.2)
    assert fid.real_score < 10 and fid.protocol["generated_count"] == 24
    assert fid.protocol["captions"] == "names of set 0"
    assert first.protocol["small"].startswith("4x4 pixels by area, each repeated 8")


def test_sharpness_is_beside_that_of_the_enlarged_first_stage(results):
    result, made = results["sharpness"], Painter().generate(NAMES, SEED)
    assert result.value == pytest.approx(sharpness(made).mean())
    assert result.details["baselines"]["upscaled"] == pytest.approx(0, abs=1e-6)
    assert result.real_score == pytest.approx(sharpness(real().images).mean())


def test_r_precision_compares_with_real_images_and_chance(results):
    result = results["r_precision"]
    assert (result.value, result.real_score) == (1.0, 1.0)
    assert result.details["baselines"] == {"upscaled": 1.0, "chance": 1 / 3}
    assert result.protocol["groups"] == 3 and result.protocol["judge"] == "judge"
    assert result.higher_is_better


def test_groups_may_be_given():
    options = {"features": mean_color, "candidates": 2, "judge": Judge()}
    groups = [0] * 8 + [1] * 16  # green and blue never compete
    results = evaluate_captions(Painter(), real(), groups=groups, **options)
    assert results["r_precision"].protocol["groups"] == 2
    assert results["fid_mean_color"].real_score is None


def test_what_cannot_be_measured_is_refused():
    painter = Painter()
    with pytest.raises(ValueError, match="must be another model. Received: the model"):
        evaluate_captions(painter, real(), judge=painter, features=mean_color)
    images = real()._replace(captions=None)
    with pytest.raises(ValueError, match="must be images with captions"):
        evaluate_captions(painter, images, features=mean_color)


def test_quality_is_measured_on_the_captions_of_the_reference():
    """By `kerasgan evaluate` and `GAN.evaluate_quality`."""

    class Condition:
        name, num_classes = "captions", None

    class Model:
        condition = Condition()

    evaluation = Evaluation(real(), mean_color, num_samples=30)
    options = evaluation._captions(Model())
    assert options == {"captions": [*NAMES, *NAMES[:6]]}
