"""From a model to its preset: completely written, or not at all."""

import json
import math
import os
from pathlib import Path
from typing import Any

from kerasgan.checks import OBJECTS
from kerasgan.errors import PresetError
from kerasgan.files import check_replaceable, user_path, write_folder
from kerasgan.presets import card, configs, documents, picture, recipes
from kerasgan.presets.folders import Files, Folder, limit_of
from kerasgan.presets.metadata import check_metadata, describe, metadata_of

SAMPLES = 15 * 2**20  # numbers in samples.png, of which a file may have 2**24 bytes


def save(
    model: Any,
    folder: str | Path,
    *,
    recipe: dict | None = None,
    results: dict | None = None,
    overwrite: bool = False,
    license: str | None = None,
) -> None:
    """Writes a GAN, or another model of the zoo, as a preset folder.

    If the weights have changed, this first refreshes the batch statistics of moving
    averages, so images differ slightly from those generated before. A model that was
    loaded and not trained keeps its files, byte for byte.

    Files: `config.json` (registry name and arguments), `metadata.json` (versions,
    counts, sizes and hashes), a `.weights.h5` for each network (its moving average, if
    it has one), `recipe.json`, `results.json`, `samples.png`, `README.md`.

    Args:
        model: A model of a registered class, with all its networks.
        folder: The folder to write.
        recipe: How it was trained. By default the recipe it was loaded with, unless it
            has trained since: then the metadata name the preset it comes from.
        results: What was measured. By default the results that the folder holds of the
            same weights, if any.
        overwrite: Whether to replace an existing preset. A card that a person edited
            is kept, and so are files that do not belong to a preset.
        license: The license of the weights, as the Hub names it, such as "apache-2.0";
            by default that of the preset, unless the model has trained since.

    Raises:
        FileExistsError: If the folder exists and `overwrite` is False.
        ValueError: If the class is not registered, a network is missing, or the model
            holds objects of the user's.
    """
    folder = Path(os.path.abspath(user_path(folder)))
    check_replaceable(folder, overwrite)
    options = {"license": license, "present": Folder(folder)}
    contents = contents_of(model, folder.name, recipe, results, **options)
    text = contents["README.md"].decode()
    contents["README.md"] = card.keep_edits(folder / "README.md", text).encode()
    write_folder(folder, contents, overwrite)


def contents_of(
    model: Any,
    name: str,
    recipe: dict | None = None,
    results: dict | None = None,
    license: str | None = None,
    present: Files | None = None,
) -> dict[str, bytes]:
    """The files of a preset by name.

    Args:
        model: As in `save`.
        name: The preset's name.
        recipe: As in `save`.
        results: As in `save`.
        license: As in `save`.
        present: What is in the preset's place already, if anything. Results and samples
            of the same weights are kept.
    """
    _check_class(model)
    config = configs.config_of(model)
    networks = {name: model.stored_network(name) for name in model.stored}
    if None in networks.values():
        raise ValueError(
            'A preset stores all networks. Received: a model with networks="sampler". '
            "Load it with networks='all' first."
        )
    model.prepare_to_save()
    if not recipe and not model.updates:
        recipe = model.origin.get("recipe")
    recipe = recipe and recipes.without_paths(recipe)
    contents = {"config.json": documents.to_json(config)} | _weight_files(networks)
    if recipe:
        contents["recipe.json"] = documents.to_json(recipe)
    metadata = describe(model, recipe, contents, license)
    contents["metadata.json"] = documents.to_json(metadata)
    check_metadata(json.loads(contents["metadata.json"]), "metadata.json")
    contents |= _measured(model, metadata, results, present)
    if "results.json" in contents:
        results = card.results_of(contents["results.json"], "results.json")
    pictured = "samples.png" in contents
    text = card.write(name, metadata, recipe, results, pictured=pictured)
    contents["README.md"] = text.encode()
    return contents


def _weight_files(networks) -> dict[str, bytes]:
    """The weight files of networks by name, each read again as a user would."""
    from kerasgan.presets import weight_files, weights

    contents = {}
    for network_name, network in networks.items():
        weights.check_finite(network)
        name = documents.weight_file(network_name)
        contents[name] = weights.to_bytes(network)
        weight_files.read(contents[name], weights.layout(network), name)
    return contents


def _measured(model, metadata, results, present) -> dict[str, bytes]:
    """Results and samples: of the model, or what is there of the same weights."""
    from kerasgan import images

    if results is None and present is not None and _has_weights(present, metadata):
        names = ("results.json", "samples.png")
        return {n: present.read(n, limit_of(n)) for n in names if present.has(n)}
    contents = {}
    if results:
        contents["results.json"] = documents.to_json(results)
    drawn = model.picture()
    if drawn is not None:
        step = math.ceil((drawn.size / SAMPLES) ** 0.5)
        contents["samples.png"] = images.encode_png(drawn[::step, ::step])
    elif model.samples and not model.updates:
        picture.check(model.samples, "The samples.png that was loaded")
        contents["samples.png"] = model.samples
    return contents


def _has_weights(present: Files, metadata: dict) -> bool:
    """Whether there is a preset with the weights that the metadata describe."""
    try:
        there = metadata_of(present)["files"]
    except PresetError:  # there is no preset yet, or a damaged one
        return False
    own = metadata["files"]
    names = [name for name in own if name != "recipe.json"]
    return all(there.get(name) == own[name] for name in names)


def _check_class(model):
    """A preset is data: registry name and plain arguments."""
    networks = (*OBJECTS, *model.stored)
    plain = str | int | float | bool | list | tuple | None
    keep = 'To keep this model as it is: model.save("model.keras").'
    for name, value in model.arguments.items():
        if name in networks:
            raise ValueError(
                f"A preset stores data, not objects. Received: {name}={value!r:.60}. "
                f'Write a class: @kerasgan.register("mine") class Mine('
                f"kerasgan.ImageGAN), whose `build_{name}` returns the network, or "
                f"whose constructor sets the condition. {keep}"
            )
        if not isinstance(value, plain):
            raise ValueError(
                f"A preset stores data, not objects. Received: {name}={value!r:.60}. "
                f"Pass a name instead, or set it in a class of your own. {keep}"
            )
    if not {"image_shape", "data_shape"} & model.describe().keys():
        raise ValueError(
            "A preset states the shape of its data. Received: "
            f"{type(model).__name__}, which does not. Let its `describe()` return "
            '{"data_shape": [...]} | super().describe().'
        )
    if "registry_name" not in vars(type(model)):
        raise ValueError(
            f"A preset needs a registered class. Received: {type(model).__name__}. "
            'Put @kerasgan.register("its_name") on the class.'
        )
