"""A training ends in a complete preset, whose recipe reproduces it."""

import json

import keras
import numpy as np
import pytest
from PIL import Image

import kerasgan
from kerasgan import data
from kerasgan.evaluation import Evaluation, Result
from kerasgan.presets import card, recipes
from kerasgan.presets import save as saving
from kerasgan.training import inputs, runner
from tests.support.checks import as_array
from tests.training import helpers


def read(path):
    return json.loads(path.read_text("utf-8"))


def counted(monkeypatch, owner, name) -> list:
    """Records each call of a function, which works as before."""
    calls, function = [], getattr(owner, name)

    def call(*args, **kwargs):
        calls.append(name)
        return function(*args, **kwargs)

    monkeypatch.setattr(owner, name, call)
    return calls


def test_training_ends_in_a_complete_preset(recipe, tmp_path):
    gan = runner.train(recipe, tmp_path / "out", license="apache-2.0", verbose=0)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"recipe.json", "results.json", "samples.png", "training"} <= names
    assert int(gan.step) == 12
    grids = sorted((tmp_path / "out/training/samples").iterdir())
    assert [g.name for g in grids] == [f"epoch_000{i}.png" for i in (1, 2, 3)]
    assert not list((tmp_path / "out/training").glob("ckpt-*"))
    again = kerasgan.from_preset(tmp_path / "out")
    np.testing.assert_array_equal(again.generate(3, seed=0), gan.generate(3, seed=0))
    assert read(tmp_path / "out/results.json")["training"]["updates"] == 12
    assert read(tmp_path / "out/metadata.json")["license"] == "apache-2.0"


def test_training_saves_refreshes_and_writes_its_card_once(
    recipe, tmp_path, monkeypatch
):
    calls = [
        counted(monkeypatch, owner, name)
        for owner, name in (
            (saving, "save"),
            (kerasgan.registry.lookup("dcgan"), "refresh_statistics"),
            (card, "write"),
        )
    ]
    runner.train(recipe, tmp_path / "out", verbose=0)
    assert calls == [["save"], ["refresh_statistics"], ["write"]]


def test_training_reads_each_source_once(evaluated, tmp_path, monkeypatch):
    calls = counted(monkeypatch, data, "read")
    runner.train(evaluated, tmp_path / "out", epochs=1, verbose=0)
    assert len(calls) == 2  # the images to train on, and the held-out ones


def test_held_out_images_are_read_only_if_needed(recipe, tmp_path, monkeypatch):
    recipe["data"]["held_out"] = str(tmp_path / "held_out.npz")
    calls = counted(monkeypatch, data, "read")
    images, held_out = inputs.read(recipe, data_dir=None, skip_unreadable=False)
    assert len(calls) == 1 and held_out is None and len(images.images) == 20


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
    assert not (tmp_path / "out/training/best").exists()


def test_a_resumed_training_remembers_the_best(evaluated, tmp_path, monkeypatch):
    returns(monkeypatch, 1.0, 3.0, 2.0)
    seen, save = [], saving.save
    monkeypatch.setattr(
        saving,
        "save",
        lambda gan, *a, **k: (seen.append(int(gan.step)), save(gan, *a, **k)),
    )
    interrupt = [helpers.Interrupt(2)]
    with pytest.raises(KeyboardInterrupt):
        runner.train(evaluated, tmp_path / "out", verbose=0, callbacks=interrupt)
    runner.train(evaluated, tmp_path / "out", resume=True, verbose=0)
    assert seen == [4, 12]  # the best of epoch 1; the preset at the end


def test_evaluations_are_in_the_history(evaluated, tmp_path):
    runner.train(evaluated, tmp_path / "out", verbose=0)
    training = read(tmp_path / "out/results.json")["training"]
    assert training["history"]["fid_features_tiny"] > 0
    best = min(training["progress"], key=lambda entry: entry["fid_features_tiny"])
    assert training["kept"] == best
    protocol = training["protocol"]
    assert protocol["features"] == "features_tiny" and protocol["seed"] == 1


