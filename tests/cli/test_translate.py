"""`kerasgan translate`, `upscale` and `inpaint`: files in and out."""

import functools
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

import kerasgan
from kerasgan.core.image_to_image import ImageToImage
from tests.cli.helpers import one_line, picture
from tests.support import checks

pytestmark = pytest.mark.backend_free

COLOR = np.random.default_rng(0).integers(0, 256, (10, 14, 3), "uint8")
MASK = np.zeros((10, 14), "uint8")
MASK[3:6, 4:9] = 255


@pytest.fixture(scope="module")
def presets(tmp_path_factory):
    """Folders of tiny presets of each task."""
    folder = tmp_path_factory.mktemp("presets")
    for name in ("pix2pix", "cyclegan", "srgan"):
        checks.tiny(name).save_to_preset(folder / name)
    kerasgan.models.ContextEncoder(
        image_shape=(16, 16, 3), width=4, depth=1, seed=3
    ).save_to_preset(folder / "context_encoder")
    return folder


@pytest.fixture(scope="module")
def models(presets):
    """Loads each preset once."""
    return functools.cache(lambda name: kerasgan.from_preset(presets / name))


@pytest.fixture(autouse=True)
def loaded_once(models, monkeypatch):
    """Lets commands of this process use these models."""

    def load(files, networks):
        return models(Path(str(files)).name)

    monkeypatch.setattr(ImageToImage, "from_preset", load)


@pytest.fixture
def inputs():
    """A folder of pictures of several formats and sizes; one is broken."""
    Path("in/sub").mkdir(parents=True)
    Image.fromarray(COLOR).save("in/a.png")
    Image.fromarray(COLOR[:5]).save("in/b.jpg")
    Image.fromarray(COLOR[..., 0]).save("in/sub/c.webp", lossless=True)
    Image.fromarray(COLOR).save("in/sub/d.bmp")
    return Path("in")


def files(folder):
    """Paths of all files below a folder."""
    found = Path(folder).rglob("*")
    return sorted(p.relative_to(folder).as_posix() for p in found if p.is_file())


def pixels(path):
    with Image.open(path) as opened:
        return np.asarray(opened)


# Files and folders.


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".JPEG", ".webp"])
def test_a_picture_becomes_a_file_of_the_outs_format(
    kerasgan_command, presets, models, inputs, suffix
):
    out = f"new/made{suffix}"
    call = "upscale", presets / "srgan", "in/a.png", "--out", out
    assert kerasgan_command(*call) == (0, f"Wrote 1 picture to {out}\n", "")
    scale = models("srgan").scale
    format = {".png": "PNG", ".webp": "WEBP"}.get(suffix, "JPEG")
    assert picture(out) == (format, (14 * scale, 10 * scale))
    assert files("in") == ["a.png", "b.jpg", "sub/c.webp", "sub/d.bmp"]


def test_the_file_is_what_the_method_returns(kerasgan_command, presets, models, inputs):
    call = "translate", presets / "pix2pix", "in/a.png", "--out", "a.png"
    assert kerasgan_command(*call)[0] == 0
    expected = models("pix2pix").translate("in/a.png")
    np.testing.assert_array_equal(pixels("a.png"), expected)


def test_folders_keep_names_and_subfolders(kerasgan_command, presets, inputs):
    call = "translate", presets / "pix2pix", inputs, "--out", "out"
    assert kerasgan_command(*call) == (0, "Wrote 4 pictures to out\n", "")
    assert files("out") == ["a.png", "b.jpg", "sub/c.webp", "sub/d.png"]
    assert picture("out/b.jpg") == ("JPEG", (14, 5))
    assert picture("out/sub/c.webp") == ("WEBP", (14, 10))


def test_a_format_renames_the_files(kerasgan_command, presets, inputs):
    call = "upscale", presets / "srgan", inputs, "--out", "out.v2", "--format", "jpg"
    assert kerasgan_command(*call)[0] == 0
    assert files("out.v2") == ["a.jpg", "b.jpg", "sub/c.jpg", "sub/d.jpg"]


