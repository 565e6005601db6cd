"""Recipes: a model, its images, its phases of training and their optimizers.

A recipe is data with a closed schema. The `recipe.json` of a preset reproduces it;
`kerasgan.training.train` runs a recipe.
"""

import copy
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kerasgan import registry
from kerasgan.errors import PresetNotFoundError, RecipeError, did_you_mean
from kerasgan.presets import catalog, configs, documents, schemas, upgrade
from kerasgan.presets.folders import (
    JSON_LIMIT,
    Files,
    Folder,
    check_content,
    read_regular,
)
from kerasgan.presets.metadata import metadata_of
from kerasgan.presets.schemas import closed

_FRACTION = {"type": "number", "minimum": 0, "maximum": 1}
_FACTOR = {"type": "number", "minimum": 0, "maximum": 1e6}
_RATE = {"type": "number", "exclusiveMinimum": 0, "maximum": 10}
_UPDATES = {"type": "integer", "minimum": 1, "maximum": 2**40}
_OPTIMIZERS = {
    "adam": "beta_1 beta_2 epsilon weight_decay",
    "rmsprop": "rho momentum epsilon",
    "sgd": "momentum",
}


def _optimizer(name: str) -> dict:
    fields = dict.fromkeys(_OPTIMIZERS[name].split(), _FRACTION)
    schema = closed("name learning_rate", name={}, learning_rate=_RATE, **fields)
    has_that_name = {"required": ["name"], "properties": {"name": {"const": name}}}
    return {"if": has_that_name, "then": schema}


def _schedule(final: dict) -> dict:
    """The schema of a schedule whose end is a factor `final` of its start."""
    only_cosine = {"properties": {"name": {"const": "cosine"}}}
    return closed(
        "name",
        name={"enum": ["linear", "cosine"]},
        final=final,
        warmup=_FRACTION,
        updates=_UPDATES,
    ) | {"if": {"required": ["warmup"]}, "then": only_cosine}


