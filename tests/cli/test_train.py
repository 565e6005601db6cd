"""`kerasgan train` passes its options on, and resumes after an interruption."""

import inspect
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kerasgan
from kerasgan import registry
from kerasgan.training import private, propose, runner
from tests.cli.helpers import npz, one_line

pytestmark = pytest.mark.backend_free

SMALL = "--size 16 --crop --batch-size 4 --out mine --set width=4".split()


@pytest.fixture
def command(kerasgan_command):
    """Runs `kerasgan train` and returns exit code, stdout and stderr."""
    return lambda *arguments: kerasgan_command("train", *arguments)


@pytest.fixture
def asked(monkeypatch):
    """The arguments of `runner.train`, which are recorded instead of training."""
    return recorded(monkeypatch)


def recorded(monkeypatch) -> list[dict]:
    """Records the arguments of `runner.train` from here on, instead of training."""
    calls = []
    signature = inspect.signature(runner.train)

    def record(*args, **kwargs):
        bound = signature.bind(*args, **kwargs)
        calls.append(dict(bound.arguments))
        return object()

    monkeypatch.setattr(runner, "train", record)
    return calls


def test_every_option_reaches_the_training(command, asked):
    options = (
        "--data photos --size 64 --crop --channels 3 --background black --split test "
        "--data-dir sets --epochs 7 --batch-size 8 --seed 5 --out mine --resume "
        "--dtype mixed_bfloat16 --license mit --skip-unreadable --tensorboard "
        "--augmentation ada --set width=8 --set ada_target=0.5 "
        "--set discriminator_width=none"
    )
    code, _, err = command("wgan_gp", *options.split())
    assert code == 0, err
    (call,) = asked
    recipe = call.pop("recipe")
    assert recipe["data"] == {
        "source": "photos",
        "split": "test",
        "size": 64,
        "channels": 3,
        "background": "black",
        "crop": True,
        "flip": "auto",
    }
    assert recipe["phases"][0]["batch_size"] == 8 and recipe["seed"] == 5
    chosen = {"augmentation": "ada", "width": 8, "ada_target": 0.5}
    chosen["discriminator_width"] = None
    assert recipe["model"]["arguments"] == chosen
    assert str(call.pop("out")) == "mine" and call.pop("verbose") in (1, 2)
    assert repr(call.pop("budget")) == "Budget(epochs=7)"
    assert call == {
        "resume": True,
        "overwrite": False,
        "finish": False,
        "start_from": None,
        "freeze_layers": 0,
        "data_dir": "sets",
        "skip_unreadable": True,
        "tensorboard": True,
        "dtype": "mixed_bfloat16",
        "license": "mit",
    }
    command("wgan_gp", "--data", "photos", "--overwrite")
    assert asked[1]["overwrite"] and asked[1]["dtype"] is None


def test_without_options_the_recipe_is_unchanged(command, asked):
    code, out, _ = command("dcgan_mnist")
    (call,) = asked
    assert code == 0 and "runs/dcgan_mnist" in out
    assert call["recipe"] == kerasgan.recipes.load("dcgan_mnist")
    rest = {k: v for k, v in call.items() if k not in ("recipe", "out", "verbose")}
    assert not any(rest.values())


def test_other_data_keep_the_size_of_the_recipe(command, asked):
    with pytest.warns(UserWarning, match="evaluation belongs to its own images"):
        command("r3gan_emoji", "--data", "photos")
    data = {"source": "photos", "size": 32, "background": "white"}
    assert asked[0]["recipe"]["data"] == data


def test_augmentation_none_turns_a_policy_off(command, asked, tmp_path):
    recipe = kerasgan.recipes.load("r3gan_mnist")
    recipe["model"]["arguments"]["augmentation"] = "ada"
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps(recipe))
    for options, policy in (((), "ada"), (("--augmentation", "none"), None)):
        command(str(path), *options)
        assert asked.pop()["recipe"]["model"]["arguments"]["augmentation"] == policy


