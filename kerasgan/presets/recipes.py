"""Recipes: what to build, on which images, for how many updates, with which optimizers.

A recipe is data with a closed schema. `recipe.json` of a preset trains it again;
`kerasgan.training.train` carries it out.
"""

import copy
import warnings
from pathlib import Path
from typing import Any

from kerasgan import registry
from kerasgan.presets import catalog, configs, documents, load, schemas
from kerasgan.errors import PresetConfigError, PresetNotFoundError, did_you_mean
from kerasgan.presets.folders import JSON_LIMIT, Folder, check_content, read_regular
from kerasgan.presets.schemas import closed

FORMAT = 1
NETWORKS = ("discriminator", "generator", "classifier")


_FRACTION = {"type": "number", "minimum": 0, "maximum": 1}
_RATE = {"type": "number", "exclusiveMinimum": 0, "maximum": 10}
_OPTIMIZERS = {
    "adam": "beta_1 beta_2 epsilon weight_decay",
    "rmsprop": "rho momentum epsilon",
    "sgd": "momentum",
}


def _optimizer(name: str) -> dict:
    fields = dict.fromkeys(_OPTIMIZERS[name].split(), _FRACTION)
    schema = closed("name learning_rate", name={}, learning_rate=_RATE, **fields)
    of_that_name = {"required": ["name"], "properties": {"name": {"const": name}}}
    return {"if": of_that_name, "then": schema}