def test_files_and_folders_go_to_one_folder(kerasgan_command, presets, inputs):
    call = "translate", presets / "pix2pix", "in/b.jpg", "in/sub", "--out", "out"
    assert kerasgan_command(*call)[0] == 0
    assert files("out") == ["b.jpg", "c.webp", "d.png"]


def test_earlier_results_are_no_inputs(kerasgan_command, presets, inputs):
    call = "translate", presets / "pix2pix", inputs, "--out", "in/out"
    for options in ((), ("--overwrite",)):
        assert kerasgan_command(*call, *options)[1] == "Wrote 4 pictures to in/out\n"
    assert files("in/out") == ["a.png", "b.jpg", "sub/c.webp", "sub/d.png"]


def test_results_may_go_to_a_folder_around_the_inputs(
    kerasgan_command, presets, inputs
):
    call = "translate", presets / "pix2pix", "in/sub", "--out", "in"
    assert kerasgan_command(*call)[1] == "Wrote 2 pictures to in\n"
    assert files("in") == [
        "a.png",
        "b.jpg",
        "c.webp",
        "d.png",
        "sub/c.webp",
        "sub/d.bmp",
    ]


def test_a_cyclegan_translates_backward(kerasgan_command, presets, models, inputs):
    call = "translate", presets / "cyclegan", "in/a.png", "--out", "a.png"
    assert kerasgan_command(*call, "--direction", "backward")[0] == 0
    expected = models("cyclegan").translate("in/a.png", direction="backward")
    np.testing.assert_array_equal(pixels("a.png"), expected)


# What is kept.


def test_gray_and_alpha_are_kept(kerasgan_command, presets):
    gray = COLOR[..., 0]
    Path("in").mkdir()
    Image.fromarray(gray).save("in/gray.png")
    Image.fromarray(COLOR[..., :2]).save("in/both.png")
    Image.fromarray(np.dstack([COLOR, gray])).save("in/clear.webp", lossless=True)
    call = "upscale", presets / "srgan", "in", "--out", "out"
    assert kerasgan_command(*call)[0] == 0
    for name, mode in {"gray.png": "L", "both.png": "LA", "clear.webp": "RGBA"}.items():
        with Image.open(f"out/{name}") as made:
            assert made.mode == mode


def test_orientation_is_applied_and_the_profile_kept(kerasgan_command, presets):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x0112] = 6
    for name in ("a.jpg", "b.png", "c.webp"):
        Image.fromarray(COLOR).save(name, exif=exif, icc_profile=profile)
    call = "translate", presets / "pix2pix", "a.jpg", "b.png", "c.webp", "--out", "out"
    assert kerasgan_command(*call)[0] == 0
    for name in ("a.jpg", "b.png", "c.webp"):
        with Image.open(f"out/{name}") as made:
            assert made.size == (10, 14) and not made.getexif()
            assert made.info["icc_profile"] == profile


def test_a_profile_of_other_colors_is_dropped(kerasgan_command, presets):
    profile = bytearray(
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    )
    profile[16:20] = b"CMYK"
    Image.fromarray(COLOR).convert("CMYK").save("a.jpg", icc_profile=bytes(profile))
    call = "translate", presets / "pix2pix", "a.jpg", "--out", "b.jpg"
    assert kerasgan_command(*call)[0] == 0
    with Image.open("b.jpg") as made:
        assert made.mode == "RGB" and "icc_profile" not in made.info


def test_quality_changes_the_size(kerasgan_command, presets, inputs):
    call = "upscale", presets / "srgan", "in/a.png", "--out"
    assert kerasgan_command(*call, "high.jpg")[0] == 0
    assert kerasgan_command(*call, "low.jpg", "--quality", 10)[0] == 0
    assert Path("low.jpg").stat().st_size < Path("high.jpg").stat().st_size / 2


