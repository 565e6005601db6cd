"""The model card agrees with the JSON files, and a person's edits stay."""

import json
import shutil

import pytest

from kerasgan.presets import card
from tests.support.hub_process import ROOT

pytestmark = pytest.mark.backend_free

METADATA = {
    "format": 2,
    "kind": "gan",
    "model": "dcgan",
    "class": "DCGAN",
    "paper": "Radford et al. 2015, https://arxiv.org/abs/1511.06434",
    "image_shape": [28, 28, 1],
    "condition": None,
    "latent_dim": 64,
    "parameters": {"generator": 1234567, "discriminator": 89},
    "versions": {"backend": "jax"},
    "date": "2026-01-31",
}
ADAM = {"name": "adam", "learning_rate": 0.0002, "beta_1": 0.5}
ARGUMENTS = {
    "image_shape": [28, 28, 1],
    "width": 8,
    "num_classes": None,
    "augmentation": "ada",
}
SCHEDULES = {
    "generator": {"name": "cosine", "final": 0.05, "warmup": 0.03},
    "discriminator": {"name": "linear", "final": 0.0},
    "penalty_weight": {"name": "cosine", "final": 0.2, "updates": 2400},
}
RECIPE = {
    "format": 2,
    "model": {"name": "dcgan", "arguments": ARGUMENTS},
    "data": {"source": "mnist"},
    "phases": [
        {
            "updates": 1000,
            "batch_size": 64,
            "optimizers": {"generator": ADAM, "discriminator": ADAM},
            "schedules": SCHEDULES,
        }
    ],
    "seed": 7,
    "dtype": "mixed_bfloat16",
}
MEASUREMENT = {
    "what": "training",
    "batch_size": 64,
    "against": {"PyTorch": {"ratio": 1.204}},
}
HARDWARE = {"backend": "jax", "device": "cpu", "cores": 2}
ENTRY = {
    "hardware": HARDWARE,
    "precision": "float32",
    "measurements": [MEASUREMENT],
}
RESULTS = {"format": 2, "throughput": {"jax, cpu, float32": ENTRY}}


def text(recipe=RECIPE, results=None, **metadata):
    return card.write("dcgan_mnist", METADATA | metadata, recipe, results)


@pytest.fixture
def written(tmp_path):
    """A generated card in a file."""
    path = tmp_path / "README.md"
    path.write_text(text(), "utf-8")
    return path


@pytest.mark.parametrize(
    "expected",
    [
        "# dcgan_mnist",
        "This DCGAN generates 28x28 images with 1 channel. It was trained on MNIST",
        "Generator: 1,234,567 parameters. Discriminator: 89.",
        "https://arxiv.org/abs/1511.06434",
        'kerasgan.from_preset("dcgan_mnist")',
        "gan.compile()  # the default optimizers",
        "- settings: width 8, augmentation ada\n",
        "- 1,000 updates, batch size 64 (64,000 images)",
        "- generator: adam, learning_rate 0.0002, beta_1 0.5, cosine decay to 0.05x",
        "0.05x after a linear warmup over 3% of the updates",
        "- discriminator: adam, learning_rate 0.0002, beta_1 0.5, linear decay to 0\n",
        "- penalty_weight: cosine decay to 0.2x over 2,400 updates",
        "precision: mixed_bfloat16",
        "Seed: 7. Backend: jax. Date: 2026-01-31.",
        "License of the data: CC BY-SA 3.0",
        "LeCun et al. 1998",
    ],
)
def test_card_contains(expected):
    assert expected in text()


def test_card_opens_with_the_hubs_front_matter():
    front, _ = text().removeprefix("---\n").split("\n---\n", 1)
    assert "library_name: kerasgan" in front and "datasets:\n- mnist" in front


def test_card_names_a_local_folder_without_its_path():
    recipe = RECIPE | {"data": {"source": "/home/ann/photos"}}
    assert "trained on photos" in text(recipe) and "/home/ann" not in text(recipe)


def test_card_describes_data_by_the_recipes_fields():
    data = {"source": "emoji/train", "title": "Noto emoji", "license": "Apache-2.0"}
    data["origin"] = "https://example.org/emoji"
    result = {"value": 1.0, "real_score": 0.5, "protocol": {}}
    written = text(RECIPE | {"data": data}, results={"quality": {"fid": result}})
    assert "trained on Noto emoji" in written
    assert "License of the data: Apache-2.0" in written
    assert "knows only Noto emoji (https://example.org/emoji) at 28x28" in written
    assert 'type: "emoji"' in written and 'name: "Noto emoji"' in written


def test_card_says_what_reproducing_needs():
    command = "`kerasgan train <this folder> --out runs/again` reproduces it"
    folder = RECIPE | {"data": {"source": "photos"}}
    assert f"{command}, given images at the recipe's `data` path. Seed" in text(folder)
    assert f"{command}. Seed" in text(RECIPE)


def test_card_lists_each_phase_with_its_players():
    phases = [RECIPE["phases"][0], {"players": ["encoder"]} | RECIPE["phases"][0]]
    written = text(RECIPE | {"phases": phases})
    assert "- phase 1: 1,000 updates, batch size 64" in written
    assert "- phase 2: 1,000 updates of encoder, batch size 64" in written


