"""Recipes carried out: a complete preset, exact resume, clear refusals."""

import json
import sys

import keras
import numpy as np
import pytest
from keras import ops
from PIL import Image

import kerasgan
from kerasgan import errors, metrics
from kerasgan.presets import load, recipes
from kerasgan.training import phases, checkpoints, runner
from kerasgan.evaluation.evaluation import Evaluation
from tests.support import checks
from tests.support.checks import as_array


@pytest.fixture
def recipe(tmp_path):
    images = np.random.default_rng(0).integers(0, 255, (20, 16, 16, 3), "uint8")
    np.savez(tmp_path / "data.npz", images=images)
    np.savez(tmp_path / "held_out.npz", images=255 - images)
    adam = {"name": "adam", "learning_rate": 0.001, "beta_1": 0.5}
    phase = {
        "updates": 12,
        "batch_size": 5,
        "optimizers": {"discriminator": adam, "generator": adam},
        "schedules": {"generator": {"name": "cosine", "final": 0.1}},
    }
    return {
        "format": 1,
        "model": {"name": "dcgan", "arguments": {"width": 4, "latent_dim": 4}},
        "data": {"source": str(tmp_path / "data.npz")},
        "phases": [phase],
        "seed": 1,
    }


class Interrupt(keras.callbacks.Callback):
    """Stops as a person does, with Ctrl-C."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self.epoch:
            raise KeyboardInterrupt


def test_training_ends_in_a_complete_preset(recipe, tmp_path):
    gan = runner.train(recipe, tmp_path / "out", verbose=0)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"recipe.json", "results.json", "samples.png", "training"} <= names
    assert int(gan.step) == 12
    grids = sorted((tmp_path / "out/training/samples").iterdir())
    assert [g.name for g in grids] == [f"epoch_000{i}.png" for i in (1, 2, 3)]
    assert not list((tmp_path / "out/training").glob("ckpt-*"))
    again = kerasgan.from_preset(tmp_path / "out")
    np.testing.assert_array_equal(again.generate(3, seed=0), gan.generate(3, seed=0))
    results = json.loads((tmp_path / "out/results.json").read_text())
    assert results["training"]["updates"] == 12


@pytest.fixture
def judged(recipe, tmp_path):
    """A recipe that measures by a tiny classifier and keeps the best."""
    keras.utils.set_random_seed(0)
    classifier = metrics.FeatureClassifier((16, 16, 3), width=1)
    classifier.save_to_preset(tmp_path / "features_tiny")
    features = str(tmp_path / "features_tiny")
    recipe["data"]["held_out"] = str(tmp_path / "held_out.npz")
    return recipe | {"evaluation": {"features": features, "samples": 20}}


def test_a_judged_training_ends_with_its_best(judged, tmp_path, monkeypatch):
    values = iter([3.0, 1.0, 2.0])
    monkeypatch.setattr(
        Evaluation,
        "of_gan",
        lambda *_: {"fid_features_tiny": metrics.Result("fid", next(values), {})},
    )
    best = Snapshot(epoch=2)
    runner.train(judged, tmp_path / "out", verbose=0, callbacks=[best])
    saved = kerasgan.from_preset(tmp_path / "out")
    norms = {v.path for layer in saved.generator.layers for v in statistics(layer)}
    for mine, variable in zip(best.weights, saved.generator.weights, strict=True):
        if variable.path not in norms:  # refreshed before saving
            np.testing.assert_array_equal(mine, variable)
    assert not (tmp_path / "out/training/best").exists()


def test_a_resumed_training_remembers_the_best(judged, tmp_path, monkeypatch):
    seen, values = [], iter([1.0, 3.0, 2.0])
    monkeypatch.setattr(
        Evaluation,
        "of_gan",
        lambda *_: {"fid_features_tiny": metrics.Result("fid", next(values), {})},
    )
    save = load.save
    monkeypatch.setattr(
        presets,
        "save",
        lambda gan, *a, **k: (seen.append(int(gan.step)), save(gan, *a, **k)),
    )
    with pytest.raises(KeyboardInterrupt):
        runner.train(judged, tmp_path / "out", verbose=0, callbacks=[Interrupt(2)])
    runner.train(judged, tmp_path / "out", resume=True, verbose=0)
    assert seen == [4, 12]  # the best of epoch 1; the preset at the end


def test_the_figures_of_a_judged_training_are_in_its_history(judged, tmp_path):
    runner.train(judged, tmp_path / "out", verbose=0)
    results = json.loads((tmp_path / "out/results.json").read_text())
    assert results["training"]["history"]["fid_features_tiny"] > 0
    found = results["training"]["progress"]
    best = min(found, key=lambda entry: entry["fid_features_tiny"])
    assert results["training"]["kept"] == best
    protocol = results["training"]["protocol"]
    assert protocol["features"] == "features_tiny" and protocol["seed"] == 1


def statistics(layer):
    """What `refresh_statistics` computes anew."""
    norm = isinstance(layer, keras.layers.BatchNormalization)
    return [layer.moving_mean, layer.moving_variance] if norm else []


class Snapshot(keras.callbacks.Callback):
    """The moving average's weights after an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self.epoch:
            self.weights = checks.snapshot(self.model.generator_ema)


