"""The command line: its output, its files, its exit codes."""

import errno
import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image

import kerasgan
from kerasgan import cli, errors
from kerasgan.cli.app import COMMANDS, app
from kerasgan.presets import catalog
from kerasgan.presets.folders import Folder
from tests.support import hostile

pytestmark = pytest.mark.backend_free

METADATA = {
    "format": 2,
    "kind": "gan",
    "image_shape": [28, 28, 1],
    "class": "DCGAN",
    "data": {"source": "mnist"},
    "parameters": {"generator": 1_200_000, "discriminator": 800_000},
}


@pytest.fixture(autouse=True)
def own_process(tmp_path, monkeypatch):
    """Gives each test its own working folder, and restores this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_BACKEND", os.environ.get("KERAS_BACKEND", "tensorflow"))
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)


@pytest.fixture
def kerasgan_command(monkeypatch, capfd):
    """Runs a command and returns exit code, stdout and stderr."""

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["kerasgan", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.run()
        return (ended.value.code or 0, *capfd.readouterr())

    return command


@pytest.fixture
def zoo(tmp_path, monkeypatch):
    """A zoo with one preset that has the files for `list` and `info`."""
    folder = tmp_path / "zoo" / "dcgan_mnist"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"name": "dcgan"}')
    (folder / "metadata.json").write_text(json.dumps(METADATA))
    monkeypatch.setattr(catalog, "zoo_folder", lambda: folder.parent)
    return folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A preset folder with a tiny untrained DCGAN."""
    folder = tmp_path_factory.mktemp("presets") / "tiny"
    kerasgan.models.DCGAN(
        image_shape=(16, 16, 1), latent_dim=4, width=4
    ).save_to_preset(folder)
    return folder


def npz(side=16):
    """Writes a dataset of 16 images to the working folder."""
    rng = np.random.default_rng(0)
    np.savez("set.npz", images=rng.integers(0, 256, (16, side, side, 1), dtype="uint8"))
    return "set.npz"


def picture(path):
    """Format and size of a picture file."""
    with Image.open(path) as opened:
        return opened.format, opened.size


def one_line(err):
    assert err.startswith("Error: ") and err.count("\n") == 1 and err[-1] == "\n"
    return err


@pytest.mark.parametrize("argument", ["--help", "list"])
def test_help_and_list_import_no_backend(argument):
    code = (
        "import sys; from kerasgan import cli; sys.argv = ['kerasgan', sys.argv[1]]\n"
        "try: cli.run()\n"
        "finally: print(sorted({'keras', 'tensorflow', 'jax', 'torch', "
        "'huggingface_hub'} & set(sys.modules)), file=sys.stderr)"
    )
    arguments = [sys.executable, "-c", code, argument]
    root = Path(kerasgan.__file__).parents[1]
    run = subprocess.run(arguments, cwd=root, capture_output=True, text=True)
    assert (run.returncode, run.stderr.strip()) == (0, "[]")


def test_commands_are_listed_in_the_order_of_use(kerasgan_command):
    code, out, _ = kerasgan_command("--help")
    listed = re.findall(r"(?m)^. ([a-z]+)  +[A-Z]", out)
    assert code == 0 and listed == COMMANDS


def test_every_option_has_a_help_text():
    group = typer.main.get_command(app)
    commands = {name: group.get_command(None, name) for name in COMMANDS}
    data = commands["data"]
    commands |= {name: data.get_command(None, name) for name in ("export", "split")}
    for name, command in commands.items():
        options = [p for p in command.params if p.name != "help"]
        assert [p.name for p in options if not p.help] == [], name
        assert command.help, name


def test_list_shows_model_images_data_and_parameters(kerasgan_command, zoo):
    code, out, _ = kerasgan_command("list")
    row = out.splitlines()[1].split()
    assert code == 0
    assert row == ["dcgan_mnist", "DCGAN", "28x28x1", "mnist", "2.00", "M"]


def test_info_prints_json(kerasgan_command, zoo):
    code, out, _ = kerasgan_command("info", "dcgan_mnist")
    assert code == 0 and json.loads(out)["metadata"] == METADATA


def test_version_is_printed(kerasgan_command):
    assert kerasgan_command("--version")[:2] == (0, kerasgan.__version__ + "\n")


