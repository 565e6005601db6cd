"""`kerasgan list` and `kerasgan info`."""

import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from kerasgan.cli.app import app
from kerasgan.cli.options import Preset
from kerasgan.presets import catalog, documents
from kerasgan.presets.card_use import shape_of
from kerasgan.presets.folders import read_json


@app.command("list")
def list_command(
    hub: Annotated[
        bool, typer.Option("--hub", help="List the presets on the Hub instead.")
    ] = False,
) -> None:
    """List the bundled presets."""
    if hub:
        print("\n".join(catalog.list_presets(hub=True)))
        return
    table = Table(box=None, pad_edge=False)
    for column in ("preset", "model", "images", "data", "parameters"):
        table.add_column(column)
    for name in catalog.list_presets("all"):
        metadata = documents.read_json(catalog.zoo_folder() / name / "metadata.json")
        source = (metadata["data"] or {}).get("source", "")
        count = f"{sum(metadata['parameters'].values()) / 1e6:.2f} M"
        row = (
            name,
            metadata["class"],
            "x".join(map(str, shape_of(metadata))),
            source,
            count,
        )
        table.add_row(*row)
    width = None if sys.stdout.isatty() else 200  # no line breaks in a pipe
    Console(highlight=False, width=width).print(table)


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
