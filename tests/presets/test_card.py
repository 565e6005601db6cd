"""The model card says what the JSON files say, and a person's edits stay."""

import json

import pytest

from kerasgan.presets import card

pytestmark = pytest.mark.backend_free

METADATA = {
    "kind": "gan",
    "model": "dcgan",
    "class": "DCGAN",
    "paper": "Radford et al. 2015, https://arxiv.org/abs/1511.06434",
    "image_shape": [28, 28, 1],
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
RECIPE = {
    "model": {"name": "dcgan", "arguments": ARGUMENTS},
    "data": {"source": "mnist"},
    "phases": [
        {
            "updates": 1000,
            "batch_size": 64,
            "optimizers": {"generator": ADAM},
            "schedules": {
                "generator": {"name": "cosine", "final": 0.05, "warmup": 0.03}
            },
        }
    ],
    "seed": 7,
    "dtype": "mixed_bfloat16",
}

FIGURE = {
    "what": "training",
    "batch_size": 64,
    "against": {"PyTorch": {"ratio": 1.204}},
}
HARDWARE = {"backend": "jax", "device": "cpu", "cores": 2}
ENTRY = {"hardware": HARDWARE, "precision": "float32", "figures": [FIGURE]}
RESULTS = {"throughput": {"jax, cpu, float32": ENTRY}}


def text(recipe=RECIPE, results=None):
    return card.write("dcgan_mnist", METADATA, recipe, results)


@pytest.fixture
def written(tmp_path):
    """A generated card in a file."""
    path = tmp_path / "README.md"
    path.write_text(text(), "utf-8")
    return path


@pytest.mark.parametrize(
    "said",
    [
        "# dcgan_mnist",
        "This DCGAN draws 28x28 images with 1 channel; trained on MNIST",
        "1,234,567 parameters generate and 89 discriminate",
        "https://arxiv.org/abs/1511.06434",
        'kerasgan.from_preset("dcgan_mnist")',
        "- settings: width 8, augmentation ada\n",
        "1,000 updates of the discriminator, each on 64 images (64,000 in all)",
        "generator: adam, learning_rate 0.0002, beta_1 0.5, cosine to 0.05x",
        "0.05x after a rise over 3% of the updates",
        "precision: mixed_bfloat16",
        "seed 7",
        "jax backend, 2026-01-31",
        "Data: CC BY-SA 3.0",
        "LeCun et al. 1998",
    ],
)
def test_the_card_says(said):
    assert said in text()


def test_the_card_opens_with_the_hubs_front_matter():
    front, _ = text().removeprefix("---\n").split("\n---\n", 1)
    assert "library_name: kerasgan" in front and "datasets:\n- mnist" in front


def test_a_local_folder_is_named_without_its_path():
    recipe = RECIPE | {"data": {"source": "/home/ann/photos"}}
    assert "trained on photos" in text(recipe) and "/home/ann" not in text(recipe)


def test_a_recipe_tells_what_a_folder_holds():
    told = {"source": "emoji/train", "title": "Noto emoji", "license": "Apache-2.0"}
    told["origin"] = "https://example.org/emoji"
    figure = {"value": 1.0, "floor": 0.5, "protocol": {}}
    said = text(RECIPE | {"data": told}, results={"quality": {"fid": figure}})
    assert "trained on Noto emoji" in said and "Data: Apache-2.0" in said
    assert "knows only Noto emoji (https://example.org/emoji), at" in said
    assert "trains it again where its images lie as the recipe's `data` say" in said
    assert "trains it again; seed" in text(RECIPE)
    assert 'type: "emoji"' in said and 'name: "Noto emoji"' in said


def test_a_fine_tuned_preset_tells_whose_data_it_learned_from_first():
    tuned = METADATA | {"fine_tuned_from": {"name": "dcgan_mnist"}, "updates": 9}
    said = card.write("mine", tuned, None, None)
    assert "knows only what dcgan_mnist learned from, and data of its author's," in said
    assert "Data: as dcgan_mnist's card says, and unknown." in said


def test_one_side_of_a_split_folder_is_called_as_the_folder():
    assert "trained on emoji with" in text(RECIPE | {"data": {"source": "emoji/train"}})
    assert "trained on train with" in text(RECIPE | {"data": {"source": "train"}})


def test_unknown_data_have_an_unknown_licence():
    assert "Data: unknown" in text(recipe=None)


def test_figures_become_a_table():
    row = "| training, batch 64 | jax, 2 CPU cores, float32 | PyTorch | 1.20x |"
    assert row in text(results=RESULTS)
    assert "## Speed" not in text()


def test_the_same_files_give_the_same_card():
    assert text() == text()


def test_there_is_nothing_to_keep_without_a_card(tmp_path):
    assert card.keep_edits(tmp_path / "README.md", "new") == "new"


def test_a_generated_card_is_written_anew(written):
    assert card.keep_edits(written, "new") == "new"


def test_a_generated_card_with_other_line_ends_is_written_anew(written):
    written.write_bytes(written.read_bytes().replace(b"\n", b"\r\n"))
    assert card.keep_edits(written, "new") == "new"


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
def test_a_persons_edits_are_kept(written, edit):
    edited = edit(text())
    written.write_text(edited, "utf-8")
    assert card.keep_edits(written, "new") == edited


def test_refreshing_takes_up_new_results(tmp_path):
    files = {"metadata": METADATA, "recipe": RECIPE}
    files["results"] = RESULTS
    for name, content in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    (tmp_path / "README.md").write_text(text(), "utf-8")
    card.refresh(tmp_path)
    assert "| PyTorch | 1.20x |" in (tmp_path / "README.md").read_text("utf-8")


def test_cards_of_conditional_gans_show_how_to_choose():
    told = card.write("mine", METADATA | {"num_classes": 10}, None, None)
    assert "gan.generate(16, labels=1" in told and "labels=True)" in told
    coded = METADATA | {"codes": {"categories": 10}, "caption": "Rows of codes."}
    text = card.write("mine", coded, None, None)
    assert "generate(codes=[0, 1, 1]" in text
    assert "![samples](samples.png)\n\nRows of codes.\n" in text
    plain = card.write("mine", METADATA, None, None)
    assert "labels=" not in plain and "codes=" not in plain