@pytest.mark.parametrize("command", [[], ["data"]])
def test_command_without_arguments_prints_help(kerasgan_command, command):
    code, out, err = kerasgan_command(*command)
    assert code == 2 and "Usage" in out + err and "Error" not in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["genrate"], "Did you mean 'generate'"),
        (["generate"], "Missing argument"),
        (["generate", "x", "--nope"], "No such option: --nope"),
        (["generate", "x", "-n", "0"], "--num-samples"),
        (["--backend", "numpy", "list"], "'tensorflow', 'jax', 'torch'"),
        (["info", "dcgan_mnits"], "Did you mean 'dcgan_mnist'"),
        (["info", "."], "without config.json"),
        (["generate", "dcgan_mnist", "--out", "a.jpg"], ".png for a grid"),
        (
            ["generate", "dcgan_mnist", "--out", "a.png", "--format", "gif"],
            ".gif for an animation",
        ),
        (
            ["generate", "dcgan_mnist", "--format", "gif", "--truncation", "1"],
            "--trunc",
        ),
        (["generate", "dcgan_mnist", "--out", "zoo", "--format", "npy"], ".npy for"),
        (["train", "dcgn"], "Did you mean"),
        (["train", "dcgan"], "expected the field 'source'. Received: []. Pass --data"),
        (
            ["train", "dcgan", "--data", "nowhere.npz"],
            "'nowhere.npz', which does not exist",
        ),
        (["train", "dcgan", "--data", "x", "--batch-size", "0"], "--batch-size"),
        (
            ["train", "dcgan", "--data", "x", "--channels", "2"],
            "one of 1, 3. Received: 2",
        ),
        (["train", "dcgan", "--data", ".", "--out", "."], "new folder"),
        (["data", "export", "/nowhere", "--out", "a.npz"], "does not exist"),
        (["data", "export", "zoo", "--out", "a.npy"], "end in .npz"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_exits_with_2_and_one_line(kerasgan_command, zoo, arguments, message):
    code, _, err = kerasgan_command(*arguments)
    assert code == 2 and message in one_line(err)


def test_failure_exits_with_1_and_one_line(kerasgan_command, trained):
    (trained / "generator.weights.h5").rename(trained / "kept")
    (trained / "generator.weights.h5").write_bytes(b"torn")
    try:
        code, _, err = kerasgan_command("generate", trained)
    finally:
        (trained / "kept").replace(trained / "generator.weights.h5")
    assert code == 1 and "generator.weights.h5" in one_line(err)


def test_debug_shows_the_traceback(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["kerasgan", "--debug", "info", "nowhere"])
    with pytest.raises(errors.PresetNotFoundError):
        cli.run()


def test_interruption_exits_with_130(kerasgan_command, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(catalog, "list_presets", interrupted)
    assert kerasgan_command("list") == (130, "", "")


def test_backend_is_set_before_keras_is_imported():
    pytest.importorskip("torch", reason="PyTorch is not installed")
    code = (
        "import sys, kerasgan.cli as cli\n"
        "sys.argv[1:] = ['--backend', 'torch', 'info', 'dcgan_mnist']\n"
        "try: cli.run()\n"
        "finally: import keras; print(keras.backend.backend())"
    )
    root = Path(kerasgan.__file__).parents[1]
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True
    )
    assert run.stdout.splitlines()[-1] == "torch"


def test_missing_backend_is_named(kerasgan_command, trained, monkeypatch):
    monkeypatch.delitem(sys.modules, "keras")

    class Absent:
        def find_spec(name, path=None, target=None):
            if name == "keras":
                raise ModuleNotFoundError("No module named 'jax'", name="jax")

    monkeypatch.setattr(sys, "meta_path", [Absent, *sys.meta_path])
    code, _, err = kerasgan_command("generate", trained)
    assert code == 1 and "pip install jax" in one_line(err)


# Generated images.


def test_generate_writes_a_grid_by_default(kerasgan_command, trained):
    code, out, err = kerasgan_command("generate", trained, "-n", 4)
    assert (code, out, err) == (0, "Wrote 4 images to tiny_seed0.png\n", "")
    assert picture("tiny_seed0.png") == ("PNG", (7 * 38, 7 * 38))


@pytest.fixture(scope="module")
def conditional(tmp_path_factory):
    """Preset folders of a tiny CGAN and a tiny InfoGAN."""
    folder = tmp_path_factory.mktemp("presets")
    shape = {"image_shape": (16, 16, 1), "width": 4}
    cgan = kerasgan.models.CGAN(num_classes=3, latent_dim=4, **shape)
    infogan = kerasgan.models.InfoGAN(noise_dim=4, categories=3, **shape)
    cgan.save_to_preset(folder / "cgan")
    infogan.save_to_preset(folder / "infogan")
    return folder


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("cgan", "--labels 2,0", {"labels": [2, 0, 2]}),
        ("cgan", "--labels 2 --labels 0", {"labels": [2, 0, 2]}),
        ("cgan", "--labels 1", {"labels": 1}),
        ("infogan", "--codes 2", {"codes": [2, 2, 2]}),
        (
            "infogan",
            "--codes 2,-1,0.5 --codes 0,1,0",
            {"codes": [[2, -1, 0.5], [0, 1, 0], [2, -1, 0.5]]},
        ),
    ],
)
def test_labels_and_codes_take_turns(
    kerasgan_command, conditional, name, options, expected
):
    preset = conditional / name
    arguments = ("generate", preset, "-n", 3, "--out", "a.npy", *options.split())
    assert kerasgan_command(*arguments)[0] == 0
    images = kerasgan.from_preset(preset).generate(3, seed=0, **expected)
    np.testing.assert_array_equal(np.load("a.npy"), images)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("cgan", "--codes 1", "Received: CGAN, which takes --labels."),
        ("infogan", "--labels 1", "Received: InfoGAN, which takes --codes."),
        ("infogan", "--codes a", "--codes must be numbers"),
        ("cgan", "--labels cat", "--labels must be class numbers from 0"),
        ("cgan", "--labels 1,,2", "with commas between them. Received: ''"),
    ],
)
def test_wrong_conditions_are_refused(
    kerasgan_command, conditional, name, options, message
):
    code, _, err = kerasgan_command("generate", conditional / name, *options.split())
    assert code == 2 and message in one_line(err)


