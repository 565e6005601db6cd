"""A look at images before a training: what they are, and which are copies."""

import io

import numpy as np
import pytest
from PIL import Image

from kerasgan import data
from kerasgan.data.look import near_duplicates, suits_mirroring

pytestmark = pytest.mark.backend_free


def photographs(count, side=32, seed=0):
    """Smooth random pictures with a little noise, uint8."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (count, 5, 5, 3), "uint8")
    pictures = [
        Image.fromarray(x).resize((side, side), Image.Resampling.BICUBIC)
        for x in coarse
    ]
    noise = rng.integers(-3, 4, (count, side, side, 3))
    return np.clip(np.stack(pictures).astype(int) + noise, 0, 255).astype("uint8")


def written(folder, pictures, suffix="png", **options):
    """Writes pictures to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, picture in enumerate(pictures):
        Image.fromarray(picture).save(folder / f"{index}.{suffix}", **options)


def again(picture, quality=60):
    """A picture, enlarged, saved as JPEG and shrunk."""
    buffer, side = io.BytesIO(), len(picture)
    large = Image.fromarray(picture).resize((3 * side, 3 * side))
    large.save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).resize((side, side)))


def test_a_look_counts_images_sizes_and_classes(tmp_path):
    written(tmp_path / "cats", photographs(50))
    written(tmp_path / "dogs", photographs(60, 40, seed=1), "jpg")
    seen = data.look(tmp_path)
    assert seen.count == 110 and seen.channels == 3 and seen.side == 40
    assert seen.classes == {"cats": 50, "dogs": 60}
    assert seen.labels.tolist() == [0] * 50 + [1] * 60
    words = "110 images, 32x32 to 40x40 pixels, color, 2 classes (cats 50, dogs 60)"
    assert seen.describe() == words


def test_small_or_split_folders_are_no_classes(tmp_path):
    written(tmp_path / "a" / "train", photographs(50))
    written(tmp_path / "a" / "test", photographs(50))
    written(tmp_path / "b" / "cats", photographs(50))
    written(tmp_path / "b" / "dogs", photographs(49))
    assert data.look(tmp_path / "a").classes is None
    assert data.look(tmp_path / "b").classes is None


def test_gray_photographs_stored_in_color_are_gray(tmp_path):
    pictures = photographs(4)
    pictures[:] = pictures[..., :1]
    written(tmp_path, pictures)
    assert data.look(tmp_path).channels == 1


def test_animations_are_counted(tmp_path):
    first, *others = map(Image.fromarray, photographs(3))
    first.save(tmp_path / "a.gif", save_all=True, append_images=others)
    first.save(tmp_path / "b.png")
    assert data.look(tmp_path).animations == 1


def test_a_damaged_file_is_named_unless_skipped(tmp_path):
    written(tmp_path, photographs(3))
    (tmp_path / "1.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match="1.png must be a readable image"):
        data.look(tmp_path)
    assert data.look(tmp_path, skip_unreadable=True).count == 2


def test_a_look_at_arrays_knows_their_classes():
    labels = np.repeat([0, 1], 60)
    seen = data.look((photographs(120, 28), labels))
    assert seen.classes == {"class 0": 60, "class 1": 60} and seen.side == 28


def test_copies_in_another_quality_are_near_duplicates():
    pictures = photographs(40)
    assert near_duplicates(pictures) == 0
    copies = np.stack([*pictures, again(pictures[3]), again(pictures[7])])
    assert near_duplicates(copies) == 2
    assert near_duplicates(np.repeat(pictures[:1], 5, axis=0)) == 4


@pytest.mark.parametrize(
    ("pictures", "names", "suits"),
    [
        (photographs(20), None, True),
        (photographs(20), ["cats", "dogs"], True),
        (photographs(20), ["0", "1"], False),
        (photographs(20), ["A", "b"], False),
        (photographs(20)[..., :1], None, False),
        (photographs(20) // 128 * 255, None, False),
    ],
)
def test_only_color_photographs_are_mirrored(pictures, names, suits):
    assert suits_mirroring(pictures, names)[0] == suits


def test_color_digits_by_name_are_not_mirrored():
    assert suits_mirroring(photographs(9), None, "svhn_cropped train")[0] is False


def test_datasets_say_what_they_hold():
    labels = np.arange(20) % 2
    options = {"class_names": ["cats", "dogs"], "batch_size": 8, "name": "pets"}
    dataset = data.ImageDataset(photographs(20), labels, flip=True, **options)
    assert repr(dataset) == (
        "<ImageDataset pets: 20 images, 32x32 pixels, 3 channels, uint8 0.1 MiB, "
        "mirrored, 2 classes (cats 10, dogs 10); 2 batches of 8, shuffled>"
    )
    pairs = data.PairDataset(photographs(4, 16), photographs(4), batch_size=2)
    assert "4 pairs, from 16x16 pixels 3 channels" in repr(pairs)
    images = data.read(photographs(4))
    assert repr(images).startswith("<Images array: 4 images, 32x32 pixels")
