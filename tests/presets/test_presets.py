"""Presets: what loads, what is refused, and that nothing is lost."""

import hashlib
import inspect
import json
import os
import shutil
import sys

import h5py
import keras
import numpy as np
import pytest
from keras import layers

import kerasgan
from kerasgan import GAN, Labels, errors, hub, models, registry
from kerasgan.presets import catalog, load, weights
from kerasgan.presets.folders import Folder
from tests.support import checks, parity
from tests.support.conditional import conditional
from tests.support.spoil import change_weights, edit, seal
from tests.support.spoil_hdf5 import first_dataset

pytestmark = pytest.mark.backend_free

# Names of presets.


@pytest.mark.parametrize("name", ["dcgan_mnist", "dcgan_mnis", "dcgan_mnits"])
def test_a_misspelled_bundled_name_is_not_sought_on_the_hub(name, monkeypatch):
    monkeypatch.setenv("KERASGAN_HUB_ORG", "someone")
    monkeypatch.setattr(hub, "Snapshot", lambda name, **options: name)
    try:
        assert catalog.files_of(name).name == name
    except errors.PresetNotFoundError as error:
        assert "Did you mean 'dcgan_mnist'" in str(error)


@pytest.mark.parametrize("name", ["dcgan_celeba", "began_mnist", "dcgan_kmnist_64"])
def test_other_names_are_sought_in_the_users_account(name, monkeypatch):
    monkeypatch.setenv("KERASGAN_HUB_ORG", "someone")
    monkeypatch.setattr(hub, "Snapshot", lambda name, **options: name)
    assert catalog.files_of(name) == f"hf://someone/{name}"


