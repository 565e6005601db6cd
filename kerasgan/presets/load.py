"""From a preset to its model: the one door by which presets are loaded.

A preset is a folder of JSON files, weights, samples and a card. It is data and never
code: its class is looked up in the registry. Weight files are compared with the
network's layout before the network has weights.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kerasgan.errors import PresetConfigError, PresetError
from kerasgan.presets import catalog, configs, documents, recipes, upgrade
from kerasgan.presets.folders import (
    LIMIT,
    Files,
    check_content,
    consistently,
    limit_of,
)
from kerasgan.presets.metadata import metadata_of


class Documents(NamedTuple):
    """What the JSON files of a preset say, checked.

    Attributes:
        cls: The class that `config.json` names.
        arguments: Arguments of its constructor.
        metadata: `metadata.json`.
        recipe: `recipe.json`, or None.
    """

    cls: type
    arguments: dict
    metadata: dict
    recipe: dict | None


def from_preset(
    preset: str | Path | Files,
    *,
    load_weights: bool = True,
    networks: str = "all",
    dtype: str | None = None,
    expected: type | None = None,
    revision: str | None = None,
    token: str | bool | None = None,
    cache_dir: str | Path | None = None,
    local_files_only: bool = False,
    force_download: bool = False,
    **overrides: Any,
) -> Any:
    """A GAN, or another model of the zoo, with the weights of a preset.

    Args:
        preset: A bundled name such as "dcgan_mnist", a preset folder, or an address on
            the Hugging Face Hub, "hf://owner/name" or "hf://owner/name@revision".
        load_weights: Whether to load the weights; False keeps random ones.
        networks: "all", or "sampler" for the networks that using the model needs, which
            cannot train.
        dtype: Dtype policy of the networks, such as "mixed_bfloat16".
        expected: A class that the preset must be of.
        revision: For the Hub: a branch, tag or commit; a commit's name pins the preset.
        token: For the Hub: an access token; by default the one that `kerasgan login`
            stored, False for none.
        cache_dir: For the Hub: the folder of the cache.
        local_files_only: For the Hub: use the cache, and no network.
        force_download: For the Hub: download cached files again.
        **overrides: Constructor arguments to replace, such as `ema_decay`. Arguments
            that change the architecture do not fit the weights and are refused.

    Returns:
        The model. Networks and their moving averages have the same weights.

    Raises:
        PresetNotFoundError: If there is no such preset, or a file is missing.
        PresetConfigError: If a document or an override is invalid.
        PresetIntegrityError: If a file differs from `metadata.json`.
        PresetWeightsError: If weights do not fit the architecture.
        RecipeError: If `recipe.json` is invalid.
        HubError: If the Hub does not deliver it.

    Example:
        ```python
        gan = kerasgan.from_preset("dcgan_mnist")
        images = gan.generate(64, seed=0)  # uint8 (64, 28, 28, 1)
        ```
    """
    files = catalog.files_of(
        preset,
        revision=revision,
        token=token,
        cache_dir=cache_dir,
        local_files_only=local_files_only,
        force_download=force_download,
    )
    call = {**overrides, "dtype": dtype}
    if networks != "all":
        call["networks"] = networks
    return consistently(files, lambda f: _model(f, expected, call, load_weights))


def _model(files: Files, expected, call: dict, load_weights: bool):
    """The model of a preset, with the arguments of a call over its own."""
    parsed = _read(files, expected)
    whole = "networks" not in call
    names = parsed.cls.stored if whole else parsed.cls.sampled
    try:
        arguments = {**parsed.arguments, **call}
        model = _filled(files, parsed, arguments, names if load_weights else ())
    except PresetError as error:
        overrides = call.keys() - {"networks", "dtype"}
        if not overrides:
            raise
        raise type(error)(
            f"{error} The call replaces {', '.join(sorted(overrides))}: arguments that "
            "change the architecture do not fit the weights. Leave them out, or pass "
            "load_weights=False."
        ) from error
    recipe = {"recipe": parsed.recipe, "metadata": parsed.metadata}
    model.origin = {"name": files.name, **recipe}
    model.restore(parsed.metadata)
    if whole and not model.draws_picture and files.has("samples.png"):
        model.samples = files.read("samples.png", limit_of("samples.png"))
    return model


def validate(files: Files) -> tuple[type, dict]:
    """Raises if `from_preset` would; makes no weights.

    Returns:
        The class and the metadata of the preset.

    Raises:
        PresetError: As `from_preset`.
    """
    parsed = _read(files)
    _filled(files, parsed, parsed.arguments, parsed.cls.stored, make=False)
    return parsed.cls, parsed.metadata


def _filled(files, parsed: Documents, call, names, make: bool = True):
    """The model, its networks of these names filled from their files."""
    from kerasgan.presets import deferred, weights

    arrays = {}

    def inspect(model):
        _check_facts(model, parsed.metadata, f"{files}/metadata.json")
        for name in names:
            layout = weights.layout(model.stored_network(name))
            arrays[name] = _arrays(files, name, layout, parsed.metadata)
        if not names:  # no file proves that somebody had such weights
            deferred.check_budget(model, where)

    where = f"{files}/config.json"
    model = deferred.build(parsed.cls, call, where, inspect, make)
    for name in names if make else ():
        weights.assign(model.stored_network(name), arrays[name])
    if make:
        model.finish_loading()
    return model


def _read(files: Files, expected: type | None = None) -> Documents:
    """All JSON files of a preset, each read and checked once."""
    names = ["config.json", *(["recipe.json"] if files.has("recipe.json") else [])]
    contents = {name: files.read(name, limit_of(name)) for name in names}
    where = f"{files}/config.json"
    config = documents.parse(contents["config.json"], where)
    config = upgrade.upgrade_config(config)
    cls = configs.class_of(config, where)
    if expected is not None and not issubclass(cls, expected):
        raise PresetConfigError(
            f"{files} must be a {expected.__name__}. Received: a {cls.__name__}. "
            f"Use kerasgan.from_preset, or {cls.__name__}.from_preset."
        )
    metadata = metadata_of(files)
    for name, data in contents.items():
        check_content(files, name, data, metadata)
    recipe = contents.get("recipe.json")
    if recipe is not None:
        recipe = recipes.parse(recipe, f"{files}/recipe.json")
    return Documents(cls, config["arguments"], metadata, recipe)


def _check_facts(model, metadata, where):
    """People read the metadata, so they must be true of the model."""
    facts = {"model": model.registry_name, "kind": model.kind, **model.describe()}
    for name in ("model", "kind", "image_shape", "data_shape", "condition"):
        if name in facts and metadata.get(name) != facts[name]:
            _refuse_fact(where, name, facts[name], metadata.get(name))
    classes = facts.get("num_classes")
    if metadata["num_classes"] != classes:
        _refuse_fact(where, "num_classes", classes, metadata["num_classes"])


def _refuse_fact(where, name, fact, stated):
    raise PresetConfigError(
        f"{where}: {name} must be {fact!r}, as config.json has it. Received: "
        f"{ascii(stated)[:80]}. Download or save the preset again."
    )


def load_weights(model: Any, files: Files, names: Sequence[str] | None = None) -> None:
    """Fills a model's networks from a preset's files; all or none.

    Args:
        model: A model of the zoo.
        files: The preset's.
        names: Which networks; all of a preset by default.

    Raises:
        PresetWeightsError: If weights do not fit the architecture.
        ValueError: If the model lacks a network.
    """
    from kerasgan.presets import weights

    networks = {name: model.stored_network(name) for name in names or model.stored}
    if None in networks.values():
        raise ValueError(
            f"`model` must have all networks: {', '.join(networks)}. Received: one "
            'with networks="sampler". Load it with networks="all".'
        )
    layouts = {name: weights.layout(network) for name, network in networks.items()}
    arrays = consistently(files, lambda files: _all_arrays(files, layouts))
    for name, network in networks.items():
        weights.assign(network, arrays[name])
    model.finish_loading()


def _all_arrays(files, layouts):
    """The weights of several networks by path, by the name of the network."""
    metadata = metadata_of(files)
    return {n: _arrays(files, n, layouts[n], metadata) for n in layouts}


def _arrays(files, network, layout, metadata):
    """A network's weights by path, from a file that fits layout and metadata."""
    from kerasgan.presets import weight_files

    name = documents.weight_file(network)
    stated = metadata["files"].get(name, {}).get("size", LIMIT)
    data = files.read(name, min(stated, weight_files.largest_file(layout), LIMIT))
    check_content(files, name, data, metadata)
    arrays = weight_files.read(data, layout, f"{files}/{name}")
    stated = metadata["parameters"].get(network)
    if stated != (count := weight_files.parameters(layout)):
        raise PresetConfigError(
            f"{files}/metadata.json: parameters of the {network} must be {count}, as "
            f"the network has. Received: {stated}. Download or save the preset again."
        )
    return arrays
