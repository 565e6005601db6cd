"""`kerasgan evaluate`: its metrics, and the images that it compares."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import kerasgan
from kerasgan import evaluation
from kerasgan.cli.options import size_of
from kerasgan.presets import catalog
from kerasgan.presets.folders import Folder
from kerasgan.training import runner
from tests.cli.helpers import npz, one_line
from tests.support import hostile
from tests.training.test_judging import recipe_of

pytestmark = pytest.mark.backend_free


@pytest.fixture
def asked(monkeypatch):
    """Records the arguments of `real_images` instead of reading any."""
    calls = []

    def record(fields, **reading):
        calls.append((fields, reading))
        raise ValueError("enough")

    monkeypatch.setattr(evaluation, "real_images", record)
    return calls


def test_evaluate_prints_a_line_per_metric_and_writes_json(
    kerasgan_command, trained, measured_by
):
    options = "--num-samples", 30, "--metrics", "fid,precision_recall"
    options += "--out", "results.json", "--features", measured_by
    data = npz(count=60)
    code, out, err = kerasgan_command("evaluate", trained, "--data", data, *options)
    assert code == 0, err
    names = [line.split()[0] for line in out.splitlines()]
    assert names == [f"{n}_features_tiny" for n in ("fid", "precision", "recall")]
    results = json.loads(Path("results.json").read_text())
    protocol = results["fid_features_tiny"]["protocol"]
    assert protocol["held_out_count"] == 12
    assert protocol["seed"] == evaluation.evaluation.SEED  # that of the tables


def test_several_presets_are_compared_in_a_table(
    kerasgan_command, trained, conditional, measured_by
):
    options = "--num-samples", 30, "--metrics", "fid", "--features", measured_by
    data = npz(count=60, labels=np.arange(60) % 3)
    both = trained, conditional / "cgan"
    tables = []
    for out in ("results.csv", "results.json"):
        more = "--data", data, *options, "--out", out
        code, text, err = kerasgan_command("evaluate", *both, *more)
        assert code == 0, err
        tables.append(text)
    assert tables[0] == tables[1]
    head, row = (line.split() for line in tables[0].splitlines())
    assert head == ["metric", *map(str, both), "real", "images", "better"]
    assert (row[0], row[-1]) == ("fid_features_tiny", "lower")
    lines = list(csv.DictReader(Path("results.csv").read_text().splitlines()))
    results = evaluation.load_results("results.json")
    for line, preset, shown in zip(lines, map(str, both), row[1:3], strict=True):
        result = results[preset]["fid_features_tiny"]
        assert (line["preset"], float(line["value"])) == (preset, result.value)
        assert shown == f"{result.value:.4g}"
        assert row[3] == f"{result.real_score:.4g}"


@pytest.mark.parametrize(
    ("presets", "message"),
    [
        ("dcgan_mnist dcgan_fashion_mnist", "the same real images. Received: source"),
        ("dcgan_mnist pix2pix_openmoji", "models of one task"),
        ("r3gan_mnist r3gan_emoji --data set.npz", "of images of one shape"),
        ("dcgan_mnist --out results.txt", "--out must end in .json or .csv"),
        ("dcgan_mnist r3gan_mnist --neighbors a.png", "--neighbors is for one preset"),
    ],
)
def test_what_does_not_compare_is_refused(kerasgan_command, presets, message):
    npz()
    code, _, err = kerasgan_command("evaluate", *presets.split())
    assert code == 2 and message in one_line(err)


def test_a_size_may_be_height_and_width(kerasgan_command, trained, no_keras):
    for size in ("0", "16x", "1x2x3", "a", "-4"):
        options = "--data", npz(), "--size", size
        code, _, err = kerasgan_command("evaluate", trained, *options)
        assert code == 2 and "--size 48x64" in one_line(err)
    assert (size_of("48x64"), size_of("32")) == ([48, 64], 32)


@pytest.mark.matrix
def test_evaluate_measures_scores_of_anomalies(kerasgan_command, measured_by):
    rng, arrays = np.random.default_rng(0), {}
    for split in ("train", "test"):
        arrays[f"{split}_images"] = rng.integers(0, 255, (60, 16, 16), "uint8")
        arrays[f"{split}_labels"] = np.arange(60) % 3
    np.savez("set.npz", **arrays)
    data = {"source": "set.npz", "split": "train", "held_out": "test", "classes": [1]}
    runner.train(recipe_of("f_anogan", data), "out", verbose=0)
    options = "--features", measured_by, "--num-samples", 20
    code, out, err = kerasgan_command("evaluate", "out", *options, "--out", "r.json")
    assert code == 0, err
    results = json.loads(Path("r.json").read_text())
    assert results["auroc"]["protocol"]["images"] == "set test"
    assert results["auroc"]["protocol"]["count"] == 60  # of all classes
    assert results["fid_features_tiny"]["protocol"]["held_out_count"] == 20


@pytest.mark.parametrize("labeled", [True, False])
def test_evaluate_matches_the_categories_of_an_infogan(
    kerasgan_command, conditional, measured_by, labeled
):
    data = npz(count=60, **({"labels": np.arange(60) % 3} if labeled else {}))
    options = "--data", data, "--features", measured_by, "--num-samples", 30
    code, out, err = kerasgan_command("evaluate", conditional / "infogan", *options)
    assert code == 0, err
    assert ("\nbest_match_accuracy " in out) == labeled
    options += "--metrics", "fid"
    _, out, _ = kerasgan_command("evaluate", conditional / "infogan", *options)
    assert [line.split()[0] for line in out.splitlines()] == ["fid_features_tiny"]


def test_evaluate_passes_its_options_on(kerasgan_command, trained, asked):
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
        "size": [16, 16],
        "channels": 1,
        "crop": True,
        "background": "red",
    }
    assert reading == {"labels": False, "data_dir": "sets", "skip_unreadable": True}


def test_another_size_resizes_real_and_generated_images(
    kerasgan_command, photos, tmp_path, measured_by
):
    shape = {"image_shape": (32, 32, 1), "width": 4, "latent_dim": 4}
    kerasgan.models.DCGAN(**shape).save_to_preset(tmp_path / "large")
    options = (
        "--size 16 --crop --channels 1 --num-samples 10 --metrics fid --out r.json"
    )
    options = ("--data", photos, "--features", measured_by, *options.split())
    code, _, err = kerasgan_command("evaluate", "large", *options)
    assert code == 0, err
    (result,) = json.loads(Path("r.json").read_text()).values()
    assert result["protocol"]["resize"].startswith("16x16 pixels")


def test_images_of_another_size_are_refused_first(
    kerasgan_command, trained, measured_by, monkeypatch
):
    def generated(*_, **__):
        raise AssertionError("images were generated")

    monkeypatch.setattr(kerasgan.GAN, "generate", generated)
    options = ("--data", npz(side=24, count=60), "--features", measured_by)
    code, _, err = kerasgan_command("evaluate", trained, *options)
    assert code == 2 and "(16, 16, 1)" in err and "--size 16" in one_line(err)


def test_evaluate_asks_for_unknown_data(kerasgan_command, trained, no_keras):
    code, _, err = kerasgan_command("evaluate", trained)
    assert code == 2 and "Pass --data" in one_line(err)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--data nowhere/photos/", "'nowhere/photos/', which does not exist"),
        ("--data set.npz --held-out nowhere", "'nowhere', which does not exist"),
        ("--data set.npz --features features_mnits", "Did you mean 'features_mnist'"),
    ],
)
def test_what_is_missing_is_refused_before_keras(
    kerasgan_command, trained, no_keras, options, message
):
    npz()
    code, _, err = kerasgan_command("evaluate", trained, *options.split())
    assert code == 2 and message in one_line(err)


@pytest.mark.parametrize(
    "data",
    [
        {"source": "/etc"},
        {"source": "mnist", "held_out": "../../photos"},
        {"source": "mnist", "targets": "/etc"},
        {"source": "mnist", "held_out": "test", "held_out_targets": "/etc"},
    ],
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
        assert code == 2 and "FeatureClassifier" in one_line(err)


def test_metrics_are_checked_first(kerasgan_command, trained, asked):
    for metrics, message in ("fdi", "Did you mean"), ("memorization", "--held-out"):
        options = "--data", npz(), "--metrics", metrics
        code, _, err = kerasgan_command("evaluate", trained, *options)
        assert code == 2 and message in one_line(err)
    assert not asked


def test_other_images_are_converted_as_the_training_data(
    kerasgan_command, trained, asked
):
    folder = Path(shutil.copytree(trained, "mine"))
    known = {"source": "pets/", "size": 16, "crop": True, "channels": 1}
    hostile.edit(folder, "metadata.json", data=known | {"title": "Pets"})
    Path("photos").mkdir()
    kerasgan_command("evaluate", folder, "--data", "photos", "--channels", 3)
    assert asked[0][0] == known | {"source": "photos", "channels": 3}


@pytest.fixture(scope="module")
def painter(tmp_path_factory):
    """A preset folder with a tiny untrained Pix2Pix of gray images."""
    folder = tmp_path_factory.mktemp("presets") / "painter"
    options = {"image_shape": (16, 16, 1), "width": 4, "depth": 1}
    kerasgan.models.Pix2Pix(**options).save_to_preset(folder)
    return folder


def side_by_side(folder, count=12):
    """A folder of pictures, source left and target right."""
    rng = np.random.default_rng(0)
    Path(folder).mkdir()
    for index in range(count):
        pixels = rng.integers(0, 256, (16, 32, 1), dtype="uint8")
        kerasgan.images.save_png(f"{folder}/{index}.png", pixels)
    return folder


def test_a_model_of_pairs_is_measured_on_held_out_pairs(
    kerasgan_command, painter, measured_by
):
    options = "--data", side_by_side("train"), "--held-out", side_by_side("others")
    options += "--features", measured_by, "--out", "results.json"
    code, out, err = kerasgan_command("evaluate", painter, *options)
    assert code == 0, err
    names = [line.split()[0] for line in out.splitlines()]
    assert names == ["l1", "psnr", "ssim", "fid_features_tiny"]
    results = json.loads(Path("results.json").read_text())
    assert results["l1"]["protocol"]["reference"] == "targets of others"
    assert results["fid_features_tiny"]["real_score"] is not None  # of train


def test_sources_and_targets_may_be_two_folders(kerasgan_command, painter):
    side_by_side("train")
    folders = "--data", "train", "--targets", "train", "--metrics", "l1"
    code, out, err = kerasgan_command("evaluate", painter, *folders, "--size", 16)
    assert code == 0, err
    assert out.startswith("l1 ") and out.count("\n") == 1


def test_measuring_on_the_images_of_the_training_is_told(
    kerasgan_command, painter, tmp_path
):
    own = shutil.copytree(painter, tmp_path / "own")
    metadata = json.loads((own / "metadata.json").read_text())
    metadata["data"] = {"source": side_by_side("train"), "size": 16}
    (own / "metadata.json").write_text(json.dumps(metadata))
    with pytest.warns(UserWarning, match="because the preset names no held-out ones"):
        code, out, err = kerasgan_command("evaluate", own, "--metrics", "l1")
    assert code == 0 and out.startswith("l1 "), err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--num-samples 20", "--num-samples and --neighbors are for GANs from latents"),
        ("--metrics kid", "must be one of 'l1'"),
    ],
)
def test_a_model_of_pairs_refuses_what_is_of_gans(
    kerasgan_command, painter, options, message
):
    data = "--data", side_by_side("train", 1)
    code, _, err = kerasgan_command("evaluate", painter, *data, *options.split())
    assert code == 2 and message in one_line(err)
