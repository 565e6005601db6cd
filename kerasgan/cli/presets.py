"""`kerasgan list` and `kerasgan info`."""

import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from kerasgan.presets import catalog, documents
from kerasgan.cli.app import app
from kerasgan.presets.folders import read_json


@app.command("list")
def list_command(
    hub: Annotated[bool, typer.Option("--hub", help="Those on the Hub.")] = False,
):
    """The bundled presets."""
    if hub:
        print("\n".join(catalog.list_presets(hub=True)))
        return
    table = Table(box=None, pad_edge=False)
    for column in ("preset", "model", "images", "data", "parameters"):
        table.add_column(column)
    for name in catalog.list_presets("all"):
        metadata = documents.read_json(catalog.zoo_folder() / name / "metadata.json")
        shape = "x".join(map(str, metadata["image_shape"]))
        source = (metadata["data"] or {}).get("source", "")
        count = f"{sum(metadata['parameters'].values()) / 1e6:.2f} M"
        table.add_row(name, metadata["class"], shape, source, count)
    wide = None if sys.stdout.isatty() else 200  # not to be cut in a pipe
    Console(highlight=False, width=wide).print(table)


@app.command()
def info(
    preset: Annotated[
        str, typer.Argument(help="A bundled name, a folder, hf://owner/name.")
    ],
):
    """What a preset is, as JSON: configuration, metadata, recipe, results."""
    files = catalog.files_of(preset)
    names = ("config", "metadata", "recipe", "results")
    found = {n: read_json(files, f"{n}.json") for n in names if files.has(f"{n}.json")}
    print(json.dumps({"preset": str(files), **found}, indent=2))
