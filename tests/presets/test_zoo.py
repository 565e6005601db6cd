"""The bundled presets: complete, small, and the same images on every backend."""

import json

import numpy as np
import pytest

import kerasgan
from benchmarks import upgrade_zoo
from kerasgan import data, registry
from kerasgan.presets import catalog, documents, recipes
from tests.support.checks import LIMITS, PAIRED_LIMIT


def folder(name):
    return catalog.zoo_folder() / name


def is_translator(name) -> bool:
    """Whether a preset makes images from images."""
    return "source_shape" in documents.read_json(folder(name) / "metadata.json")


NAMES = catalog.list_presets()
TRANSLATORS = [name for name in NAMES if is_translator(name)]
GANS = [name for name in NAMES if name not in TRANSLATORS]
# Others are Apache-2.0.
LICENSES = {
    "pix2pix_openmoji": "cc-by-sa-4.0",
    "cyclegan_emoji": "cc-by-4.0",
    "f_anogan_pneumonia": "cc-by-4.0",
}


def test_every_classic_family_has_its_presets():
    of_mnist = "cgan dcgan infogan lsgan vanilla_gan wgan wgan_gp".split()
    of_fashion = "acgan cgan dcgan wgan_gp".split()
    expected = {f"{n}_mnist" for n in of_mnist}
    assert expected | {f"{n}_fashion_mnist" for n in of_fashion} <= set(NAMES)


MODERN = [f"{name}_fashion_mnist" for name in ("sngan", "sagan", "r3gan")]


def test_every_modern_family_has_a_preset():
    assert {"r3gan_mnist", "r3gan_emoji", *MODERN} <= set(NAMES)


@pytest.mark.parametrize("name", catalog.list_presets("all"))
def test_every_preset_was_measured(name):
    results = json.loads((folder(name) / "results.json").read_text())
    assert results["quality"] and results["training"]["hardware"]
    assert all(metric["protocol"] for metric in results["quality"].values())


@pytest.mark.parametrize("name", GANS)
def test_seed_0_gives_the_recorded_picture(name):
    """Within 2/255 of samples.png, which another backend may have made."""
    from PIL import Image

    recorded = np.asarray(Image.open(folder(name) / "samples.png")).astype(int)
    gan = kerasgan.from_preset(name, networks="sampler")
    assert np.abs(gan.picture().squeeze() - recorded).max() <= 2


