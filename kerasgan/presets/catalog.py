"""Which presets there are, and where: bundled ones, folders, addresses on the Hub."""

import os
import warnings
from pathlib import Path

from kerasgan.presets import documents
from kerasgan.errors import PresetNotFoundError, did_you_mean
from kerasgan.files import present
from kerasgan.presets.folders import Files, Folder

PACKAGE = Path(__file__).parent
KINDS = ("gan", "features", "all")


def zoo_folder() -> Path:
    """Where the bundled presets lie: in the wheel, or beside an editable install."""
    inside = PACKAGE / "zoo"
    return inside if inside.is_dir() else PACKAGE.parent / "zoo"


def list_presets(kind: str = "gan", hub: bool = False) -> list[str]:
    """Names of the bundled presets; imports no backend.

    Args:
        kind: "gan", "features" for the classifiers whose features measure GANs, or
            "all".
        hub: Whether to list, instead, those of any kind that the Hugging Face Hub has.

    Raises:
        ValueError: If there is no such kind of preset.
        HubError: If the Hub cannot be asked.
    """
    if hub:
        from kerasgan.hub import find as find_on_hub

        return find_on_hub()
    if kind not in KINDS:
        raise ValueError(
            f"`kind` must be one of {', '.join(KINDS)}. Received: kind={kind!r}."
        )
    found = sorted(path.parent for path in zoo_folder().glob("*/config.json"))
    return [p.name for p in found if kind == "all" or kind_of(p) == kind]


def kind_of(folder: Path) -> str:
    """The kind that a preset's `metadata.json` states."""
    return documents.read_json(folder / "metadata.json").get("kind", "gan")


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
        if Path(name, "config.json").is_file():
            warnings.warn(
                f"{name} is a bundled preset and a folder here: the bundled one is "
                f"taken. Write ./{name} for the folder.",
                stacklevel=4,
            )
        return zoo_folder() / name
    folder = present(os.path.abspath(Path(preset).expanduser()))
    if not folder.is_dir():
        raise PresetNotFoundError(
            f"Expected a bundled preset ({', '.join(list_presets())}) or a folder. "
            f"Received: {name!r}.{did_you_mean(name, list_presets('all'))} One of the "
            f"Hub is hf://{name if name.count('/') == 1 else 'owner/name'}."
        )
    if not (folder / "config.json").is_file():
        remedy = "`save_to_preset` and `kerasgan train` write one."
        if (folder / "metadata.json").is_file():
            remedy = "The file was lost: fetch or save the preset again."
        elif (folder / "training").is_dir():
            remedy = "Its training is unfinished: `kerasgan train ... --resume`."
        raise PresetNotFoundError(
            f"{folder} must hold a preset. Received: a folder without config.json. "
            f"{remedy}"
        )
    return folder


def files_of(preset: str | Path | Files, **hub_options) -> Files:
    """The files of a bundled name, a folder or an address on the Hub.

    A name that is not bundled, and not near one that is, is looked for in the account
    that the environment variable KERASGAN_HUB_ORG names.

    Args:
        preset: As in `from_preset`, or what this function gave before.
        **hub_options: As in `from_preset`; only the Hub takes any.

    Raises:
        PresetNotFoundError: If there is no such preset.
        HubError: If the Hub does not give it.
    """
    given = {name: value for name, value in hub_options.items() if value}
    if hasattr(preset, "read") and hasattr(preset, "has"):
        return preset
    name, org = str(preset), os.environ.get("KERASGAN_HUB_ORG")
    if not name.startswith("hf://"):
        path = "/" in name or Path(name).exists()
        if not org or path or _near_bundled(name):
            if given:
                raise ValueError(
                    f"Only presets of the Hub take {', '.join(given)}. Received: "
                    f"{name!r}. Write hf://owner/name."
                )
            folder = find(preset)
            return Folder(folder, links=folder.parent == zoo_folder())
        name = f"hf://{org}/{name}"
    from kerasgan import hub

    return hub.Snapshot(name, **hub_options)


def _near_bundled(name):
    """Whether a bundled preset has this name, or one that it is a misspelling of.

    A letter is surplus, missing or in the wrong place; with another letter it is
    another GAN, as wgan_mnist beside cgan_mnist.
    """
    return bool(did_you_mean(name, list_presets("all"), least=0.905))