_OPTIMIZER = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"enum": list(_OPTIMIZERS)}},
    "allOf": [_optimizer(name) for name in _OPTIMIZERS],
}
_EVALUATION = closed(
    "features",
    features=schemas.TEXT | {"minLength": 1},
    every={"type": "integer", "minimum": 1, "maximum": 2**20},
    num_samples={"type": "integer", "minimum": 10, "maximum": 2**17},
)
_START = closed(  # what a training starts from, instead of random weights
    "",
    preset=schemas.TEXT | {"minLength": 1},
    freeze_layers={"type": "integer", "minimum": 0, "maximum": 1000},
)
_MODEL = closed("name", name={"type": "string"}, arguments={"type": "object"})
UNOFFERED = {"feature_classifier"}  # no GAN
# Fields of `data` that say what becomes of images.
CONVERSIONS = "size", "crop", "channels", "background", "make", "source_side"
CONVERSIONS += "source_channels", "flip"
SCHEMA = closed(
    "format model data phases",
    format={"const": upgrade.RECIPE},
    model=_MODEL,
    data=schemas.DATA,
    phases={"type": "array", "items": {}, "minItems": 1, "maxItems": 16},
    evaluation=_EVALUATION,
    start=_START,
    seed={"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
    dtype={"enum": ["float32", "mixed_bfloat16", "mixed_float16"]},
)


def _phase_schema(players: tuple[str, ...], weights: tuple[str, ...]) -> dict:
    """The schema of a phase of a class with these players and loss weights."""
    names = {"type": "array", "items": {"enum": list(players)}, "minItems": 1}
    schedules = dict.fromkeys(players, _schedule(_FRACTION))
    schedules |= dict.fromkeys(weights, _schedule(_FACTOR))
    return closed(
        "batch_size",
        players=names | {"uniqueItems": True},
        updates=_UPDATES,
        batch_size={"type": "integer", "minimum": 1, "maximum": 2**20},
        optimizers=closed("", **dict.fromkeys(players, _OPTIMIZER)),
        schedules=closed("", **schedules),
    )


def _phases_schema(phases: dict) -> dict:
    """The schema of a recipe of which only the phases matter."""
    return {"properties": {"phases": phases}}


def check(recipe: Any, where: str | Path = "recipe") -> dict:
    """Returns the recipe, if it matches the schema and its class.

    Args:
        recipe: A recipe of the newest format.
        where: The name of the recipe in messages.

    Raises:
        RecipeError: With the field, the expected and the received value.
    """
    schemas.check(recipe, SCHEMA, where, RecipeError)
    try:
        cls = registry.lookup(recipe["model"]["name"])
    except ValueError as error:
        raise RecipeError(f"{where}: model.name: {error}") from None
    arguments, known = recipe["model"].get("arguments", {}), configs.schema_of(cls)
    schemas.check(arguments, known, f"{where}: model.arguments", RecipeError)
    _check_features(recipe.get("evaluation", {}), where)
    every = tuple(dict.fromkeys(name for phase in cls.phases for name in phase))
    weights = getattr(cls, "scheduled_weights", ())
    schema = _phases_schema({"items": _phase_schema(every, weights)})
    schemas.check(recipe, schema, where, RecipeError)
    players = [players_of(cls, p, i) for i, p in enumerate(recipe["phases"])]
    if any(set(names) != set(every) for names in players):
        own = {"prefixItems": [_phase_schema(names, weights) for names in players]}
        schemas.check(recipe, _phases_schema(own), where, RecipeError)
    return recipe


def _check_features(evaluation, where) -> None:
    """Refuses features on the Hub: a recipe may be a stranger's."""
    features = evaluation.get("features", "")
    if features.startswith("hf://"):
        raise RecipeError(
            f"{where}: evaluation.features must be a bundled preset, a folder or "
            f"inception. Received: {ascii(features)[:80]}, for which training would "
            "contact the Hub. If you trust it, download it (kerasgan pull OWNER/NAME "
            "--out features), and write the folder."
        )


def players_of(model: Any, phase: Mapping, index: int) -> tuple[str, ...]:
    """The players of a recipe's phase: its own, or those of the model's phase.

    A recipe may have more phases than its model; the model's last one then repeats.

    Args:
        model: The recipe's class; or its model, whose arguments may add players.
        phase: One of the recipe's `phases`.
        index: Its position among them.
    """
    own, phases = phase.get("players"), model.phases
    return tuple(own or phases[min(index, len(phases) - 1)])


def parse(data: bytes, where: str | Path) -> dict:
    """The recipe in a `recipe.json` of any format, in the newest format.

    Raises:
        RecipeError: If the file is not JSON or does not match the schema.
    """
    document = documents.parse(data, where, RecipeError)
    return check(upgrade.upgrade_recipe(document, str(where)), where)


def load(source: str | Path) -> dict:
    """The recipe of a preset or a `recipe.json` file, or the default of a family.

    Args:
        source: A bundled name, a folder or a Hub address that has a `recipe.json`; the
            file itself; or the registry name of a model.

    Returns:
        The recipe. A family's default recipe lacks `data.source` and `updates`.

    Raises:
        PresetNotFoundError: If there is no such recipe.
        RecipeError: If the recipe does not match the schema.
        PresetIntegrityError: If the recipe differs from its preset's metadata.
    """
    place = locate(source)
    if isinstance(place, str):
        return _default(place)
    if isinstance(place, Path):
        return parse(read_regular(place, JSON_LIMIT, links=True), place)
    return _of_preset(place)


def locate(source: str | Path) -> Files | Path | str:
    """Where the recipe of `load` is, found without an import of Keras.

    Returns:
        The files of a preset, the path of a file, or the registry name of a family.

    Raises:
        PresetNotFoundError: If there is no such recipe.
    """
    path, name = Path(source).expanduser(), str(source)
    families = registry.names()
    bundled = "/" not in name and has_recipe(catalog.zoo_folder() / name)
    if bundled or name.startswith("hf://"):
        return catalog.files_of(name)
    if path.is_dir() and (name not in families or has_recipe(path)):
        return Folder(path)
    if name in families:
        return name
    if path.is_file():
        return path
    trainable = [family for family in families if family not in UNOFFERED]
    known = [*trainable, *catalog.list_presets()]
    raise PresetNotFoundError(
        "Expected a folder of images, a preset, a recipe.json file or the name of a "
        "model. Received: "
        f"{name!r}.{did_you_mean(name, known)} Models are {', '.join(trainable)}."
    )


def adapt(
    recipe: Mapping,
    *,
    data: Mapping | None = None,
    updates: int | None = None,
    batch_size: int | None = None,
    arguments: Mapping | None = None,
    seed: int | None = None,
    dtype: str | None = None,
) -> dict:
    """Returns a copy of a recipe with some parts replaced.

    Args:
        recipe: A recipe, or a family's default recipe from `load`.
        data: Fields of `data`. A new source keeps how the recipe converts images, such
            as `size` and `channels`. All other fields are those of the old images, and
            so are the model's shapes and the evaluation: they are left out.
        updates: Updates over all phases. Each phase and its schedules keep their share.
        batch_size: Images per update, in all phases.
        arguments: Constructor arguments of the model.
        seed: Seed of initial weights, noise and data order.
        dtype: Dtype policy for training, such as "mixed_bfloat16".

    Returns:
        The new recipe, not checked yet.
    """
    recipe = copy.deepcopy(dict(recipe))
    data = {key: value for key, value in (data or {}).items() if value is not None}
    if data:
        _replace_data(recipe, data)
    if batch_size is not None:
        for phase in recipe["phases"]:
            phase["batch_size"] = batch_size
    if updates is not None:
        _scale(recipe["phases"], updates)
    model = recipe["model"]
    model["arguments"] = model.get("arguments", {}) | dict(arguments or {})
    if seed is not None:
        recipe["seed"] = seed
    if dtype is not None:
        recipe["dtype"] = dtype
    return recipe


def without_paths(recipe: Mapping) -> dict:
    """A copy of a recipe to publish, which holds no path of this machine."""
    recipe = copy.deepcopy(dict(recipe))
    recipe["data"] = schemas.without_paths(recipe["data"])
    if arguments := recipe.get("model", {}).get("arguments"):
        recipe["model"]["arguments"] = schemas.without_folders(arguments)
    if evaluation := recipe.get("evaluation"):
        evaluation["features"] = Path(evaluation["features"]).name
    preset = recipe.get("start", {}).get("preset", "hf://")
    if not preset.startswith("hf://"):
        recipe["start"]["preset"] = Path(preset).name
    return recipe


def _of_preset(files):
    """A preset's recipe, after a check of its hash if the preset has metadata."""
    recipe = files.read("recipe.json", JSON_LIMIT)
    if files.has("metadata.json"):
        check_content(files, "recipe.json", recipe, metadata_of(files))
    return parse(recipe, f"{files}/recipe.json")


def has_recipe(folder: Path) -> bool:
    """Whether a folder has a recipe."""
    return (folder / "recipe.json").is_file()


def _default(name) -> dict:
    """A family's recipe: one phase for each of the class's."""
    cls = registry.lookup(name)
    phases = [{"batch_size": cls.batch_size} for _ in cls.phases]
    model = {"name": name, "arguments": {}}
    return {
        "format": upgrade.RECIPE,
        "model": model,
        "data": {},
        "phases": phases,
        "seed": 0,
    }


def _replace_data(recipe, data) -> None:
    """Other data: what depended on the old images goes."""
    kept = recipe["data"]
    if "source" in data:
        kept = {name: kept[name] for name in CONVERSIONS if name in kept}
    recipe["data"] = kept | data
    for shape in ("image_shape", "source_shape"):
        recipe["model"].setdefault("arguments", {}).pop(shape, None)
    if recipe.pop("evaluation", None):
        warnings.warn(
            "The recipe's evaluation belongs to its own images and is left out. The "
            "preset will contain the last state of the training. Measure it "
            "afterwards: kerasgan evaluate.",
            stacklevel=3,
        )


def _scale(phases, updates) -> None:
    """Makes so many updates of all phases; their schedules keep their share."""
    shares = [phase.get("updates", 1) for phase in phases]
    for phase, share in zip(phases, shares, strict=True):
        scaled = max(1, round(share * updates / sum(shares)))
        if "updates" in phase:
            for schedule in phase.get("schedules", {}).values():
                if "updates" in schedule:
                    part = schedule["updates"] * scaled / share
                    schedule["updates"] = max(1, round(part))
        phase["updates"] = scaled