def statistics(layer):
    """What `refresh_statistics` recomputes."""
    norm = isinstance(layer, keras.layers.BatchNormalization)
    return [layer.moving_mean, layer.moving_variance] if norm else []


def test_a_classifier_ends_with_its_accuracy(tmp_path):
    recipe = helpers.classifier_recipe(tmp_path, updates=8)
    classifier = runner.train(recipe, tmp_path / "out", verbose=0)
    arrays = np.load(tmp_path / "data.npz")
    accuracy, confusion = classifier.measure(arrays["images"], arrays["labels"])
    saved = read(tmp_path / "out/results.json")["quality"]["accuracy"]
    assert saved["value"] == pytest.approx(accuracy)
    assert saved["details"]["confusion"] == confusion.tolist()
    assert (tmp_path / "out/samples.png").is_file()
    assert f"{accuracy:.4g}" in (tmp_path / "out/README.md").read_text("utf-8")
    again = kerasgan.from_preset(tmp_path / "out")
    pictures = kerasgan.images.from_uint8(arrays["images"])
    np.testing.assert_array_equal(
        again.predict(pictures, verbose=0), classifier.predict(pictures, verbose=0)
    )


def test_a_classifier_in_mixed_precision_has_its_picture(tmp_path):
    recipe = helpers.classifier_recipe(tmp_path, updates=4)
    runner.train(recipe, tmp_path / "out", dtype="mixed_bfloat16", verbose=0)
    assert (tmp_path / "out/samples.png").is_file()
    assert read(tmp_path / "out/metadata.json")["updates"] == 4


def test_an_infogan_ends_with_its_best_match(recipe, tmp_path):
    helpers.add_labels(tmp_path / "held_out.npz")
    arguments = {"noise_dim": 3, "categories": 3, "continuous": 1, "width": 4}
    recipe["model"] = {"name": "infogan", "arguments": arguments}
    recipe["data"]["held_out"] = str(tmp_path / "held_out.npz")
    runner.train(recipe, tmp_path / "out", epochs=1, verbose=0)
    quality = read(tmp_path / "out/results.json")["quality"]
    assert 0.0 <= quality["best_match_accuracy"]["value"] <= 1.0


def test_the_saved_recipe_reproduces_the_training(recipe, tmp_path):
    first = runner.train(recipe, tmp_path / "a", verbose=0)
    second = runner.train(recipes.load(tmp_path / "a"), tmp_path / "b", verbose=0)
    for weight, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_allclose(weight, other, atol=1e-5)


def test_mixed_precision_ends_in_a_float32_preset(recipe, tmp_path):
    gan = runner.train(recipe, tmp_path / "o", dtype="mixed_bfloat16", verbose=0)
    assert gan.compute_dtype == "bfloat16"
    assert recipes.load(tmp_path / "o")["dtype"] == "mixed_bfloat16"
    loaded = kerasgan.from_preset(tmp_path / "o")
    assert loaded.compute_dtype == "float32"
    with Image.open(tmp_path / "o" / "samples.png") as picture:
        drawn = np.asarray(picture).reshape(loaded.picture().shape)
    np.testing.assert_array_equal(drawn, loaded.picture())
    assert read(tmp_path / "o/metadata.json")["updates"] == int(gan.step) > 0
    for weight, trained in zip(
        loaded.discriminator.weights, gan.discriminator.weights, strict=True
    ):
        np.testing.assert_array_equal(as_array(weight), as_array(trained))


def test_epochs_scale_all_phases(recipe, tmp_path):
    gan = runner.train(recipe, tmp_path / "out", epochs=1, verbose=0)
    assert int(gan.step) == 4
    assert read(tmp_path / "out/recipe.json")["phases"][0]["updates"] == 4


