"""A push or a pull that goes wrong leaves the old or the new, and the next succeeds."""

import os

import pytest

from tests.support import hub_faults
from tests.support.hub_faults import CASES, CHUNKS, HTTP, Case

pytestmark = [
    pytest.mark.backend_free,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="clients to be killed fork"),
]


@pytest.fixture(scope="module")
def runs(request):
    """What each of the collected cases is about to give: they wait side by side."""
    items = (item for item in request.session.items if hasattr(item, "callspec"))
    cases = [item.callspec.params.get("case") for item in items]
    return hub_faults.start([case for case in cases if isinstance(case, Case)])


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_faults_are_survived(runs, case):
    words = runs[case].result()
    assert not [word for word in words if word.startswith("broken")]
    assert len(words) >= (1 if case.fault in ("headers", *CHUNKS) else 7)
    if case.fault in HTTP:
        assert words.count("worked") >= len(words) // 2
