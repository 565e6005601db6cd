"""`kerasgan explore`."""

from pathlib import Path

import pytest
from PIL import Image

pytestmark = pytest.mark.backend_free


def test_a_page_and_a_picture_are_written(kerasgan_command, trained):
    code, out, _ = kerasgan_command("explore", trained)
    assert (code, out) == (0, "Wrote 5 sections to explore_tiny.html\n")
    assert Path("explore_tiny.html").read_text().count("<img") == 5
    assert kerasgan_command("explore", trained, "--out", "all.png")[0] == 0
    with Image.open("all.png") as picture:
        assert picture.mode == "RGB"


def test_a_page_keeps_to_its_ending_and_replaces_nothing(kerasgan_command, trained):
    code, _, err = kerasgan_command("explore", trained, "--out", "page.pdf")
    assert code == 2 and "--out must end in .html or .png" in err
    Path("mine.html").write_text("mine")
    code, _, err = kerasgan_command("explore", trained, "--out", "mine.html")
    assert code == 2 and "--overwrite" in err
    assert Path("mine.html").read_text() == "mine"
    code, _, err = kerasgan_command("explore", "pix2pix_openmoji")
    assert code == 2 and "cannot generate" in err
