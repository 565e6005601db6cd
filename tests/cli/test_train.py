"""`kerasgan train` passes its options on, and resumes after an interruption."""

import inspect
import json
import shutil
from pathlib import Path

import pytest

import kerasgan
from kerasgan.training import private, runner
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
    }
    assert recipe["phases"][0]["batch_size"] == 8 and recipe["seed"] == 5
    chosen = {"augmentation": "ada", "width": 8, "ada_target": 0.5}
    chosen["discriminator_width"] = None
    assert recipe["model"]["arguments"] == chosen
    assert str(call.pop("out")) == "mine" and call.pop("verbose") in (1, 2)
    assert call == {
        "resume": True,
        "overwrite": False,
        "epochs": 7,
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
    data = {"source": str(photos), "size": 16, "crop": True}
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
