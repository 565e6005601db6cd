"""The command line as a whole: help, exit codes, one line for an error."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import kerasgan
from kerasgan import cli, errors
from kerasgan.cli.app import COMMANDS, app
from kerasgan.presets import catalog
from tests.cli.helpers import one_line

pytestmark = pytest.mark.backend_free

ROOT = Path(kerasgan.__file__).parents[1]


def each_command() -> dict:
    """The commands by name, those of `data` included."""
    group = typer.main.get_command(app)
    commands = {name: group.get_command(None, name) for name in COMMANDS}
    data = commands["data"]
    return commands | {n: data.get_command(None, n) for n in ("export", "split")}


@pytest.mark.parametrize("argument", ["--help", "list"])
def test_help_and_list_import_no_backend(argument):
    code = (
        "import sys; from kerasgan import cli; sys.argv = ['kerasgan', sys.argv[1]]\n"
        "try: cli.run()\n"
        "finally: print(sorted({'keras', 'tensorflow', 'jax', 'torch', "
        "'huggingface_hub'} & set(sys.modules)), file=sys.stderr)"
    )
    arguments = [sys.executable, "-c", code, argument]
    run = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True)
    assert (run.returncode, run.stderr.strip()) == (0, "[]")


def test_commands_are_listed_in_the_order_of_use(kerasgan_command):
    code, out, _ = kerasgan_command("--help")
    listed = re.findall(r"(?m)^. ([a-z]+)  +[A-Z]", out)
    assert code == 0 and listed == COMMANDS


def test_every_option_has_a_help_text():
    for name, command in each_command().items():
        options = [p for p in command.params if p.name != "help"]
        assert [p.name for p in options if not p.help] == [], name
        assert command.help, name


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
        (["sample", "dcgan_mnist"], "No such command 'sample'. Use 'generate'."),
        (["generate"], "Missing argument"),
        (["generate", "x", "--nope"], "No such option: --nope"),
        (["generate", "x", "--labelz", "1"], "--labels"),
        (["generate", "x", "-n", "0"], "--num-samples"),
        (["--backend", "numpy", "list"], "'tensorflow', 'jax', 'torch'"),
        (["info", "dcgan_mnits"], "Did you mean 'dcgan_mnist'"),
        (["info", "."], "without config.json"),
        (["generate", "dcgan_mnits"], "Did you mean 'dcgan_mnist'"),
        (["generate", "dcgan_mnist", "--out", "a.bmp"], "must end in .png, .jpg"),
        (
            ["generate", "dcgan_mnist", "--out", "a.png", "--format", "gif"],
            "--format and the ending of --out must agree",
        ),
        (["generate", "dcgan_mnist", "--out", "zoo", "--format", "npy"], "zoo.npy"),
        (["evaluate", "dcgan_mnits"], "Did you mean 'dcgan_mnist'"),
        (["evaluate", "dcgan_mnist", "--neighbors", "a.gif"], "end in .png"),
        (["train", "dcgn"], "Did you mean"),
        (["train", "dcgan"], "needs images. Received: none. Pass --data"),
        (
            ["train", "dcgan", "--data", "nowhere.npz"],
            "'nowhere.npz', which does not exist",
        ),
        (["train", "dcgan", "--data", "~/nowhere/"], "which does not exist"),
        (["train", "dcgan", "--data", "x", "--batch-size", "0"], "--batch-size"),
        (["train", "dcgan", "--data", "x", "--dtype", "half"], "'mixed_bfloat16'"),
        (["train", "dcgan", "--data", "x", "--set", "width"], "NAME=VALUE"),
        (["train", "dcgan", "--data", "x", "--license", "my own"], "apache-2.0"),
        (
            ["train", "dcgan", "--data", "x", "--resume", "--overwrite"],
            "both --resume and --overwrite",
        ),
        (["train", "dcgan", "--data", ".", "--out", "."], "new folder"),
        (["data", "export", "/nowhere", "--out", "a.npz"], "does not exist"),
        (["data", "split", "nowhere", "--out", "a"], "does not exist"),
        (["push", "dcgan_mnits", "me/mine"], "Did you mean 'dcgan_mnist'"),
        (["push", "dcgan_mnist", "mine"], "hf://owner/name"),
        (["pull", "mine"], "hf://owner/name"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_is_one_line_before_keras(
    kerasgan_command, zoo, no_keras, arguments, message
):
    code, _, err = kerasgan_command(*arguments)
    assert code == 2 and message in one_line(err)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["train", "dcgan", "--data", "x", "--channels", "2"],
            "one of 1, 3. Received: 2",
        ),
        (["data", "export", "zoo", "--out", "a.npy"], "end in .npz"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_exits_with_2_and_one_line(kerasgan_command, zoo, arguments, message):
    code, _, err = kerasgan_command(*arguments)
    assert code == 2 and message in one_line(err)


METAVARS = (
    "PATH",
    "TEXT",
    "PRESET",
    "IMAGES|RECIPE",
    "SOURCE",
    "FOLDER",
    "INPUT...",
    "PRESET...",
)


def test_paths_begin_in_the_home_folder_after_a_tilde(
    kerasgan_command, trained, monkeypatch, tmp_path
):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))  # on Windows
    shutil.copytree(trained, "tiny")
    code, _, err = kerasgan_command("generate", "~/tiny", "-n", 1, "--out", "~/a.npy")
    assert code == 0, err
    assert sorted(os.listdir()) == ["a.npy", "tiny"]
    expanding = {
        option.name
        for command in each_command().values()
        for option in getattr(command, "params", ())
        if option.metavar in METAVARS
    }
    named = {"preset", "start", "start_from", "source", "folder", "data", "data_dir"}
    named |= {"targets", "table", "mask", "inputs", "captions", "heatmap"}
    named |= {"presets", "latents", "held_out"}
    assert expanding == named | {"out_path", "neighbors", "features"}


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
    def interrupted(*_, **__):
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
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
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