def test_tiles_of_several_pictures_are_told_once(kerasgan_command, presets):
    for name, side in (("a.png", 70), ("b.png", 90)):
        Image.new("RGB", (80, side)).save(name)
    call = "translate", presets / "pix2pix", "a.png", "b.png", "--out", "out"
    with pytest.warns(UserWarning, match="Pictures larger than 64x64") as caught:
        assert kerasgan_command(*call, "--tile", 64, "--size", 90)[0] == 0
    assert len(caught) == 1


# Inpainting.


def test_one_mask_is_for_all_pictures(kerasgan_command, presets):
    Path("in").mkdir()
    for name in ("a.png", "b.png"):
        Image.fromarray(COLOR).save(f"in/{name}")
    Image.fromarray(MASK).save("mask.png")
    call = "inpaint", presets / "context_encoder", "in", "--mask", "mask.png"
    code, out, _ = kerasgan_command(*call, "--out", "out")
    assert (code, out) == (0, "Wrote 2 pictures to out\n")
    made = pixels("out/b.png")
    np.testing.assert_array_equal(made[MASK == 0], COLOR[MASK == 0])
    assert not np.array_equal(made, COLOR)


def test_masks_are_matched_by_name(kerasgan_command, presets):
    for folder in ("in/sub", "masks/sub"):
        Path(folder).mkdir(parents=True)
    turned = MASK[::-1]
    for name, mask in (("a", MASK), ("sub/b", turned)):
        Image.fromarray(COLOR).save(f"in/{name}.webp", lossless=True)
        Image.fromarray(mask).save(f"masks/{name}.png")
    call = "inpaint", presets / "context_encoder", "in", "--mask", "masks"
    assert kerasgan_command(*call, "--out", "out", "--format", "png")[0] == 0
    for name, mask in (("a", MASK), ("sub/b", turned)):
        made = pixels(f"out/{name}.png")
        np.testing.assert_array_equal(made[mask == 0], COLOR[mask == 0])
        assert not np.array_equal(made, COLOR)


def test_masks_are_never_overwritten(kerasgan_command, presets):
    Image.fromarray(COLOR).save("a.png")
    Image.fromarray(MASK).save("mask.png")
    call = "inpaint", presets / "context_encoder", "a.png", "--mask", "mask.png"
    code, _, err = kerasgan_command(*call, "--out", "mask.png", "--overwrite")
    assert code == 2 and "one of the files to read" in err
    np.testing.assert_array_equal(pixels("mask.png"), MASK)


# Broken files.


def test_broken_files_are_named_and_skipped(kerasgan_command, presets, inputs):
    Path("in/broken.png").write_bytes(b"no picture")
    Path("in/sub/cut.jpg").write_bytes(Path("in/b.jpg").read_bytes()[:200])
    call = "translate", presets / "pix2pix", inputs, "--out", "out"
    code, out, err = kerasgan_command(*call)
    assert (code, out) == (1, "Wrote 4 pictures to out\n")
    first, second, last = err.splitlines()
    assert first.startswith("Skipped in/broken.png: cannot identify image file")
    assert second.startswith("Skipped in/sub/cut.jpg: ")
    assert last == "Error: 2 of 6 pictures were skipped."
    assert files("out") == ["a.png", "b.jpg", "sub/c.webp", "sub/d.png"]


def test_masks_of_another_size_are_named(kerasgan_command, presets, inputs):
    Image.fromarray(MASK).save("mask.png")
    call = "inpaint", presets / "context_encoder", "in/a.png", "in/b.jpg"
    code, out, err = kerasgan_command(*call, "--mask", "mask.png", "--out", "out")
    assert (code, out) == (1, "Wrote 1 picture to out\n")
    assert "Skipped in/b.jpg: `masks` must have the sides of their images" in err


