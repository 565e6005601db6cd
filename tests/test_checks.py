"""What users hand in is checked once, and an error says what to do."""

import warnings

import numpy as np
import pytest

from kerasgan.checks import (
    check_choice,
    check_count,
    check_data,
    check_image_shape,
    check_images,
    check_labels,
    check_weight,
    plain,
)

pytestmark = pytest.mark.backend_free


def gray(dtype="uint8", count=3, low=0, high=200):
    ramp = np.linspace(low, high, count * 16).reshape(count, 4, 4, 1)
    return ramp.astype(dtype)


def test_uint8_images_pass_unchanged():
    images = gray()
    assert check_images(images) is images


def test_float64_images_become_float32():
    assert check_images(gray("float64", low=-1, high=1)).dtype == np.float32


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (gray()[..., 0], r"\(N, H, W, C\).*\(3, 4, 4\).*images\[..., None\]"),
        (gray()[0, 0], r"\(N, H, W, C\)"),
        (gray()[:0], "at least one image"),
        (gray("float32"), r"0 to 200.*images / 127.5 - 1"),
        (gray("float32", low=-3, high=3), r"-3 to 3.*Scale them to that range"),
    ],
    ids=["no channel axis", "rank 2", "empty", "[0, 255] floats", "out of range"],
)
def test_unfit_images_are_refused_with_the_remedy(images, message):
    with pytest.raises(ValueError, match=message):
        check_images(images)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_the_first_image_that_is_not_finite_is_named(bad):
    images = gray("float32", low=-1, high=1)
    images[2, 0, 0, 0] = bad
    with pytest.raises(ValueError, match="NaN or infinity, first in item 2"):
        check_images(images)


@pytest.mark.parametrize(
    ("dtype", "high", "remedy"),
    [
        ("int64", 255, r"Convert: images.astype\('uint8'\)"),
        ("uint16", 60000, r"Scale them to \[0, 255\]"),
        ("bool", 1, r"\* 255"),
        ("complex64", 1, r"Scale them"),
    ],
)
def test_other_dtypes_are_refused_with_the_remedy_that_fits(dtype, high, remedy):
    with pytest.raises(TypeError, match=f"dtype={dtype}.*{remedy}"):
        check_images(gray(dtype, high=high))


def test_images_of_another_shape_than_the_gan_are_refused():
    with pytest.raises(ValueError, match=r"image_shape=\(8, 8, 1\).*\(4, 4, 1\)"):
        check_images(gray(), (8, 8, 1))


def test_images_that_look_scaled_to_zero_one_bring_a_warning():
    with pytest.warns(UserWarning, match=r"look scaled to \[0, 1\].*images \* 2 - 1"):
        check_images(gray("float32", high=1))


def test_images_of_one_value_bring_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_images(np.ones((2, 4, 4, 1), "float32"))


def test_labels_become_int32_of_rank_1():
    labels = check_labels(np.array([[0], [2], [1]], "int64"), 3, 3)
    assert labels.dtype == np.int32 and labels.tolist() == [0, 2, 1]


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        ([0, 1], ValueError, r"\(3,\).*\(2,\)"),
        ([0.0, 1.0, 2.0], TypeError, "integers.*float64"),
        (["a", "b", "c"], TypeError, "integers"),
        (np.eye(3), ValueError, r"\(3, 3\)"),
        ([0, 1, 3], ValueError, r"\[0, 2\].*0 to 3"),
        ([-1, 1, 2], ValueError, "-1 to 2"),
    ],
    ids=["too few", "floats", "text", "one-hot", "too large", "negative"],
)
def test_unfit_labels_are_refused(labels, error, message):
    with pytest.raises(error, match=message):
        check_labels(labels, 3, 3)


def test_labels_that_int32_cannot_hold_are_refused():
    with pytest.raises(ValueError, match="from 0 to 1099511627776"):
        check_labels([0, 2**40], 2)


@pytest.mark.parametrize("shape", [(28, 28), (0, 28, 1), (28.5, 28, 1), "abc", None])
def test_an_image_shape_that_is_none_is_refused(shape):
    with pytest.raises(ValueError, match=r"\(H, W, C\)"):
        check_image_shape(shape)


def test_an_image_shape_from_json_becomes_a_tuple():
    assert check_image_shape([28, 28, 1]) == (28, 28, 1)


def test_one_hot_labels_are_refused_with_the_remedy():
    message = r"shape \(3,\).*\(3, 4\). One-hot: labels.argmax\(axis=1\)"
    with pytest.raises(ValueError, match=message):
        check_labels(np.eye(4)[:3], 3)


# Data of any rank.


def test_data_of_any_rank_pass():
    points = np.zeros((3, 2), "float64")
    assert check_data(points).dtype == np.float32
    numbers = np.zeros((3, 5, 1), "uint8")
    assert check_data(numbers) is numbers
    assert check_data(100 * np.ones((2, 2)), (2,)).max() == 100  # of any range


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (np.zeros(3), ValueError, r"shape \(N, ...\)"),
        (np.zeros((0, 2)), ValueError, "at least one item"),
        (np.zeros((3, 4)), ValueError, r"items of shape \(2,\).*Received: \(4,\)"),
        (np.zeros((3, 2), "int32"), TypeError, "uint8 or floats.*int32"),
        (np.full((3, 2), np.nan), ValueError, "finite.*first in item 0"),
    ],
)
def test_data_that_do_not_fit_are_refused(data, error, message):
    with pytest.raises(error, match=message):
        check_data(data, (2,))


# Numbers and names.


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        (0, "larger"),
        (9, "smaller"),
        (2.0, "whole"),
        ("3", "whole"),
        (True, "whole"),
        (None, "whole"),
    ],
)
def test_counts_out_of_their_range_are_refused(value, remedy):
    with pytest.raises(ValueError, match=f"from 1 to 8. .*Pass a {remedy} number"):
        check_count("blocks", value, most=8)


def test_counts_of_numpy_become_integers():
    count = check_count("blocks", np.int64(3))
    assert count == 3 and type(count) is int


@pytest.mark.parametrize("weight", [-1, "1", None, np.nan, np.inf, True, 2])
def test_weights_out_of_their_range_are_refused(weight):
    with pytest.raises(ValueError, match="`noise` must be a number from 0 to 1"):
        check_weight("noise", weight, most=1.0)


def test_an_unknown_name_is_refused_with_the_nearest():
    message = "`loss` must be one of 'hinge', 'minimax'. .*Did you mean 'hinge'. More"
    with pytest.raises(ValueError, match=message):
        check_choice("loss", "hing", ["hinge", "minimax"], " More.")
    assert check_choice("loss", "hinge", ["hinge"]) == "hinge"


def test_arguments_of_numpy_become_pythons():
    assert plain(np.float32(0.5)) == 0.5 and type(plain(np.float32(0.5))) is float
    assert plain(np.array([1, 2])) == [1, 2] and plain("x") == "x"