def test_a_classifiers_training_ends_with_its_accuracy(tmp_path):
    rng = np.random.default_rng(0)
    arrays = {"images": rng.integers(0, 255, (20, 16, 16, 1), "uint8")}
    np.savez(tmp_path / "data.npz", labels=rng.integers(0, 3, 20), **arrays)
    model = {"name": "feature_classifier"}
    model["arguments"] = {"num_classes": 3, "width": 2, "shift": 1, "flip": True}
    schedules = {"classifier": {"name": "cosine"}}
    recipe = {
        "format": 1,
        "model": model,
        "data": dict.fromkeys(("source", "held_out"), str(tmp_path / "data.npz")),
        "phases": [{"updates": 8, "batch_size": 5, "schedules": schedules}],
    }
    classifier = runner.train(recipe, tmp_path / "out", verbose=0)
    saved = json.loads((tmp_path / "out/results.json").read_text())["quality"]
    expected = classifier.measure(
        arrays["images"], np.load(tmp_path / "data.npz")["labels"]
    )
    assert saved["accuracy"]["value"] == pytest.approx(expected[0])
    assert saved["accuracy"]["details"]["confusion"] == expected[1].tolist()
    assert (tmp_path / "out/samples.png").is_file()
    assert (
        f"| accuracy | {expected[0]:.4g} |" in (tmp_path / "out/README.md").read_text()
    )
    again = kerasgan.from_preset(tmp_path / "out")
    inputs = kerasgan.images.from_uint8(arrays["images"])
    np.testing.assert_array_equal(
        again.predict(inputs, verbose=0), classifier.predict(inputs, verbose=0)
    )


def test_a_classifiers_training_resumes_exactly(tmp_path):
    rng = np.random.default_rng(0)
    arrays = {"images": rng.integers(0, 255, (20, 16, 16, 1), "uint8")}
    np.savez(tmp_path / "data.npz", labels=rng.integers(0, 3, 20), **arrays)
    arguments = {"num_classes": 3, "width": 2, "shift": 1, "flip": True}
    recipe = {
        "format": 1,
        "model": {"name": "feature_classifier", "arguments": arguments},
        "data": {"source": str(tmp_path / "data.npz")},
        "phases": [{"updates": 12, "batch_size": 5}],
    }
    straight = runner.train(recipe, tmp_path / "straight", verbose=0)
    with pytest.raises(KeyboardInterrupt):
        runner.train(recipe, tmp_path / "halted", verbose=0, callbacks=[Interrupt(2)])
    resumed = runner.train(recipe, tmp_path / "halted", resume=True, verbose=0)
    assert int(resumed.step) == 12
    for mine, other in zip(straight.weights, resumed.weights, strict=True):
        np.testing.assert_array_equal(mine, other)