def test_grid_of_a_conditional_gan_has_a_column_per_class(
    kerasgan_command, conditional
):
    preset = conditional / "cgan"
    assert kerasgan_command("generate", preset, "-n", 6, "--out", "c.png")[0] == 0
    images = kerasgan.from_preset(preset).generate(6, seed=0)
    expected = kerasgan.images.make_picture(images, 3).squeeze()
    np.testing.assert_array_equal(np.asarray(Image.open("c.png")), expected)


def test_animation_takes_codes(kerasgan_command, conditional):
    options = ("-n", 3, "--codes", "2,0,0", "--out", "a.gif")
    assert kerasgan_command("generate", conditional / "infogan", *options)[0] == 0
    assert picture("a.gif")[0] == "GIF"


def test_generate_says_that_it_replaced_its_default_file(kerasgan_command, trained):
    lines = [kerasgan_command("generate", trained, "-n", 1)[1] for _ in range(2)]
    first = "Wrote 1 image to tiny_seed0.png"
    assert lines == [f"{first}\n", f"{first}, replacing what was there\n"]


def test_generate_writes_single_files_to_a_folder(kerasgan_command, trained):
    assert kerasgan_command("generate", trained, "-n", 3, "--out", "new/f")[0] == 0
    names = sorted(path.name for path in Path("new/f").iterdir())
    assert names == ["00000.png", "00001.png", "00002.png"]
    expected = kerasgan.from_preset(trained).generate(3, seed=0)[1, ..., 0]
    np.testing.assert_array_equal(np.asarray(Image.open("new/f/00001.png")), expected)


def test_generate_deletes_no_other_files(kerasgan_command, trained):
    Path("f").mkdir()
    Path("f/00042.png").write_bytes(b"mine")
    arguments = ("generate", trained, "-n", 2, "--out", "f", "--overwrite")
    assert kerasgan_command(*arguments)[0] == 0
    names = sorted(path.name for path in Path("f").iterdir())
    assert names == ["00000.png", "00001.png", "00042.png"]
    assert Path("f/00042.png").read_bytes() == b"mine"


def test_generate_writes_an_animation(kerasgan_command, trained):
    code, out, _ = kerasgan_command("generate", trained, "-n", 5, "--out", "a.gif")
    assert code == 0 and out == "Wrote 5 images to a.gif\n"
    assert picture("a.gif") == ("GIF", (256, 256))


