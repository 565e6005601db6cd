"""`kerasgan score`: pictures in; scores and heatmaps out."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kerasgan.core.gan import GAN
from kerasgan.data import pictures
from tests.cli.helpers import one_line, picture
from tests.models.test_f_anogan import with_encoder

pytestmark = pytest.mark.backend_free

COLOR = np.random.default_rng(0).integers(0, 256, (20, 14, 3), "uint8")


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    """A tiny preset with an encoder that counts as trained, and its model."""
    folder, model = tmp_path_factory.mktemp("presets") / "anogan", with_encoder()
    model.save_to_preset(folder)
    return folder, model


@pytest.fixture(autouse=True)
def loaded_once(preset, monkeypatch):
    """Lets commands of this process use that model."""
    monkeypatch.setattr(GAN, "from_preset", lambda files, networks: preset[1])


@pytest.fixture
def inputs():
    """A folder with two pictures; one is gray."""
    Path("in/sub").mkdir(parents=True)
    Image.fromarray(COLOR).save("in/a.png")
    Image.fromarray(COLOR[..., 0]).save("in/sub/b.bmp")
    return Path("in")


def scores_of(model, *paths):
    """The scores of picture files, resized as in training."""
    images = [
        pictures.shape(pictures.decode(Path(p), ["PNG", "BMP"]), (16, 16), channels=3)
        for p in paths
    ]
    return model.score(np.stack(images))


def test_scores_are_those_of_the_resized_pictures(kerasgan_command, preset, inputs):
    folder, model = preset
    code, out, err = kerasgan_command("score", folder, inputs, "--format", "json")
    assert (code, err) == (0, "")
    rows, expected = json.loads(out), scores_of(model, "in/a.png", "in/sub/b.bmp")
    assert [row["file"] for row in rows] == ["in/a.png", "in/sub/b.bmp"]
    assert [row["score"] for row in rows] == pytest.approx(expected.tolist())


def test_a_table_and_csv_have_the_same_rows(kerasgan_command, preset, inputs):
    _, table, _ = kerasgan_command("score", preset[0], "in/a.png", inputs)
    _, text, _ = kerasgan_command("score", preset[0], inputs, "--format", "csv")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["file", "score"] and len(rows) == 3
    first = table.splitlines()[0].split()
    assert first[1] == "in/a.png" and len(table.splitlines()) == 2
    assert float(first[0]) == pytest.approx(float(rows[1][1]), abs=1e-6)


def test_heatmaps_have_the_sizes_of_their_pictures(kerasgan_command, preset, inputs):
    call = "score", preset[0], inputs, "--heatmap", "maps"
    assert kerasgan_command(*call)[0] == 0
    assert picture("maps/a.png") == picture("maps/sub/b.png") == ("PNG", (14, 20))
    with Image.open("maps/a.png") as opened:
        assert opened.mode == "L"
    code, _, err = kerasgan_command(*call)
    assert code == 2 and "maps/a.png exists" in one_line(err)
    assert kerasgan_command(*call, "--overwrite")[0] == 0


def test_unreadable_pictures_are_named_at_the_end(kerasgan_command, preset, inputs):
    (inputs / "c.png").write_bytes(b"no picture")
    code, out, err = kerasgan_command("score", preset[0], inputs)
    assert code == 1 and len(out.splitlines()) == 2
    assert "Skipped in/c.png" in err and "1 of 3 pictures were skipped" in err


def test_a_wrong_preset_or_input_needs_no_keras(
    kerasgan_command, preset, trained, inputs, no_keras
):
    code, _, err = kerasgan_command("score", trained, inputs)
    assert code == 2 and "cannot score. Use: kerasgan generate" in one_line(err)
    code, _, err = kerasgan_command("score", preset[0], "absent")
    assert code == 2 and "INPUT must be a picture file" in one_line(err)
    code, _, err = kerasgan_command("translate", preset[0], inputs, "--out", "x")
    assert code == 2 and "Use: kerasgan score anogan INPUT" in one_line(err)


def test_it_also_generates(kerasgan_command, preset):
    from kerasgan.cli.options import check_task
    from kerasgan.presets import catalog

    check_task(catalog.files_of(str(preset[0])), "generate")
