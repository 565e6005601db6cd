"""Splitting a folder: what stays together, and what does not change."""

import shutil
import sys

import numpy as np
import pytest
from PIL import Image

from kerasgan import data

pytestmark = pytest.mark.backend_free
VARIANTS = {*(f"1f3f{digit}" for digit in "bcdef"), "2640", "2642", "200d"}
SKIN = r"[_u]+(1f3f[b-f]|2640|2642|200d)(?![0-9a-f])"


@pytest.fixture
def photos(tmp_path):
    """40 photos: four of each of five cats and of five dogs."""
    for index in range(40):
        kind = ("cats", "dogs")[index % 2]
        file = tmp_path / "photos" / kind / f"pet{index % 10}_{index // 10}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        shade = np.full((4, 4), index, "uint8")
        Image.fromarray(shade).save(file)
    return tmp_path / "photos"


def names(folder):
    return sorted(str(f.relative_to(folder)) for f in folder.rglob("*.png"))


def test_groups_stay_together_and_nothing_is_lost(photos, tmp_path):
    before = {name: (photos / name).read_bytes() for name in names(photos)}
    out = tmp_path / "sides"
    counts = data.split(photos, out, held_out=0.4, ignore=r"_\d+")
    assert counts == {"train": 24, "held_out": 16}
    train, held_out = names(out / "train"), names(out / "held_out")
    assert sorted(train + held_out) == sorted(before) == names(photos)
    assert {n.split("_")[0] for n in train}.isdisjoint(
        n.split("_")[0] for n in held_out
    )
    for side, files in ("train", train), ("held_out", held_out):
        assert all((out / side / n).read_bytes() == before[n] for n in files)
    assert data.read(out / "train", labels=True).class_names == ["cats", "dogs"]


def test_the_seed_chooses(photos, tmp_path):
    held_out = []
    for name, seed in ("a", 0), ("b", 0), ("c", 1):
        data.split(photos, tmp_path / name, seed=seed)
        held_out.append(names(tmp_path / name / "held_out"))
    assert held_out[0] == held_out[1] != held_out[2]
    assert len(held_out[0]) == 6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"held_out": 0}, "`held_out` must be a share"),
        ({"held_out": 1.5}, "Received: 1.5"),
        ({"held_out": "a"}, "`held_out` must be a share.*Received: 'a'"),
        ({"ignore": "("}, "regular expression"),
        ({"ignore": ".*"}, "at least two groups"),
    ],
)
def test_bad_arguments_are_refused_and_leave_nothing(
    photos, tmp_path, options, message
):
    with pytest.raises(ValueError, match=message):
        data.split(photos, tmp_path / "new", **options)
    assert [p.name for p in tmp_path.iterdir()] == ["photos"]