def test_a_folder_hidden_by_a_bundled_name_brings_a_warning(
    saved, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(saved, "dcgan_mnist")
    with pytest.warns(UserWarning, match=r"Write \./dcgan_mnist to use the folder"):
        assert catalog.find("dcgan_mnist").parent == catalog.zoo_folder()
    assert catalog.find("./dcgan_mnist").parent == tmp_path


def test_a_license_lasts_until_the_next_training(gan, tmp_path):
    gan.save_to_preset(tmp_path / "free", license="mit")
    gan.save_to_preset(tmp_path / "silent")
    cards = [(tmp_path / n / "README.md").read_text() for n in ("free", "silent")]
    assert ['license: "mit"' in card for card in cards] == [True, False]
    with pytest.raises(errors.PresetConfigError, match="license"):
        gan.save_to_preset(tmp_path / "wrong", license="all rights\nreserved")
    again = kerasgan.from_preset(tmp_path / "free")
    again.save_to_preset(tmp_path / "copied")
    again.step.assign_add(1)
    again.save_to_preset(tmp_path / "trained")
    kept = [
        json.loads((tmp_path / n / "metadata.json").read_text())["license"]
        for n in ("copied", "trained")
    ]
    assert kept == ["mit", None]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Saving refreshes batch statistics by fewer images."""
    refresh = GAN.refresh_statistics
    monkeypatch.setattr(GAN, "refresh_statistics", lambda gan: refresh(gan, 2, 8))


@pytest.fixture
def folder(saved, tmp_path):
    """A copy that a test may spoil."""
    return shutil.copytree(saved, tmp_path / "tiny")


def test_a_folder_holds_config_metadata_weights_and_card(saved):
    names = {path.name for path in saved.iterdir()}
    assert names == {
        "config.json",
        "metadata.json",
        "generator.weights.h5",
        "discriminator.weights.h5",
        "samples.png",
        "README.md",
    }


def test_a_config_holds_the_defaults_of_all_bases(saved):
    """So a default that changes later cannot change an old preset."""
    config = json.loads((saved / "config.json").read_text())
    assert config["format"] == 1 and config["name"] == "dcgan"
    assert config["arguments"] == {
        "image_shape": [16, 16, 3],
        "latent_dim": 8,
        "width": 8,
        "discriminator_width": None,
        "instance_noise": 0.0,
        "augmentation": None,
        "ada_target": 0.6,
        "ada_images": 500_000,
        "loss": None,
        "penalty": None,
        "penalty_weight": 0.0,
        "penalty_every": 1,
        "discriminator_steps": 1,
        "ema_decay": 0.999,
    }


def test_a_changed_default_leaves_an_old_preset(folder, monkeypatch):
    defaults = dict(kerasgan.ImageGAN.__init__.__kwdefaults__, instance_noise=0.5)
    monkeypatch.setattr(kerasgan.ImageGAN.__init__, "__kwdefaults__", defaults)
    assert checks.tiny("dcgan").instance_noise == 0.5
    assert kerasgan.from_preset(folder).instance_noise == 0.0


def test_metadata_counts_parameters_and_hashes_files(saved, gan):
    metadata = json.loads((saved / "metadata.json").read_text())
    assert metadata["parameters"]["generator"] == gan.generator.count_params()
    assert metadata["format"] == 2 and metadata["latent_dim"] == 8
    assert metadata["condition"] is None and metadata["image_shape"] == [16, 16, 3]
    assert metadata["paper"].endswith("https://arxiv.org/abs/1511.06434")
    for name, entry in metadata["files"].items():
        content = (saved / name).read_bytes()
        assert entry["size"] == len(content)
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()


def test_weight_files_depend_on_the_weights_alone(gan):
    """Not on what else the process has built, by which Keras counts its names."""
    before = weights.to_bytes(gan.generator)
    for _ in range(3):
        layers.Conv2DTranspose(2, 3), layers.Dense(2), layers.ReLU()
    again = checks.tiny("dcgan").generator
    again.set_weights(gan.generator.get_weights())
    assert weights.to_bytes(again) == before


def test_keras_reads_the_weight_files_itself(saved, gan):
    other = checks.tiny("dcgan")
    other.generator.load_weights(saved / "generator.weights.h5")
    assert checks.same(
        checks.snapshot(other.generator), checks.snapshot(gan.generator_ema)
    )


def test_loading_by_the_class_checks_the_class(saved):
    assert isinstance(models.DCGAN.from_preset(saved), models.DCGAN)
    assert isinstance(kerasgan.GAN.from_preset(saved), models.DCGAN)
    with pytest.raises(errors.PresetConfigError, match="must be a WGANGP"):
        models.WGANGP.from_preset(saved)


def test_a_loaded_gan_trains_on_and_records_its_origin(saved, tmp_path):
    gan = kerasgan.from_preset(saved, ema_decay=0.5)
    assert gan.ema_decay == 0.5
    gan.compile(run_eagerly=checks.EAGER)
    before = checks.snapshot(gan.generator)
    gan.fit(checks.pictures(8), batch_size=4, verbose=0)
    assert not checks.same(before, checks.snapshot(gan.generator))
    gan.save_to_preset(tmp_path / "tuned")
    metadata = json.loads((tmp_path / "tuned/metadata.json").read_text())
    assert metadata["fine_tuned_from"]["name"] == "tiny"
    assert metadata["updates"] == 2 and metadata["data"] is None
    assert not (tmp_path / "tuned/recipe.json").exists()
    card = (tmp_path / "tuned/README.md").read_text()
    assert "tiny" in card and "2 updates" in card


def test_a_preset_saved_again_keeps_its_history(saved, tmp_path):
    kerasgan.from_preset(saved).save_to_preset(tmp_path / "again")
    old, new = (
        json.loads((folder / "metadata.json").read_text())
        for folder in (saved, tmp_path / "again")
    )
    assert [old[key] for key in ("data", "updates")] == [
        new[key] for key in ("data", "updates")
    ]


def test_weights_that_are_not_finite_are_not_saved(tmp_path):
    gan = checks.tiny("dcgan")
    weights_ = gan.discriminator.get_weights()
    gan.discriminator.set_weights([w * np.nan for w in weights_])
    with pytest.raises(errors.PresetWeightsError, match="finite"):
        gan.save_to_preset(tmp_path / "nan")
    assert not (tmp_path / "nan").exists()


def test_dtype_override_computes_in_it(saved):
    gan = kerasgan.from_preset(saved, dtype="mixed_bfloat16")
    assert gan.generator.layers[1].compute_dtype == "bfloat16"
    exact = kerasgan.from_preset(saved).generate(4, seed=0).astype(int)
    assert np.abs(gan.generate(4, seed=0) - exact).mean() < 4


def test_sampler_neither_trains_nor_saves(saved, tmp_path):
    sampler = kerasgan.from_preset(saved, networks="sampler")
    assert sampler.discriminator is None and set(sampler.networks) == {"generator"}
    with pytest.raises(ValueError, match="cannot train"):
        sampler.compile()
    with pytest.raises(ValueError, match="networks='all'"):
        sampler.save_to_preset(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_sampler_needs_only_its_own_files(folder):
    (folder / "discriminator.weights.h5").unlink()
    kerasgan.from_preset(folder, networks="sampler").generate(1)
    with pytest.raises(errors.PresetNotFoundError, match="discriminator.weights.h5"):
        kerasgan.from_preset(folder)


def test_a_misspelled_name_lists_near_ones(monkeypatch):
    monkeypatch.setattr(catalog, "list_presets", lambda kind="gan": ["dcgan_mnist"])
    with pytest.raises(errors.PresetNotFoundError, match="Did you mean 'dcgan_mnist'"):
        kerasgan.from_preset("dcgan_minst")


def test_folder_without_config_is_no_preset(folder):
    (folder / "config.json").unlink()
    with pytest.raises(errors.PresetNotFoundError, match="without config.json"):
        kerasgan.from_preset(folder)


@pytest.mark.parametrize("name", ["evil", "evil.Evil"])
def test_unregistered_class_is_neither_imported_nor_run(folder, name, monkeypatch):
    (folder / "evil.py").write_text("class Evil: pass\n")
    monkeypatch.syspath_prepend(folder)
    edit(folder, "config.json", name=name)
    with pytest.raises(errors.PresetConfigError, match="registered model"):
        kerasgan.from_preset(folder)
    assert "evil" not in sys.modules


def test_a_changed_recipe_is_refused(folder):
    (folder / "recipe.json").write_text("{}")
    metadata = json.loads((folder / "metadata.json").read_text())
    metadata["files"]["recipe.json"] = {"size": 2, "sha256": "0" * 64}
    (folder / "metadata.json").write_text(json.dumps(metadata))
    with pytest.raises(errors.PresetIntegrityError, match=r"recipe\.json"):
        kerasgan.from_preset(folder)


def test_newer_format_says_upgrade(folder):
    edit(folder, "config.json", format=2)
    with pytest.raises(errors.PresetConfigError, match="upgrade"):
        kerasgan.from_preset(folder)


def test_config_of_other_fields_is_refused(folder):
    edit(folder, "config.json", module="os")
    with pytest.raises(
        errors.PresetConfigError, match="exactly the fields format, name"
    ):
        kerasgan.from_preset(folder)


def test_unknown_argument_is_named_with_the_nearest(folder):
    arguments = {"image_shape": [16, 16, 3], "widht": 8}
    edit(folder, "config.json", arguments=arguments)
    with pytest.raises(errors.PresetConfigError, match="'widht'.*'width'"):
        kerasgan.from_preset(folder)


def test_impossible_argument_is_refused(folder):
    edit(folder, "config.json", arguments={"image_shape": [17, 16, 3]})
    with pytest.raises(errors.PresetConfigError, match="divisible by 4"):
        kerasgan.from_preset(folder)


def test_broken_json_is_refused(folder):
    (folder / "config.json").write_text('{"format": 1,')
    with pytest.raises(errors.PresetConfigError, match="must be strict JSON"):
        kerasgan.from_preset(folder)


@pytest.mark.parametrize("text", ['{"format": NaN}', '{"format": 1, "format": 1}'])
def test_json_that_json_does_not_allow_is_refused(folder, text):
    (folder / "config.json").write_text(text)
    with pytest.raises(errors.PresetConfigError, match="must be strict JSON"):
        kerasgan.from_preset(folder)


def test_override_that_changes_the_architecture_is_refused(saved):
    with pytest.raises(errors.PresetWeightsError, match="another architecture"):
        kerasgan.from_preset(saved, width=16)


@pytest.mark.parametrize("file", ["generator.weights.h5", "config.json"])
def test_changed_byte_is_noticed(folder, file):
    content = bytearray((folder / file).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / file).write_bytes(content)
    with pytest.raises(errors.PresetError):
        kerasgan.from_preset(folder)


def test_truncated_weight_file_is_noticed(folder):
    path = folder / "generator.weights.h5"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(errors.PresetIntegrityError, match="bytes long"):
        kerasgan.from_preset(folder)


def test_swapped_weight_files_are_noticed(folder):
    shutil.copy(folder / "generator.weights.h5", folder / "discriminator.weights.h5")
    with pytest.raises(errors.PresetError, match="discriminator"):
        kerasgan.from_preset(folder)
    seal(folder, "discriminator.weights.h5")
    with pytest.raises(errors.PresetWeightsError, match="another architecture"):
        kerasgan.from_preset(folder)


def delete_one(file):
    del file[first_dataset(file)]


def add_one(file):
    file["extra"] = np.zeros(3)


def reshape_one(file):
    name = first_dataset(file)
    shape = file[name].shape
    del file[name]
    file[name] = np.zeros((*shape, 2), "float32")


def widen_one(file):
    name = first_dataset(file)
    values = file[name][()].astype("float64")
    del file[name]
    file[name] = values


def spoil_one(file):
    file[first_dataset(file)][...] = np.nan


def link_one(file):
    name = first_dataset(file)
    del file[name]
    file[name] = h5py.ExternalLink("other.h5", "/x")


CHANGES = {
    "missing": (delete_one, "Missing"),
    "surplus": (add_one, "Surplus: 'extra'"),
    "shape": (reshape_one, "another architecture"),
    "dtype": (widen_one, "must be float32"),
    "NaN": (spoil_one, "finite"),
    "link": (link_one, "a link"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_unfit_weights_are_refused_before_assigning(case, folder, gan):
    change, message = CHANGES[case]
    change_weights(folder, change)
    with pytest.raises(errors.PresetWeightsError, match=message):
        kerasgan.from_preset(folder)
    before = checks.snapshot(gan.generator)
    with pytest.raises(errors.PresetWeightsError, match=message):
        load.load_weights(gan, Folder(folder))
    assert checks.same(before, checks.snapshot(gan.generator))


def test_something_else_than_hdf5_is_refused(folder):
    (folder / "generator.weights.h5").write_bytes(b"<html>not found</html>")
    seal(folder, "generator.weights.h5")
    with pytest.raises(errors.PresetWeightsError, match="HDF5"):
        kerasgan.from_preset(folder)


def test_an_existing_folder_is_kept_unless_overwritten(folder, gan):
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    with pytest.raises(FileExistsError, match="overwrite=True"):
        gan.save_to_preset(folder)
    assert before == {p.name: p.read_bytes() for p in folder.iterdir()}
    (folder / "notes.txt").write_text("mine")
    (folder / "results.json").write_text("{}")
    gan.save_to_preset(folder, overwrite=True)
    assert (folder / "notes.txt").read_text() == "mine"
    assert (folder / "results.json").exists()  # measured on these weights
    other = checks.tiny("dcgan")
    other.discriminator.set_weights([w + 1 for w in gan.discriminator.get_weights()])
    other.save_to_preset(folder, overwrite=True)
    assert not (folder / "results.json").exists()


def test_the_home_folder_is_found_by_its_sign(gan, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    gan.save_to_preset("~/mine")
    assert (tmp_path / "mine/config.json").is_file()
    again = kerasgan.from_preset("~/mine", networks="sampler")
    assert again.origin["name"] == "mine"


def test_card_that_a_person_edited_is_kept(folder, gan):
    card = folder / "README.md"
    card.write_text(card.read_text() + "\nMy own words.\n")
    gan.save_to_preset(folder, overwrite=True)
    assert card.read_text().endswith("My own words.\n")


def test_a_full_disk_leaves_the_old_preset_whole(folder, gan, monkeypatch):
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    written = []

    def full(descriptor):
        written.append(descriptor)
        if len(written) == 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        gan.save_to_preset(folder, overwrite=True)
    assert before == {p.name: p.read_bytes() for p in folder.iterdir()}
    assert [p.name for p in folder.parent.iterdir()] == ["tiny"]


def test_a_class_of_ones_own_needs_a_registered_name(tmp_path):
    class Mine(models.DCGAN):
        pass

    gan = Mine(**checks.TINY["dcgan"])
    with pytest.raises(ValueError, match=r"@kerasgan.register\("):
        gan.save_to_preset(tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


def test_list_presets_refuses_unknown_kinds():
    with pytest.raises(ValueError, match="kind"):
        kerasgan.list_presets(kind="song")


@pytest.mark.parametrize("preset", ["", None, 5])
def test_a_preset_must_be_a_name_or_a_path(preset):
    with pytest.raises(errors.PresetNotFoundError, match="bundled name or a folder"):
        kerasgan.from_preset(preset)


# Options of loading.


def test_without_weights_they_stay_random(saved):
    keras.utils.set_random_seed(5)
    gan = kerasgan.from_preset(saved, load_weights=False)
    loaded = kerasgan.from_preset(saved)
    assert gan.arguments == loaded.arguments
    assert gan.origin["name"] == loaded.origin["name"] == "tiny"
    for name in gan.stored:
        networks = gan.networks[name], loaded.networks[name]
        assert not checks.same(*map(checks.snapshot, networks))
    pair = gan.generator, gan.generator_ema
    assert checks.same(*map(checks.snapshot, pair))


def test_without_weights_their_files_are_not_read(folder):
    for name in ("generator", "discriminator"):
        (folder / f"{name}.weights.h5").unlink()
    gan = kerasgan.from_preset(folder, load_weights=False, width=4)
    assert gan.generate(1).shape == (1, 16, 16, 3)


def test_classes_and_function_have_the_same_options():
    function = dict(inspect.signature(kerasgan.from_preset).parameters)
    method = dict(inspect.signature(models.DCGAN.from_preset).parameters)
    del function["expected"]  # the class itself
    assert list(function) == list(method)
    for name, parameter in function.items():
        assert parameter.default == method[name].default, name
        assert parameter.kind == method[name].kind, name


def test_options_of_the_function_work_by_the_class(saved):
    options = {"load_weights": False, "networks": "sampler", "dtype": "mixed_bfloat16"}
    gan = models.DCGAN.from_preset(saved, **options, ema_decay=0.5)
    assert (gan.ema_decay, gan.discriminator) == (0.5, None)
    assert gan.dtype_policy.name == "mixed_bfloat16"


def test_options_of_the_hub_are_refused_elsewhere(saved):
    with pytest.raises(ValueError, match="Only presets on the Hub take revision"):
        models.DCGAN.from_preset(saved, revision="main")


# Objects of the user's.


def objects():
    base = checks.tiny("dcgan")
    points = GAN(generator=_points(4, 2), discriminator=_points(2, 1))
    return {
        "generator": models.WGANGP(generator=base.generator, width=4),
        "discriminator": models.DCGAN(**checks.SMALL, discriminator=base.discriminator),
        "condition": conditional(),
        "GAN": points,
        "translator": models.Pix2Pix(
            **checks.TRANSLATORS["pix2pix"],
            generator=checks.tiny("pix2pix").generator,
        ),
    }


def _points(inputs, outputs):
    x = keras.Input((inputs,))
    y = layers.Dense(outputs)(x)
    return keras.Model(x, layers.Reshape(())(y) if outputs == 1 else y)


@pytest.mark.parametrize(
    "kind", ["generator", "discriminator", "condition", "GAN", "translator"]
)
def test_objects_are_refused_with_the_remedy(kind, tmp_path):
    message = r"stores data, not objects|needs a registered class"
    with pytest.raises(ValueError, match=message) as error:
        objects()[kind].save_to_preset(tmp_path / "mine")
    assert "@kerasgan.register(" in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_a_loss_pair_is_an_object_too(tmp_path):
    pair = kerasgan.losses.PAIRS["hinge"]
    gan = checks.tiny("dcgan", loss=pair)
    with pytest.raises(ValueError, match=r"not objects. Received: loss="):
        gan.save_to_preset(tmp_path / "mine")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def names():
    """Forgets what a test registers."""
    before = dict(registry._CLASSES)
    yield
    registry._CLASSES.clear()
    registry._CLASSES.update(before)


def test_a_registered_class_of_ones_own_saves_and_loads(tmp_path, names):
    @kerasgan.register("mine")
    class Mine(models.WGANGP):
        """A family of one's own, which builds its network."""

        def __init__(self, *, units: int = 4, **options):
            self.units = units
            super().__init__(**options)

        def build_generator(self):
            latents = keras.Input((self.latent_dim,))
            x = layers.Dense(self.units)(latents)
            x = layers.Dense(int(np.prod(self.image_shape)), "tanh")(x)
            return keras.Model(latents, layers.Reshape(self.image_shape)(x))

    gan = Mine(**checks.SMALL, units=3)
    gan.save_to_preset(tmp_path / "mine_small")
    config = json.loads((tmp_path / "mine_small/config.json").read_text())
    assert config["name"] == "mine" and config["arguments"]["units"] == 3
    assert config["arguments"]["discriminator_steps"] == 5  # of a base
    again = kerasgan.from_preset(tmp_path / "mine_small")
    assert type(again) is Mine and again.units == 3
    np.testing.assert_array_equal(again.generate(3, seed=1), gan.generate(3, seed=1))


def test_a_gan_of_other_data_has_no_picture(tmp_path, names):
    @kerasgan.register("waves")
    class Waves(GAN):
        """Sequences by networks of one's own."""

        def build_generator(self):
            return parity.wave_gan().generator

        def build_discriminator(self):
            return parity.wave_gan().discriminator

    gan = Waves(loss="hinge")
    gan.save_to_preset(tmp_path / "waves")
    metadata = json.loads((tmp_path / "waves/metadata.json").read_text())
    assert metadata["data_shape"] == [32, 1] and "image_shape" not in metadata
    assert not (tmp_path / "waves/samples.png").exists()
    again = kerasgan.from_preset(tmp_path / "waves")
    np.testing.assert_array_equal(again.generate(3, seed=1), gan.generate(3, seed=1))


# Facts of the training set.


def test_a_preset_keeps_shares_and_names_of_classes(tmp_path):
    gan = checks.tiny("cgan", width=2)
    gan.condition.learn([0, 0, 1, 2], ["cat", "dog", "owl"])
    gan.save_to_preset(tmp_path / "cgan")
    metadata = json.loads((tmp_path / "cgan/metadata.json").read_text())
    assert metadata["class_shares"] == [0.5, 0.25, 0.25]
    assert metadata["class_names"] == ["cat", "dog", "owl"]
    again = kerasgan.from_preset(tmp_path / "cgan", networks="sampler")
    assert isinstance(again.condition, Labels)
    assert again.condition.shares == [0.5, 0.25, 0.25]
    assert again.condition.class_names == ["cat", "dog", "owl"]
    measured = again.condition.measured(8)["labels"]
    assert np.bincount(measured).tolist() == [4, 2, 2]


def test_saving_refreshes_statistics_in_the_shares(tmp_path, monkeypatch):
    gan = checks.tiny("cgan", width=2)
    gan.condition.learn([0, 0, 0, 1])
    measured, asked = gan.condition.measured, []
    monkeypatch.setattr(
        gan.condition,
        "measured",
        lambda *args: asked.append(measured(*args)) or asked[0],
    )
    gan.save_to_preset(tmp_path / "cgan")
    counts = np.bincount(asked[0]["labels"], minlength=3) / len(asked[0]["labels"])
    assert counts.tolist() == [0.75, 0.25, 0.0]


def test_a_surplus_group_without_arrays_is_harmless(folder, gan):
    """Files of GANs whose instance noise was a layer have one."""

    def add(file):
        file.create_group("layers/gaussian_noise/vars")

    change_weights(folder, add, "discriminator.weights.h5")
    again = kerasgan.from_preset(folder)
    pair = again.discriminator, gan.discriminator
    assert checks.same(*map(checks.snapshot, pair))


# Several networks.


def test_a_preset_of_several_networks_trains_on(tmp_path):
    model = checks.tiny("cyclegan", width=1)
    model.save_to_preset(tmp_path / "cycles")
    files = {path.name for path in (tmp_path / "cycles").glob("*.h5")}
    assert files == {f"{name}.weights.h5" for name in model.stored}
    again = kerasgan.from_preset(tmp_path / "cycles")
    for name in model.stored:
        pair = again.stored_network(name), model.stored_network(name)
        assert checks.same(*map(checks.snapshot, pair)), name
        averaged = again.networks[name], again.stored_network(name)
        assert checks.same(*map(checks.snapshot, averaged)), name
    again.compile(run_eagerly=checks.EAGER)
    history = again.fit(*checks.batch(again, 2), batch_size=2, verbose=0).history
    assert np.isfinite(history["g_loss"]).all()


def test_a_refused_preset_leaves_no_weights_waiting(folder):
    """Keras would make them at the next occasion."""
    edit(folder, "config.json", arguments={"image_shape": [16, 16, 3], "width": 2**14})
    with pytest.raises(errors.PresetWeightsError, match="another architecture"):
        kerasgan.from_preset(folder)
    from kerasgan.presets import deferred

    assert deferred._waiting() == []


def test_an_override_of_the_architecture_is_explained(saved):
    message = "The call replaces width: .*do not fit the weights.*load_weights=False"
    with pytest.raises(errors.PresetError, match=message):
        kerasgan.from_preset(saved, width=4)
    assert kerasgan.from_preset(saved, width=4, load_weights=False).width == 4
