"""Presets: the one door by which they are loaded and saved.

A preset is a folder of JSON files, weights, samples and a card; see `save` for what
each holds. It is data and never code: classes are looked up in the registry.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from kerasgan.presets import catalog, configs, documents
from kerasgan.errors import PresetConfigError
from kerasgan.files import check_replaceable, write_folder
from kerasgan.presets.folders import LIMIT, Files, check_content, limit_of, read_json


def from_preset(
    preset: str | Path | Files,
    *,
    networks: str = "all",
    dtype: str | None = None,
    expected: type | None = None,
    revision: str | None = None,
    token: str | bool | None = None,
    cache_dir: str | Path | None = None,
    local_files_only: bool = False,
    force_download: bool = False,
    **overrides,
):
    """A GAN, or another model of the zoo, with the weights of a preset.

    Args:
        preset: A bundled name such as "dcgan_mnist", a preset folder, or an address on
            the Hugging Face Hub, "hf://owner/name" or "hf://owner/name@revision".
        networks: "all", or "sampler" for the generator alone, which cannot train.
        dtype: Dtype policy of the networks, such as "mixed_bfloat16".
        expected: A class that the preset must be of.
        revision: Of the Hub: a branch, tag or commit; a commit's name pins the preset.
        token: Of the Hub: an access token; by default the one that `kerasgan login`
            stored, False for none.
        cache_dir: Of the Hub: the cache's folder.
        local_files_only: Of the Hub: use what is cached, and no network.
        force_download: Of the Hub: fetch again what is cached.
        **overrides: Constructor arguments to replace, such as `ema_decay`; ones that
            change the architecture do not fit the weights and are refused.

    Returns:
        The model; a GAN's generator and the generator's average hold the same weights.

    Raises:
        PresetNotFoundError: If there is no such preset, or a file is missing.
        PresetConfigError: If `config.json` or an override is unfit.
        PresetIntegrityError: If a file differs from `metadata.json`.
        PresetWeightsError: If weights do not fit the architecture.
        HubError: If the Hub does not give it.
    """
    from kerasgan.presets import deferred, weights

    files = catalog.files_of(
        preset,
        revision=revision,
        token=token,
        cache_dir=cache_dir,
        local_files_only=local_files_only,
        force_download=force_download,
    )
    cls, arguments, origin = _documents(files, expected)
    call = {**arguments, **overrides, "dtype": dtype}
    if networks != "all":
        call["networks"] = networks
    arrays = {}

    def judge(name, layout):  # before the network is built
        arrays[name] = _arrays(files, name, layout, origin["metadata"])

    with deferred.judged(judge):
        model = configs.build(cls, call, f"{files}/config.json")
    _check_said(model, origin["metadata"], f"{files}/metadata.json")
    names = cls.stored if networks == "all" else cls.stored[:1]
    for name in set(names) - arrays.keys():  # of a class that builds without blueprints
        judge(name, weights.layout(model.stored_network(name)))
    for name in names:
        weights.assign(model.stored_network(name), arrays[name])
    model.finish_loading()
    model.origin = origin
    return model


def _documents(files, expected):
    """Class, arguments and origin of a preset: all that its JSON files say, checked."""
    from kerasgan.presets import recipes

    names = ["config.json", *(["recipe.json"] if files.has("recipe.json") else [])]
    contents = {name: files.read(name, limit_of(name)) for name in names}
    where = f"{files}/config.json"
    config = documents.parse(contents["config.json"], where)
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
    origin = {"name": files.name, "metadata": metadata, "recipe": recipe}
    return cls, config["arguments"], origin


def _check_said(model, metadata, where):
    """Metadata are shown to people, and must not say what the model is not."""
    facts = {"model": model.registry_name, "kind": model.kind}
    facts |= {"image_shape": list(model.image_shape), "num_classes": model.num_classes}
    for name, value in facts.items():
        if metadata[name] != value:
            raise PresetConfigError(
                f"{where}: {name} must be {value!r}, as config.json has it. Received: "
                f"{ascii(metadata[name])[:80]}. Fetch or save the preset again."
            )


def load_weights(model, files: Files, names: Sequence[str] | None = None) -> None:
    """Fills a model's networks from a preset's files; all or none.

    Args:
        model: A model of the zoo.
        files: The preset's.
        names: Which networks; all that a preset holds where not given.

    Raises:
        PresetWeightsError: If weights do not fit the architecture.
    """
    from kerasgan.presets import weights

    networks = {name: model.stored_network(name) for name in names or model.stored}
    if None in networks.values():
        raise ValueError(
            f"`model` must have all networks: {', '.join(networks)}. Received: one "
            'with networks="sampler". Load it with networks="all".'
        )
    metadata = metadata_of(files)
    arrays = {
        name: _arrays(files, name, weights.layout(network), metadata)
        for name, network in networks.items()
    }
    for name, network in networks.items():
        weights.assign(network, arrays[name])
    model.finish_loading()


def _arrays(files, network, layout, metadata):
    """A network's weights by their paths, from a file proven to be what it should."""
    from kerasgan.presets import weight_files

    name = documents.weight_file(network)
    stated = metadata["files"].get(name, {}).get("size", LIMIT)
    data = files.read(name, min(stated, weight_files.largest_file(layout), LIMIT))
    check_content(files, name, data, metadata)
    arrays = weight_files.read(data, layout, f"{files}/{name}")
    counts = metadata["parameters"]
    if counts.get(network) != (expected := weight_files.parameters(layout)):
        raise PresetConfigError(
            f"{files}/metadata.json: parameters of the {network} must be {expected}, "
            f"as it has. Received: {counts.get(network)}. Fetch or save the preset "
            "again."
        )
    return arrays