def test_generate_writes_an_array(kerasgan_command, trained):
    arguments = ("-n", 3, "--seed", 7, "--truncation", 0.5, "--out", "a.npy")
    assert kerasgan_command("generate", trained, *arguments)[0] == 0
    expected = kerasgan.from_preset(trained).generate(3, seed=7, truncation=0.5)
    np.testing.assert_array_equal(np.load("a.npy"), expected)


def test_existing_file_is_replaced_only_with_overwrite(kerasgan_command, trained):
    Path("a.png").write_text("mine")
    code, _, err = kerasgan_command("generate", trained, "-n", 1, "--out", "a.png")
    assert code == 2 and "--overwrite" in one_line(err)
    assert Path("a.png").read_text() == "mine"
    arguments = ("generate", trained, "-n", 1, "--out", "a.png", "--overwrite")
    assert kerasgan_command(*arguments)[0] == 0
    assert picture("a.png")[0] == "PNG"


def test_folder_in_place_of_a_file_is_refused(kerasgan_command, trained):
    Path("a.png").mkdir()
    arguments = ("generate", trained, "--out", "a.png", "--overwrite")
    code, _, err = kerasgan_command(*arguments)
    assert code == 2 and "is a folder" in one_line(err)


def test_labels_of_an_unconditional_gan_are_refused(kerasgan_command, trained):
    code, _, err = kerasgan_command("generate", trained, "--labels", 1)
    message = "--labels is for GANs with labels. Received: DCGAN, which is uncond"
    assert code == 2 and message in one_line(err)


@pytest.mark.parametrize("name", ["a.png", "a.gif", "a.npy"])
def test_full_disk_exits_with_1_and_keeps_the_old_file(
    kerasgan_command, trained, monkeypatch, name
):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    Path(name).write_text("mine")
    monkeypatch.setattr(os, "fsync", full)
    arguments = ("generate", trained, "-n", 2, "--out", name, "--overwrite")
    code, _, err = kerasgan_command(*arguments)
    assert code == 1 and "No space left" in one_line(err)
    assert os.listdir() == [name] and Path(name).read_text() == "mine"


# Data and training.


def test_export_writes_images_labels_and_class_names(kerasgan_command):
    Path("pictures/a").mkdir(parents=True)
    for name in "xy":
        Image.new("RGBA", (20, 16)).save(f"pictures/a/{name}.png")
    options = (
        "--size",
        8,
        "--crop",
        "--channels",
        1,
        "--background",
        "black",
        "--labels",
    )
    command = ("data", "export", "pictures", "--out", "set.npz", *options)
    assert kerasgan_command(*command) == (0, "Wrote set.npz\n", "")
    with np.load("set.npz") as file:
        assert file["images"].shape == (2, 8, 8, 1) and not file["images"].any()
        assert file["labels"].tolist() == [0, 0] and file["class_names"] == ["a"]


def test_skipped_images_are_warned_of(kerasgan_command):
    Path("pictures").mkdir()
    Image.new("L", (8, 8)).save("pictures/a.png")
    Path("pictures/b.png").touch()
    command = ("data", "export", "pictures", "--out", "set.npz")
    code, _, err = kerasgan_command(*command)
    assert code == 2 and "b.png" in one_line(err)
    with pytest.warns(UserWarning, match="Skipped pictures/b.png"):
        assert kerasgan_command(*command, "--skip-unreadable")[0] == 0
    assert warnings.formatwarning("b", UserWarning, "f", 1) == "Warning: b\n"


def test_training_writes_a_preset_that_generates(kerasgan_command):
    recipe = {
        "format": 2,
        "model": {"name": "dcgan", "arguments": {"latent_dim": 4, "width": 4}},
        "data": {"source": npz(), "title": "Tiny", "license": "MIT", "origin": "here"},
        "phases": [{"updates": 9, "batch_size": 8}],
    }
    Path("tiny.json").write_text(json.dumps(recipe))
    code, out, err = kerasgan_command("train", "tiny.json", "--epochs", 1)
    assert (code, err) == (
        0,
        "",
    ) and "To generate images: kerasgan generate runs/tiny" in out
    assert json.loads(Path("runs/tiny/metadata.json").read_text())["updates"] == 2
    card = Path("runs/tiny/README.md").read_text()
    assert "trained on Tiny" in card and "License of the data: MIT" in card
    code, _, err = kerasgan_command("train", "tiny.json", "--epochs", 1)
    assert code == 2 and "--overwrite" in one_line(err)
    assert kerasgan_command("generate", "runs/tiny", "-n", 4)[0] == 0
    assert Path("tiny_seed0.png").exists()