# Mistakes.


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("translate pix2pix missing.png --out a.png", "'missing.png', which does not"),
        ("translate pix2pix in/a.png --out in", "in/a.png is one of the files to"),
        ("translate pix2pix in/a.png --out in/a.png --overwrite", "never overwritten"),
        ("translate pix2pix in/a.png --out other.png", "other.png exists. Choose anot"),
        (
            "translate pix2pix in/a.png --out a.tiff",
            "must end in .png, .jpg, .jpeg, .we",
        ),
        (
            "translate pix2pix in/a.png --out a.png --format jpg",
            "must end in .jpg, .jp",
        ),
        ("translate pix2pix in/a.png in/b.jpg --out a.png", "must be a folder for sev"),
        ("translate pix2pix in --out a.png", "must be a folder for several pictures"),
        ("translate pix2pix in/a.png --out note", "Received: note, a file"),
        ("translate pix2pix in/a.png other/a.png --out o", "Two inputs have one name"),
        ("upscale pix2pix in/a.png --out o", "Use: kerasgan translate pix2pix INPUT"),
        (
            "inpaint srgan in/a.png --mask m --out o",
            "Use: kerasgan upscale srgan INPUT",
        ),
        (
            "translate dcgan in/a.png --out o",
            "is of class DCGAN, which cannot translate. Use: kerasgan generate d",
        ),
        (
            "translate features in/a.png --out o",
            "kerasgan evaluate GAN --features feat",
        ),
        (
            "generate pix2pix --out a.png",
            "which cannot generate. Use: kerasgan translate pix2pix INPUT",
        ),
        (
            "generate context_encoder",
            "Use: kerasgan inpaint context_encoder INPUT --ma",
        ),
        (
            "inpaint context_encoder in/a.png --mask m --out o",
            "--mask must be a picture",
        ),
        (
            "inpaint context_encoder in/a.png --mask masks --out o",
            "0 for a.png in masks",
        ),
        ("inpaint context_encoder in/a.png --out o", "Missing option '--mask'"),
        ("translate pix2pix in/a.png", "Missing option '--out'"),
        ("translate pix2pix --out o", "Missing argument 'INPUT...'"),
    ],
)
def test_mistakes_are_told_before_keras_is_imported(
    kerasgan_command, presets, trained, measured_by, inputs, no_keras, call, message
):
    for path in ("other/a.png", "masks/b.png", "other.png", "note"):
        Path(path).parent.mkdir(exist_ok=True)
        shutil.copy("in/a.png", path)
    places = {name: presets / name for name in os.listdir(presets)}
    places |= {"dcgan": trained, "features": measured_by}
    command, name, *rest = call.split()
    if name in places:
        Path(name).symlink_to(places[name])
    code, _, err = kerasgan_command(command, name, *rest)
    assert code == 2 and message in one_line(err)
    np.testing.assert_array_equal(pixels("in/a.png"), COLOR)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("translate pix2pix in --out in", "--out must be another folder than INPUT"),
        ("translate pix2pix in --out in/../in --overwrite", "would be overwritten"),
        ("translate pix2pix in --out out", "out/a.png exists. Choose another --out"),
        ("translate pix2pix in/sub empty --out o", "Expected image files in empty"),
        ("translate pix2pix in --out o --background pale", "`background` must be a co"),
        (
            "translate pix2pix in --out o --direction backward",
            "one way only, 'forward'",
        ),
        ("upscale srgan in --out o --tile 3", "`tile` must be at least"),
    ],
)
def test_mistakes_are_told_before_a_picture_is_computed(
    kerasgan_command, presets, inputs, call, message
):
    Path("empty").mkdir()
    Path("out").mkdir()
    shutil.copy("in/a.png", "out/a.png")
    command, name, *rest = call.split()
    code, _, err = kerasgan_command(command, presets / name, *rest)
    assert code == 2 and message in one_line(err)
    assert files("out") == ["a.png"] and not Path("o").exists()
    assert files("in") == ["a.png", "b.jpg", "sub/c.webp", "sub/d.bmp"]


def test_a_full_disk_ends_the_run(kerasgan_command, presets, inputs, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    call = "translate", presets / "pix2pix", inputs, "--out", "out"
    code, _, err = kerasgan_command(*call)
    assert code == 1 and "No space left on the disk of out" in one_line(err)
    assert files("out") == []
