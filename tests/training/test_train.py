"""A training ends in a complete preset, whose recipe reproduces it."""

from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import pytest
from PIL import Image

import kerasgan
from kerasgan import data, registry
from kerasgan.evaluation import Evaluation, Result
from kerasgan.files import is_preset_file
from kerasgan.presets import card, recipes
from kerasgan.presets import save as saving
from kerasgan.training import private, runner
from kerasgan.training.budget import Budget
from tests.support import checks
from tests.support.checks import as_array
from tests.training import helpers
from tests.training.helpers import counted, read_json

pytestmark = pytest.mark.backend_free


class Run(NamedTuple):
    """A training: its model, its folder, and the calls of functions it made."""

    gan: keras.Model
    folder: Path
    calls: list[list[str]]


def run(folder, recipe, *watched, **options) -> Run:
    """Trains and counts the calls of the functions `watched`, (owner, name)."""
    with pytest.MonkeyPatch.context() as patch:
        calls = [counted(patch, owner, name) for owner, name in watched]
        gan = runner.train(recipe, folder / "out", verbose=0, **options)
    return Run(gan, folder / "out", calls)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Run:
    """A DCGAN's training."""
    folder, cls = tmp_path_factory.mktemp("finished"), registry.lookup("dcgan")
    watched = (saving, "save"), (cls, "refresh_statistics"), (card, "write")
    recipe = helpers.dcgan_recipe(folder)
    return run(folder, recipe, *watched, license="apache-2.0")


@pytest.fixture(scope="module")
def evaluated_run(tmp_path_factory) -> Run:
    """A training that is evaluated after each epoch."""
    folder = tmp_path_factory.mktemp("evaluated")
    return run(folder, helpers.evaluated_recipe(folder), (data, "read"))


@pytest.fixture(scope="module")
def mixed(tmp_path_factory) -> Run:
    """A conditional training in mixed precision, on images of 3 classes."""
    folder = tmp_path_factory.mktemp("mixed")
    recipe = helpers.dcgan_recipe(folder)
    helpers.add_labels(folder / "data.npz")
    recipe["model"]["name"] = "cgan"
    return run(folder, recipe, budget=Budget(epochs=2), dtype="mixed_bfloat16")


def test_training_ends_in_a_complete_preset(finished):
    gan, folder, _ = finished
    names = {path.name for path in folder.iterdir()}
    assert {"recipe.json", "results.json", "samples.png", "training"} <= names
    assert int(gan.step) == 12
    grids = sorted((folder / "training/samples").iterdir())
    assert [g.name for g in grids] == [f"epoch_000{i}.png" for i in (1, 2, 3)]
    assert not list((folder / "training").glob("ckpt-*"))
    assert (folder / "training/samples.gif").is_file()
    assert (folder / "training/curves.png").is_file()
    rows = (folder / "training/history.csv").read_text().splitlines()
    assert rows[0].startswith("epoch,") and len(rows) == 4
    again = kerasgan.from_preset(folder)
    np.testing.assert_array_equal(again.generate(3, seed=0), gan.generate(3, seed=0))
    assert read_json(folder / "results.json")["training"]["updates"] == 12
    assert read_json(folder / "metadata.json")["license"] == "apache-2.0"


def test_training_saves_refreshes_and_writes_once(finished):
    assert finished.calls == [["save"], ["refresh_statistics"], ["write"]]


def test_the_saved_recipe_reproduces_the_training(finished, tmp_path):
    recipe = private.with_paths(recipes.load(finished.folder), finished.folder)
    second = runner.train(recipe, tmp_path / "b", verbose=0)
    pairs = zip(finished.gan.get_weights(), second.get_weights(), strict=True)
    for weight, other in pairs:
        np.testing.assert_allclose(weight, other, atol=1e-5)


def test_no_published_file_holds_a_path_of_this_machine(evaluated_run):
    folder = evaluated_run.folder
    place, published = str(folder.parent).encode(), 0
    for path in filter(lambda path: is_preset_file(path.name), folder.iterdir()):
        assert place not in path.read_bytes(), path.name
        published += 1
    assert published == 8
    for name in ("recipe.json", "metadata.json"):
        data = {"source": "data.npz", "held_out": "held_out.npz"}
        assert read_json(folder / name)["data"] == data
    assert place in (folder / "training/recipe.json").read_bytes()


def test_training_reads_each_source_once(evaluated_run):
    assert evaluated_run.calls == [["read", "read"]]  # training and held-out images


def test_evaluations_are_in_the_history(evaluated_run):
    training = read_json(evaluated_run.folder / "results.json")["training"]
    assert training["history"]["fid_features_tiny"] > 0
    best = min(training["progress"], key=lambda entry: entry["fid_features_tiny"])
    assert training["kept"] == {k: best[k] for k in ("images", "fid_features_tiny")}
    protocol = training["protocol"]
    assert protocol["features"] == "features_tiny" and protocol["seed"] == 1


def returns(monkeypatch, *values):
    """Makes evaluations return these distances, one after another."""
    results = ({"fid_features_tiny": Result("fid", v, {})} for v in values)
    monkeypatch.setattr(Evaluation, "of_gan", lambda *_: next(results))


def test_an_evaluated_training_ends_with_its_best(evaluated, tmp_path, monkeypatch):
    returns(monkeypatch, 3.0, 1.0, 2.0)
    best = helpers.Snapshot(epoch=2)
    runner.train(evaluated, tmp_path / "out", verbose=0, callbacks=[best])
    saved = kerasgan.from_preset(tmp_path / "out")
    norms = {v.path for layer in saved.generator.layers for v in statistics(layer)}
    for kept, variable in zip(best.weights, saved.generator.weights, strict=True):
        if variable.path not in norms:  # refreshed before saving
            np.testing.assert_array_equal(kept, variable)


