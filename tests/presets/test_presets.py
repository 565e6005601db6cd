"""Presets: what loads, what is refused, and that nothing is lost."""

import hashlib
import json
import shutil
import sys

import h5py
import numpy as np
import pytest

import kerasgan
from kerasgan import errors, hub, models
from kerasgan.presets import catalog, load, weights
from kerasgan.presets.folders import Folder
from tests.support import checks
from tests.support.hostile import change_weights, edit, first_dataset, seal


@pytest.mark.backend_free
@pytest.mark.parametrize("name", ["dcgan_mnist", "dcgan_mnis", "dcgan_mnits"])
def test_a_bundled_name_misspelt_is_not_looked_for_on_the_hub(name, monkeypatch):
    monkeypatch.setenv("KERASGAN_HUB_ORG", "someone")
    monkeypatch.setattr(hub, "Snapshot", lambda name, **options: name)
    try:
        assert catalog.files_of(name).name == name
    except errors.PresetNotFoundError as error:
        assert "Did you mean 'dcgan_mnist'" in str(error)


@pytest.mark.backend_free
@pytest.mark.parametrize("name", ["dcgan_celeba", "began_mnist", "dcgan_kmnist_64"])
def test_other_names_are_looked_for_in_ones_own_account(name, monkeypatch):
    monkeypatch.setenv("KERASGAN_HUB_ORG", "someone")
    monkeypatch.setattr(hub, "Snapshot", lambda name, **options: name)
    assert catalog.files_of(name) == f"hf://someone/{name}"


@pytest.mark.backend_free
def test_a_folder_that_a_bundled_name_hides_is_told_of(saved, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(saved, "dcgan_mnist")
    with pytest.warns(UserWarning, match=r"Write \./dcgan_mnist for the folder"):
        assert catalog.find("dcgan_mnist").parent == catalog.zoo_folder()
    assert catalog.find("./dcgan_mnist").parent == tmp_path


@pytest.mark.backend_free
def test_a_licence_is_its_authors_and_ends_with_a_training(gan, tmp_path):
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


@pytest.fixture
def folder(saved, tmp_path):
    """A copy that a test may spoil."""
    return shutil.copytree(saved, tmp_path / "tiny")


def test_folder_holds_what_the_design_lists(saved):
    names = {path.name for path in saved.iterdir()}
    assert names == {
        "config.json",
        "metadata.json",
        "generator.weights.h5",
        "discriminator.weights.h5",
        "samples.png",
        "README.md",
    }
    config = json.loads((saved / "config.json").read_text())
    assert config["format"] == 1 and config["name"] == "dcgan"
    assert config["arguments"] == {
        "image_shape": [16, 16, 3],
        "latent_dim": 8,
        "width": 8,
        "discriminator_width": None,
        "penalty_weight": 0.0,
        "instance_noise": 0.0,
    }


def test_metadata_counts_parameters_and_hashes_files(saved, gan):
    metadata = json.loads((saved / "metadata.json").read_text())
    assert metadata["parameters"]["generator"] == gan.generator.count_params()
    assert metadata["paper"].endswith("https://arxiv.org/abs/1511.06434")
    for name, entry in metadata["files"].items():
        content = (saved / name).read_bytes()
        assert entry["size"] == len(content)
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()


def test_two_saves_of_the_same_weights_are_byte_identical(gan):
    assert weights.to_bytes(gan.generator) == weights.to_bytes(gan.generator)


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


def test_a_loaded_gan_trains_on(saved):
    gan = kerasgan.from_preset(saved, ema_decay=0.5)
    assert gan.ema_decay == 0.5
    gan.compile()
    before = checks.snapshot(gan.generator)
    gan.fit(checks.pictures(4), batch_size=4, verbose=0)
    assert not checks.same(before, checks.snapshot(gan.generator))


def test_fine_tuning_is_recorded_and_claims_no_recipe(saved, tmp_path):
    gan = kerasgan.from_preset(saved)
    gan.compile()
    gan.fit(checks.pictures(8), batch_size=4, verbose=0)
    gan.save_to_preset(tmp_path / "tuned")
    metadata = json.loads((tmp_path / "tuned/metadata.json").read_text())
    assert metadata["fine_tuned_from"]["name"] == "tiny"
    assert metadata["updates"] == 2 and metadata["data"] is None
    assert not (tmp_path / "tuned/recipe.json").exists()
    card = (tmp_path / "tuned/README.md").read_text()
    assert "fine-tuned from tiny for 2 updates" in card


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
    with pytest.raises(ValueError, match="no discriminator"):
        sampler.compile()
    with pytest.raises(ValueError, match="networks='all'"):
        sampler.save_to_preset(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_sampler_needs_only_its_own_files(folder):
    (folder / "discriminator.weights.h5").unlink()
    kerasgan.from_preset(folder, networks="sampler").generate(1)
    with pytest.raises(errors.PresetNotFoundError, match="discriminator.weights.h5"):
        kerasgan.from_preset(folder)


def test_misspelt_name_lists_near_ones(monkeypatch):
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
    with pytest.raises(errors.PresetConfigError, match="registered GAN"):
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
    with pytest.raises(errors.PresetConfigError, match="exactly format, name"):
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
    with pytest.raises(errors.PresetConfigError, match="must be JSON"):
        kerasgan.from_preset(folder)


@pytest.mark.parametrize("text", ['{"format": NaN}', '{"format": 1, "format": 1}'])
def test_json_that_json_does_not_allow_is_refused(folder, text):
    (folder / "config.json").write_text(text)
    with pytest.raises(errors.PresetConfigError, match="must be JSON"):
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
def test_unfit_weights_are_refused_before_anything_is_assigned(case, folder, gan):
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


def test_existing_folder_is_kept_unless_overwriting_is_asked_for(folder, gan):
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    with pytest.raises(FileExistsError, match="overwrite=True"):
        gan.save_to_preset(folder)
    assert before == {p.name: p.read_bytes() for p in folder.iterdir()}
    (folder / "notes.txt").write_text("mine")
    (folder / "results.json").write_text("{}")
    gan.save_to_preset(folder, overwrite=True)
    assert (folder / "notes.txt").read_text() == "mine"
    assert not (folder / "results.json").exists()  # measured on other weights


def test_card_that_a_person_edited_is_kept(folder, gan):
    card = folder / "README.md"
    card.write_text(card.read_text() + "\nMy own words.\n")
    gan.save_to_preset(folder, overwrite=True)
    assert card.read_text().endswith("My own words.\n")


def test_full_disk_leaves_the_old_preset_whole(folder, gan, monkeypatch):
    import os

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
    with pytest.raises(ValueError, match="@register"):
        gan.save_to_preset(tmp_path / "mine")


def test_list_presets_refuses_unknown_kinds():
    with pytest.raises(ValueError, match="kind"):
        kerasgan.list_presets(kind="song")


@pytest.mark.parametrize("preset", ["", None, 5])
def test_what_is_no_name_at_all_is_refused(preset):
    with pytest.raises(errors.PresetNotFoundError, match="bundled name or a folder"):
        kerasgan.from_preset(preset)