@pytest.fixture(scope="module")
def measured_by(tmp_path_factory):
    """A classifier preset with random weights."""
    folder = tmp_path_factory.mktemp("presets") / "features_tiny"
    kerasgan.models.FeatureClassifier(image_shape=(16, 16, 1), width=1).save_to_preset(
        folder
    )
    return folder


def test_evaluate_prints_a_line_per_metric_and_writes_json(
    kerasgan_command, trained, measured_by
):
    rng = np.random.default_rng(0)
    np.savez("set.npz", images=rng.integers(0, 256, (60, 16, 16, 1), dtype="uint8"))
    options = "--num-samples", 30, "--metrics", "fid,precision_recall"
    options += "--out", "results.json", "--features", measured_by
    code, out, err = kerasgan_command(
        "evaluate", trained, "--data", "set.npz", *options
    )
    assert code == 0, err
    names = [line.split()[0] for line in out.splitlines()]
    assert names == [f"{n}_features_tiny" for n in ("fid", "precision", "recall")]
    results = json.loads(Path("results.json").read_text())
    assert results["fid_features_tiny"]["protocol"]["held_out_count"] == 12


@pytest.mark.parametrize("labeled", [True, False])
def test_evaluate_matches_the_categories_of_an_infogan(
    kerasgan_command, measured_by, labeled
):
    shape = {"image_shape": (16, 16, 1), "width": 4}
    kerasgan.models.InfoGAN(noise_dim=4, categories=3, **shape).save_to_preset("info")
    images = np.random.default_rng(0).integers(0, 256, (60, 16, 16, 1), dtype="uint8")
    labels = {"labels": np.arange(60) % 3} if labeled else {}
    np.savez("set.npz", images=images, **labels)
    options = "--data", "set.npz", "--features", measured_by, "--num-samples", 30
    code, out, err = kerasgan_command("evaluate", "info", *options)
    assert code == 0, err
    assert ("\nbest_match_accuracy " in out) == labeled
    _, out, _ = kerasgan_command("evaluate", "info", *options, "--metrics", "fid")
    assert [line.split()[0] for line in out.splitlines()] == ["fid_features_tiny"]


def test_evaluate_passes_its_options_on(
    kerasgan_command, trained, measured_by, monkeypatch
):
    from kerasgan import evaluation

    asked = []

    def record(fields, **reading):
        asked.append((fields, reading))
        raise ValueError("enough")

    monkeypatch.setattr(evaluation, "real_images", record)
    options = (
        "--split test --held-out train --size 16 --crop --channels 1 --background red"
    )
    options += " --skip-unreadable --data-dir sets"
    kerasgan_command("evaluate", trained, "--data", "photos", *options.split())
    ((fields, reading),) = asked
    assert fields == {
        "source": "photos",
        "split": "test",
        "held_out": "train",
        "size": 16,
        "channels": 1,
        "crop": True,
        "background": "red",
    }
    assert reading == {"labels": False, "data_dir": "sets", "skip_unreadable": True}


def test_evaluate_asks_for_unknown_data(kerasgan_command, trained):
    code, _, err = kerasgan_command("evaluate", trained)
    assert code == 2 and "Pass --data" in err


@pytest.mark.parametrize(
    "data", [{"source": "/etc"}, {"source": "mnist", "held_out": "../../photos"}]
)
def test_evaluate_reads_no_path_that_a_hub_preset_names(
    kerasgan_command, trained, monkeypatch, data
):
    class Hub:
        def __init__(self, folder):
            self._folder, self.name = Folder(Path(folder)), "stranger/gan"

        def read(self, name, largest):
            return self._folder.read(name, largest)

        def has(self, name):
            return self._folder.has(name)

    folder = Path(shutil.copytree(trained, "mine"))
    hostile.edit(folder, "metadata.json", data=data)
    monkeypatch.setattr(catalog, "files_of", Hub)
    code, _, err = kerasgan_command("evaluate", "mine")
    assert code == 2 and "Pass --data" in err and "stranger/gan must name" in err


def test_classifier_cannot_generate(kerasgan_command, measured_by):
    for command in ("generate", "evaluate"):
        options = ("--data", npz()) if command == "evaluate" else ()
        code, _, err = kerasgan_command(command, measured_by, *options)
        assert code == 2 and "must be a GAN. Received: a FeatureClassifier" in err