def statistics(layer):
    """What `refresh_statistics` recomputes."""
    norm = isinstance(layer, keras.layers.BatchNormalization)
    return [layer.moving_mean, layer.moving_variance] if norm else []


@pytest.mark.matrix
def test_a_resumed_training_remembers_the_best(evaluated, tmp_path, monkeypatch):
    returns(monkeypatch, 1.0, 3.0, 2.0)
    steps, save = [], saving.save

    def recorded(gan, *args, **kwargs):
        steps.append(int(gan.step))
        save(gan, *args, **kwargs)

    monkeypatch.setattr(saving, "save", recorded)
    helpers.interrupted(evaluated, tmp_path / "out", 2)
    runner.train(evaluated, tmp_path / "out", resume=True, verbose=0)
    assert steps == [4, 12]  # the best of epoch 1; the preset at the end


def test_mixed_precision_ends_in_a_float32_preset(mixed):
    gan, folder, _ = mixed
    assert gan.compute_dtype == "bfloat16"
    assert recipes.load(folder)["dtype"] == "mixed_bfloat16"
    loaded = kerasgan.from_preset(folder)
    assert loaded.compute_dtype == "float32"
    with Image.open(folder / "samples.png") as picture:
        drawn = np.asarray(picture).reshape(loaded.picture().shape)
    np.testing.assert_array_equal(drawn, loaded.picture())
    assert read_json(folder / "metadata.json")["updates"] == int(gan.step) > 0
    for weight, trained in zip(
        loaded.discriminator.weights, gan.discriminator.weights, strict=True
    ):
        np.testing.assert_array_equal(as_array(weight), as_array(trained))


def test_a_conditional_gan_takes_classes_from_the_data(mixed):
    arguments = read_json(mixed.folder / "recipe.json")["model"]["arguments"]
    assert mixed.gan.condition.num_classes == arguments["num_classes"] == 3
    shares = read_json(mixed.folder / "metadata.json")["class_shares"]
    assert shares == [0.35, 0.35, 0.3]


def test_a_classifier_ends_with_its_accuracy(tmp_path):
    recipe = helpers.classifier_recipe(tmp_path, updates=8)
    classifier = runner.train(recipe, tmp_path / "out", verbose=0)
    arrays = np.load(tmp_path / "data.npz")
    accuracy, confusion = classifier.measure(arrays["images"], arrays["labels"])
    saved = read_json(tmp_path / "out/results.json")["quality"]["accuracy"]
    assert saved["value"] == pytest.approx(accuracy)
    assert saved["details"]["confusion"] == confusion.tolist()
    assert (tmp_path / "out/samples.png").is_file()
    assert f"{accuracy:.4g}" in (tmp_path / "out/README.md").read_text("utf-8")
    again = kerasgan.from_preset(tmp_path / "out")
    pictures = kerasgan.images.from_uint8(arrays["images"])
    np.testing.assert_array_equal(
        again.predict(pictures, verbose=0), classifier.predict(pictures, verbose=0)
    )


@pytest.mark.matrix
def test_a_classifier_in_mixed_precision_has_its_picture(tmp_path):
    recipe = helpers.classifier_recipe(tmp_path, updates=4)
    runner.train(recipe, tmp_path / "out", dtype="mixed_bfloat16", verbose=0)
    assert (tmp_path / "out/samples.png").is_file()
    assert read_json(tmp_path / "out/metadata.json")["updates"] == 4


def test_an_infogan_ends_with_its_best_match(recipe, tmp_path):
    helpers.add_labels(tmp_path / "held_out.npz")
    arguments = {"noise_dim": 3, "categories": 3, "continuous": 1, "width": 4}
    recipe["model"] = {"name": "infogan", "arguments": arguments}
    recipe["data"]["held_out"] = str(tmp_path / "held_out.npz")
    runner.train(recipe, tmp_path / "out", budget=Budget(epochs=1), verbose=0)
    quality = read_json(tmp_path / "out/results.json")["quality"]
    assert 0.0 <= quality["best_match_accuracy"]["value"] <= 1.0


@pytest.mark.matrix
def test_images_of_five_channels_train(recipe, tmp_path):
    np.savez(tmp_path / "five.npz", images=np.zeros((10, 16, 16, 5), "uint8"))
    recipe["data"]["source"] = str(tmp_path / "five.npz")
    gan = runner.train(recipe, tmp_path / "out", budget=Budget(epochs=1), verbose=0)
    assert gan.image_shape == (16, 16, 5)
    assert (tmp_path / "out/samples.png").exists()


def test_tensorboard_logs_are_written_on_request(recipe, tmp_path):
    pytest.importorskip("tensorboard", reason="TensorBoard is not installed")
    runner.train(
        recipe, tmp_path / "out", budget=Budget(epochs=1), tensorboard=True, verbose=0
    )
    assert list((tmp_path / "out/training/logs").rglob("events.out.tfevents.*"))


@pytest.mark.matrix
def test_a_later_phase_of_other_networks_keeps_what_it_trained(evaluated, tmp_path):
    evaluated["model"]["name"] = "f_anogan"
    phases = [{"batch_size": 4, "updates": 5}, {"batch_size": 4, "updates": 5}]
    evaluated["phases"] = phases
    model = runner.train(evaluated, tmp_path / "out", verbose=0)
    saved = kerasgan.from_preset(tmp_path / "out")
    assert checks.same(checks.snapshot(saved.encoder), checks.snapshot(model.encoder))
    assert int(model.optimizer.parts["encoder"].iterations) == 5
    kept = read_json(tmp_path / "out" / "results.json")["training"]["kept"]
    assert kept["images"] == 20  # after the first phase, which makes the images
