"""Cards of models from images to images."""

import json

import pytest

from kerasgan.presets import card
from tests.presets.test_card import METADATA, RECIPE

pytestmark = pytest.mark.backend_free

PAIRED = {
    "model": "pix2pix",
    "class": "Pix2Pix",
    "image_shape": [64, 64, 3],
    "source_shape": [64, 64, 1],
    "task": "translate",
    "learns_from": "pairs",
    "latent_dim": None,
    "data": {"source": "pairs/", "held_out": "held_out/"},
}
L1 = {
    "value": 0.0921,
    "real_score": None,
    "protocol": {"reference_count": 524},
    "details": {"baselines": {"unchanged": 0.127, "nearest": 0.2}},
}
PATCHES = {
    "value": 1.5,
    "real_score": 0.5,
    "protocol": {"features": "features_cifar10"},
    "details": {"baselines": {"unchanged": 3.0, "l1_only": 2.5}},
}


def text(results=None, pictured=True, **metadata):
    metadata = METADATA | PAIRED | metadata
    return card.write("mine", metadata, RECIPE, results, pictured=pictured)


def test_front_matter_names_the_task_of_the_hub():
    assert "pipeline_tag: image-to-image" in text()


@pytest.mark.parametrize(
    ("metadata", "sentence", "call", "loading"),
    [
        (
            {},
            "translates images into 64x64 images with 3 channels",
            'model.translate("photo.png")',
            'load_pairs("pairs/", size=(64, 64), channels=3, source_channels=1)',
        ),
        (
            {"data": {"source": "a/", "targets": "b/", "source_side": "right"}},
            "translates images",
            'model.translate("photo.png")',
            'load_pairs("photos/", "targets/", size=(64, 64), channels=3, '
            'source_channels=1, source_side="right")',
        ),
        (
            {"learns_from": "unpaired", "source_shape": [64, 64, 3]},
            "translates images",
            'model.translate("other.png", direction="backward")',
            'load_unpaired("photos/", "others/", size=(64, 64), channels=3)',
        ),
        (
            {"task": "upscale", "source_shape": [16, 16, 3], "data": None},
            "upscales 16x16 images to 64x64 images with 3 channels",
            'model.upscale("photo.png")',
            'load_pairs("photos/", make="downscale:4", size=(64, 64), channels=3)',
        ),
        (
            {"task": "inpaint", "learns_from": "images", "source_shape": [64, 64, 4]},
            "fills holes in 64x64 images with 3 channels",
            'model.inpaint("photo.png", "mask.png")',
            'load("photos/", size=(64, 64), channels=3)',
        ),
    ],
    ids=["pairs", "two folders", "unpaired", "upscale", "inpaint"],
)
def test_each_task_has_its_sentence_and_its_code(metadata, sentence, call, loading):
    written = text(**metadata)
    assert f"This Pix2Pix {sentence}" in written
    assert f"{call}  # " in written or f"= {call}\n" in written
    assert f"dataset = kerasgan.data.{loading}\nmodel.fit(dataset" in written
    assert "gan.generate" not in written


def test_the_picture_has_a_caption_that_says_which_images():
    caption = "![samples](samples.png)\n\nInput, output and target of each of some"
    assert f"{caption} held-out images." in text()
    assert f"{caption} training images." in text(data=None)
    assert "samples.png" not in text(pictured=False) and "Input," not in text(
        pictured=False
    )


def test_baselines_stand_beside_the_values():
    results = {"quality": {"l1": L1, "patch_fid_features_cifar10": PATCHES}}
    written = text(results)
    assert (
        "| metric | value | real images | unchanged | nearest | l1_only |\n"
        "|---|---|---|---|---|---|\n"
        "| l1 | 0.0921 | - | 0.127 | 0.2 | - |\n"
        "| patch_fid_features_cifar10 | 1.5 | 0.5 | 3 | - | 2.5 |\n"
    ) in written
    assert "Real images are training images of other content." in written
    assert "`unchanged` is the input itself; `nearest` is the target of" in written


def test_baselines_of_strangers_are_checked():
    def results(**baselines):
        result = L1 | {"details": {"baselines": baselines}}
        document = {"format": 2, "quality": {"l1": result}}
        return json.dumps(document).encode()

    assert card.results_of(results(unchanged=1.5), "results.json")
    for wrong in ({"unchanged": "<b>"}, {"[x](http://x)": 1.0}):
        with pytest.raises(ValueError, match="baselines"):
            card.results_of(results(**wrong), "results.json")
