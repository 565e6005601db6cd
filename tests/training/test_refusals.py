"""What a training refuses, before it costs time or touches a file."""

import sys

import pytest

import kerasgan
from kerasgan import errors, registry
from kerasgan.presets import recipes
from kerasgan.training import inputs, runner
from kerasgan.training.budget import Budget
from tests.training import helpers

pytestmark = pytest.mark.backend_free


def train(recipe, out, **options):
    return runner.train(recipe, out, verbose=0, **options)


@pytest.mark.parametrize("num_classes", [0, 1])
def test_fewer_than_two_classes_are_refused(recipe, tmp_path, num_classes):
    helpers.add_labels(tmp_path / "data.npz")
    recipe["model"] = {"name": "sngan", "arguments": {"num_classes": num_classes}}
    with pytest.raises(ValueError, match="`num_classes` must be an integer of"):
        train(recipe, tmp_path / "out", budget=Budget(epochs=1))


def test_classes_need_labels(recipe, tmp_path):
    recipe["model"]["name"] = "cgan"
    with pytest.raises(errors.RecipeError, match="needs images with labels"):
        train(recipe, tmp_path / "out")


def test_a_model_that_needs_pairs_asks_for_them(recipe, tmp_path):
    recipe["model"]["name"] = "pix2pix"
    del recipe["model"]["arguments"]["latent_dim"]
    recipe["phases"][0] = {"updates": 4, "batch_size": 5}
    with pytest.raises(ValueError, match="need either `targets` or `make`"):
        train(recipe, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_recipe_evaluates_no_model_from_images_to_images(recipe, tmp_path):
    recipe["model"] = {"name": "pix2pix"}
    recipe["phases"] = [{"updates": 4, "batch_size": 5}]
    recipe["evaluation"] = {"features": "features_cifar10"}
    with pytest.raises(errors.RecipeError, match="Leave it out, and measure"):
        train(recipe, tmp_path / "out")


def test_a_model_without_images_is_refused(recipe, tmp_path):
    @kerasgan.register("of_rows")
    class OfRows(kerasgan.AdversarialModel):
        phases = (("discriminator",),)

        def __init__(self, *, length: int = 4, **kwargs):
            super().__init__(**kwargs)

    recipe["model"] = {"name": "of_rows"}
    recipe["phases"] = [{"updates": 4, "batch_size": 5}]
    with pytest.raises(errors.RecipeError, match="no `image_shape`. Train it in Pyth"):
        train(recipe, tmp_path / "out")


@pytest.mark.parametrize(
    ("data", "arguments", "message"),
    [
        ({"size": 30}, {}, "dcgan can.* 30x30 pixels.*--size.: 28 or 32"),
        ({"size": [30, 32]}, {}, "Received: 30x32 pixels.* 28 or 32"),
        ({"size": 3}, {}, r"the nearest \(--size\): 16\."),
        ({"size": 16}, {"ema_decay": 2.0}, "`ema_decay` must"),
        ({"size": 16}, {"image_shape": [32, 32, 3]}, "`image_shape` is .* size 16"),
        ({}, {"image_shape": [30, 30, 3]}, "28 or 32"),
    ],
)
def test_an_impossible_shape_is_refused_before_reading(
    recipe, tmp_path, monkeypatch, data, arguments, message
):
    reads = helpers.counted(monkeypatch, inputs, "read")
    recipe["data"] |= data
    recipe["model"]["arguments"] |= arguments
    with pytest.raises(errors.RecipeError, match=message):
        train(recipe, tmp_path / "out")
    assert not reads


def test_a_wrong_license_or_dtype_is_refused_before_reading(
    recipe, tmp_path, monkeypatch
):
    reads = helpers.counted(monkeypatch, inputs, "read")
    with pytest.raises(errors.PresetConfigError, match="such as apache-2.0"):
        train(recipe, tmp_path / "out", license="my own license")
    with pytest.raises(errors.RecipeError, match='dtype: expected one of "float32"'):
        train(recipe, tmp_path / "out", dtype="bfloat16")
    assert not reads


def test_a_training_without_a_generator_turn_is_refused(recipe, tmp_path):
    recipe["model"]["name"] = "wgan_gp"
    with pytest.raises(
        errors.RecipeError, match="generator has its first turn after 5"
    ):
        train(recipe, tmp_path / "out", budget=Budget(epochs=1))
    assert not (tmp_path / "out").exists()


def test_a_batch_larger_than_the_data_is_refused(recipe, tmp_path):
    recipe["phases"].append(recipe["phases"][0] | {"batch_size": 21})
    with pytest.raises(ValueError, match="batch_size=21, 20 images"):
        train(recipe, tmp_path / "out")


def test_updates_in_some_phases_alone_are_refused(recipe, tmp_path):
    recipe["phases"].append({"batch_size": 5})
    with pytest.raises(errors.RecipeError, match="or none. Received: some"):
        train(recipe, tmp_path / "out")


def test_images_of_another_shape_are_refused(recipe, tmp_path):
    recipe["model"]["arguments"]["image_shape"] = [28, 28, 1]
    with pytest.raises(errors.RecipeError, match="Pass --size"):
        train(recipe, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"depth": 3}, "depth"), ({"ema_decay": 2.0}, "`ema_decay` must")],
)
def test_unfit_arguments_are_refused(recipe, tmp_path, arguments, message):
    recipe["model"]["arguments"] |= arguments
    with pytest.raises(errors.RecipeError, match=message):
        train(recipe, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_recipe_without_a_source_is_refused(tmp_path):
    with pytest.raises(errors.RecipeError, match="Pass --data"):
        train(recipes.load("dcgan"), tmp_path / "out")


def test_an_existing_folder_is_refused_and_kept(recipe, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="other files"):
        train(recipe, tmp_path / "out")
    assert (tmp_path / "out/mine.txt").read_text() == "mine"


def test_resume_and_overwrite_exclude_each_other(recipe, tmp_path):
    with pytest.raises(ValueError, match="both --resume and --overwrite"):
        train(recipe, tmp_path / "out", resume=True, overwrite=True)


def test_the_folder_of_the_images_is_never_filled(tmp_path):
    images, link = tmp_path / "images", tmp_path / "link"
    images.mkdir()
    link.symlink_to(images, target_is_directory=True)
    recipe = recipes.adapt(recipes.load("dcgan"), data={"source": str(images)})
    for folder in (images, link):
        with pytest.raises(FileExistsError, match="the folder of the images"):
            train(recipe, folder / "out", overwrite=True)
    assert not list(images.iterdir())


def test_the_current_folder_is_never_replaced(recipe, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(FileExistsError, match="current folder"):
        train(recipe, ".", overwrite=True)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("package", ["tensorboard", "tensorflow"])
def test_logs_without_their_packages_are_refused(
    recipe, tmp_path, monkeypatch, package
):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=r"\.\[tensorboard\]"):
        train(recipe, tmp_path / "out", tensorboard=True)
    assert not (tmp_path / "out").exists()


def test_only_models_that_train_takes_are_offered(recipe):
    refused = set()
    for name in registry.names():
        own = recipe | {"model": {"name": name}}
        own["phases"] = recipes.load(name)["phases"]
        try:
            inputs.checked(own)
        except errors.RecipeError:
            refused.add(name)
    with pytest.raises(errors.PresetNotFoundError) as raised:
        recipes.load("wgangp")
    offered = str(raised.value).split("Models are ")[1].rstrip(".").split(", ")
    families = {path.stem for path in registry._FILES.glob("*.py")} - {"__init__"}
    assert {"pix2pix", "cyclegan"} <= {*offered}
    assert "feature_classifier" not in offered
    assert families - refused - {"feature_classifier"} <= {*offered}
    assert not refused & families & {*offered}
