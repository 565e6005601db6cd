"""What `kerasgan train` can start from: images, a recipe, a family, a preset's weights.

Nothing here imports Keras, but `model_of`.
"""

from pathlib import Path

from kerasgan import registry
from kerasgan.errors import RecipeError
from kerasgan.presets import catalog, configs, documents, upgrade
from kerasgan.presets.folders import JSON_LIMIT
from kerasgan.presets.recipes import has_recipe


def is_known(name: str) -> bool:
    """Whether a name is that of a family or of a bundled preset with a recipe."""
    return name in registry.names() or has_recipe(catalog.zoo_folder() / name)


def holds_images(source: str) -> bool:
    """Whether a path is one of images: an .npz file, or a folder that is no preset."""
    path = Path(source).expanduser()
    if path.suffix.lower() == ".npz":
        return path.is_file()
    files = "recipe.json", "config.json", "training/recipe.json"
    return path.is_dir() and not any((path / name).is_file() for name in files)


def model_of(preset: str) -> dict:
    """Registry name and constructor arguments of a preset, without its weights.

    Args:
        preset: A bundled name, a folder or an address on the Hub.

    Raises:
        PresetError: If there is no such preset, or its config is invalid.
    """
    files = catalog.files_of(preset)
    config = documents.parse(files.read("config.json", JSON_LIMIT), f"{files}")
    config = upgrade.upgrade_config(config)
    configs.class_of(config, f"{files}/config.json")
    return {"name": config["name"], "arguments": config["arguments"]}


def arguments_of(preset: str, family: str) -> dict:
    """The constructor arguments of a preset of a family.

    Raises:
        RecipeError: If it is a preset of another family.
    """
    model = model_of(preset)
    if model["name"] != family:
        raise RecipeError(
            f"--from must be a preset of {family}. Received: {preset}, one of "
            f"{model['name']}. Train {model['name']}, or take another preset."
        )
    return model["arguments"]
