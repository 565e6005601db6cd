"""Presets: the one door for bundled and local folders.

A preset is a folder of JSON files, weights, samples and a card; see `save` for what
each holds. It is data and never code: classes are looked up in the registry.
"""

import inspect
import os
from pathlib import Path

from kerasgan import documents
from kerasgan.errors import PresetConfigError, PresetNotFoundError, did_you_mean
from kerasgan.files import check_replaceable, present, write_folder

PACKAGE = Path(__file__).parent


def zoo_folder() -> Path:
    """Where the bundled presets lie: in the wheel, or beside an editable install."""
    inside = PACKAGE / "zoo"
    return inside if inside.is_dir() else PACKAGE.parent / "zoo"


def list_presets(kind: str = "gan") -> list[str]:
    """Names of the bundled presets; imports no backend.

    Args:
        kind: "gan".

    Raises:
        ValueError: If there is no such kind of preset.
    """
    if kind != "gan":
        raise ValueError(f'`kind` must be "gan". Received: kind={kind!r}.')
    return sorted(path.parent.name for path in zoo_folder().glob("*/config.json"))


def find(preset: str | Path) -> Path:
    """The folder of a bundled name or a path.

    Raises:
        PresetNotFoundError: If there is none; near names are listed.
    """
    if not isinstance(preset, str | os.PathLike) or not str(preset):
        raise PresetNotFoundError(
            "`preset` must be a bundled name or a folder, as text or a path. "
            f"Received: {preset!r}. list_presets() names the bundled ones."
        )
    name = str(preset)
    if "/" not in name and (zoo_folder() / name / "config.json").is_file():
        return zoo_folder() / name
    folder = present(os.path.abspath(Path(preset).expanduser()))
    if not folder.is_dir():
        raise PresetNotFoundError(
            f"Expected a bundled preset ({', '.join(list_presets())}) or a folder. "
            f"Received: {name!r}.{did_you_mean(name, list_presets())}"
        )
    if not (folder / "config.json").is_file():
        raise PresetNotFoundError(
            f"{folder} must hold a preset. Received: a folder without config.json. "
            "`save_to_preset` and `kerasgan train` write one."
        )
    return folder


def from_preset(
    preset: str | Path,
    *,
    networks: str = "all",
    dtype: str | None = None,
    expected: type | None = None,
    **overrides,
):
    """A GAN with the weights of a preset.

    Args:
        preset: A bundled name such as "dcgan_mnist", or a preset folder.
        networks: "all", or "sampler" for the generator alone, which cannot train.
        dtype: Dtype policy of the networks, such as "mixed_bfloat16".
        expected: A class that the preset must be of.
        **overrides: Constructor arguments to replace, such as `ema_decay`; ones that
            change the architecture do not fit the weights and are refused.

    Returns:
        The GAN; its generator and the generator's average hold the same weights.

    Raises:
        PresetNotFoundError: If there is no such preset, or a file is missing.
        PresetConfigError: If `config.json` or an override is unfit.
        PresetIntegrityError: If a file differs from `metadata.json`.
        PresetWeightsError: If weights do not fit the architecture.
    """
    from kerasgan import weights

    folder = find(preset)
    config = documents.read_json(folder / "config.json", 2**16)
    cls = _class_of(config, folder)
    if expected is not None and not issubclass(cls, expected):
        raise PresetConfigError(
            f"{preset} must be a {expected.__name__}. Received: a {cls.__name__}. "
            f"Use kerasgan.from_preset, or {cls.__name__}.from_preset."
        )
    metadata = documents.read_json(folder / "metadata.json")
    documents.verify(folder, metadata, networks)
    call = {**config["arguments"], **overrides, "networks": networks, "dtype": dtype}
    gan = build(cls, call, folder / "config.json")
    found = {gan.generator_ema: folder / "generator.weights.h5"}
    if networks == "all":
        found[gan.discriminator] = folder / "discriminator.weights.h5"
    for network, path in found.items():
        weights.check(network, path)
    for network, path in found.items():
        weights.load(network, path)
    gan.generator.set_weights(gan.generator_ema.get_weights())
    recipe = _recipe_of(folder)
    gan.origin = {"name": folder.name, "metadata": metadata, "recipe": recipe}
    return gan