def test_a_training_does_not_resume_on_other_images(recipe, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        runner.train(recipe, tmp_path / "out", verbose=0, callbacks=[Interrupt(1)])
    images = np.random.default_rng(1).integers(0, 255, (20, 16, 16, 3), "uint8")
    np.savez(tmp_path / "data.npz", images=images)
    with pytest.raises(errors.PresetConfigError, match="its images were others"):
        runner.train(recipe, tmp_path / "out", resume=True, verbose=0)


def test_the_saved_recipe_trains_the_same_again(recipe, tmp_path):
    first = runner.train(recipe, tmp_path / "a", verbose=0)
    second = runner.train(recipes.load(tmp_path / "a"), tmp_path / "b", verbose=0)
    for mine, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-5)


def test_mixed_precision_is_part_of_the_recipe_and_ends_in_a_float32_preset(
    recipe, tmp_path
):
    gan = runner.train(recipe, tmp_path / "o", dtype="mixed_bfloat16", verbose=0)
    assert gan.compute_dtype == "bfloat16"
    assert recipes.load(tmp_path / "o")["dtype"] == "mixed_bfloat16"
    loaded = kerasgan.from_preset(tmp_path / "o")
    assert loaded.compute_dtype == "float32"
    with Image.open(tmp_path / "o" / "samples.png") as picture:
        found = np.asarray(picture).reshape(loaded.picture().shape)
    np.testing.assert_array_equal(found, loaded.picture())
    metadata = json.loads((tmp_path / "o" / "metadata.json").read_text())
    assert metadata["updates"] == int(gan.step) > 0
    for ours, trained in zip(
        loaded.discriminator.weights, gan.discriminator.weights, strict=True
    ):
        np.testing.assert_array_equal(as_array(ours), as_array(trained))


@pytest.mark.parametrize(("phases", "policy"), [(1, None), (2, None), (1, "ada")])
def test_resumed_training_equals_the_uninterrupted_one(
    recipe, tmp_path, phases, policy
):
    recipe["model"]["arguments"] |= {"augmentation": policy, "ada_images": 100}
    if phases == 2:
        recipe["phases"] = [
            recipe["phases"][0] | {"updates": 6},
            recipe["phases"][0] | {"updates": 6, "batch_size": 4},
        ]
    straight = runner.train(recipe, tmp_path / "straight", verbose=0)
    with pytest.raises(KeyboardInterrupt):
        runner.train(recipe, tmp_path / "halted", verbose=0, callbacks=[Interrupt(2)])
    resumed = runner.train(recipe, tmp_path / "halted", resume=True, verbose=0)
    assert int(resumed.step) == int(straight.step) == 12
    for mine, other in zip(straight.weights, resumed.weights, strict=True):
        np.testing.assert_array_equal(mine, other)
    states = list(
        zip(straight.optimizer.variables, resumed.optimizer.variables, strict=True)
    )
    assert len(straight.augmenter.states) == (2 if policy else 0)
    states += zip(straight.augmenter.states, resumed.augmenter.states, strict=True)
    for mine, other in states:
        np.testing.assert_array_equal(
            ops.convert_to_numpy(mine), ops.convert_to_numpy(other)
        )


def test_schedule_ends_at_its_share_of_the_rate(recipe, tmp_path):
    gan = runner.train(recipe, tmp_path / "out", verbose=0)
    rates = (gan.optimizer.discriminator, gan.optimizer.generator)
    found = [float(ops.convert_to_numpy(part.learning_rate)) for part in rates]
    assert found == pytest.approx([1e-3, 1e-4])


def test_a_cosine_may_begin_with_a_rise():
    gan = checks.tiny("r3gan")
    schedule = {"name": "cosine", "final": 0.2, "warmup": 1 / 3}
    adam = {"name": "adam", "learning_rate": 0.5}
    phase = {"updates": 12, "optimizers": {"generator": adam}}
    phases.compile_phase(gan, phase | {"schedules": {"generator": schedule}})
    optimizer, found = gan.optimizer.generator, []
    for step in (0, 1, 4, 8, 12, 20):
        optimizer.iterations.assign(step)
        found.append(float(ops.convert_to_numpy(optimizer.learning_rate)))
    assert found == pytest.approx([0.0, 0.125, 0.5, 0.3, 0.1, 0.1])