def test_misspelled_policy_is_one_line(command, photos):
    wanted = ["--data", str(photos), *SMALL, "--augmentation", "colour"]
    code, _, err = command("dcgan", *wanted, "--epochs", "1")
    assert code == 2 and "Did you mean 'color'" in one_line(err)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("width", "--set must be NAME=VALUE. Received: 'width'"),
        ("widht=8", "Did you mean 'width'?"),
        ("width=wide", "width: expected integer. Received: 'wide'"),
        ("num_classes=NaN", "num_classes: expected integer"),
    ],
)
def test_wrong_setting_is_refused_first(command, asked, setting, message):
    code, _, err = command("sngan", "--data", "nowhere", "--set", setting)
    assert code == 2 and message in err and not asked


def test_impossible_size_is_refused_before_reading(command, photos, monkeypatch):
    def reading(*_, **__):
        raise AssertionError("images were read")

    monkeypatch.setattr("kerasgan.training.inputs.read", reading)
    code, _, err = command("dcgan", "--data", photos, "--size", 30, "--crop")
    assert code == 2 and "30x30 pixels" in one_line(err) and "28 or 32" in err
    assert not Path("runs").exists()


def test_other_number_of_classes_is_refused(command, photos):
    wanted = ["--data", photos, "--epochs", 1, *SMALL, "--set", "num_classes=3"]
    code, _, err = command("sngan", *wanted)
    message = "num_classes=3. Received: images of 2 classes, from photos. Pass --set "
    assert code == 2 and message + "num_classes=2" in one_line(err)


def test_training_writes_a_preset_that_generates(kerasgan_command, command):
    recipe = {
        "format": 2,
        "model": {"name": "dcgan", "arguments": {"latent_dim": 4, "width": 4}},
        "data": {"source": npz(), "title": "Tiny", "license": "MIT", "origin": "here"},
        "phases": [{"updates": 9, "batch_size": 8}],
    }
    Path("tiny.json").write_text(json.dumps(recipe))
    code, out, err = command("tiny.json", "--epochs", 1)
    assert (code, err) == (0, "")
    assert "To generate images: kerasgan generate runs/tiny" in out
    assert json.loads(Path("runs/tiny/metadata.json").read_text())["updates"] == 2
    card = Path("runs/tiny/README.md").read_text()
    assert "trained on Tiny" in card and "License of the data: MIT" in card
    code, _, err = command("tiny.json", "--epochs", 1)
    assert code == 2 and "--overwrite" in one_line(err)
    assert kerasgan_command("generate", "runs/tiny", "-n", 4)[0] == 0
    assert Path("tiny_seed0.png").exists()


def test_folder_of_photos_becomes_a_preset(command, photos):
    """Runs the README's command on fewer and smaller images."""
    code, out, err = command("wgan_gp", "--data", photos, "--epochs", 2, *SMALL)
    assert code == 0, err
    assert "Training on 12 images, (16, 16, 3) each." in out
    gan = kerasgan.from_preset("mine")
    assert gan.image_shape == (16, 16, 3)


@pytest.mark.matrix
def test_set_num_classes_makes_an_sngan_conditional(command, photos):
    options = "--set num_classes=2 --set discriminator_width=8".split()
    wanted = ["--data", photos, "--epochs", 2, *SMALL, *options]
    code, _, err = command("sngan", *wanted)
    assert code == 0, err
    gan = kerasgan.from_preset("mine")
    assert gan.condition.num_classes == 2
    assert gan.condition.class_names == ["a", "b"]
    assert gan.generate(2, labels=[0, 1]).shape == (2, 16, 16, 3)


@pytest.fixture
def interrupt(command, monkeypatch):
    """Starts a training that a person stops after its first checkpoint."""

    def start(*arguments):
        def interrupted(*_):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(runner, "_run_phases", interrupted)
            code, _, err = command(*arguments)
        assert code == 130 and "--resume (without --overwrite)" in err

    return start


