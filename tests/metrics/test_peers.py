"""Metrics against SciPy and torch-fidelity, if these are installed."""

import sys
from unittest import mock

import numpy as np
import pytest

from kerasgan.metrics.fid import fid, frechet_distance
from kerasgan.metrics.inception_score import inception_score
from kerasgan.metrics.kid import kid_on
from kerasgan.metrics.precision_recall import precision_recall
from kerasgan.metrics.statistics import FeatureStatistics

pytestmark = pytest.mark.backend_free

TOLERANCE = {  # relative; against float64 on both sides
    "fid": 1e-6,
    "kid": 1e-6,
    "inception score": 1e-6,
    "precision and recall": 2,  # samples: torch's distances are rounded otherwise
}
TORCHVISION = ["torchvision", "torchvision.datasets", "torchvision.transforms"]
TORCHVISION += ["torchvision.transforms.functional"]


@pytest.fixture(scope="module")
def peer():
    """torch-fidelity with a stand-in for torchvision, which its metrics do not use."""
    pytest.importorskip("torch", reason="torch-fidelity needs torch")
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        for name in TORCHVISION:
            patch.setitem(sys.modules, name, mock.MagicMock())
        yield pytest.importorskip(
            "torch_fidelity", reason="torch-fidelity is not installed"
        )
    for name in set(sys.modules) - before:
        if name.startswith("torch_fidelity"):  # bound to the stand-in
            del sys.modules[name]


@pytest.fixture(scope="module")
def pair():
    """Rectified features, as an Inception network gives: float32 (600 and 500, 64)."""
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(20, 64)) / 4
    reference = rng.normal(size=(600, 20)) @ mixing + rng.normal(size=(600, 64)) / 4
    generated = rng.normal(size=(500, 20)) @ mixing + rng.normal(size=(500, 64)) / 3
    return tuple(
        np.maximum(x + 0.3, 0).astype("float32") for x in (reference, generated)
    )


def test_distance_equals_that_by_the_root_of_a_matrix(pair):
    linalg = pytest.importorskip("scipy.linalg", reason="SciPy is not installed")
    x, y = (side.astype("float64") for side in pair)
    a, b = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    between = np.square(x.mean(axis=0) - y.mean(axis=0)).sum()
    expected = between + np.trace(a + b - 2 * linalg.sqrtm(a @ b).real)
    assert frechet_distance(*pair) == pytest.approx(expected, rel=TOLERANCE["fid"])


def test_fid_equals_torch_fidelity(pair, peer):
    sides = [FeatureStatistics.of(x) for x in pair]
    theirs = [{"mu": x.mean, "sigma": x.covariance} for x in sides]
    result = peer.metric_fid.fid_statistics_to_metric(*theirs, verbose=False)
    expected = result["frechet_inception_distance"]
    assert fid(*sides) == pytest.approx(expected, rel=TOLERANCE["fid"])


def test_fid_equals_torch_fidelity_on_its_own_statistics(pair, peer):
    import torch

    statistics = peer.metric_fid.fid_features_to_statistics
    theirs = [statistics(torch.tensor(x).double()) for x in pair]
    result = peer.metric_fid.fid_statistics_to_metric(*theirs, verbose=False)
    expected = result["frechet_inception_distance"]
    assert frechet_distance(*pair) == pytest.approx(expected, rel=TOLERANCE["fid"])


def test_kid_equals_torch_fidelity_on_the_same_subsets(pair, peer):
    import torch

    settings = {"kid_subsets": 10, "kid_subset_size": 100, "rng_seed": 7}
    result = peer.metric_kid.kid_features_to_metric(
        *(torch.tensor(x).double() for x in pair), **settings, verbose=False
    )
    expected = [result[f"kernel_inception_distance_{x}"] for x in ("mean", "std")]
    rng = np.random.RandomState(7)  # in the order in which torch-fidelity draws
    subsets = [
        tuple(rng.choice(len(x), 100, replace=False) for x in pair) for _ in range(10)
    ]
    assert kid_on(*pair, subsets) == pytest.approx(expected, rel=TOLERANCE["kid"])


def test_inception_score_equals_torch_fidelity(peer):
    import torch

    logits = np.random.default_rng(0).normal(size=(1003, 30)).astype("float32") * 4
    result = peer.metric_isc.isc_features_to_metric(torch.tensor(logits), shuffle=False)
    expected = [result[f"inception_score_{x}"] for x in ("mean", "std")]
    rel = TOLERANCE["inception score"]
    assert inception_score(logits) == pytest.approx(expected, rel=rel)


def test_precision_and_recall_equal_torch_fidelity(pair, peer):
    import torch

    reference, generated = (torch.tensor(x) for x in pair)
    result = peer.metric_prc.prc_features_to_metric(generated, reference, verbose=False)
    precision, recall = precision_recall(*pair)
    most = TOLERANCE["precision and recall"]
    assert abs(precision - result["precision"]) * len(generated) < most + 0.5
    assert abs(recall - result["recall"]) * len(reference) < most + 0.5
    assert 0.1 < precision < 0.95 and 0.1 < recall < 0.95
