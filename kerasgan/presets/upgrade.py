"""Formats of a preset's documents, and how reading upgrades an older one.

Each function returns a document of the newest format. The caller checks the result;
hashes are checked on the bytes as stored, before any upgrade. A document that is not
of an older format is returned as it is, valid or not.

| document | format 1 | format 2 |
|---|---|---|
| config.json | R3GAN's `final_penalty_weight`, `penalty_updates` | still 1; dropped |
| recipe.json | the same two arguments | `phases[0].schedules.penalty_weight` |
| | default optimizers of InfoGAN and SAGAN may be implied | are written out |
| | `data.ground`, `evaluation.samples` | `data.background`, `.num_samples` |
| metadata.json | `num_classes`, `codes` alone | also `condition`, `class_names`, ... |
| results.json | no `format`; `floor`, `figures` | `real_score`, `measurements` |
| | `memorisation` | `memorization` |
"""

import copy
from typing import Any

from kerasgan.errors import RecipeError

CONFIG, METADATA, RECIPE, RESULTS = 1, 2, 2, 2
# Arguments that a class had in the first edition, by registry name.
DROPPED = {"r3gan": ("final_penalty_weight", "penalty_updates")}
# Default optimizers of the first edition that differ from today's.
OPTIMIZERS = {
    "infogan": {"name": "adam", "learning_rate": 2e-4, "beta_1": 0.5, "beta_2": 0.999},
    "sagan": {"name": "adam", "learning_rate": 2e-4, "beta_1": 0.0, "beta_2": 0.9},
}
PENALTY_UPDATES = 100_000  # R3GAN's default in the first edition


def upgrade_config(config: Any) -> Any:
    """A `config.json` without arguments that its class no longer takes."""
    if not _is_format_1(config) or not isinstance(config.get("arguments"), dict):
        return config
    dropped = DROPPED.get(_text(config.get("name")), ())
    kept = {k: v for k, v in config["arguments"].items() if k not in dropped}
    return config | {"arguments": kept}


def upgrade_metadata(metadata: Any) -> Any:
    """A `metadata.json` of format 2."""
    if not _is_format_1(metadata):
        return metadata
    labels = metadata.get("kind") == "gan" and metadata.get("num_classes") is not None
    condition = "codes" if "codes" in metadata else "labels" if labels else None
    upgraded = {}
    for name, value in metadata.items():
        if name == "num_classes":
            upgraded["condition"] = condition
        upgraded[name] = value
        if name == "num_classes":
            upgraded |= {"class_names": None, "class_shares": None}
    return upgraded | {"format": METADATA} | _renamed_data(metadata)


def upgrade_recipe(recipe: Any, where: str = "recipe") -> Any:
    """A recipe of format 2 that describes the same training.

    Args:
        recipe: A recipe of any format.
        where: The name of the recipe in messages.

    Raises:
        RecipeError: If format 2 cannot express the recipe's schedule of R3GAN's gamma.
    """
    if not _is_format_1(recipe):
        return recipe
    recipe = copy.deepcopy(recipe) | {"format": RECIPE} | _renamed_data(recipe)
    if isinstance(recipe.get("evaluation"), dict):
        names = {"samples": "num_samples"}
        recipe["evaluation"] = _renamed(recipe["evaluation"], names)
    model, phases = recipe.get("model"), recipe.get("phases")
    if not isinstance(model, dict) or not isinstance(phases, list):
        return recipe
    name, arguments = _text(model.get("name")), model.get("arguments", {})
    if phases and all(isinstance(phase, dict) for phase in phases):
        _write_optimizers(name, phases)
        if name == "r3gan" and isinstance(arguments, dict):
            _move_gamma(arguments, phases, where)
    return recipe


def upgrade_results(results: Any) -> Any:
    """A `results.json` of format 2."""
    if not isinstance(results, dict) or "format" in results:
        return results
    upgraded = {"format": RESULTS} | copy.deepcopy(results)
    quality, throughput = upgraded.get("quality"), upgraded.get("throughput")
    if isinstance(quality, dict):
        upgraded["quality"] = {
            _metric_name(name): _renamed_metric(entry)
            for name, entry in quality.items()
        }
    if isinstance(throughput, dict):
        names = {"figures": "measurements"}
        upgraded["throughput"] = {
            name: _renamed(entry, names) for name, entry in throughput.items()
        }
    return upgraded


def _is_format_1(document) -> bool:
    """Whether it is an object of format 1; `True` and 1.0 are not that number."""
    return (
        isinstance(document, dict)
        and type(document.get("format")) is int
        and document["format"] == 1
    )


def _text(value) -> str:
    return value if isinstance(value, str) else ""


def _renamed(entry, names: dict[str, str]):
    """An object with some keys renamed, in their order; anything else as it is."""
    if not isinstance(entry, dict):
        return entry
    return {names.get(name, name): value for name, value in entry.items()}


def _renamed_data(document) -> dict:
    """The document's `data` with the field names of format 2, if it has any."""
    if not isinstance(document.get("data"), dict):
        return {}
    return {"data": _renamed(document["data"], {"ground": "background"})}


def _metric_name(name):
    return name.replace("memorisation", "memorization")


def _renamed_metric(entry):
    entry = _renamed(entry, {"floor": "real_score"})
    if isinstance(entry, dict) and isinstance(entry.get("name"), str):
        entry["name"] = _metric_name(entry["name"])
    return entry


def _write_optimizers(name, phases) -> None:
    """Adds the optimizers that the first edition used by default, where they differ."""
    if name not in OPTIMIZERS:
        return
    for phase in phases:
        optimizers = phase.setdefault("optimizers", {})
        if isinstance(optimizers, dict):
            for player in ("discriminator", "generator"):
                optimizers.setdefault(player, dict(OPTIMIZERS[name]))


def _move_gamma(arguments, phases, where) -> None:
    """Turns R3GAN's two arguments into a schedule of `penalty_weight`."""
    updates = arguments.pop("penalty_updates", PENALTY_UPDATES)
    final = arguments.pop("final_penalty_weight", None)
    start = arguments.get("penalty_weight", 1.0)
    if final is None or final == start:
        return
    if not _is_number(final) or not _is_number(start) or not start or len(phases) != 1:
        raise RecipeError(
            f"{where}: `final_penalty_weight` of a recipe of format 1 must belong to "
            "one phase and a number `penalty_weight` above 0. Received: "
            f"{ascii(final)[:40]}, penalty_weight {ascii(start)[:40]}, {len(phases)} "
            "phases. Write the recipe in format 2, with schedules.penalty_weight."
        )
    schedules = phases[0].setdefault("schedules", {})
    if isinstance(schedules, dict):
        gamma = {"name": "cosine", "final": final / start, "updates": updates}
        schedules["penalty_weight"] = gamma


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