@pytest.mark.parametrize("over", [False, True])
def test_interrupted_training_resumes_as_advised(command, photos, interrupt, over):
    start = "dcgan", "--data", photos, "--epochs", 2, *SMALL
    if over:
        assert command(*start)[0] == 0
    interrupt(*start, *["--overwrite"] * over)
    code, _, err = command(*start, "--resume")
    assert code == 0, err


def test_resume_finds_the_images_without_their_path(
    command, photos, interrupt, monkeypatch, tmp_path
):
    monkeypatch.chdir(photos.parent)
    interrupt("dcgan", "--data", "photos", "--epochs", 1, *SMALL)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    calls = recorded(monkeypatch)
    code, _, err = command("dcgan", "--out", tmp_path / "mine", "--resume")
    assert code == 0, err
    data = {"source": str(photos), "size": 16, "crop": True, "flip": True}
    assert calls[0]["recipe"]["data"] == data and calls[0]["resume"]


def test_resume_says_that_the_images_moved(command, photos, interrupt):
    interrupt("dcgan", "--data", photos, "--epochs", 1, *SMALL)
    photos.rename(photos.parent / "pictures")
    code, _, err = command("dcgan", *SMALL, "--resume")
    assert code == 2 and f"must be in {photos}" in one_line(err) and "--data" in err


def test_trained_preset_knows_where_its_images_are(command, photos, asked):
    recipe = kerasgan.recipes.load("dcgan")
    recipe["data"] = {"source": str(photos), "size": 16}
    private.write(Path("mine"), recipe)
    Path("mine/recipe.json").write_text(
        json.dumps(recipe | {"data": {"source": "photos/", "size": 16}})
    )
    for name in ("mine", "mine/recipe.json"):
        command(name, "--out", "again")
        assert asked.pop()["recipe"]["data"]["source"] == str(photos)
    shutil.rmtree("mine/training")
    command("mine", "--out", "again")
    assert asked.pop()["recipe"]["data"]["source"] == "photos/"


@pytest.fixture
def many(tmp_path):
    """A folder of 60 pictures that are color photographs, as far as one can tell."""
    rng = np.random.default_rng(0)
    (tmp_path / "many").mkdir()
    for index, pixels in enumerate(rng.integers(0, 256, (60, 40, 50, 3), "uint8")):
        Image.fromarray(pixels).save(tmp_path / f"many/{index}.png")
    return tmp_path / "many"


@pytest.fixture
def fast(monkeypatch):
    """A machine on which an update takes 0.2 seconds."""
    propose_it = propose.propose
    monkeypatch.setattr(
        propose,
        "propose",
        lambda *args, **kwargs: propose_it(*args, measure=lambda *_: 0.2, **kwargs),
    )


def test_a_folder_alone_gets_a_proposal(command, asked, many, fast):
    code, out, err = command("many/")
    assert (code, err) == (0, "") and str(asked[0]["out"]) == "runs/many"
    assert "many: 60 images, 50x40 pixels, color." in out
    recipe = asked[0]["recipe"]
    assert recipe["model"]["name"] == "r3gan" and asked[0]["budget"] is None
    assert recipe["phases"][0]["updates"] == 18_000
    data = {"source": "many/", "size": 32, "channels": 3, "crop": True, "flip": True}
    assert recipe["data"] == data
    assert "updates  18,000, so 288,000 images are seen, in about 1 hour" in out
    assert "recognizable shapes, little detail" in out and "near copies" in out


def test_a_proposals_fields_can_be_fixed(command, asked, many, fast):
    options = "--family dcgan --size 28 --batch-size 4 --flip off --updates 30"
    more = "--augmentation none --set width=8 --dtype float32 --seed 2 --yes"
    code, _, err = command("many", *options.split(), *more.split())
    assert code == 0, err
    recipe = asked[0]["recipe"]
    arguments = {"image_shape": [28, 28, 3], "augmentation": None, "width": 8}
    assert recipe["model"] == {"name": "dcgan", "arguments": arguments}
    phase = {"batch_size": 4, "updates": 30}
    assert recipe["phases"] == [phase] and recipe["data"]["flip"] is False
    assert recipe["seed"] == 2


