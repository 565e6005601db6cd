"""Arguments and options that several commands share, and checks of their values."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from kerasgan.files import is_dataset_name, user_path
from kerasgan.presets import catalog
from kerasgan.presets.folders import Files
from kerasgan.presets.metadata import metadata_of

PATH: dict[str, Any] = {"parser": user_path, "metavar": "PATH"}
TEXT: dict[str, Any] = {"parser": os.path.expanduser, "metavar": "TEXT"}  # or a name
PRESET: dict[str, Any] = TEXT | {"metavar": "PRESET"}


def size_of(text: str) -> int | list[int]:
    """The value of --size: a side, or height and width.

    Raises:
        typer.BadParameter: If it is something else.
    """
    sides = text.lower().split("x")
    whole = all(side.isascii() and side.isdecimal() and int(side) for side in sides)
    if not whole or len(sides) > 2:
        raise typer.BadParameter(
            "Expected a side in pixels, or height and width with an x between them. "
            f"Received: {text!r}. For example: --size 64, or --size 48x64."
        )
    numbers = [int(side) for side in sides]
    return numbers if len(numbers) == 2 else numbers[0]


SIZE: dict[str, Any] = {"parser": size_of, "metavar": "SIDE|HxW"}

Preset = Annotated[
    str, typer.Argument(help="A bundled name, a folder, or hf://owner/name.", **PRESET)
]
Split = Annotated[str | None, typer.Option(help="Split of a TFDS dataset.")]
Size = Annotated[
    Any,
    typer.Option(help="Side in pixels to resize to, or HxW such as 48x64.", **SIZE),
]
Crop = Annotated[
    bool, typer.Option("--crop", help="Crop to a square instead of distorting.")
]
Channels = Annotated[
    int | None, typer.Option(help="Color channels: 1 for gray, 3 for color.")
]
Background = Annotated[
    str | None, typer.Option(help="Color behind transparent pixels.")
]
DataDir = Annotated[str | None, typer.Option(help="Folder of TFDS datasets.", **TEXT)]
SkipUnreadable = Annotated[
    bool, typer.Option("--skip-unreadable", help="Skip unreadable image files.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")]
Token = Annotated[
    str | None,
    typer.Option(help="Access token. Default: HF_TOKEN, or the one of login."),
]
Revision = Annotated[str | None, typer.Option(help="Branch, tag or commit.")]


def check_task(files: Files, command: str) -> None:
    """Refuses a preset that another command uses, before Keras is imported.

    Args:
        files: The preset.
        command: "generate", "translate", "upscale", "inpaint" or "score".

    Raises:
        ValueError: Naming the right command.
    """
    metadata = metadata_of(files)
    right = catalog.task_of(metadata)
    can = {right} | ({"generate"} if metadata.get("latent_dim") else set())
    if command not in can:
        name = files.name
        usage = {"generate": name, "evaluate": f"GAN --features {name}"}
        usage["score"] = f"{name} INPUT"
        usage["inpaint"] = f"{name} INPUT --mask MASK --out OUTPUT"
        raise ValueError(
            f"{name} is of class {metadata['class']}, which cannot {command}. Use: "
            f"kerasgan {right} {usage.get(right, f'{name} INPUT --out OUTPUT')}"
        )


def check_free(path: Path, overwrite: bool) -> None:
    """Refuses a file to write that is a folder, or that exists without --overwrite."""
    if path.is_dir() or path.exists() and not overwrite:
        raise FileExistsError(
            f"{path} exists. Choose another --out, or pass --overwrite."
        )


def check_source(source: str, held_out: str | None = None) -> None:
    """Refuses images that cannot exist, before Keras is imported.

    Args:
        source: An image folder, an .npz file or the name of a dataset.
        held_out: A split of the dataset, or another folder or file.

    Raises:
        FileNotFoundError: If there is no such folder or file.
    """
    here = Path(source).exists()
    if not here and not is_dataset_name(source):
        raise FileNotFoundError(
            "Expected an image folder, an .npz file or the name of a dataset. "
            f"Received: {source!r}, which does not exist. Paths are relative to the "
            "current folder."
        )
    if here and held_out and not Path(held_out).exists():
        raise FileNotFoundError(
            f"--held-out must be a folder or file, as {source} is. Received: "
            f"{held_out!r}, which does not exist."
        )
