"""From a recipe to its model: built, and compiled for one phase after another."""

import contextlib
import functools
from collections.abc import Mapping
from typing import Any

import keras
from keras.optimizers import schedules

from kerasgan import registry
from kerasgan.errors import PresetConfigError, RecipeError
from kerasgan.presets import deferred, recipes

SEARCHED = 16  # pixels up to which a possible size is searched
OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
}


def build(recipe: Mapping, make: bool = True) -> Any:
    """The recipe's model, untrained.

    Args:
        recipe: The recipe.
        make: Whether the model gets weights; if not, it is only checked.

    Raises:
        RecipeError: If the class refuses the recipe's arguments, or its networks
            are too large.
    """
    cls = registry.lookup(recipe["model"]["name"])
    call = {**recipe["model"].get("arguments", {}), "dtype": recipe.get("dtype")}
    call["seed"] = recipe.get("seed", 0)
    name = recipe["model"]["name"]
    check = functools.partial(deferred.check_budget, where=name)
    try:
        return deferred.build(cls, call, name, check, make)
    except PresetConfigError as error:
        raise RecipeError(str(error)) from error


def check_shape(recipe: Mapping) -> None:
    """Refuses images that the model cannot have, before any is read.

    The recipe's `image_shape` or `size` must tell their shape; otherwise nothing is
    checked.

    Raises:
        RecipeError: If the two differ, or the class refuses the shape or another
            argument.
    """
    shape = recipe["model"].get("arguments", {}).get("image_shape")
    size = recipe["data"].get("size")
    sides = [size, size] if isinstance(size, int) else size
    if shape and sides and list(shape[:2]) != sides:
        raise RecipeError(
            f"The recipe's `image_shape` is {tuple(shape)}. Received: size {size}. "
            "Pass --size to change both, or leave one of them out."
        )
    if shape or sides:
        shape = shape or [*sides, recipe["data"].get("channels", 3)]
        try:
            _check_arguments(recipe, shape)
        except RecipeError as error:
            if not (near := _nearest(recipe, shape)):
                raise
            raise RecipeError(
                f"`size` must be one that {recipe['model']['name']} can generate. "
                f"Received: {shape[0]}x{shape[1]} pixels. Pass the nearest (--size): "
                f"{' or '.join(map(str, near))}."
            ) from error


def _check_arguments(recipe, shape):
    build(recipes.adapt(recipe, arguments={"image_shape": list(shape)}), make=False)


def _nearest(recipe, shape) -> list[int]:
    """The next smaller and larger sides of square images that the class takes."""
    near = []
    for step in (-1, 1):
        for distance in range(SEARCHED):
            side = max(1, shape[0] + step * distance)
            with contextlib.suppress(RecipeError):
                _check_arguments(recipe, [side, side, *shape[2:]])
                near.append(side)
                break
    return near


def compile_phase(model: Any, phase: Mapping, index: int = 0) -> None:
    """Compiles a model for a phase: its players, optimizers and schedules.

    A player without an optimizer in the phase gets the class's default one.

    Args:
        model: The recipe's model.
        phase: One of the recipe's `phases`.
        index: Its position among them.
    """
    players = recipes.players_of(model, phase, index)
    settings = phase.get("schedules", {})
    stated = settings.keys() | phase.get("optimizers", {}).keys()
    model.compile(
        {name: _optimizer(model, phase, name) for name in players if name in stated},
        players=list(players),
        schedules={
            name: _schedule(settings[name], model.arguments[name], phase["updates"])
            for name in model.scheduled_weights
            if name in settings
        },
    )


def turns(model: Any, phases: list[Mapping]) -> dict[str, tuple[int, int]]:
    """How many updates each player takes part in, and how many turns it has."""
    updates: dict[str, int] = {}
    for index, phase in enumerate(phases):
        for name in recipes.players_of(model, phase, index):
            updates[name] = updates.get(name, 0) + phase["updates"]
    return {n: (count, model.updates_of(n, count)) for n, count in updates.items()}


def _optimizer(model, phase, player):
    """A player's optimizer in a phase, with its schedule."""
    spec = dict(phase.get("optimizers", {}).get(player, {}))
    if spec:
        optimizer = OPTIMIZERS[spec.pop("name")](**spec)
    else:
        optimizer = model.default_optimizer(player)
    if schedule := phase.get("schedules", {}).get(player):
        updates = schedule.get("updates", phase["updates"])
        steps = max(1, model.updates_of(player, updates))
        rate = float(optimizer.learning_rate)
        optimizer.learning_rate = _schedule(schedule, rate, steps, steps)
    return optimizer


def _schedule(spec, start: float, updates: int, steps: int | None = None):
    """A schedule from `start` to its `final` share, for a rate or a loss weight.

    A cosine may first rise to `start`, from 0 in a line, for a share of its steps.

    Args:
        spec: The schedule in the recipe.
        start: The value that the schedule starts from.
        updates: Batches in the phase, the default for the schedule's `updates`.
        steps: The length of the schedule, if it does not count batches.
    """
    steps, final = steps or spec.get("updates", updates), spec.get("final", 0.0)
    if spec["name"] == "linear":
        return schedules.PolynomialDecay(start, steps, end_learning_rate=start * final)
    if not (warmup := min(round(spec.get("warmup", 0.0) * steps), steps - 1)):
        return schedules.CosineDecay(start, steps, alpha=final)
    rise = {"warmup_target": start, "warmup_steps": warmup}
    return schedules.CosineDecay(0.0, steps - warmup, alpha=final, **rise)