def metadata_of(files: Files) -> dict:
    """A preset's `metadata.json`, its fields checked.

    Raises:
        PresetNotFoundError: If it is not there.
        PresetConfigError: If it says something impossible.
    """
    found = read_json(files, "metadata.json")
    return configs.check_metadata(found, f"{files}/metadata.json")


def save(
    model,
    folder: str | Path,
    *,
    recipe: dict | None = None,
    overwrite: bool = False,
    license: str | None = None,
) -> None:
    """Writes a GAN, or another model of the zoo, as a preset folder: whole or not.

    Of a GAN, refreshes the moving average's batch statistics first, so that images
    differ a little from those drawn before.

    Files: `config.json` (registry name and arguments), `metadata.json` (versions,
    counts, sizes and hashes), a `.weights.h5` for each network (of a GAN, `generator`
    is the moving average), `recipe.json`, `samples.png`, `README.md`.

    Args:
        model: A model of a registered class, with all its networks.
        folder: Where to.
        recipe: How it was trained. By default the recipe it was loaded with, unless
            it has trained since: then the metadata name what it was fine-tuned from.
        overwrite: Whether to replace a preset that is there. A card that a person
            edited is kept, and so are files that are not a preset's.
        license: The weights' licence, as the Hub names it, such as "apache-2.0"; by
            default that of the preset, unless it has trained since.

    Raises:
        FileExistsError: If the folder exists and `overwrite` is False.
        ValueError: If the model's class is not registered or a network is missing.
    """
    from kerasgan import images
    from kerasgan.presets import card, weights

    folder = Path(os.path.abspath(folder))
    check_replaceable(folder, overwrite)
    if "registry_name" not in vars(type(model)):
        raise ValueError(
            f"A preset needs a registered class. Received: {type(model).__name__}. "
            'Put @register("its_name") on the class.'
        )
    networks = {name: model.stored_network(name) for name in model.stored}
    if None in networks.values():
        raise ValueError(
            'A preset holds all networks. Received: a GAN with networks="sampler". '
            "Load it with networks='all' first."
        )
    model.prepare_to_save()
    for network in networks.values():
        weights.check_finite(network)
    if not recipe and not int(model.step):
        recipe = model.origin.get("recipe")
    contents = {"config.json": documents.to_json(documents.config_of(model))}
    for name, network in networks.items():
        contents[documents.weight_file(name)] = weights.to_bytes(network)
    if recipe:
        contents["recipe.json"] = documents.to_json(recipe)
    metadata = documents.describe(model, recipe, contents, license)
    contents["metadata.json"] = documents.to_json(metadata)
    configs.check_metadata(json.loads(contents["metadata.json"]), "metadata.json")
    picture = model.picture()
    if picture is not None:
        contents["samples.png"] = images.encode_png(picture)
    text = card.write(folder.name, metadata, recipe, results=None)
    contents["README.md"] = card.keep_edits(folder / "README.md", text).encode()
    write_folder(folder, contents, overwrite)