def test_a_conditional_gan_takes_classes_from_the_data(recipe, tmp_path):
    helpers.add_labels(tmp_path / "data.npz")
    recipe["model"]["name"] = "cgan"
    gan = runner.train(recipe, tmp_path / "out", epochs=1, verbose=0)
    saved = read(tmp_path / "out/recipe.json")["model"]["arguments"]
    assert gan.condition.num_classes == saved["num_classes"] == 3
    shares = read(tmp_path / "out/metadata.json")["class_shares"]
    assert shares == [0.35, 0.35, 0.3]


def test_mixed_precision_keeps_the_shares_of_classes(recipe, tmp_path):
    helpers.add_labels(tmp_path / "data.npz")
    recipe["model"]["name"] = "cgan"
    options = {"epochs": 1, "dtype": "mixed_bfloat16", "verbose": 0}
    runner.train(recipe, tmp_path / "out", **options)
    shares = read(tmp_path / "out/metadata.json")["class_shares"]
    assert shares == [0.35, 0.35, 0.3]


def test_a_conditional_recipe_stays_so_on_other_classes(recipe, tmp_path):
    helpers.add_labels(tmp_path / "data.npz")
    arguments = {"num_classes": 10, "width": 4, "discriminator_steps": 1}
    recipe["model"] = {"name": "sngan", "arguments": arguments}
    with pytest.warns(UserWarning, match="made for 10 classes. .* the 3 classes"):
        gan = runner.train(recipe, tmp_path / "out", epochs=1, verbose=0)
    assert gan.condition.num_classes == 3 and len(gan.generator.inputs) == 2


def test_a_familys_name_alone_takes_defaults(recipe, tmp_path):
    made = recipes.adapt(
        recipes.load("wgan_gp"),
        data=recipe["data"],
        batch_size=5,
        arguments={"width": 4, "latent_dim": 4},
    )
    gan = runner.train(made, tmp_path / "out", epochs=2, verbose=0)
    assert gan.image_shape == (16, 16, 3) and int(gan.step) == 8
    assert float(gan.optimizer.learning_rate) == pytest.approx(1e-4)


def test_f_anogan_trains_its_encoder_in_a_second_phase(recipe, tmp_path):
    made = recipes.adapt(
        recipes.load("f_anogan"),
        data=recipe["data"],
        batch_size=5,
        arguments={"width": 4, "latent_dim": 4},
    )
    gan = runner.train(made, tmp_path / "out", epochs=4, verbose=0)
    assert int(gan.step) == 16 and [p.name for p in gan.playing] == ["encoder"]
    phases = recipes.load(tmp_path / "out")["phases"]
    assert [phase["updates"] for phase in phases] == [8, 8]
    assert phases[1]["players"] == ["encoder"]


def test_a_recipe_without_updates_takes_50_epochs(recipe, tmp_path, monkeypatch):
    assert inputs.DEFAULT_EPOCHS == 50
    monkeypatch.setattr(inputs, "DEFAULT_EPOCHS", 3)
    del recipe["phases"][0]["updates"]
    gan = runner.train(recipe, tmp_path / "out", verbose=0)
    assert int(gan.step) == 3 * 4


def test_images_of_five_channels_train(recipe, tmp_path):
    np.savez(tmp_path / "five.npz", images=np.zeros((10, 16, 16, 5), "uint8"))
    recipe["data"]["source"] = str(tmp_path / "five.npz")
    gan = runner.train(recipe, tmp_path / "out", epochs=1, verbose=0)
    assert gan.image_shape == (16, 16, 5)
    assert (tmp_path / "out/samples.png").exists()


def test_tensorboard_logs_are_written_on_request(recipe, tmp_path):
    pytest.importorskip("tensorboard", reason="TensorBoard is not installed")
    runner.train(recipe, tmp_path / "out", epochs=1, tensorboard=True, verbose=0)
    assert list((tmp_path / "out/training/logs").rglob("events.out.tfevents.*"))
