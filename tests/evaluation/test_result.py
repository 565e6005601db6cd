"""Results print, save, and compare only with results of the same protocol."""

import csv
import json

import numpy as np
import pytest

from kerasgan.evaluation import Result, load_results, save_results
from kerasgan.evaluation.compare import FIELDS, table_of, to_csv
from kerasgan.evaluation.quality import names_of

pytestmark = pytest.mark.backend_free

PROTOCOL = {"features": "features_mnist", "generated_count": 10, "reference_count": 60}


def fid(value=2.5, **protocol):
    return Result("fid_features_mnist", value, PROTOCOL | protocol, 0.5)


def test_a_result_is_a_number_and_one_line():
    assert float(fid()) == 2.5 and f"{fid():.2f}" == "2.50" and f"{fid()}" == str(fid())
    assert str(fid()) == (
        "fid_features_mnist 2.5 (real images: 0.5), 10 generated against 60 reference"
    )
    rows = fid(held_out_count=20, generated_rows=5)
    assert str(rows) == (
        "fid_features_mnist 2.5 (20 real images: 0.5), 5 generated against 60 reference"
    )
    assert str(Result("accuracy", 0.99512, {})) == "accuracy 0.9951"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("fid", False),
        ("kid_features_mnist", False),
        ("class_fid_features_mnist", False),
        ("class_share_error_f", False),
        ("precision_f", True),
        ("class_accuracy_f", True),
        ("best_match_accuracy", True),
        ("memorization_features_mnist", None),
        ("fidelity", None),
    ],
)
def test_a_result_knows_its_better_direction(name, expected):
    assert Result(name, 1.0, {}).higher_is_better is expected


def test_every_metric_but_memorization_has_a_direction():
    unknown = {n for n in names_of(None) if Result(n, 1.0, {}).higher_is_better is None}
    assert unknown == {"memorization"}


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
        fid(labels="all classes alike"),
    ],
)
def test_results_of_different_protocols_do_not_compare(other):
    for compare in (
        lambda: fid() < other,
        lambda: fid() <= other,
        lambda: fid() > other,
        lambda: other >= fid(),
    ):
        with pytest.raises(ValueError, match="measured in the same way"):
            compare()


def test_results_of_a_network_without_a_hash_do_not_compare():
    first, second = (Result("fid_f", v, {"features": "f"}) for v in (1.0, 2.0))
    assert first < second
    hashless = {"features": "f", "features_sha256": None}
    first, second = (Result("fid_f", v, hashless) for v in (1.0, 2.0))
    with pytest.raises(ValueError, match="which has none"):
        assert first < second


def test_a_protocol_with_arrays_is_compared_too():
    first, second = (
        Result("f", 1.0, {"size": np.array(size)}) for size in ([1, 2], [1, 3])
    )
    assert first <= first
    with pytest.raises(ValueError, match="measured in the same way"):
        assert first <= second


@pytest.mark.parametrize("text", ["", "[1]", '{"fid": {"value": 1}}', "{"])
def test_a_file_of_something_else_is_refused(tmp_path, text):
    (tmp_path / "other.json").write_text(text)
    with pytest.raises(ValueError, match="must hold results"):
        load_results(tmp_path / "other.json")


def test_a_result_does_not_compare_with_a_number():
    with pytest.raises(TypeError, match=r"float\(result\)"):
        assert fid() < 3.0


def test_results_survive_a_round_trip_through_json(tmp_path):
    results = {"fid_features_mnist": fid(), "kid": Result("kid", 0.1, {"k": [1, 2]})}
    save_results(results, tmp_path / "results.json")
    assert load_results(tmp_path / "results.json") == results
    document = json.loads((tmp_path / "results.json").read_text())
    assert document["kid"]["real_score"] is None


def test_a_result_with_arrays_is_json():
    protocol = {"size": np.array([1, 2]), "count": np.int64(3), "sides": (4, 5)}
    text = json.dumps(Result("kid", np.float32(0.5), protocol).to_json())
    plain = {"size": [1, 2], "count": 3, "sides": [4, 5]}
    assert Result.from_json(json.loads(text)) == Result("kid", 0.5, plain)


def test_results_of_several_models_share_a_file(tmp_path):
    results = {"a": {"fid_features_mnist": fid(1.0)}, "b": {"kid": fid(2.0)}}
    save_results(results, tmp_path / "results.json")
    assert load_results(tmp_path / "results.json") == results


def test_models_are_columns_of_a_table():
    precision = Result("precision", 0.12345, {}, 0.9)
    results = {"a": {"fid": fid(1.0), "precision": precision}, "b": {"fid": fid(2.0)}}
    assert table_of(results) == [
        ["metric", "a", "b", "real images", "better"],
        ["fid", "1", "2", "0.5", "lower"],
        ["precision", "0.1235", "-", "0.9", "higher"],
    ]
    head, *lines = csv.reader(to_csv(results).splitlines())
    assert head == list(FIELDS)
    assert lines[0][:5] == ["a", "fid", "1.0", "0.5", "lower"]
    assert json.loads(lines[2][5]) == PROTOCOL