def test_nothing_is_overwritten(photos, tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(FileExistsError, match="exists. Choose a new folder"):
        data.split(photos, tmp_path / "there")
    with pytest.raises(FileNotFoundError, match="not a folder"):
        data.split(tmp_path / "photo", tmp_path / "new")
    for out in (photos, photos / "sides"):
        with pytest.raises(FileExistsError, match="must not be inside"):
            data.split(photos, out)


def test_a_full_disk_leaves_nothing_behind(photos, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(OSError, match="No space"):
        data.split(photos, tmp_path / "new")
    assert [p.name for p in tmp_path.iterdir()] == ["photos"]


def glyph(name):
    """The code points of a file of Noto emoji, without variants."""
    points = name.removeprefix("emoji_u").removesuffix(".png").split("_")
    return tuple(point for point in points if point not in VARIANTS)


def test_emoji_are_split_by_base_glyph(test_data, tmp_path, monkeypatch, capsys):
    """3,583 files of 1,585 glyphs: skin tones and genders are variants."""
    from kerasgan import cli

    arguments = "data", "split", test_data / "emoji", "--out", tmp_path / "emoji"
    argv = ["kerasgan", *map(str, arguments), "--ignore", SKIN]
    monkeypatch.setattr(sys, "argv", argv)
    with pytest.raises(SystemExit):
        cli.run()
    sides = [names(tmp_path / "emoji" / side) for side in ("train", "held_out")]
    assert f"Copied {len(sides[0]):,} images to" in capsys.readouterr().out
    glyphs = [{glyph(name) for name in side} for side in sides]
    assert sum(map(len, sides)) == 3583 and glyphs[0].isdisjoint(glyphs[1])
    assert len(glyphs[0]) + len(glyphs[1]) == 1585 and len(glyphs[1]) == 238


def classed(folder, **counts):
    """A folder with so many pictures of each class."""
    for kind, count in counts.items():
        for index in range(count):
            file = folder / kind / f"{index}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((4, 4), index, "uint8")).save(file)
    return folder


def test_each_class_gives_its_share(tmp_path):
    photos = classed(tmp_path / "photos", cats=40, dogs=10, newts=2, owls=1)
    for seed in range(3):
        out = tmp_path / f"sides{seed}"
        data.split(photos, out, held_out=0.2, seed=seed)
        counts = {p.name: len([*p.iterdir()]) for p in (out / "held_out").iterdir()}
        assert counts == {"cats": 8, "dogs": 2, "newts": 1}
        assert (out / "train" / "owls").is_dir()


def test_classes_of_one_image_are_split_together(tmp_path):
    photos = classed(tmp_path / "photos", a=1, b=1, c=1, d=1)
    assert data.split(photos, tmp_path / "sides") == {"train": 3, "held_out": 1}


# By a table.


@pytest.fixture
def table(tmp_path):
    """Writes a table of the photos: those of pet9 are held out."""

    def write(change=lambda rows: rows, header="file,base,split"):
        rows = [
            f"{name},x,{'held_out' if 'pet9' in name else 'train'}"
            for name in names(tmp_path / "photos")
        ]
        file = tmp_path / "table.csv"
        file.write_text("\n".join([header, *change(rows)]), "utf-8")
        return file

    return write


def test_a_table_splits_several_folders_alike(photos, tmp_path, table):
    file = table(lambda rows: [*rows, "cats/gone.png,x,held_out"])
    counts = data.split(photos, tmp_path / "all", table=file)
    assert counts == {"train": 36, "held_out": 4}
    shutil.copytree(photos, tmp_path / "fewer")
    (tmp_path / "fewer/dogs/pet9_0.png").unlink()
    data.split(tmp_path / "fewer", tmp_path / "some", table=file)
    held_out = names(tmp_path / "all/held_out")
    assert {name[:9] for name in held_out} == {"dogs/pet9"}
    assert names(tmp_path / "some/held_out") == held_out[1:]
    assert names(tmp_path / "some/train") == names(tmp_path / "all/train")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"change": lambda rows: rows[4:]},
            r"none for 4 of 40: cats/pet0_0.png, .*\.\.",
        ),
        ({"change": lambda rows: [rows[0][:-5]]}, "Received: '' as the split of cats"),
        ({"change": lambda rows: [*rows, rows[0][:-5] + "held_out"]}, "both sides for"),
        (
            {"change": lambda rows: [row.replace("held_out", "train") for row in rows]},
            "both sides. Received: none for held_out",
        ),
        ({"header": "name,base,split"}, "Received: the columns name, base, split"),
        ({"header": ""}, "file and split"),
    ],
)
def test_a_table_that_cannot_decide_is_refused(
    photos, tmp_path, table, options, message
):
    with pytest.raises(ValueError, match=message):
        data.split(photos, tmp_path / "new", table=table(**options))
    assert not (tmp_path / "new").exists()


def test_a_table_excludes_a_random_choice(photos, tmp_path, table):
    with pytest.raises(ValueError, match="decides alone.*ignore='_'"):
        data.split(photos, tmp_path / "new", table=table(), ignore="_")
    with pytest.raises(FileNotFoundError, match="none.csv', which is not a file"):
        data.split(photos, tmp_path / "new", table=tmp_path / "none.csv")


def test_emoji_and_twemoji_are_split_alike(test_data, tmp_path):
    file = test_data / "emoji_split.csv"
    held_out = []
    for kind, counts in ("emoji", (3092, 491)), ("twemoji", (3036, 488)):
        sides = data.split(test_data / kind, tmp_path / kind, table=file)
        assert tuple(sides.values()) == counts
        held_out.append({*names(tmp_path / kind / "held_out")})
    assert held_out[1] < held_out[0]
