"""Models from images to images are measured by the true images."""

import numpy as np
import pytest
from PIL import Image

from kerasgan import data
from kerasgan.evaluation import PairEvaluation, evaluate_pairs, save_results
from kerasgan.evaluation.extractors import Extractor
from kerasgan.evaluation.pairs import MOST, Direction, directions_of, patches_of
from kerasgan.evaluation.real_pairs import real_pairs
from kerasgan.metrics import frechet_distance
from tests.evaluation.helpers import mean_colors, photos

pytestmark = pytest.mark.backend_free

COLORS = {"name": "colors", "sha256": "0"}


class Oracle:
    """A model that knows the true images, and makes them `off` levels brighter."""

    task, learns_from, ema_decay, origin = "translate", "pairs", 0.9, {}
    translators = {"forward": "generator"}
    makes = {"generator": "target", "backward_generator": "source"}

    def __init__(self, pairs, off=0):
        self.sources, self.targets, self.off = *pairs, off

    def translate(self, sources, direction="forward"):
        sides = self.sources, self.targets
        known, made = sides if direction == "forward" else sides[::-1]
        assert np.array_equal(sources, known)
        return np.minimum(made.astype(int) + self.off, 255).astype("uint8")

    def upscale(self, sources):
        return self.translate(sources)

    def inpaint(self, images, masks):
        assert masks.shape == (*images.shape[:3], 1) and set(masks.flat) == {0, 255}
        brighter = np.minimum(images.astype(int) + self.off, 255).astype("uint8")
        return np.where(masks, brighter, images)


class Both(Oracle):
    translators = {"forward": "generator", "backward": "backward_generator"}


class Filler(Oracle):
    task, learns_from = "inpaint", "images"


def pairs(count=40):
    """Outlines in gray, and colored images, darker than 240."""
    targets = photos(count) // 17 * 15
    return targets[..., :1], targets


def colors(size=None):
    """Features of images of one size, or of any."""
    return Extractor(mean_colors, **COLORS, size=size)


def test_a_perfect_model_has_perfect_results(tmp_path):
    held_out = pairs()
    results = evaluate_pairs(Oracle(held_out), held_out, features=colors((8, 8)))
    values = {name: result.value for name, result in results.items()}
    distances = "fid_colors", "patch_fid_colors"
    assert values == {"l1": 0, "psnr": MOST, "ssim": 1} | dict.fromkeys(distances, 0)
    save_results(results, tmp_path / "results.json")  # JSON holds no infinity


def test_l1_and_psnr_are_those_of_the_pairs():
    held_out = pairs()
    results = evaluate_pairs(Oracle(held_out, off=15), held_out, features=None)
    assert list(results) == ["l1", "psnr", "ssim"]
    assert float(results["l1"]) == pytest.approx(15 / 255)
    assert float(results["psnr"]) == pytest.approx(20 * np.log10(255 / 15))
    assert results["l1"].higher_is_better is False
    assert results["ssim"].higher_is_better is True
    assert results["l1"].protocol["reference"] == "targets of the given images"


def test_distances_compare_whole_images_and_patches():
    held_out = pairs()
    results = evaluate_pairs(
        Oracle(held_out, off=15), held_out, features=colors((8, 8))
    )
    true, made = held_out[1], held_out[1] + np.uint8(15)
    quarters = [
        np.concatenate([x[:, t : t + 8, s : s + 8] for t in (0, 8) for s in (0, 8)])
        for x in (true, made)
    ]
    expected = frechet_distance(*map(mean_colors, quarters))
    result = results["patch_fid_colors"]
    assert float(result) == pytest.approx(expected)
    assert result.protocol["patches"] == "4 per image, 8x8 pixels"
    assert result.protocol["reference_count"] == 160
    assert result.higher_is_better is False
    assert results["fid_colors"].protocol["resize"] == "8x8 pixels by area"
    assert results["fid_colors"].protocol["generated_count"] == 40


def test_training_images_give_the_real_score():
    held_out, training = pairs(), tuple(side[::-1][:30] for side in pairs(50))
    model, features = Oracle(held_out), colors()
    results = evaluate_pairs(model, held_out, training, features=features)
    assert list(results) == ["l1", "psnr", "ssim", "fid_colors"]
    expected = frechet_distance(mean_colors(held_out[1]), mean_colors(training[1]))
    assert results["fid_colors"].real_score == pytest.approx(expected)
    assert results["l1"].real_score is None
    assert results["fid_colors"].protocol["real_count"] == 30


def test_real_scores_use_as_many_images_as_are_held_out():
    held_out, training = pairs(), pairs(90)
    (direction,) = directions_of(Oracle(held_out), held_out, training)
    evaluation = PairEvaluation(direction, colors(), metrics=["fid"], seed=4)
    rows = np.sort(np.random.default_rng(4).choice(90, 40, replace=False))
    expected = frechet_distance(*map(mean_colors, (held_out[1], training[1][rows])))
    (result,) = evaluation.of_images(held_out[1]).values()
    assert result.real_score == pytest.approx(expected)


