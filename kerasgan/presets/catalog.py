"""Finds presets: bundled ones, folders, and addresses on the Hub."""

import os
import warnings
from pathlib import Path
from typing import Any

from kerasgan.checks import check_choice
from kerasgan.errors import PresetNotFoundError, did_you_mean
from kerasgan.files import present, user_path
from kerasgan.presets import documents
from kerasgan.presets.folders import Files, Folder

PACKAGE = Path(__file__).parents[1]
KINDS = ("gan", "features", "all")
TASKS = "generate", "translate", "upscale", "inpaint", "score", "evaluate"


def zoo_folder() -> Path:
    """The folder of the bundled presets: in the wheel, or in the checkout."""
    inside = PACKAGE / "zoo"
    return inside if inside.is_dir() else PACKAGE.parent / "zoo"


def list_presets(
    kind: str = "gan",
    hub: bool = False,
    *,
    data: str | None = None,
    task: str | None = None,
) -> list[str]:
    """Returns the names of the bundled presets, without importing a backend.

    Args:
        kind: "gan", "features" for the classifiers whose features measure GANs, or
            "all"; or the name of a dataset, such as "mnist", for the GANs that were
            trained on it.
        hub: Whether to list the presets on the Hugging Face Hub instead, of any kind.
        data: The name of the dataset that presets were trained on.
        task: What they do: one of `TASKS`.

    Raises:
        ValueError: If there is no such kind, dataset or task.
        HubError: If the Hub cannot be reached.
    """
    if hub:
        from kerasgan.hub import find as find_on_hub

        return find_on_hub()
    found = bundled()
    names = {data_of(metadata) for metadata in found.values()} - {""}
    if isinstance(kind, str) and kind in names and data is None:
        kind, data = "gan", kind
    choices = (*KINDS, *sorted(names))
    if kind not in KINDS:
        check_choice("kind", kind, choices)
        raise ValueError(
            "`kind` and `data` must not both name a dataset. Received: "
            f"kind={kind!r}, data={data!r}. Leave one out."
        )
    if data is not None:
        check_choice("data", data, sorted(names))
    if task is not None:
        check_choice("task", task, TASKS)
    return [
        name
        for name, metadata in found.items()
        if kind in ("all", metadata.get("kind", "gan"))
        and data in (None, data_of(metadata))
        and task in (None, task_of(metadata))
    ]


def bundled() -> dict[str, dict]:
    """The metadata of all bundled presets, by name."""
    folders = sorted(path.parent for path in zoo_folder().glob("*/config.json"))
    read = documents.read_json
    return {folder.name: read(folder / "metadata.json") for folder in folders}


def data_of(metadata: dict) -> str:
    """The dataset that a preset was trained on, without a split; empty if unknown."""
    return ((metadata.get("data") or {}).get("source") or "").split("/")[0]


def task_of(metadata: dict) -> str:
    """What a preset does: one of `TASKS`."""
    if metadata.get("kind", "gan") != "gan":
        return "evaluate"
    usual = "translate" if "source_shape" in metadata else "generate"
    return metadata.get("task", usual)


def find(preset: str | Path) -> Path:
    """Returns the folder of a bundled name or a path.

    Raises:
        PresetNotFoundError: If there is no such preset. Lists similar names.
    """
    if not isinstance(preset, str | os.PathLike) or not str(preset):
        raise PresetNotFoundError(
            "`preset` must be a bundled name or a folder, as a string or a path. "
            f"Received: {preset!r}. list_presets() names the bundled ones."
        )
    name = str(preset)
    if "/" not in name and (zoo_folder() / name / "config.json").is_file():
        if Path(name, "config.json").is_file():
            warnings.warn(
                f"{name} is both a bundled preset and a folder here. Using the bundled "
                f"preset. Write ./{name} to use the folder.",
                stacklevel=4,
            )
        return zoo_folder() / name
    folder = Path(os.path.abspath(user_path(preset)))
    # Looks again, because a write may move the folder aside in between.
    if any((present(folder) / "config.json").is_file() for _ in range(3)):
        return folder
    if not folder.is_dir():
        could_be = name.count("/") == 1 and name[0].isalnum()
        hub = f" For one on the Hub, write hf://{name}." * could_be
        raise PresetNotFoundError(
            "Expected the name of a bundled preset, a folder or hf://owner/name. "
            f"Received: {name!r}.{did_you_mean(name, list_presets('all'))}"
            f"{hub} list_presets() (kerasgan list) names the bundled ones."
        )
    remedy = "`save_to_preset` and `kerasgan train` write one."
    if (folder / "metadata.json").is_file():
        remedy = "The file is lost: download or save the preset again."
    elif (folder / "training").is_dir():
        remedy = "Its training is not finished: `kerasgan train ... --resume`."
    raise PresetNotFoundError(
        f"{folder} must hold a preset. Received: a folder without config.json. {remedy}"
    )


def files_of(preset: str | Path | Files, **hub_options: Any) -> Files:
    """Returns the files of a bundled name, a folder or an address on the Hub.

    A name that is not bundled is looked up in the account that the environment
    variable KERASGAN_HUB_ORG names, unless it is a likely misspelling of a bundled one.

    Args:
        preset: As in `from_preset`, or the files themselves.
        **hub_options: As in `from_preset`. Only presets on the Hub take any.

    Raises:
        PresetNotFoundError: If there is no such preset.
        HubError: If the Hub cannot be reached or refuses.
        ValueError: If there are options and the preset is not on the Hub.
    """
    options = {name: value for name, value in hub_options.items() if value}
    if hasattr(preset, "read") and hasattr(preset, "has"):
        return preset
    name, org = str(preset), os.environ.get("KERASGAN_HUB_ORG")
    if not name.startswith("hf://"):
        path = "/" in name or user_path(name).exists()
        if not org or path or _is_misspelling(name):
            if options:
                raise ValueError(
                    f"Only presets on the Hub take {', '.join(options)}. Received: "
                    f"{name!r}. Write hf://owner/name."
                )
            folder = find(preset)
            return Folder(folder, links=folder.parent == zoo_folder())
        name = f"hf://{org}/{name}"
    from kerasgan import hub

    return hub.Snapshot(name, **hub_options)


def _is_misspelling(name):
    """Whether a name is a bundled preset's or a likely misspelling of one.

    Likely are a surplus, a missing and a swapped letter. With another letter it may
    be another GAN, as wgan_mnist beside cgan_mnist.
    """
    return bool(did_you_mean(name, list_presets("all"), least=0.905))
