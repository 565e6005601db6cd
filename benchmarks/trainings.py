"""Trainings that several benchmarks share: resumed if stopped, kept if finished."""

from pathlib import Path

from kerasgan.presets import recipes, schemas
from kerasgan.training import runner


def trained(recipe: dict, folder: Path, license: str | None = None) -> Path:
    """Trains by the recipe, unless that is done, and returns the folder.

    Args:
        recipe: The recipe.
        folder: The preset.
        license: Of its weights, as in `runner.train`.

    Raises:
        ValueError: If the folder holds the training of another recipe.
    """
    unfinished = (folder / "training").is_dir()
    finished = (folder / "config.json").is_file()
    if finished and not bare(recipe).items() <= bare(recipes.load(folder)).items():
        raise ValueError(
            f"{folder} must be new, or hold a training of this recipe. Received: the "
            "training of another recipe. Choose another folder (--out)."
        )
    if not finished:
        runner.train(recipe, folder, resume=unfinished, license=license, verbose=2)
    return folder


def bare(recipe: dict) -> dict:
    """The recipe without the names and paths of its data."""
    recipe = recipes.without_paths(recipe)
    return recipe | {"data": schemas.to_read(recipe["data"])}