def test_both_directions_are_measured():
    held_out = tuple(photos(30, seed) // 17 * 15 for seed in (1, 2))
    results = evaluate_pairs(Both(held_out, off=15), held_out, features=colors())
    names = [f"{metric}{way}" for way in ("", "_backward") for metric in ("l1", "psnr")]
    assert set(names) | {"fid_backward_colors"} < results.keys()
    assert results["l1_backward"].value == pytest.approx(15 / 255)
    assert results["l1_backward"].protocol["reference"] == "sources of the given images"
    assert results["fid_backward_colors"].higher_is_better is False


def test_unpaired_images_are_compared_as_sets_alone():
    sides = photos(30, 1), photos(40, 2)
    dataset = data.UnpairedDataset(*sides, batch_size=8)
    results = evaluate_pairs(Oracle(sides), dataset, features=colors())
    assert list(results) == ["fid_colors"]
    with pytest.raises(ValueError, match="'l1' needs pairs"):
        evaluate_pairs(Oracle(sides), dataset, features=colors(), metrics=["l1"])


def test_pairs_need_a_target_for_each_source():
    source, target = pairs()
    message = "a target for each source. Received: 40 sources and 39 targets"
    with pytest.raises(ValueError, match=message):
        evaluate_pairs(Oracle((source, target)), (source, target[1:]), features=None)


def test_arrays_for_a_model_of_two_sets_are_no_pairs():
    held_out = photos(30, 1), photos(30, 2)
    model = Oracle(held_out)
    model.learns_from = "unpaired"
    assert list(evaluate_pairs(model, held_out, features=colors())) == ["fid_colors"]
    with_pairs = data.load_pairs(*held_out, batch_size=8)
    assert "l1" in evaluate_pairs(model, with_pairs, features=colors())


def test_held_out_files_of_one_name_are_pairs(tmp_path):
    folders = "a_train", "b_train", "a_test", "b_test"
    for folder in folders:
        (tmp_path / folder).mkdir()
        for index in range(4):
            picture = Image.new("RGB", (8, 8), (10 * index, 0, 0))
            picture.save(tmp_path / folder / f"{index}.png")
    places = [str(tmp_path / folder) for folder in folders]
    names = "source", "targets", "held_out", "held_out_targets"
    fields = dict(zip(names, places, strict=True))
    training, held_out = real_pairs(fields, "unpaired")
    assert training.names is None and len(held_out.names) == 4
    (tmp_path / "b_test" / "3.png").unlink()
    with pytest.warns(UserWarning, match="1 of 4 names are in one alone: 3"):
        _, held_out = real_pairs(fields, "unpaired")
    assert held_out.names is None and len(held_out.sources) == 4


def test_holes_are_measured_with_each_kind_of_mask_in_turn():
    images = photos(30) // 17 * 15
    options = {"features": None, "seed": 5}
    results = evaluate_pairs(Filler((images, images), off=15), images, **options)
    assert list(results) == ["l1", "l1_hole", "psnr", "ssim"]
    assert float(results["l1_hole"]) == pytest.approx(15 / 255)
    assert float(results["l1"]) < 0.5 * float(results["l1_hole"])
    protocol = results["l1_hole"].protocol
    assert protocol["masks"] == "center, boxes, strokes in turn"
    assert protocol["seed"] == 5
    (first,), (again,) = (directions_of(Filler((images,) * 2), images) for _ in "ab")
    assert np.array_equal(first.masks, again.masks)
    assert first.masks[0].mean() == first.masks[3].mean() == 255 / 4  # center


def test_masked_pairs_may_be_given_for_images():
    images = photos(12)
    dataset = data.PairDataset(images, images, batch_size=4)
    (direction,) = directions_of(Filler((images, images)), dataset)
    assert np.array_equal(direction.sources, images)


def test_patches_are_side_by_side():
    images = np.arange(2 * 5 * 4).reshape(2, 5, 4, 1)
    patches = patches_of(images, (2, 2))
    assert patches.shape == (8, 2, 2, 1)
    assert patches[1].ravel().tolist() == [2, 3, 6, 7]  # right of the first
    assert patches[2].ravel().tolist() == [8, 9, 12, 13]  # below it
    assert patches[4].ravel().tolist() == [20, 21, 24, 25]  # of the second image


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        (["l2"], "must be one of 'l1'"),
        (["l1_hole"], "needs a model that inpaints"),
        (["fid"], "needs features"),
        (["patch_fid"], "needs features of smaller images"),
    ],
)
def test_metrics_that_cannot_be_measured_are_refused(metrics, message):
    held_out = pairs(10)
    with pytest.raises(ValueError, match=message):
        evaluate_pairs(Oracle(held_out), held_out, features=None, metrics=metrics)


@pytest.mark.parametrize("other", [np.zeros((4, 8, 8, 3), "uint8"), "pairs/", None])
def test_what_holds_no_pairs_is_refused(other):
    with pytest.raises(TypeError, match=r"must be \(sources, targets\)"):
        evaluate_pairs(Oracle(pairs(4)), other)
    with pytest.raises(TypeError, match=r"must be images \(N, H, W, C\)"):
        evaluate_pairs(Filler(pairs(4)), "photos/")


def test_images_of_another_shape_are_refused():
    direction = Direction("forward", *pairs(10), None, True, None, "mine")
    evaluation = PairEvaluation(direction)
    with pytest.raises(ValueError, match="must have the shape of the targets"):
        evaluation.of_images(photos(9))
