"""`training/recipe.json`: the recipe with the absolute paths of this machine.

It is never published: the `recipe.json` of the preset has names in place of paths.
"""

from pathlib import Path

from kerasgan.errors import RecipeError
from kerasgan.files import write_atomically
from kerasgan.presets import documents, recipes, schemas

FILE = Path("training") / "recipe.json"


def write(out: Path, recipe: dict) -> None:
    """Records the recipe of the training that fills the folder `out`."""
    with write_atomically(out / FILE) as file:
        file.write(documents.to_json(recipe))


def read(out: Path) -> dict | None:
    """The recipe of the training that filled a folder; None if there was none.

    Raises:
        RecipeError: If the file is damaged.
        FileNotFoundError: If its images are no longer where they were.
    """
    path = out / FILE
    if not path.is_file():
        return None
    recipe = documents.parse(path.read_bytes(), path, RecipeError)
    schemas.check(recipe, recipes.SCHEMA, path, RecipeError)
    for field in schemas.PLACES:
        place = Path(recipe["data"].get(field, ""))
        if place.is_absolute() and not place.exists():
            raise FileNotFoundError(
                f"The images of {out} must be in {place}. Received: no such file or "
                f"folder. If they moved, write their new path to `data.{field}` in "
                f"{path}, or pass --data."
            )
    return recipe


def with_paths(recipe: dict, out: Path) -> dict:
    """A recipe with the paths that the training in `out` recorded for the same names.

    Args:
        recipe: A recipe from a preset, perhaps with names in place of paths.
        out: The folder of a training or of its preset.

    Raises:
        RecipeError: If the record is damaged.
        FileNotFoundError: If its images are no longer where they were.
    """
    recorded = read(out)
    if recorded is None:
        return recipe
    published, own = recipes.without_paths(recorded), recipes.without_paths(recipe)
    same = [n for n in ("data", "evaluation") if published.get(n) == own.get(n)]
    return recipe | {name: recorded[name] for name in same if name in recorded}
