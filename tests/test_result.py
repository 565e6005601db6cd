"""A figure that knows its protocol: prints, saves, compares only with its like."""

import json

import pytest

from kerasgan.metrics import Result, result

pytestmark = pytest.mark.backend_free

PROTOCOL = {"features": "features_mnist", "generated_count": 10, "reference_count": 60}


def fid(value=2.5, **protocol):
    return Result("fid_features_mnist", value, PROTOCOL | protocol, 0.5)


def test_a_result_is_a_number_and_one_line():
    assert float(fid()) == 2.5
    assert str(fid()) == (
        "fid_features_mnist 2.5 (real images: 0.5), 10 generated against 60 reference"
    )
    assert str(Result("accuracy", 0.99512, {})) == "accuracy 0.9951"


def test_results_of_one_protocol_are_ordered():
    assert fid(1.0) < fid(2.0) and fid(2.0) > fid(1.0)
    assert fid(1.0) <= fid(1.0) and fid(1.0) >= fid(1.0)
    assert sorted([fid(3.0), fid(1.0), fid(2.0)])[0] == fid(1.0)


@pytest.mark.parametrize(
    "other",
    [
        fid(generated_count=20),
        fid(seed=1),
        Result("fid", 2.0, PROTOCOL),
        fid(features="inception"),
    ],
)
def test_results_of_different_protocols_do_not_compare(other):
    for compare in (
        lambda: fid() < other,
        lambda: fid() <= other,
        lambda: fid() > other,
        lambda: other >= fid(),
    ):
        with pytest.raises(ValueError, match="only where they were measured alike"):
            compare()


def test_a_result_does_not_compare_with_a_number():
    with pytest.raises(TypeError, match=r"float\(result\)"):
        assert fid() < 3.0


def test_results_come_back_from_json(tmp_path):
    results = {"fid_features_mnist": fid(), "kid": Result("kid", 0.1, {"k": [1, 2]})}
    result.save(results, tmp_path / "results.json")
    assert result.load(tmp_path / "results.json") == results
    assert json.loads((tmp_path / "results.json").read_text())["kid"]["floor"] is None
