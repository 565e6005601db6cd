"""`kerasgan train` passes its options on, and resumes after an interruption."""

import inspect
import json
import sys

import numpy as np
import pytest
from PIL import Image

import kerasgan
from kerasgan import cli
from kerasgan.training import runner

pytestmark = pytest.mark.backend_free


@pytest.fixture
def command(monkeypatch, capfd, tmp_path):
    """Runs `kerasgan train` and returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["kerasgan", "train", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.run()
        return (ended.value.code or 0, *capfd.readouterr())

    return run


@pytest.fixture
def asked(monkeypatch):
    """Records the arguments of `runner.train` instead of training."""
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
        "--overwrite --dtype mixed_bfloat16 --license mit --skip-unreadable "
        "--tensorboard "
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
        "overwrite": True,
        "epochs": 7,
        "data_dir": "sets",
        "skip_unreadable": True,
        "tensorboard": True,
        "dtype": "mixed_bfloat16",
        "license": "mit",
    }


def test_without_options_the_recipe_is_unchanged(command, asked):
    code, out, _ = command("dcgan_mnist")
    (call,) = asked
    assert code == 0 and "runs/dcgan_mnist" in out
    assert call["recipe"] == kerasgan.recipes.load("dcgan_mnist")
    rest = {k: v for k, v in call.items() if k not in ("recipe", "out", "verbose")}
    assert not any(rest.values())


def test_augmentation_none_turns_a_policy_off(command, asked, tmp_path):
    recipe = kerasgan.recipes.load("r3gan_mnist")
    recipe["model"]["arguments"]["augmentation"] = "ada"
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps(recipe))
    for options, policy in (((), "ada"), (("--augmentation", "none"), None)):
        command(str(path), *options)
        assert asked.pop()["recipe"]["model"]["arguments"]["augmentation"] == policy


def test_misspelled_policy_is_one_line(command, photos, tmp_path):
    wanted = ["--data", str(photos), *SMALL, "--augmentation", "colour"]
    code, _, err = command("dcgan", *wanted, "--epochs", "1")
    assert code == 2 and "Did you mean 'color'" in err and "Traceback" not in err


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


@pytest.fixture
def photos(tmp_path):
    """Twelve pictures of several sizes in two folders."""
    rng = np.random.default_rng(0)
    for index in range(12):
        folder = tmp_path / "photos" / "ab"[index % 2]
        folder.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 256, (20 + index, 30, 3), dtype="uint8")
        Image.fromarray(pixels).save(folder / f"{index}.png")
    return tmp_path / "photos"


SMALL = "--size 16 --crop --batch-size 4 --out mine --set width=4".split()


def test_folder_of_photos_becomes_a_preset(command, photos):
    """Runs the README's command on fewer and smaller images."""
    code, out, err = command("wgan_gp", "--data", photos, "--epochs", 2, *SMALL)
    assert code == 0, err
    assert "Training on 12 images, (16, 16, 3) each." in out
    gan = kerasgan.from_preset("mine")
    assert gan.image_shape == (16, 16, 3)


def test_set_num_classes_makes_an_sngan_conditional(command, photos):
    options = "--set num_classes=2 --set discriminator_width=8".split()
    wanted = ["--data", photos, "--epochs", 2, *SMALL, *options]
    code, _, err = command("sngan", *wanted)
    assert code == 0, err
    gan = kerasgan.from_preset("mine")
    assert gan.condition.num_classes == 2
    assert gan.condition.class_names == ["a", "b"]
    assert gan.generate(2, labels=[0, 1]).shape == (2, 16, 16, 3)


@pytest.mark.parametrize("over", [False, True])
def test_interrupted_training_resumes_as_advised(command, photos, monkeypatch, over):
    start = "dcgan", "--data", photos, "--epochs", 2, *SMALL
    if over:
        assert command(*start)[0] == 0

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(runner, "_run_phases", interrupted)
        code, _, err = command(*start, *["--overwrite"] * over)
    assert code == 130 and "--resume (without --overwrite)" in err
    code, _, err = command(*start, "--resume")
    assert code == 0, err