_OPTIMIZER = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"enum": list(_OPTIMIZERS)}},
    "allOf": [_optimizer(name) for name in _OPTIMIZERS],
}
_SCHEDULE = closed(
    "name",
    name={"enum": ["linear", "cosine"]},
    final=_FRACTION,
    warmup=_FRACTION,
) | {
    "if": {"required": ["warmup"]},
    "then": {"properties": {"name": {"const": "cosine"}}},
}
_PHASE = closed(
    "batch_size",
    updates={"type": "integer", "minimum": 1, "maximum": 2**40},
    batch_size={"type": "integer", "minimum": 1, "maximum": 2**20},
    optimizers=closed("", **dict.fromkeys(NETWORKS, _OPTIMIZER)),
    schedules=closed("", **dict.fromkeys(NETWORKS, _SCHEDULE)),
)
_EVALUATION = closed(
    "features",
    features={"type": "string", "minLength": 1},
    every={"type": "integer", "minimum": 1, "maximum": 2**20},
    samples={"type": "integer", "minimum": 10, "maximum": 2**20},
)
SCHEMA = closed(
    "format model data phases",
    format={"const": FORMAT},
    model=closed("name", name={"type": "string"}, arguments={"type": "object"}),
    data=schemas.DATA,
    phases={"type": "array", "items": _PHASE, "minItems": 1, "maxItems": 16},
    evaluation=_EVALUATION,
    seed={"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
    dtype={"enum": ["float32", "mixed_bfloat16", "mixed_float16"]},
)


def check(recipe: Any, where: str | Path = "recipe") -> dict:
    """The recipe itself, if it keeps to the schema.

    Raises:
        PresetConfigError: Naming the field, what was found and what was expected.
    """
    schemas.check(recipe, SCHEMA, where)
    try:
        cls = registry.lookup(recipe["model"]["name"])
    except ValueError as error:
        raise PresetConfigError(f"{where}: model.name: {error}") from None
    arguments = recipe["model"].get("arguments", {})
    schemas.check(arguments, configs.schema_of(cls), f"{where}: model.arguments")
    return recipe


def parse(data: bytes, where: str | Path) -> dict:
    """The recipe that a `recipe.json` holds.

    Raises:
        PresetConfigError: If it is no JSON or does not keep to the schema.
    """
    return check(documents.parse(data, where), where)


def load(source: str | Path) -> dict:
    """The recipe of a preset, of a `recipe.json` file, or a GAN's default one.

    Args:
        source: A bundled name, a folder or an address on the Hub with a `recipe.json`,
            the file itself, or the registry name of a GAN.

    Returns:
        The recipe. A GAN's default one lacks `data.source` and `updates`.

    Raises:
        PresetNotFoundError: If there is no such recipe.
        PresetConfigError: If the recipe does not keep to the schema.
        PresetIntegrityError: If it is not the one that the preset's metadata describe.
    """
    registry.load_all()
    path, name = Path(source).expanduser(), str(source)
    bundled = "/" not in name and _holds_recipe(catalog.zoo_folder() / name)
    if bundled or name.startswith("hf://"):
        return _of_preset(catalog.files_of(name))
    if path.is_dir() and (name not in registry.GANS or _holds_recipe(path)):
        return _of_preset(Folder(path))
    if name in registry.GANS:
        recipe = {"format": FORMAT, "model": {"name": name, "arguments": {}}}
        return recipe | {"data": {}, "phases": [{"batch_size": 64}], "seed": 0}
    if not path.is_file():
        known = [*registry.GANS, *catalog.list_presets()]
        raise PresetNotFoundError(
            "Expected a preset, a recipe.json file or the name of a GAN "
            f"({', '.join(registry.GANS)}). Received: {name!r}."
            f"{did_you_mean(name, known)}"
        )
    return parse(read_regular(path, JSON_LIMIT, links=True), path)


def _of_preset(files):
    """A preset's recipe, which is what its metadata, if it has any, say."""
    recipe = files.read("recipe.json", JSON_LIMIT)
    if files.has("metadata.json"):
        check_content(files, "recipe.json", recipe, load.metadata_of(files))
    return parse(recipe, f"{files}/recipe.json")


def _holds_recipe(folder):
    return (folder / "recipe.json").is_file()


def adapt(
    recipe: dict,
    *,
    data: dict | None = None,
    updates: int | None = None,
    batch_size: int | None = None,
    arguments: dict | None = None,
    seed: int | None = None,
    dtype: str | None = None,
) -> dict:
    """A copy of a recipe with some of it replaced.

    Args:
        recipe: A recipe, or a GAN's default one from `load`.
        data: Fields of `data`. A new source replaces all fields, and the network takes
            the new images' shape; a training, their number of classes.
        updates: Discriminator updates over all phases, each scaled alike, and R3GAN's
            `penalty_updates` with them.
        batch_size: Images in an update, in all phases.
        arguments: Constructor arguments of the GAN.
        seed: Seed of initial weights, noise and data order.
        dtype: Dtype policy of the training, such as "mixed_bfloat16".

    Returns:
        The new recipe, not yet checked.
    """
    recipe = copy.deepcopy(recipe)
    data = {key: value for key, value in (data or {}).items() if value is not None}
    if data:
        recipe["data"] = data if "source" in data else recipe["data"] | data
        recipe["model"].setdefault("arguments", {}).pop("image_shape", None)
        if recipe.pop("evaluation", None):  # its features are of the old images
            warnings.warn(
                "The recipe's evaluation is of its own images: on these the training "
                "is not measured, and its last state is kept. Measure it afterwards: "
                "kerasgan evaluate.",
                stacklevel=2,
            )
    if batch_size is not None:
        for phase in recipe["phases"]:
            phase["batch_size"] = batch_size
    if updates is not None:
        _scale(recipe, updates)
    model = recipe["model"]
    model["arguments"] = model.get("arguments", {}) | (arguments or {})
    if seed is not None:
        recipe["seed"] = seed
    if dtype is not None:
        recipe["dtype"] = dtype
    return recipe


def _scale(recipe, updates):
    """Makes it so many updates, each phase alike, and gamma's schedule with them."""
    phases, arguments = recipe["phases"], recipe["model"].get("arguments", {})
    told = all("updates" in phase for phase in phases)
    shares = [phase.get("updates", 1) for phase in phases]
    for phase, share in zip(phases, shares, strict=True):
        phase["updates"] = max(1, round(share * updates / sum(shares)))
    if told and "penalty_updates" in arguments:
        scaled = round(arguments["penalty_updates"] * updates / sum(shares))
        arguments["penalty_updates"] = min(max(1, scaled), documents.LARGEST)
