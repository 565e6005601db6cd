"""A failed push or pull leaves the old or the new files, and a retry succeeds."""

import os

import pytest

from tests.support import hub_faults
from tests.support.hub_faults import CASES, CHUNKS, HTTP, Case

pytestmark = [
    pytest.mark.backend_free,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="killed clients are forks"),
]
# One of each operation, store and kind of fault. The others are in the matrix.
SAMPLE = [
    Case("pull", "lfs", "bytes"),
    Case("pull", "xet", "chunk changed"),
    Case("first", "xet", "500"),
    Case("later", "lfs", "lost"),
    Case("later", "lfs", "kill"),
]


@pytest.fixture(scope="module")
def runs(request):
    """The futures of the collected cases, which run side by side."""
    items = (item for item in request.session.items if hasattr(item, "callspec"))
    cases = [item.callspec.params.get("case") for item in items]
    return hub_faults.start([case for case in cases if isinstance(case, Case)])


def cases():
    for case in CASES:
        marks = [] if case in SAMPLE else [pytest.mark.matrix]
        yield pytest.param(case, marks=marks, id="-".join(case))


@pytest.mark.parametrize("case", [*cases()])
def test_fault_is_survived(runs, case):
    words = runs[case].result()
    assert not [word for word in words if word.startswith("broken")]
    assert len(words) >= (1 if case.fault in ("headers", *CHUNKS) else 7)
    if case.fault in HTTP:
        assert words.count("worked") >= len(words) // 2


def test_sample_of_faults_is_part_of_the_matrix():
    assert set(SAMPLE) < set(CASES)