def test_a_rise_through_all_updates_reaches_the_rate_by_the_last():
    gan = checks.tiny("r3gan")
    schedules = {"generator": {"name": "cosine", "warmup": 1.0}}
    phases.compile_phase(gan, {"updates": 4, "schedules": schedules})
    gan.optimizer.generator.iterations.assign(3)
    assert float(gan.optimizer.generator.learning_rate) == pytest.approx(2e-4)


def test_weight_decay_takes_its_share_beside_the_update(recipe):
    rate, decay, after = 0.01, 0.5, []
    for adam in ({}, {"weight_decay": decay}):
        gan = checks.tiny("r3gan")
        adam = adam | {"name": "adam", "learning_rate": rate}
        phase = {"updates": 1, "batch_size": 20, "optimizers": {"generator": adam}}
        told = recipes.check(recipe | {"phases": [phase]})
        phases.compile_phase(gan, told["phases"][0])
        before = gan.generator.get_weights()
        gan.fit(checks.batch(gan)[0], batch_size=20, verbose=0)
        after.append(gan.generator.get_weights())
    for old, plain, decayed in zip(before, *after, strict=True):
        np.testing.assert_allclose(decayed, plain - rate * decay * old, atol=1e-5)


def test_epochs_scale_all_phases(recipe, tmp_path):
    gan = runner.train(recipe, tmp_path / "out", epochs=1, verbose=0)
    assert int(gan.step) == 4
    saved = json.loads((tmp_path / "out/recipe.json").read_text())
    assert saved["phases"][0]["updates"] == 4


def test_a_conditional_gan_takes_its_classes_from_the_data(recipe, tmp_path):
    images = np.load(tmp_path / "data.npz")["images"]
    np.savez(tmp_path / "data.npz", images=images, labels=np.arange(len(images)) % 3)
    recipe["model"]["name"] = "cgan"
    gan = runner.train(recipe, tmp_path / "out", epochs=1, verbose=0)
    saved = json.loads((tmp_path / "out/recipe.json").read_text())
    assert gan.num_classes == saved["model"]["arguments"]["num_classes"] == 3


def test_a_conditional_sngans_recipe_stays_so_on_other_classes(recipe, tmp_path):
    images = np.load(tmp_path / "data.npz")["images"]
    np.savez(tmp_path / "data.npz", images=images, labels=np.arange(len(images)) % 3)
    arguments = {"num_classes": 10, "width": 4, "discriminator_steps": 1}
    recipe["model"] = {"name": "sngan", "arguments": arguments}
    with pytest.warns(UserWarning, match="made for 10 classes: .* the 3 of its images"):
        gan = runner.train(recipe, tmp_path / "out", epochs=1, verbose=0)
    assert gan.num_classes == 3 and len(gan.generator.inputs) == 2


@pytest.mark.parametrize("num_classes", [0, 1])
def test_fewer_than_two_classes_are_refused(recipe, tmp_path, num_classes):
    images = np.load(tmp_path / "data.npz")["images"]
    np.savez(tmp_path / "data.npz", images=images, labels=np.arange(len(images)) % 3)
    recipe["model"] = {"name": "sngan", "arguments": {"num_classes": num_classes}}
    with pytest.raises(ValueError, match="`num_classes` must be an integer of"):
        runner.train(recipe, tmp_path / "out", epochs=1, verbose=0)


def test_a_gans_name_alone_takes_its_defaults_and_the_datas_shape(recipe, tmp_path):
    made = recipes.adapt(
        recipes.load("wgan_gp"),
        data=recipe["data"],
        batch_size=5,
        arguments={"width": 4, "latent_dim": 4},
    )
    gan = runner.train(made, tmp_path / "out", epochs=2, verbose=0)
    assert gan.image_shape == (16, 16, 3) and int(gan.step) == 8
    assert float(gan.optimizer.generator.learning_rate) == pytest.approx(1e-4)


def test_a_recipe_without_updates_passes_fifty_times_over_the_data(
    recipe, tmp_path, monkeypatch
):
    monkeypatch.setattr(training, "DEFAULT_EPOCHS", 3)
    del recipe["phases"][0]["updates"]
    gan = runner.train(recipe, tmp_path / "out", verbose=0)
    assert int(gan.step) == 3 * 4


