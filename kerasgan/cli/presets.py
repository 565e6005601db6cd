"""`kerasgan list` and `kerasgan info`."""

import json
from enum import StrEnum
from typing import Annotated

import typer

from kerasgan.cli.app import app
from kerasgan.cli.options import Preset
from kerasgan.cli.tables import print_table
from kerasgan.presets import card_results, catalog, documents
from kerasgan.presets.card_use import shape_of
from kerasgan.presets.folders import read_json

Task = StrEnum("Task", catalog.TASKS)
QUALITY = "quality (real images)"


@app.command("list")
def list_command(
    hub: Annotated[
        bool, typer.Option("--hub", help="List the presets on the Hub instead.")
    ] = False,
    data: Annotated[
        str | None,
        typer.Option(help="Only presets of this dataset, such as mnist."),
    ] = None,
    task: Annotated[
        Task | None, typer.Option(help="Only presets for this task.")
    ] = None,
) -> None:
    """List the bundled presets, with the quality that was measured."""
    if hub:
        if data or task:
            raise ValueError(
                "--data and --task are for bundled presets. Received: --hub, too. "
                "Leave them out."
            )
        print("\n".join(catalog.list_presets(hub=True)))
        return
    chosen = {"data": data, "task": None if task is None else task.value}
    names, known = catalog.list_presets("all", **chosen), catalog.bundled()
    rows = [("preset", "model", "images", "data", "parameters", QUALITY)]
    for name in names:
        metadata, path = known[name], catalog.zoo_folder() / name / "results.json"
        results = documents.read_json(path) if path.is_file() else None
        row = name, metadata["class"], "x".join(map(str, shape_of(metadata)))
        source = (metadata["data"] or {}).get("source", "")
        count = f"{sum(metadata['parameters'].values()) / 1e6:.2f} M"
        rows.append((*row, source, count, card_results.headline(results)))
    print_table(rows)


@app.command()
def info(preset: Preset) -> None:
    """Print a preset's configuration, metadata, recipe and results as JSON."""
    files = catalog.files_of(preset)
    names = ("config", "metadata", "recipe", "results")
    documents_of = {
        name: read_json(files, f"{name}.json")
        for name in names
        if files.has(f"{name}.json")
    }
    print(json.dumps({"preset": str(files), **documents_of}, indent=2))
