"""The same losses and weights on every backend, from the same draws."""

import json

import pytest

from kerasgan import backend, registry
from tests.support import checks, parity

GOLDEN = json.loads(parity.GOLDEN.read_text())


def test_every_case_has_recorded_losses():
    assert GOLDEN.keys() == parity.CASES.keys()


@pytest.mark.backend_free
def test_every_family_has_a_case():
    builders = (build for build, *_ in parity.CASES.values())
    built = {name for build in builders for name in build.__code__.co_names}
    families = {registry.lookup(n) for n in checks.TINY | checks.TRANSLATORS}
    assert {family.__name__ for family in families} <= built


@pytest.mark.parametrize("case", parity.CASES)
def test_five_batches_equal_those_of_every_backend(case, monkeypatch):
    monkeypatch.setattr(backend, "normal", parity.normal)
    monkeypatch.setattr(backend, "uniform", parity.uniform)
    results, expected = parity.run(case), GOLDEN[case]
    assert results.keys() == expected.keys()
    for name, value in expected.items():
        tolerance = 1e-3 if name.endswith("_loss") else 2e-3
        limit = tolerance * max(1.0, abs(value))
        assert results[name] == pytest.approx(value, rel=0, abs=limit), name