@pytest.mark.parametrize("agrees", [True, False])
def test_a_terminal_is_asked_once(command, asked, many, fast, monkeypatch, agrees):
    questions = []
    monkeypatch.setattr("kerasgan.cli.proposals.is_terminal", lambda: True)
    confirm = lambda text, **_: questions.append(text) or agrees  # noqa: E731
    monkeypatch.setattr("typer.confirm", confirm)
    code, out, _ = command("many")
    assert code == 0 and len(questions) == 1 and len(asked) == agrees
    assert ("Nothing was trained" in out) != agrees
    command("many", "--yes", "--out", "other")
    assert len(questions) == 1


def test_a_proposal_fine_tunes_a_preset(command, asked, many, fast):
    code, _, err = command("many", "--from", "r3gan_emoji", "--freeze-layers", 2)
    assert code == 0, err
    model, given = asked[0]["recipe"]["model"], asked[0]
    assert given["start_from"] == "r3gan_emoji" and given["freeze_layers"] == 2
    assert model["arguments"]["latent_dim"] == 64
    code, _, err = command("many", "--from", "r3gan_emoji", "--size", 64)
    assert code == 2 and "whose size is 32, and --size 64" in one_line(err)
    code, _, err = command("dcgan", "--data", many, "--from", "r3gan_emoji")
    assert code == 2 and "preset of dcgan. Received: r3gan_emoji" in one_line(err)


def test_a_resumed_proposal_is_not_made_again(command, asked, many):
    recipe = kerasgan.recipes.load("dcgan")
    recipe["data"] = {"source": str(many), "size": 28}
    private.write(Path("runs/many"), recipe)
    code, _, err = command("many", "--resume", "--hours", 2)
    assert code == 0, err
    assert asked[0]["recipe"]["model"]["name"] == "dcgan" and asked[0]["resume"]
    assert repr(asked[0]["budget"]) == "Budget(hours=2.0)"
    code, _, err = command("many", "--resume", "--out", "other")
    assert code == 2 and "other must hold a training to continue" in one_line(err)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "needs images, or a recipe. Received: neither"),
        ("many --hours 0", "`hours` must be a number above 0"),
        ("many --hours 1 --epochs 2", "Received: --hours 1.0 and --epochs 2"),
        ("many --data many", "Images are given once"),
        ("many --data many --family dcgan", "images are given once"),
        ("many --make edges", "--make needs a family that takes it"),
        ("many --labeled 10", "Pass --family sgan"),
        ("mani", "Expected a folder of images, a preset"),
        ("dcgan", "is a folder here and the name of a GAN"),
        ("one", "at least 16 different images, better 500 or more. Received: 1 in"),
    ],
)
def test_unclear_calls_are_one_line(command, asked, many, arguments, message):
    for name in ("dcgan", "one"):
        Path(name).mkdir()
        shutil.copy(many / "0.png", name)
    code, _, err = command(*arguments.split())
    assert code == 2 and message in one_line(err) and not asked


def test_a_family_of_ones_own_trains_from_a_module(command, asked, monkeypatch):
    monkeypatch.setattr(registry, "_CLASSES", dict(registry._CLASSES))
    monkeypatch.setattr("sys.path", [*sys.path])
    Path("my_module.py").write_text(
        "import kerasgan\n@kerasgan.register('my_gan')\n"
        "class MyGAN(kerasgan.models.DCGAN):\n    pass\n"
    )
    code, _, err = command("my_gan", "--data", npz(), "--import", "my_module")
    assert code == 0, err
    assert asked[0]["recipe"]["model"]["name"] == "my_gan"
    code, _, err = command("my_gan", "--data", npz(), "--import", "no_module")
    assert code == 1 and "--import must name a Python module" in one_line(err)
