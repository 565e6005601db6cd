"""`kerasgan generate`: its files, and what it refuses."""

import errno
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kerasgan
from tests.cli.helpers import one_line, picture

pytestmark = pytest.mark.backend_free

ROOT = Path(kerasgan.__file__).parents[1]


def test_generate_writes_a_grid_by_default(kerasgan_command, trained):
    code, out, err = kerasgan_command("generate", trained, "-n", 4)
    assert (code, out, err) == (0, "Wrote 4 images to tiny_seed0.png\n", "")
    assert picture("tiny_seed0.png") == ("PNG", (7 * 38, 7 * 38))


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("cgan", "--labels 2,0", {"labels": [2, 0, 2]}),
        ("cgan", "--labels 2 --labels 0", {"labels": [2, 0, 2]}),
        ("cgan", "--labels 1", {"labels": 1}),
        ("cgan", "--labels cat,2", {"labels": [0, 2, 0]}),
        ("cgan", "--labels dog,\\ big", {"labels": 1}),
        ("infogan", "--codes 2", {"codes": [2, 2, 2]}),
        ("stackgan", "--caption 'red house'", {"captions": "red house"}),
        (
            "stackgan",
            "--caption apple --caption 'a house, red'",
            {"captions": ["apple", "a house, red", "apple"]},
        ),
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
    arguments = ("generate", preset, "-n", 3, "--out", "a.npy", *shlex.split(options))
    assert kerasgan_command(*arguments)[0] == 0
    images = kerasgan.from_preset(preset).generate(3, seed=0, **expected)
    np.testing.assert_array_equal(np.load("a.npy"), images)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("cgan", "--codes 1", "Received: CGAN, which takes --labels."),
        ("infogan", "--labels 1", "Received: InfoGAN, which takes --codes."),
        ("stackgan", "--labels 1", "Received: StackGAN, which takes --caption."),
        (
            "cgan",
            "--caption cat",
            "--caption is for GANs with captions. Received: CGAN",
        ),
        ("infogan", "--codes a", "--codes must be numbers"),
        ("cgan", "--labels cta", "numbers from 0 to 2, or of cat, dog, big, 1"),
        ("cgan", "--labels cta", "Did you mean 'cat'?"),
        ("cgan", "--labels 3", "from 0 to 2, or of cat, dog, big, 1, with commas"),
        ("cgan_mnist", "--labels 10", "from 0 to 9, with commas between them"),
        ("cgan", "--labels 1,,2", "with commas between them. Received: ''"),
    ],
)
def test_wrong_conditions_are_refused(
    kerasgan_command, conditional, no_keras, name, options, message
):
    preset = name if name.endswith("mnist") else conditional / name
    code, _, err = kerasgan_command("generate", preset, *options.split())
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


def test_a_series_of_files_replaces_the_earlier_one(kerasgan_command, trained):
    for count in (4, 2):
        arguments = ("generate", trained, "-n", count, "--out", "f", "--overwrite")
        _, out, _ = kerasgan_command(*arguments)
    assert out == "Wrote 2 images to f, replacing 4 images\n"
    assert sorted(os.listdir("f")) == ["00000.png", "00001.png"]


def test_generate_deletes_no_other_files(kerasgan_command, trained):
    Path("f").mkdir()
    Path("f/00042.png").write_bytes(b"mine")
    arguments = ("generate", trained, "-n", 2, "--out", "f", "--overwrite")
    assert kerasgan_command(*arguments)[:2] == (0, "Wrote 2 images to f\n")
    assert sorted(os.listdir("f")) == ["00000.png", "00001.png", "00042.png"]
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


def test_labels_of_an_unconditional_gan_are_refused(
    kerasgan_command, trained, no_keras
):
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


def test_several_seeds_give_the_images_between(kerasgan_command, trained):
    options = "--seed", "1,5,9", "-n", 5, "--out", "a.npy", "--truncation", 0.9
    assert kerasgan_command("generate", trained, *options)[0] == 0
    gan = kerasgan.from_preset(trained)
    expected = gan.interpolate(1, 5, 9, frames=5, truncation=0.9)
    np.testing.assert_array_equal(np.load("a.npy"), expected)
    latents = np.zeros((3, 4), "float32")
    np.save("latents.npy", latents)
    options = "--latents", "latents.npy", "--out", "b.npy"
    assert kerasgan_command("generate", trained, *options)[0] == 0
    np.testing.assert_array_equal(np.load("b.npy"), gan.generate(latents=latents))


def test_an_animation_goes_from_class_to_class(kerasgan_command, conditional):
    options = "--label", "cat", "--label", "2", "-n", 4, "--seed", "3,4"
    assert kerasgan_command("generate", conditional / "cgan", *options)[0] == 0
    gan = kerasgan.from_preset(conditional / "cgan")
    expected = gan.interpolate(3, 4, frames=4, labels=[0, 2])
    picture = kerasgan.images.make_picture(expected).squeeze()
    written = np.asarray(Image.open("cgan_0_2_seed3,4.png"))
    np.testing.assert_array_equal(written, picture)
    options = "--label", "cat,2,1", "-n", 9, "--format", "gif"
    assert kerasgan_command("generate", conditional / "cgan", *options)[0] == 0
    with Image.open("cgan_0_2_1_seed0.gif") as animation:
        assert animation.n_frames > 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--seed 1,a", "--seed must be whole numbers"),
        ("--seed 1 --latents a.npy", "exclude each other"),
        ("--latents a.npy", "one latent in each row. Received: int64 of shape (3,)"),
        ("--latents b.npy", "one latent in each row. Received:"),
        ("--latents c.npy", "c.npy"),
        ("--out a.bmp", "must end in .png, .jpg"),
        ("--out a.png --format jpg", "must agree"),
        ("--out folder --format gif", "such as folder.gif"),
        ("--seed 1,2,3 --labels 0,1", "one for each of the 3 seeds"),
    ],
)
def test_what_cannot_be_written_is_refused(
    kerasgan_command, conditional, no_keras, options, message
):
    np.save("a.npy", np.arange(3))
    Path("b.npy").write_bytes(b"no array")
    arguments = ("generate", conditional / "cgan", *options.split())
    code, _, err = kerasgan_command(*arguments)
    assert code == 2 and message in one_line(err)


def test_single_files_have_the_asked_format(kerasgan_command, trained):
    options = "-n", 2, "--out", "f", "--format", "jpg"
    assert kerasgan_command("generate", trained, *options)[0] == 0
    assert sorted(os.listdir("f")) == ["00000.jpg", "00001.jpg"]
    assert picture("f/00000.jpg") == ("JPEG", (16, 16))


def test_a_video_without_a_codec_is_refused_first(
    kerasgan_command, trained, no_keras, monkeypatch
):
    for name in ("imageio_ffmpeg", "cv2"):
        monkeypatch.setitem(sys.modules, name, None)
    code, _, err = kerasgan_command("generate", trained, "--out", "a.mp4")
    assert code == 1 and "pip install imageio-ffmpeg" in one_line(err)


def test_the_package_runs_as_a_module():
    command = [sys.executable, "-m", "kerasgan", "--version"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (run.returncode, run.stdout.strip()) == (0, kerasgan.__version__)