def test_overwriting_forgets_the_earlier_trainings_checkpoints(recipe, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        runner.train(recipe, out, verbose=0, callbacks=[Interrupt(2)])
    with pytest.raises(KeyboardInterrupt):
        runner.train(recipe, out, verbose=0, overwrite=True, callbacks=[Interrupt(1)])
    state, _ = checkpoints.newest(out / "training")
    assert state["updates"] == 4


def test_an_overwriting_training_that_was_interrupted_resumes(recipe, tmp_path):
    out = tmp_path / "out"
    runner.train(recipe, out, verbose=0)
    with pytest.raises(KeyboardInterrupt):
        runner.train(recipe, out, verbose=0, overwrite=True, callbacks=[Interrupt(1)])
    assert (out / "config.json").exists()
    gan = runner.train(recipe, out, resume=True, verbose=0)
    assert int(gan.step) == 12
    with pytest.raises(FileExistsError, match="a finished preset"):
        runner.train(recipe, out, resume=True, verbose=0)


def test_a_training_without_a_generator_update_is_refused(recipe, tmp_path):
    recipe["model"]["name"] = "wgan_gp"
    with pytest.raises(errors.PresetConfigError, match="at least 5 updates"):
        runner.train(recipe, tmp_path / "out", epochs=1, verbose=0)
    assert not (tmp_path / "out").exists()


def test_damaged_checkpoint_falls_back_to_the_one_before(tmp_path):
    gan = checks.tiny("dcgan")
    gan.compile()
    for updates in (1, 2):
        checkpoints.write(tmp_path, gan, {"updates": updates, "epoch": updates})
    assert checkpoints.newest(tmp_path)[0]["updates"] == 2
    path = tmp_path / "ckpt-000000002" / checkpoints.WEIGHTS
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.warns(UserWarning, match="ckpt-000000002"):
        assert checkpoints.newest(tmp_path)[0]["updates"] == 1


def test_two_checkpoints_are_kept(tmp_path):
    gan = checks.tiny("dcgan")
    gan.compile()
    for updates in range(4):
        checkpoints.write(tmp_path, gan, {"updates": updates})
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["ckpt-000000002", "ckpt-000000003"]


def test_resuming_from_damaged_checkpoints_alone_is_refused(recipe, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        runner.train(recipe, out, verbose=0, callbacks=[Interrupt(2)])
    for path in (out / "training").glob("ckpt-*/*.h5"):
        path.write_bytes(b"")
    with (
        pytest.warns(UserWarning, match="damaged"),
        pytest.raises(errors.PresetIntegrityError, match="all damaged"),
    ):
        runner.train(recipe, out, resume=True, verbose=0)
    assert len(list((out / "training").glob("ckpt-*"))) == 2


class Spoil(keras.callbacks.Callback):
    """Makes the generator NaN after the first epoch."""

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 0:
            weights = self.model.generator.get_weights()
            self.model.generator.set_weights([w * np.nan for w in weights])


def test_a_training_that_diverges_stops_and_keeps_its_last_good_checkpoint(
    recipe, tmp_path
):
    with pytest.raises(errors.TrainingDivergedError, match="epoch 2"):
        runner.train(recipe, tmp_path / "out", verbose=0, callbacks=[Spoil()])
    assert not (tmp_path / "out/config.json").exists()
    state, _ = checkpoints.newest(tmp_path / "out/training")
    assert state["epoch"] == 1


def test_a_batch_of_any_phase_larger_than_the_data_is_refused_at_once(recipe, tmp_path):
    recipe["phases"].append(recipe["phases"][0] | {"batch_size": 21})
    with pytest.raises(ValueError, match="batch_size=21, 20 images"):
        runner.train(recipe, tmp_path / "out", verbose=0)


def test_pictures_of_five_channels_train(recipe, tmp_path):
    images = np.zeros((10, 16, 16, 5), "uint8")
    np.savez(tmp_path / "five.npz", images=images)
    recipe["data"]["source"] = str(tmp_path / "five.npz")
    gan = runner.train(recipe, tmp_path / "out", epochs=1, verbose=0)
    assert gan.image_shape == (16, 16, 5)
    assert (tmp_path / "out/samples.png").exists()


def test_tensorboard_logs_are_written_on_request(recipe, tmp_path):
    pytest.importorskip("tensorboard", reason="TensorBoard is not installed")
    runner.train(recipe, tmp_path / "out", epochs=1, tensorboard=True, verbose=0)
    assert list((tmp_path / "out/training/logs").rglob("events.out.tfevents.*"))


def test_existing_folder_is_refused_and_kept(recipe, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="other files"):
        runner.train(recipe, tmp_path / "out", verbose=0)
    assert (tmp_path / "out/mine.txt").read_text() == "mine"


def test_unfinished_training_points_to_resume(recipe, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        runner.train(recipe, tmp_path / "o", verbose=0, callbacks=[Interrupt(1)])
    with pytest.raises(FileExistsError, match="--resume goes on"):
        runner.train(recipe, tmp_path / "o", verbose=0)


def test_resuming_with_another_recipe_is_refused(recipe, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        runner.train(recipe, tmp_path / "o", verbose=0, callbacks=[Interrupt(1)])
    wide = recipes.adapt(recipe, arguments={"width": 8})
    large = recipes.adapt(recipe, batch_size=10)
    for changed, dtype, said in (
        (wide, None, "recipe.model.arguments.width was 4, and is 8"),
        (large, None, r"recipe.phases\[0\].batch_size was 5, and is 10"),
        (recipe, "mixed_bfloat16", "recipe.dtype was None, and is 'mixed_bfloat16'"),
    ):
        with pytest.raises(errors.PresetConfigError, match=f"another training: {said}"):
            runner.train(changed, tmp_path / "o", resume=True, dtype=dtype, verbose=0)


def test_resuming_where_nothing_is_says_so(recipe, tmp_path):
    with pytest.warns(UserWarning, match="There is no checkpoint in .*absent"):
        runner.train(recipe, tmp_path / "absent", resume=True, verbose=0)


def test_data_of_another_shape_than_the_recipes_are_refused(recipe, tmp_path):
    recipe["model"]["arguments"]["image_shape"] = [28, 28, 1]
    with pytest.raises(errors.PresetConfigError, match="Pass --size"):
        runner.train(recipe, tmp_path / "out", verbose=0)
    assert not (tmp_path / "out").exists()


def test_argument_the_gan_does_not_take_is_refused(recipe, tmp_path):
    recipe["model"]["arguments"]["depth"] = 3
    with pytest.raises(errors.PresetConfigError, match="depth"):
        runner.train(recipe, tmp_path / "out", verbose=0)
    assert not (tmp_path / "out").exists()


def test_a_training_is_not_resumed_and_begun_again_at_once(tmp_path):
    recipe = recipes.adapt(recipes.load("dcgan"), data={"source": "mnist"})
    with pytest.raises(ValueError, match="both --resume and --overwrite"):
        runner.train(recipe, tmp_path / "out", resume=True, overwrite=True)


def test_a_training_never_fills_the_folder_of_its_images(tmp_path):
    images, link = tmp_path / "images", tmp_path / "link"
    images.mkdir()
    link.symlink_to(images, target_is_directory=True)
    recipe = recipes.adapt(recipes.load("dcgan"), data={"source": str(images)})
    for folder in (images, link):
        with pytest.raises(FileExistsError, match="where the images are"):
            runner.train(recipe, folder / "out", overwrite=True)


def test_a_training_never_replaces_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    recipe = recipes.adapt(recipes.load("dcgan"), data={"source": "mnist"})
    with pytest.raises(FileExistsError, match="is the current folder"):
        runner.train(recipe, ".")


@pytest.mark.parametrize("package", ["tensorboard", "tensorflow"])
def test_logs_without_their_packages_are_refused_before_training(
    tmp_path, monkeypatch, package
):
    monkeypatch.setitem(sys.modules, package, None)
    recipe = recipes.adapt(recipes.load("dcgan"), data={"source": "mnist"})
    with pytest.raises(ImportError, match=r"kerasgan\[tensorboard\]"):
        runner.train(recipe, tmp_path / "out", tensorboard=True)
    assert not (tmp_path / "out").exists()
