"""Captions beside images: words, vectors, tables, and what an epoch draws."""

import warnings
import zlib

import numpy as np
import pytest

from kerasgan import data, images
from kerasgan.data.captioned import read_table
from kerasgan.data.words import LENGTH, vectors_of, words_of

pytestmark = pytest.mark.backend_free
TABLE = """file,name,cldr_keywords,other_keywords,group
a.png,red apple,red|fruit,red_apple|food,Food
b.png,woman’s hat: dark,hat|,,
c.png,,nothing,,
sub/d.png,house,,,
"""


def test_words_are_lowercase_without_marks():
    assert words_of("Cat face, with (2) TEARS_of-joy!") == [
        *("cat", "face", "with", "2", "tears", "of", "joy"),
    ]
    assert words_of("woman’s O'Neill's café") == ["woman", "o'neill", "café"]
    assert words_of(" - : 🍎") == []


def place(text):
    return zlib.crc32(text.encode()) % LENGTH


def test_a_word_counts_in_its_place_and_in_those_of_its_pieces():
    """<ox> has one piece of three characters besides itself, <ox and ox>: two."""
    (vector,) = vectors_of(["ox"])
    assert vector.shape == (4096,) and vector.dtype == np.float32
    expected = np.zeros(4096)
    for text, amount in (("=ox", 1.0), ("<ox", 0.5**0.5), ("ox>", 0.5**0.5)):
        expected[place(text)] += amount
    np.testing.assert_allclose(vector, expected, atol=1e-6)


def test_places_never_change():
    """Presets depend on them."""
    vector = vectors_of(["red apple"])[0]
    known = {place(text) for text in ("=red", "=apple", "<app", "ple>", "<red", "red>")}
    assert known <= set(np.flatnonzero(vector))
    assert (place("=red"), place("=apple")) == (2557, 669)


def test_a_caption_is_the_sum_of_its_words_over_their_root():
    whole, red, apple = vectors_of(["Red apple", "red", "apple"])
    np.testing.assert_allclose(whole, (red + apple) / 2**0.5, atol=1e-6)


def test_similar_words_have_similar_vectors():
    vectors = vectors_of(["mug", "mugs", "tree"])
    products = vectors @ vectors.T
    assert products[0, 1] > 0.4 > 0.1 > products[0, 2]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "captions.csv"
    path.write_text(TABLE, "utf-8")
    return path


def test_a_table_gives_names_and_keywords_once(table):
    assert read_table(table) == {
        "a.png": ["red apple", "red", "fruit", "food"],
        "b.png": ["woman’s hat: dark", "hat"],
        "sub/d.png": ["house"],
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,title\n", "columns file and name. Received: the columns file, title"),
        ("", "columns file and name"),
        ("file,name\n\xe9", "UTF-8"),
    ],
)
def test_other_tables_are_refused(tmp_path, text, message):
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=message):
        read_table(path)
    with pytest.raises(FileNotFoundError, match="columns file and name"):
        read_table(tmp_path / "absent.csv")


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "images"
    (root / "sub").mkdir(parents=True)
    names = ("a.png", "b.png", "c.png", "e.png", "sub/d.png")
    for level, name in enumerate(names):
        images.save_png(root / name, np.full((8, 8, 3), 40 * level, "uint8"))
    return root


def test_images_without_a_name_are_left_out_with_one_warning(folder, table):
    with pytest.warns(UserWarning, match="2 of 5 images have no name") as warned:
        read = data.read(folder, captions=table)
    assert len(warned) == 1
    assert read.images[:, 0, 0, 0].tolist() == [0, 40, 160]
    assert [texts[0] for texts in read.captions] == [
        *("red apple", "woman’s hat: dark", "house"),
    ]


def test_captions_need_a_folder_with_their_images(folder, table, tmp_path):
    with pytest.raises(ValueError, match="belong to the images of a folder"):
        data.load(np.zeros((4, 8, 8, 3), "uint8"), captions=table)
    table.write_text("file,name\nx.png,other\n")
    with pytest.raises(ValueError, match="Received: none for a.png and the others"):
        data.read(folder, captions=table)


def dataset(**options):
    levels = np.arange(12, dtype="uint8")
    pictures = np.tile(levels[:, None, None, None], (1, 4, 4, 3))
    captions = [[f"name{n}", *(f"key{n}x{k}" for k in range(6))] for n in levels]
    return data.CaptionedDataset(pictures, captions, batch_size=4, **options)


def test_batches_have_the_captions_of_their_images():
    batches = [dataset(seed=3)[index] for index in range(3)]
    for pictures, vectors in batches:
        assert pictures.dtype == vectors.dtype == np.float32
        for picture, vector in zip(pictures, vectors, strict=True):
            number = round(float(picture[0, 0, 0] + 1) * 127.5)
            words = [f"name{number}", *(f"key{number}x{k}" for k in range(6))]
            assert any(vector[place(f"={word}")] >= 1 / 6**0.5 for word in words)


def test_captions_depend_on_seed_and_epoch_alone():
    first, again, other = dataset(seed=3), dataset(seed=3), dataset(seed=4)
    np.testing.assert_array_equal(first[1][1], again[1][1])
    assert not np.array_equal(first[1][1], other[1][1])
    drawn = first._plan()[2]
    first.epoch = again.epoch = 7
    again._plan()
    assert first._plan()[2] == again._plan()[2] != drawn


def test_half_of_the_captions_are_the_name_alone():
    rng, texts = np.random.default_rng(0), ["n", "a", "b", "c", "d", "e", "f"]
    drawn = [data.captioned.draw_caption(texts, rng).split() for _ in range(4000)]
    alone = np.mean([words == ["n"] for words in drawn])
    with_name = [len(words) for words in drawn if "n" in words and len(words) > 1]
    without = [len(words) for words in drawn if "n" not in words]
    assert (alone, len(with_name) / 4000) == pytest.approx((0.5, 0.25), abs=0.03)
    assert set(with_name) == {2, 3, 4} and set(without) == {2, 3, 4, 5}
    assert all(len(set(words)) == len(words) for words in drawn)
    assert data.captioned.draw_caption(["n"], rng) == "n"


def test_every_image_needs_a_name():
    pictures = np.zeros((2, 4, 4, 3), "uint8")
    for captions in ([["a"]], [["a"], []], [["a"], ["!"]], [["a"], ["b"], ["c"]]):
        with pytest.raises(ValueError, match="a name of at least one word for each"):
            data.CaptionedDataset(pictures, captions, batch_size=1)


def test_real_captions_are_read(test_data):
    known = read_table(test_data / "emoji_captions.csv")
    assert len(known) == 3545
    assert known["emoji_u1f375.png"][:3] == ["teacup without handle", "beverage", "cup"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert max(len(words_of(texts[0])) for texts in known.values()) <= 13
