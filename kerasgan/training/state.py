"""The state of a training: how it starts, goes on, ends, and what it says of that."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kerasgan.presets import recipes
from kerasgan.training import checkpoints, hardware, inputs, lengths, transfer
from kerasgan.training.budget import Budget
from kerasgan.training.measure import seconds_per_update


def begun(
    same: dict,
    images: Any,
    found: tuple[dict, Path] | None,
    budget: Budget | None,
    finish: bool,
) -> tuple[dict, Path | None]:
    """The state to start from, and the weights to load, or None.

    Args:
        same: The complete recipe, and the `digests` of its images.
        images: The images to train on.
        found: The checkpoint to continue from, if any.
        budget: How long to train from now on.
        finish: Whether the training has ended.
    """
    recipe = same["recipe"]
    if found is None:
        if budget is not None:
            updates = _allowed(budget, recipe, images, range(len(recipe["phases"])))
            recipe = inputs.checked(recipes.adapt(recipe, updates=updates))
        fresh = {"epoch": 0, "batch": 0, "updates": 0, "seconds": 0.0, "history": []}
        fresh |= same | {"recipe": recipe}
        return fresh | {"hardware": hardware.describe()}, None
    state, path = found
    merged = checkpoints.merged(state["recipe"], recipe)
    state = {"batch": 0} | state | same | {"recipe": merged}
    _set_length(state, images, budget, finish)
    return state, path


def digests(data: inputs.Inputs) -> dict:
    """Hashes of the images, which must stay the same."""
    images, held_out = map(inputs.digest, data)
    return {"images": images, "held_out_images": held_out}


def _allowed(budget, recipe, images, indices) -> int:
    """The updates that a budget allows in phases of a recipe."""
    seconds, phases = None, recipe["phases"]
    if budget.needs_measuring:
        total = sum(phases[index]["updates"] for index in indices)
        seconds = sum(
            seconds_per_update(recipe, images, index=i) * phases[i]["updates"] / total
            for i in indices
        )
    size = phases[indices[0]]["batch_size"]
    return budget.updates(images.count // size, size, seconds)


def _set_length(state, images, budget, finish) -> None:
    """Ends a begun training now, or later than planned."""
    recipe, done = state["recipe"], state["updates"]
    if finish:
        state["recipe"] = lengths.ended(recipe, done)
    elif budget is not None:
        more = _allowed(budget, recipe, images, [len(recipe["phases"]) - 1])
        state["recipe"] = lengths.extended(recipe, done, more)
        extended = {"after": done, "planned": updates_of(recipe)}
        state["extended"] = [*state.get("extended", ()), extended]


def take_start(model: Any, state: dict) -> list[str]:
    """Takes weights from a preset, and freezes layers; returns what to say of it."""
    start, notes = state["recipe"].get("start", {}), []
    if "preset" in start and not state["updates"]:
        new = transfer.transfer(model, start["preset"])
        state["origin"] = model.origin
        notes.append(f"Starting from the weights of {start['preset']}.")
        if new:
            notes.append(f"With new weights, because shapes differ: {', '.join(new)}.")
    model.origin = state.get("origin", {})
    if layers := start.get("freeze_layers"):
        transfer.freeze(model, layers)
        notes.append(f"Frozen: the first {layers} layers of the discriminator.")
    return notes


def described(images: Any, state: dict, notes: Sequence[str] = ()) -> list[str]:
    """What a training prints at its start."""
    shape, total = images.image_shape, updates_of(state["recipe"])
    lines = [f"Training on {images.count:,} {images.items}, {shape} each."]
    labels = getattr(images, "labels", None)
    if labels is not None:
        counts = np.bincount(labels[labels >= 0], minlength=images.num_classes)
        names = images.class_names or [f"class {i}" for i in range(len(counts))]
        pairs = zip(names, counts, strict=True)
        lines += [f"  {i}: {n}, {count:,} images" for i, (n, count) in enumerate(pairs)]
    if done := state["updates"]:
        place = f"epoch {state['epoch'] + 1}"
        if state["batch"]:
            place += f", batch {state['batch'] + 1}"
        lines.append(f"Continuing after {done:,} of {total:,} updates, from {place}.")
    return [*lines, *notes]


def updates_of(recipe: dict) -> int:
    """Updates over all phases."""
    return sum(phase["updates"] for phase in recipe["phases"])
