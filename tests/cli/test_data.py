"""`kerasgan data`: what it writes, and what it skips."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.helpers import one_line

pytestmark = pytest.mark.backend_free


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
    with pytest.warns(UserWarning, match=r"1 unreadable \(b.png"):
        assert kerasgan_command(*command, "--skip-unreadable")[0] == 0
    assert warnings.formatwarning("b", UserWarning, "f", 1) == "Warning: b\n"


def test_split_by_a_table(kerasgan_command):
    Path("pictures").mkdir()
    for name in "ab":
        Image.new("L", (8, 8)).save(f"pictures/{name}.png")
    Path("table.csv").write_text("file,split\na.png,held_out\nb.png,train\n")
    command = ("data", "split", "pictures", "--out", "new", "--by", "table.csv")
    code, out, _ = kerasgan_command(*command)
    assert code == 0 and "Copied 1 images to new/held_out" in out
    assert Path("new/held_out/a.png").exists() and Path("new/train/b.png").exists()
    Path("table.csv").write_text("file,split\na.png,held_out\n")
    code, _, err = kerasgan_command(*command[:4], "other", *command[5:])
    assert code == 2 and "none for 1 of 2: b.png" in one_line(err)