@pytest.mark.parametrize("name", TRANSLATORS)
def test_a_source_gives_the_recorded_result(name):
    """Within 2/255 of samples.png: rows of input, output and target."""
    from PIL import Image

    model = kerasgan.from_preset(name, networks="sampler")
    (side, _, channels), gap = model.image_shape, 2
    picture = np.asarray(Image.open(folder(name) / "samples.png"))
    rows, columns = ((length - gap) // (side + gap) for length in picture.shape[:2])
    cells = picture[gap:, gap:].reshape(rows, side + gap, columns, side + gap, channels)
    cells = cells.swapaxes(1, 2)[:, :, :side, :side]
    cells = cells.reshape(-1, len(model.translators) + 2, side, side, channels)
    source, result, target = cells[:, 0], cells[:, 1], cells[:, 2]
    if model.task == "inpaint":  # holes are gray; a target that is gray hides some
        holes = (source != target).any(axis=-1)
        sure = (holes == (source == 128).all(axis=-1)).all(axis=(1, 2))
        assert sure.sum() > 8
        made = model.inpaint(target[sure], holes[sure])
        result = result[sure]
    elif model.task == "upscale":
        made = model.upscale(source[:, :: model.scale, :: model.scale])
    else:
        made = model.translate(source[..., : model.source_shape[-1]])
    assert np.abs(made.astype(int) - result).max() <= 2


@pytest.mark.parametrize("name", NAMES)
def test_preset_is_complete(name):
    config = json.loads((folder(name) / "config.json").read_text())
    weights = {f"{n}.weights.h5" for n in registry.lookup(config["name"]).stored}
    assert {path.name for path in folder(name).iterdir()} == weights | {
        "config.json",
        "metadata.json",
        "recipe.json",
        "results.json",
        "samples.png",
        "README.md",
    }


@pytest.mark.parametrize("name", catalog.list_presets("all"))
def test_weights_are_free_to_use(name):
    metadata = json.loads((folder(name) / "metadata.json").read_text())
    assert metadata["license"] == LICENSES.get(name, "apache-2.0")


def test_other_licenses_are_in_the_notice():
    notice = (catalog.zoo_folder() / "NOTICE").read_text()
    assert all(name in notice for name in LICENSES)


@pytest.mark.parametrize("name", catalog.list_presets("all"))
def test_every_document_is_of_the_newest_format(name):
    for file, content in upgrade_zoo.upgraded(folder(name)).items():
        assert (folder(name) / file).read_bytes() == content, file


@pytest.mark.parametrize("name", catalog.list_presets("all"))
def test_classes_have_names_and_shares(name):
    metadata = documents.read_json(folder(name) / "metadata.json")
    labels = metadata["condition"] == "labels"
    assert labels == (name.split("_")[0] in ("acgan", "cgan"))
    for field, known in (
        ("class_names", metadata["num_classes"] is not None),
        ("class_shares", labels),
    ):
        assert (metadata[field] is not None) == known
    if labels:
        assert sum(metadata["class_shares"]) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_preset_keeps_to_its_size(name):
    metadata = json.loads((folder(name) / "metadata.json").read_text())
    size = sum(path.stat().st_size for path in folder(name).glob("*.weights.h5"))
    limit = LIMITS[metadata["image_shape"][0]]
    assert size <= (PAIRED_LIMIT if "task" in metadata else limit)


@pytest.mark.parametrize("name", NAMES)
def test_recipe_is_valid_and_of_this_gan(name):
    recipe = recipes.load(name)
    config = json.loads((folder(name) / "config.json").read_text())
    assert recipe["model"]["name"] == config["name"]
    assert recipe["model"]["arguments"].items() <= config["arguments"].items()
    metadata = json.loads((folder(name) / "metadata.json").read_text())
    assert metadata["updates"] == sum(p["updates"] for p in recipe["phases"])


GOALS = {  # the least that a metric must be
    "acgan_fashion_mnist": ("class_accuracy_features_fashion_mnist", 0.85),
    "cgan_fashion_mnist": ("class_accuracy_features_fashion_mnist", 0.85),
    "cgan_mnist": ("class_accuracy_features_mnist", 0.95),
    "f_anogan_mnist": ("auroc_mean", 0.9),
    "infogan_mnist": ("best_match_accuracy", 0.6),
    "r3gan_mnist": ("recall_features_mnist", 0.5),
    "sgan_mnist": ("accuracy_mean", 0.96),
} | dict.fromkeys(MODERN, ("recall_features_fashion_mnist", 0.5))


@pytest.mark.parametrize("name", sorted(GOALS))
def test_presets_reach_their_goals(name):
    metric, least = GOALS[name]
    results = json.loads((folder(name) / "results.json").read_text())
    assert results["quality"][metric]["value"] >= least


LOWER, HIGHER = "patch_fid_features_cifar10", "psnr"
BEATEN = {  # the metric, and what the preset is better than
    "srgan_emoji": [(LOWER, "bicubic"), (LOWER, "warmup"), (HIGHER, "bicubic")],
    "context_encoder_emoji": [
        (metric, baseline)
        for metric in ("l1_hole", LOWER)
        for baseline in ("telea", "navier_stokes", "biharmonic")
    ],
    "cyclegan_emoji": [
        (metric, "unchanged")
        for metric in (
            "l1",
            "l1_backward",
            LOWER,
            "patch_fid_backward_features_cifar10",
        )
    ],
    "pix2pix_openmoji": [(LOWER, "unchanged"), (LOWER, "nearest")],
}


def test_translators_beat_their_baselines():
    assert BEATEN.keys() == set(TRANSLATORS)
    for name, pairs in BEATEN.items():
        results = json.loads((folder(name) / "results.json").read_text())["quality"]
        for metric, baseline in pairs:
            value = results[metric]["value"]
            other = results[metric]["details"]["baselines"][baseline]
            assert value > other if metric == HIGHER else value < other, name


def test_anomalies_of_x_rays_are_found_better_than_by_simple_methods():
    results = json.loads((folder("f_anogan_pneumonia") / "results.json").read_text())
    for metric in ("auroc", "average_precision"):
        result = results["quality"][metric]
        assert result["value"] > max(result["details"]["baselines"].values())


def distances(source):
    """The Frechet distance of each unconditional preset of a data set.

    Images are not the purpose of two of them.
    """
    scores = {}
    for name in [n for n in NAMES if n not in ("f_anogan_mnist", "sgan_mnist")]:
        metadata, results = (
            json.loads((folder(name) / f"{document}.json").read_text())
            for document in ("metadata", "results")
        )
        if metadata["data"]["source"] == source and metadata["condition"] != "labels":
            scores[name] = results["quality"][f"fid_features_{source}"]["value"]
    return scores


@pytest.mark.parametrize("source", ["mnist", "fashion_mnist"])
def test_r3gan_is_the_best_unconditional_sampler(source):
    scores = distances(source)
    assert min(scores, key=scores.get) == f"r3gan_{source}"


def test_r3gan_of_mnist_came_near_real_in_an_hour():
    results = json.loads((folder("r3gan_mnist") / "results.json").read_text())
    distance = results["quality"]["fid_features_mnist"]
    assert distance["value"] <= 2.5 * distance["real_score"]
    assert results["training"]["seconds"] <= 3600


def test_r3gan_of_emoji_stays_as_near_as_it_came():
    results = json.loads((folder("r3gan_emoji") / "results.json").read_text())
    quality = results["quality"]
    assert quality["fid_features_cifar10"]["value"] <= 1.7
    assert quality["memorization_features_cifar10"]["value"] >= 1


@pytest.mark.parametrize("name", MODERN)
def test_modern_families_are_far_ahead(name):
    scores = distances("fashion_mnist")
    classics = min(scores["dcgan_fashion_mnist"], scores["wgan_gp_fashion_mnist"])
    assert scores[name] < classics / 2


FEATURES = {  # the accuracy that each must have on held-out images
    "features_mnist": 0.995,
    "features_fashion_mnist": 0.935,
    "features_cifar10": 0.82,
}


def test_every_classifier_has_its_goal():
    assert set(catalog.list_presets("features")) == set(FEATURES)


@pytest.mark.parametrize("name", FEATURES)
def test_a_classifier_is_complete_and_accurate(name):
    files = {path.name for path in folder(name).iterdir()}
    documents = {f"{n}.json" for n in ("config", "metadata", "recipe", "results")}
    assert files == documents | {"classifier.weights.h5", "samples.png", "README.md"}
    assert (folder(name) / "classifier.weights.h5").stat().st_size <= 1.5e6
    results = json.loads((folder(name) / "results.json").read_text())
    assert results["quality"]["accuracy"]["value"] >= FEATURES[name]


@pytest.mark.parametrize("name", FEATURES)
def test_a_classifier_is_as_accurate_as_recorded(name, test_data):
    """On a part of the held-out images, on every backend."""
    recipe = recipes.load(name)["data"]
    results = json.loads((folder(name) / "results.json").read_text())
    stated = results["quality"]["accuracy"]["value"]
    test = data.read(
        recipe["source"],
        split=recipe["held_out"],
        labels=True,
        data_dir=str(test_data / "tfds"),
    )
    count = 1000
    classifier = kerasgan.from_preset(name)
    accuracy, _ = classifier.measure(test.images[:count], test.labels[:count])
    deviation = (stated * (1 - stated) / count) ** 0.5
    assert abs(accuracy - stated) < 4 * deviation


def test_the_zoo_keeps_to_its_size():
    files = (path for path in catalog.zoo_folder().rglob("*") if path.is_file())
    assert sum(path.stat().st_size for path in files) < 95e6
