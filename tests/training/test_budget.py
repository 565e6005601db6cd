"""Budgets of a training: images, updates, hours or epochs."""

import pytest

from kerasgan.errors import RecipeError
from kerasgan.training.budget import Budget

pytestmark = pytest.mark.backend_free


@pytest.mark.parametrize(
    ("limit", "updates"),
    [
        ({"images": 1000}, 31),
        ({"updates": 7}, 7),
        ({"epochs": 3}, 99),
        ({"hours": 2}, 36000),
        ({"hours": 0.001}, 18),
    ],
)
def test_a_budget_allows_so_many_updates(limit, updates):
    budget = Budget(**limit)
    assert budget.updates(33, 32, seconds_per_update=0.2) == updates
    assert budget.needs_measuring == ("hours" in limit)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({}, "one budget of --images.* Received: none"),
        ({"hours": 1, "epochs": 2}, "Received: --hours 1 and --epochs 2"),
        ({"hours": 0}, "`hours` must be a number above 0. Received: hours=0"),
        ({"hours": float("nan")}, "hours=nan"),
        ({"updates": -3}, "`updates` must be an integer above 0"),
    ],
)
def test_impossible_budgets_are_refused(limits, message):
    with pytest.raises(RecipeError, match=message):
        Budget(**limits)


def test_a_budget_below_one_update_is_refused():
    with pytest.raises(
        RecipeError, match=r"takes 3 seconds here. Received: hours=0\.00"
    ):
        Budget(hours=0.0001).updates(33, 32, 3.0)
    with pytest.raises(RecipeError, match="takes 32 images. Received: images=31"):
        Budget(images=31).updates(33, 32)