def test_card_of_a_fine_tuned_preset_names_both_sources():
    written = text(recipe=None, fine_tuned_from={"name": "dcgan_mnist"}, updates=9)
    assert "It was fine-tuned from dcgan_mnist for 9 updates on its author's" in written
    assert "knows only the data of dcgan_mnist and its author's data at" in written
    assert "License of the data: see the card of dcgan_mnist" in written


def test_card_names_a_split_folder_by_its_parent():
    split, plain = ({"data": {"source": s}} for s in ("emoji/train", "train"))
    assert "trained on emoji with" in text(RECIPE | split)
    assert "trained on train with" in text(RECIPE | plain)


def test_unknown_data_has_an_unknown_license():
    assert "License of the data: unknown" in text(recipe=None)


def test_card_shows_speed_as_a_table():
    row = "| training, batch size 64 | jax, 2 CPU cores, float32 | PyTorch | 1.20x |"
    assert row in text(results=RESULTS)
    assert "## Speed" not in text()


def test_card_shows_metrics_beside_real_scores():
    protocol = {"features": "features_mnist", "seed": 2}
    fid = {"value": 2.5, "real_score": 0.5, "protocol": protocol}
    kid = {"value": 0.1, "real_score": None, "protocol": protocol | {"subsets": 9}}
    written = text(results={"quality": {"fid": fid, "kid": kid}})
    assert "| fid | 2.5 | 0.5 |\n| kid | 0.1 | - |" in written
    assert "The last column is the score of held-out real images." in written
    assert "- features features_mnist; seed 2\n- kid: subsets 9\n" in written


def test_same_files_give_the_same_card():
    assert text() == text()


def test_card_of_labels_shows_how_to_choose_a_class():
    written = text(condition="labels", class_names=["shirt", "boot"])
    assert "gan.generate(16, labels=1" in written and "labels=True)" in written
    assert "Classes: 0 shirt, 1 boot." in written


def test_card_of_codes_shows_how_to_choose_a_category():
    written = text(condition="codes", caption="Rows of codes.")
    assert "generate(codes=[0, 1, 1]" in written and "labels=" not in written
    assert "![samples](samples.png)\n\nRows of codes.\n" in written


def test_card_without_condition_shows_no_choice():
    written = text()
    assert "labels=" not in written and "codes=" not in written


def test_card_of_other_data_than_images_has_no_pipeline():
    metadata = {k: v for k, v in METADATA.items() if k != "image_shape"}
    written = card.write("rings", metadata | {"data_shape": [2]}, None, None)
    assert "generates data of shape (2,)" in written
    assert "float32 (64, 2)" in written and "pipeline_tag" not in written


def test_card_without_latents_shows_no_generate():
    written = text(latent_dim=None)
    assert "gan.generate" not in written and "gan.fit(dataset" in written


def test_without_a_card_there_is_nothing_to_keep(tmp_path):
    assert card.keep_edits(tmp_path / "README.md", "new") == "new"


def test_generated_card_is_written_anew(written):
    assert card.keep_edits(written, "new") == "new"


def test_generated_card_with_other_line_ends_is_written_anew(written):
    written.write_bytes(written.read_bytes().replace(b"\n", b"\r\n"))
    assert card.keep_edits(written, "new") == "new"


def test_unedited_card_of_the_first_edition_is_recognized():
    folder = ROOT / "tests/fixtures/presets/format_1_keras_3_15"
    first = (folder / "README.md").read_text("utf-8")
    assert "## Limits and licence" in first  # not the words of today
    assert not card.is_edited(first)
    assert card.is_edited(first.replace("licence", "license"))


@pytest.mark.parametrize(
    "edit",
    [
        lambda old: old.replace("DCGAN", "net", 1),
        lambda old: old + "\nMy notes.\n",
        lambda old: "My notes.\n" + old,
        lambda old: old.rsplit("<!--")[0],
    ],
    ids=["a word", "notes below", "notes above", "no marker"],
)
def test_edited_card_is_kept(written, edit):
    edited = edit(text())
    written.write_text(edited, "utf-8")
    assert card.keep_edits(written, "new") == edited


def test_refresh_adds_new_results(tmp_path):
    files = {"metadata": METADATA, "recipe": RECIPE, "results": RESULTS}
    for name, content in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    (tmp_path / "README.md").write_text(text(), "utf-8")
    card.refresh(tmp_path)
    assert "| PyTorch | 1.20x |" in (tmp_path / "README.md").read_text("utf-8")


def test_refresh_upgrades_documents_of_format_1(tmp_path):
    folder = tmp_path / "old"
    shutil.copytree(ROOT / "tests/fixtures/presets/format_1_keras_3_15", folder)
    result = {"value": 2.5, "floor": 0.5, "protocol": {}}
    (folder / "results.json").write_text(json.dumps({"quality": {"fid": result}}))
    card.refresh(folder)
    written = (folder / "README.md").read_text("utf-8")
    assert "| fid | 2.5 | 0.5 |" in written and not card.is_edited(written)


def test_the_code_converts_images_as_the_training_did():
    data = {"source": "photos/", "size": 28, "crop": True, "background": "black"}
    text = card.write("mine", METADATA | {"data": data}, RECIPE, None)
    options = 'size=(28, 28), channels=1, crop=True, background="black")'
    assert f'kerasgan.data.load("photos/", {options}' in text