def save(gan, folder: str | Path, *, recipe: dict | None = None, overwrite=False):
    """Writes a GAN as a preset folder, whole or not at all.

    Refreshes the moving average's batch statistics first, so that images differ a
    little from those drawn before.

    Files: `config.json` (registry name and arguments), `metadata.json` (versions,
    counts, sizes and hashes), `generator.weights.h5` (the moving average),
    `discriminator.weights.h5`, `recipe.json`, `samples.png`, `README.md`.

    Args:
        gan: A GAN of a registered class, with all its networks.
        folder: Where to.
        recipe: How it was trained. By default the recipe it was loaded with, unless
            it has trained since: then the metadata name what it was fine-tuned from.
        overwrite: Whether to replace a preset that is there. A card that a person
            edited is kept, and so are files that are not a preset's.

    Raises:
        FileExistsError: If the folder exists and `overwrite` is False.
        ValueError: If the GAN's class is not registered or a network is missing.
    """
    from kerasgan import card, images, weights

    folder = Path(os.path.abspath(folder))
    check_replaceable(folder, overwrite)
    if "registry_name" not in vars(type(gan)):
        raise ValueError(
            f"A preset needs a registered class. Received: {type(gan).__name__}. "
            'Put @register("its_name") on the class.'
        )
    if gan.discriminator is None:
        raise ValueError(
            'A preset holds all networks. Received: a GAN with networks="sampler". '
            "Load it with networks='all' first."
        )
    gan.refresh_statistics()
    for network in (gan.generator_ema, gan.discriminator):
        weights.check_finite(network)
    if not recipe and not int(gan.step):
        recipe = gan.origin.get("recipe")
    contents = {
        "config.json": documents.to_json(documents.config_of(gan)),
        "generator.weights.h5": weights.to_bytes(gan.generator_ema),
        "discriminator.weights.h5": weights.to_bytes(gan.discriminator),
    }
    if recipe:
        contents["recipe.json"] = documents.to_json(recipe)
    metadata = documents.describe(gan, recipe, contents)
    contents["metadata.json"] = documents.to_json(metadata)
    picture = images.make_picture(gan.generate(64, seed=0))
    contents["samples.png"] = images.encode_png(picture)
    text = card.write(folder.name, metadata, recipe, results=None)
    contents["README.md"] = card.keep_edits(folder / "README.md", text).encode()
    write_folder(folder, contents, overwrite)


def _class_of(config, folder):
    from kerasgan import models, registry  # noqa: F401  (models register themselves)

    where = folder / "config.json"
    if not isinstance(config, dict) or set(config) != {"format", "name", "arguments"}:
        raise PresetConfigError(
            f"{where} must hold exactly format, name and arguments. Received: "
            f"{', '.join(map(str, config)) if isinstance(config, dict) else config}."
        )
    if config["format"] != documents.FORMAT:
        raise PresetConfigError(
            f"{where} must have format {documents.FORMAT}. "
            f"Received: {config['format']!r}. A newer kerasgan wrote it: upgrade."
        )
    try:
        cls = registry.lookup(config["name"])
    except ValueError as error:
        raise PresetConfigError(f"{where}: {error}") from None
    if not isinstance(config["arguments"], dict):
        raise PresetConfigError(f"{where}: `arguments` must be a JSON object.")
    return cls


def build(cls: type, call: dict, where: str | Path):
    """Calls a GAN's class with arguments that come from a file.

    Raises:
        PresetConfigError: If it does not take them.
    """
    from kerasgan.gan import GAN

    known = inspect.signature(cls.__init__).parameters.keys() - {"self", "kwargs"}
    known |= inspect.signature(GAN.__init__).parameters.keys()
    known -= {"self", "generator", "discriminator", "tracked"}
    if unknown := call.keys() - known:
        name = sorted(unknown)[0]
        raise PresetConfigError(
            f"{where}: {cls.__name__} takes {', '.join(sorted(known))}. "
            f"Received: {name!r}.{did_you_mean(name, known)}"
        )
    try:
        return cls(**call)
    except (TypeError, ValueError) as error:
        raise PresetConfigError(f"{where}: {error}") from error


def _recipe_of(folder):
    path = folder / "recipe.json"
    return documents.read_json(path) if path.is_file() else None
