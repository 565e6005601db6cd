"""The command line: what it prints, what it writes, how it ends."""

import errno
import json
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kerasgan
from kerasgan import cli, errors
from kerasgan.presets import catalog
from kerasgan.presets.folders import Folder
from tests.support import hostile

pytestmark = pytest.mark.backend_free

METADATA = {
    "image_shape": [28, 28, 1],
    "class": "DCGAN",
    "data": {"source": "mnist"},
    "parameters": {"generator": 1_200_000, "discriminator": 800_000},
}


@pytest.fixture(autouse=True)
def own_process(tmp_path, monkeypatch):
    """Each test has its own working folder and leaves this process as it was."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_BACKEND", os.environ.get("KERAS_BACKEND", "tensorflow"))
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)


@pytest.fixture
def kerasgan_command(monkeypatch, capfd):
    """Runs a command; returns exit code, standard output and standard error."""

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["kerasgan", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.run()
        return (ended.value.code or 0, *capfd.readouterr())

    return command


@pytest.fixture
def zoo(tmp_path, monkeypatch):
    """A zoo with one preset, as far as `list` and `info` read it."""
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
    kerasgan.models.DCGAN((16, 16, 1), latent_dim=4, width=4).save_to_preset(folder)
    return folder


def npz(side=16):
    """A data set of 16 images in the working folder."""
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
def test_help_and_list_answer_in_a_second_without_a_backend(argument):
    code = (
        "import sys; from kerasgan import cli; sys.argv = ['kerasgan', sys.argv[1]]\n"
        "try: cli.run()\n"
        "finally: print(sorted({'keras', 'tensorflow', 'jax', 'torch', "
        "'huggingface_hub'} & set(sys.modules)), file=sys.stderr)"
    )
    arguments = [sys.executable, "-c", code, argument]
    root = Path(kerasgan.__file__).parents[1]
    seconds = []
    for _ in range(3):  # of its processor: other processes share this machine
        start = os.times()
        run = subprocess.run(arguments, cwd=root, capture_output=True, text=True)
        end = os.times()
        used = end.children_user + end.children_system
        seconds.append(used - start.children_user - start.children_system)
        assert (run.returncode, run.stderr.strip()) == (0, "[]")
    assert min(seconds) < 1.0


def test_list_shows_a_presets_gan_images_data_and_size(kerasgan_command, zoo):
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
def test_a_command_without_arguments_prints_help(kerasgan_command, command):
    code, out, err = kerasgan_command(*command)
    assert code == 2 and "Usage" in out + err and "Error" not in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["smple"], "Did you mean 'sample'"),
        (["sample"], "Missing argument"),
        (["sample", "x", "--nope"], "No such option: --nope"),
        (["sample", "x", "-n", "0"], "-n"),
        (["--backend", "numpy", "list"], "'tensorflow', 'jax', 'torch'"),
        (["info", "dcgan_mnits"], "Did you mean 'dcgan_mnist'"),
        (["info", "."], "without config.json"),
        (["sample", "dcgan_mnist", "--out", "a.jpg"], ".png for a grid"),
        (["sample", "dcgan_mnist", "--out", "a.png", "--format", "gif"], ".gif for"),
        (["sample", "dcgan_mnist", "--format", "gif", "--truncation", "1"], "--trunc"),
        (["sample", "dcgan_mnist", "--out", "zoo", "--format", "npy"], ".npy for"),
        (["train", "dcgn"], "Did you mean"),
        (["train", "dcgan"], "expected the field 'source'. Received: []. Pass --data"),
        (["train", "dcgan", "--data", "nowhere.npz"], "'nowhere.npz', which is not"),
        (["train", "dcgan", "--data", "x", "--batch-size", "0"], "--batch-size"),
        (
            ["train", "dcgan", "--data", "x", "--channels", "2"],
            "one of 1, 3. Received: 2",
        ),
        (["train", "dcgan", "--data", ".", "--out", "."], "new folder"),
        (["data", "export", "/nowhere", "--out", "a.npz"], "not there"),
        (["data", "export", "zoo", "--out", "a.npy"], "end in .npz"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_ends_with_2_and_one_line(kerasgan_command, zoo, arguments, message):
    code, _, err = kerasgan_command(*arguments)
    assert code == 2 and message in one_line(err)


def test_a_failure_ends_with_1_and_one_line(kerasgan_command, trained):
    (trained / "generator.weights.h5").rename(trained / "kept")
    (trained / "generator.weights.h5").write_bytes(b"torn")
    try:
        code, _, err = kerasgan_command("sample", trained)
    finally:
        (trained / "kept").replace(trained / "generator.weights.h5")
    assert code == 1 and "generator.weights.h5" in one_line(err)


def test_debug_shows_the_traceback(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["kerasgan", "--debug", "info", "nowhere"])
    with pytest.raises(errors.PresetNotFoundError):
        cli.run()


def test_an_interruption_ends_with_130(kerasgan_command, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(catalog, "list_presets", interrupted)
    assert kerasgan_command("list") == (130, "", "")


def test_the_backend_is_set_before_keras_is_imported(tmp_path):
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


def test_a_backend_that_is_not_installed_is_named(
    kerasgan_command, trained, monkeypatch
):
    monkeypatch.delitem(sys.modules, "keras")

    class Absent:
        def find_spec(name, path=None, target=None):
            if name == "keras":
                raise ModuleNotFoundError("No module named 'jax'", name="jax")

    monkeypatch.setattr(sys, "meta_path", [Absent, *sys.meta_path])
    code, _, err = kerasgan_command("sample", trained)
    assert code == 1 and "pip install jax" in one_line(err)


# Samples.


def test_a_grid_is_drawn_by_default(kerasgan_command, trained):
    code, out, err = kerasgan_command("sample", trained, "-n", 4)
    assert (code, out, err) == (0, "4 images in tiny_seed0.png\n", "")
    assert picture("tiny_seed0.png") == ("PNG", (7 * 38, 7 * 38))


def test_labels_and_codes_take_turns(kerasgan_command, tmp_path):
    shape = {"image_shape": (16, 16, 1), "width": 4}
    cgan = kerasgan.models.CGAN(num_classes=3, latent_dim=4, **shape)
    infogan = kerasgan.models.InfoGAN(noise_dim=4, categories=3, **shape)
    for name, gan, options, chosen in (
        ("cgan", cgan, ("--label", 2, "--label", 0), {"labels": [2, 0, 2]}),
        (
            *("infogan", infogan),
            ("--codes", "2,-1,0.5", "--codes", "0,1,0"),
            {"codes": [[2, -1, 0.5], [0, 1, 0], [2, -1, 0.5]]},
        ),
    ):
        gan.save_to_preset(name)
        arguments = ("sample", name, "-n", 3, "--out", f"{name}.npy", *options)
        assert kerasgan_command(*arguments)[0] == 0
        expected = kerasgan.from_preset(name).generate(3, seed=0, **chosen)
        np.testing.assert_array_equal(np.load(f"{name}.npy"), expected)
    code, _, err = kerasgan_command("sample", "cgan", "--codes", 1)
    assert code == 2 and "--codes belong to an InfoGAN. Received: a CGAN" in err
    code, _, err = kerasgan_command("sample", "infogan", "--codes", "a")
    assert code == 2 and "--codes must be numbers" in err
    assert kerasgan_command("sample", "cgan", "-n", 6, "--out", "c.png")[0] == 0
    drawn = kerasgan.from_preset("cgan").generate(6, seed=0)
    expected = kerasgan.images.make_picture(drawn, 3).squeeze()  # a column a class
    np.testing.assert_array_equal(np.asarray(Image.open("c.png")), expected)


@pytest.mark.parametrize(
    ("label", "said"),
    [("3,5", "Received: '3,5'. Write --label 3 --label 5."), ("cat", "from 0.")],
)
def test_labels_with_commas_are_told_to_be_repeated(kerasgan_command, label, said):
    code, _, err = kerasgan_command("sample", "cgan_mnist", "--label", label)
    assert code == 2 and said in one_line(err)


def test_a_default_file_that_is_replaced_is_told(kerasgan_command, trained):
    told = [kerasgan_command("sample", trained, "-n", 1)[1] for _ in range(2)]
    first = "1 images in tiny_seed0.png"
    assert told == [f"{first}\n", f"{first}, in place of what was there\n"]


def test_single_files_are_written_to_a_folder(kerasgan_command, trained):
    assert kerasgan_command("sample", trained, "-n", 3, "--out", "new/f")[0] == 0
    found = sorted(path.name for path in Path("new/f").iterdir())
    assert found == ["00000.png", "00001.png", "00002.png"]
    expected = kerasgan.from_preset(trained).generate(3, seed=0)[1, ..., 0]
    np.testing.assert_array_equal(np.asarray(Image.open("new/f/00001.png")), expected)


def test_files_of_other_names_are_never_deleted(kerasgan_command, trained):
    Path("f").mkdir()
    Path("f/00042.png").write_bytes(b"mine")
    arguments = ("sample", trained, "-n", 2, "--out", "f", "--overwrite")
    assert kerasgan_command(*arguments)[0] == 0
    names = sorted(path.name for path in Path("f").iterdir())
    assert names == ["00000.png", "00001.png", "00042.png"]
    assert Path("f/00042.png").read_bytes() == b"mine"


def test_a_film_goes_from_one_seed_to_the_next(kerasgan_command, trained):
    code, out, _ = kerasgan_command("sample", trained, "-n", 5, "--out", "film.gif")
    assert code == 0 and out == "5 images in film.gif\n"
    assert picture("film.gif") == ("GIF", (256, 256))


def test_an_array_holds_what_generate_returns(kerasgan_command, trained):
    arguments = ("-n", 3, "--seed", 7, "--truncation", 0.5, "--out", "a.npy")
    assert kerasgan_command("sample", trained, *arguments)[0] == 0
    expected = kerasgan.from_preset(trained).generate(3, seed=7, truncation=0.5)
    np.testing.assert_array_equal(np.load("a.npy"), expected)


def test_an_existing_file_is_replaced_only_on_request(kerasgan_command, trained):
    Path("a.png").write_text("mine")
    code, _, err = kerasgan_command("sample", trained, "-n", 1, "--out", "a.png")
    assert code == 2 and "--overwrite" in one_line(err)
    assert Path("a.png").read_text() == "mine"
    arguments = ("sample", trained, "-n", 1, "--out", "a.png", "--overwrite")
    assert kerasgan_command(*arguments)[0] == 0
    assert picture("a.png")[0] == "PNG"


def test_a_folder_in_place_of_a_file_is_refused(kerasgan_command, trained):
    Path("a.png").mkdir()
    arguments = ("sample", trained, "--out", "a.png", "--overwrite")
    code, _, err = kerasgan_command(*arguments)
    assert code == 2 and "is a folder" in one_line(err)


def test_a_class_of_an_unconditional_gan_is_refused(kerasgan_command, trained):
    code, _, err = kerasgan_command("sample", trained, "--label", 1)
    assert code == 2 and "unconditional" in one_line(err)


@pytest.mark.parametrize("name", ["a.png", "a.gif", "a.npy"])
def test_a_full_disk_ends_with_1_and_leaves_the_old_file(
    kerasgan_command, trained, monkeypatch, name
):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    Path(name).write_text("mine")
    monkeypatch.setattr(os, "fsync", full)
    arguments = ("sample", trained, "-n", 2, "--out", name, "--overwrite")
    code, _, err = kerasgan_command(*arguments)
    assert code == 1 and "No space left" in one_line(err)
    assert os.listdir() == [name] and Path(name).read_text() == "mine"


# Data and training.


def test_export_writes_a_file_that_train_takes(kerasgan_command):
    Path("pictures/a").mkdir(parents=True)
    for name in "xy":
        Image.new("RGBA", (20, 16)).save(f"pictures/a/{name}.png")
    options = ("--size", 8, "--crop", "--channels", 1, "--ground", "black", "--labels")
    command = ("data", "export", "pictures", "--out", "set.npz", *options)
    assert kerasgan_command(*command) == (0, "Wrote set.npz\n", "")
    with np.load("set.npz") as file:
        assert file["images"].shape == (2, 8, 8, 1) and not file["images"].any()
        assert file["labels"].tolist() == [0, 0] and file["class_names"] == ["a"]


def test_skipped_images_bring_one_line_each(kerasgan_command):
    Path("pictures").mkdir()
    Image.new("L", (8, 8)).save("pictures/a.png")
    Path("pictures/b.png").touch()
    command = ("data", "export", "pictures", "--out", "set.npz")
    code, _, err = kerasgan_command(*command)
    assert code == 2 and "b.png" in one_line(err)
    with pytest.warns(UserWarning, match="Skipped pictures/b.png"):
        assert kerasgan_command(*command, "--skip-unreadable")[0] == 0
    assert warnings.formatwarning("b", UserWarning, "f", 1) == "Warning: b\n"


def test_a_training_ends_in_a_preset_that_samples(kerasgan_command):
    recipe = {
        "format": 1,
        "model": {"name": "dcgan", "arguments": {"latent_dim": 4, "width": 4}},
        "data": {"source": npz(), "title": "Tiny", "license": "MIT", "origin": "here"},
        "phases": [{"updates": 9, "batch_size": 8}],
    }
    Path("tiny.json").write_text(json.dumps(recipe))
    code, out, err = kerasgan_command("train", "tiny.json", "--epochs", 1)
    assert (code, err) == (0, "") and "`kerasgan sample runs/tiny` draws" in out
    assert json.loads(Path("runs/tiny/metadata.json").read_text())["updates"] == 2
    card = Path("runs/tiny/README.md").read_text()
    assert "trained on Tiny" in card and "Data: MIT" in card
    code, _, err = kerasgan_command("train", "tiny.json", "--epochs", 1)
    assert code == 2 and "--overwrite" in one_line(err)
    assert kerasgan_command("sample", "runs/tiny", "-n", 4)[0] == 0
    assert Path("tiny_seed0.png").exists()


@pytest.fixture(scope="module")
def measured_by(tmp_path_factory):
    """A classifier preset with random weights."""
    folder = tmp_path_factory.mktemp("presets") / "features_tiny"
    kerasgan.metrics.FeatureClassifier((16, 16, 1), width=1).save_to_preset(folder)
    return folder


def test_evaluate_prints_a_line_a_figure_and_writes_json(
    kerasgan_command, trained, measured_by
):
    rng = np.random.default_rng(0)
    np.savez("set.npz", images=rng.integers(0, 256, (60, 16, 16, 1), dtype="uint8"))
    options = "--samples", 30, "--figure", "fid", "--figure", "precision_recall"
    options += "--out", "found.json", "--features", measured_by
    code, out, err = kerasgan_command(
        "evaluate", trained, "--data", "set.npz", *options
    )
    assert code == 0, err
    names = [line.split()[0] for line in out.splitlines()]
    assert names == [f"{n}_features_tiny" for n in ("fid", "precision", "recall")]
    found = json.loads(Path("found.json").read_text())
    assert found["fid_features_tiny"]["protocol"]["held_out_count"] == 12


@pytest.mark.parametrize("labelled", [True, False])
def test_evaluate_tells_what_categories_of_an_infogan_mean(
    kerasgan_command, measured_by, labelled
):
    shape = {"image_shape": (16, 16, 1), "width": 4}
    kerasgan.models.InfoGAN(noise_dim=4, categories=3, **shape).save_to_preset("info")
    images = np.random.default_rng(0).integers(0, 256, (60, 16, 16, 1), dtype="uint8")
    labels = {"labels": np.arange(60) % 3} if labelled else {}
    np.savez("set.npz", images=images, **labels)
    options = "--data", "set.npz", "--features", measured_by, "--samples", 30
    code, out, err = kerasgan_command("evaluate", "info", *options)
    assert code == 0, err
    assert ("\nbest_match_accuracy " in out) == labelled
    _, out, _ = kerasgan_command("evaluate", "info", *options, "--figure", "fid")
    assert [line.split()[0] for line in out.splitlines()] == ["fid_features_tiny"]


def test_evaluate_reads_the_split_that_is_asked_for(
    kerasgan_command, trained, measured_by, monkeypatch
):
    from kerasgan.evaluation import evaluation

    asked = []

    def found(fields, **reading):
        asked.append((fields, reading))
        raise ValueError("enough")

    monkeypatch.setattr(evaluation, "real_images", found)
    options = "--split test --held-out train --size 16 --crop --channels 1 --ground red"
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
        "ground": "red",
    }
    assert reading == {"labels": False, "data_dir": "sets", "skip_unreadable": True}


def test_evaluate_without_known_data_asks_for_them(kerasgan_command, trained):
    code, _, err = kerasgan_command("evaluate", trained)
    assert code == 2 and "Pass --data" in err


@pytest.mark.parametrize(
    "data", [{"source": "/etc"}, {"source": "mnist", "held_out": "../../photos"}]
)
def test_evaluate_reads_no_path_that_a_preset_of_the_hub_names(
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
    assert code == 2 and "Pass --data" in err and "stranger/gan must say" in err


def test_a_classifier_does_not_draw(kerasgan_command, measured_by):
    for command in ("sample", "evaluate"):
        options = ("--data", npz()) if command == "evaluate" else ()
        code, _, err = kerasgan_command(command, measured_by, *options)
        assert code == 2 and "must be a GAN. Received: a FeatureClassifier" in err
