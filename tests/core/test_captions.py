"""The condition `Captions`: what users may write, and what a preset remembers."""

import numpy as np
import pytest

from kerasgan import Captions
from kerasgan.data.words import vectors_of
from kerasgan.presets.metadata import METADATA
from kerasgan.presets.schemas import check

pytestmark = pytest.mark.backend_free


@pytest.fixture
def captions():
    condition = Captions(8)
    condition.learn([["red apple", "fruit"], ["house"], ["cat face", "pet"]])
    return condition


def test_texts_become_vectors(captions):
    made = captions.check(["green apple", "my house"], 2)
    np.testing.assert_array_equal(made, vectors_of(["green apple", "my house"]))
    np.testing.assert_array_equal(captions.check("cat", 3), vectors_of(["cat"] * 3))
    assert captions.count("cat") is None and captions.count(["cat"]) == 1


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ("", ValueError, "at least one word each. Received: ''"),
        (["cat", " .!"], ValueError, "at least one word each"),
        ("word " * 65, ValueError, "at most 64 words each. Received: 65"),
        (7, TypeError, "must be texts. Received: int 7"),
        (["cat", None], TypeError, "must be texts. Received: NoneType"),
        (np.zeros((2, 4)), TypeError, "must be texts. Received: ndarray"),
        (["cat"], ValueError, "one text, or 2 of them. Received: 1"),
        ([], ValueError, "one text, or 2 of them. Received: 0"),
    ],
)
def test_captions_that_cannot_be_are_refused(captions, given, error, message):
    with pytest.raises(error, match=message):
        captions.check(given, 2)


def test_64_words_are_allowed(captions):
    assert captions.check("cat " * 64, 1).shape == (1, 4096)


def test_captions_of_unknown_words_only_warn(captions):
    with pytest.warns(UserWarning, match="'aple' and 1 more.*similar spelling") as one:
        captions.check(["aple", "red zebra", "zz"], 3)
    assert "Did you mean 'apple'" in str(one[0].message) and len(one) == 1


@pytest.mark.filterwarnings("error")
def test_captions_with_a_known_word_do_not_warn(captions):
    captions.check(["purple apple", "PET"], 2)
    Captions(8).check("anything", 1)  # nothing is known of the training


def test_training_data_may_be_texts_or_vectors(captions):
    texts = ["blue car", "tree"]
    made = captions.check_data(texts, 2, "StackGAN", warn=True)
    np.testing.assert_array_equal(made, vectors_of(texts))
    assert captions.words == ["blue", "car", "tree"] and captions.examples == texts
    np.testing.assert_array_equal(captions.check_data(made, 2, "StackGAN"), made)
    captions.learn(made)
    assert captions.examples == texts


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "StackGAN needs a caption for each image. Received: images alone"),
        (["a"], "must be 2, one for each image. Received: 1"),
        (["a", ""], "at least one word"),
        (np.zeros((2, 5), "float32"), r"of shape \(2, 4096\)"),
        (np.full((2, 4096), -1.0), "at least 0"),
        (np.full((2, 4096), np.nan), "must be finite"),
    ],
)
def test_training_data_that_do_not_fit_are_refused(captions, given, message):
    with pytest.raises(ValueError, match=message):
        captions.check_data(given, 2, "StackGAN")


def test_examples_come_in_turn(captions):
    assert captions.measured(4)["captions"] == [
        *("red apple", "house", "cat face", "red apple"),
    ]
    np.testing.assert_array_equal(
        captions.default(2), vectors_of(["red apple", "house"])
    )
    same = captions.default(2, same=True)
    np.testing.assert_array_equal(same, vectors_of(["red apple"] * 2))


def test_a_model_without_examples_needs_captions():
    assert not Captions(8).can_draw
    with pytest.raises(ValueError, match=r"needs 3 `captions`.*Pass captions=\["):
        Captions(8).default(3)


def test_metadata_keep_words_and_examples():
    """Lines and lists stay below the limits of metadata, however many words."""
    condition, again = Captions(8), Captions(8)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = [a + b + c for a in letters for b in letters for c in letters]
    condition.learn([[word, "often"] for word in words] + [["long " * 40]])
    facts = condition.describe()
    check(facts["captions"], METADATA["properties"]["captions"], "captions")
    again.restore(facts)
    assert again.words == condition.words and len(again.words) == 2**14
    assert "often" in again.words
    assert again.examples == condition.examples and len(again.examples) == 64
    again.restore({"captions": None})
    assert again.words == [] and not again.can_draw
