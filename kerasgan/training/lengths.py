"""Makes a begun training longer, or ends it early: its recipe then says so."""

import copy
from collections.abc import Mapping

from kerasgan.errors import RecipeError


def extended(recipe: Mapping, done: int, more: int) -> dict:
    """The recipe of a training that ends `more` updates from now.

    Its last phase ends then; schedules that have the length of the phase stretch.

    Args:
        recipe: A recipe whose phases have `updates`.
        done: Updates that the training has made.
        more: Updates to make.

    Raises:
        RecipeError: If the training is in an earlier phase.
    """
    recipe = copy.deepcopy(dict(recipe))
    *earlier, last = recipe["phases"]
    begun = done - sum(phase["updates"] for phase in earlier)
    if begun < 0:
        raise RecipeError(
            f"A training gets a new length in its last phase. Received: {done:,} "
            f"updates, {-begun:,} before that phase. First continue as planned, with "
            "--resume alone."
        )
    last["updates"] = begun + more
    return recipe


def ended(recipe: Mapping, done: int) -> dict:
    """The recipe of a training that has ended after `done` updates.

    Phases that it did not reach are left out. Schedules keep their lengths.

    Args:
        recipe: A recipe whose phases have `updates`.
        done: Updates that the training has made.

    Raises:
        RecipeError: If it has made none.
    """
    if not done:
        raise RecipeError(
            "A preset needs at least one update of training. Received: none. Continue "
            "with --resume."
        )
    recipe, phases = copy.deepcopy(dict(recipe)), []
    for phase in recipe["phases"]:
        made = min(done, phase["updates"])
        done -= made
        if made < phase["updates"]:
            for schedule in phase.get("schedules", {}).values():
                schedule.setdefault("updates", phase["updates"])
        if made:
            phases.append(phase | {"updates": made})
    return recipe | {"phases": phases}
