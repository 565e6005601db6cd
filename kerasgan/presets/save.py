"""From a model to its preset: completely written, or not at all."""

import json
import os
from pathlib import Path
from typing import Any

from kerasgan.checks import OBJECTS
from kerasgan.files import check_replaceable, write_folder
from kerasgan.presets import card, configs, documents
from kerasgan.presets.metadata import check_metadata, describe


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

    First refreshes the batch statistics of moving averages, so images differ slightly
    from those generated before.

    Files: `config.json` (registry name and arguments), `metadata.json` (versions,
    counts, sizes and hashes), a `.weights.h5` for each network (its moving average, if
    it has one), `recipe.json`, `results.json`, `samples.png`, `README.md`.

    Args:
        model: A model of a registered class, with all its networks.
        folder: The folder to write.
        recipe: How it was trained. By default the recipe it was loaded with, unless it
            has trained since: then the metadata name the preset it comes from.
        results: What was measured, or None.
        overwrite: Whether to replace an existing preset. A card that a person edited
            is kept, and so are files that do not belong to a preset.
        license: The license of the weights, as the Hub names it, such as "apache-2.0";
            by default that of the preset, unless the model has trained since.

    Raises:
        FileExistsError: If the folder exists and `overwrite` is False.
        ValueError: If the class is not registered, a network is missing, or the model
            holds objects of the user's.
    """
    folder = Path(os.path.abspath(folder))
    check_replaceable(folder, overwrite)
    contents = contents_of(model, folder.name, recipe, results, license)
    text = contents["README.md"].decode()
    contents["README.md"] = card.keep_edits(folder / "README.md", text).encode()
    write_folder(folder, contents, overwrite)


def contents_of(
    model: Any,
    name: str,
    recipe: dict | None = None,
    results: dict | None = None,
    license: str | None = None,
) -> dict[str, bytes]:
    """The files of a preset by name; arguments as in `save`, and the preset's name."""
    from kerasgan import images
    from kerasgan.presets import weights

    _check_class(model)
    networks = {name: model.stored_network(name) for name in model.stored}
    if None in networks.values():
        raise ValueError(
            'A preset stores all networks. Received: a model with networks="sampler". '
            "Load it with networks='all' first."
        )
    model.prepare_to_save()
    for network in networks.values():
        weights.check_finite(network)
    if not recipe and not model.updates:
        recipe = model.origin.get("recipe")
    contents = {"config.json": documents.to_json(configs.config_of(model))}
    for network_name, network in networks.items():
        contents[documents.weight_file(network_name)] = weights.to_bytes(network)
    if recipe:
        contents["recipe.json"] = documents.to_json(recipe)
    metadata = describe(model, recipe, contents, license)
    contents["metadata.json"] = documents.to_json(metadata)
    check_metadata(json.loads(contents["metadata.json"]), "metadata.json")
    if results:
        contents["results.json"] = documents.to_json(results)
    picture = model.picture()
    if picture is not None:
        contents["samples.png"] = images.encode_png(picture)
    contents["README.md"] = card.write(name, metadata, recipe, results).encode()
    return contents


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
    if "registry_name" not in vars(type(model)):
        raise ValueError(
            f"A preset needs a registered class. Received: {type(model).__name__}. "
            'Put @kerasgan.register("its_name") on the class.'
        )
