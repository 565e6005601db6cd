"""`kerasgan list` and `kerasgan info`."""

import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from kerasgan import documents, presets
from kerasgan.cli.app import app


@app.command("list")
def list_command():
    """The bundled presets."""
    table = Table(box=None, pad_edge=False)
    for column in ("preset", "model", "images", "data", "parameters"):
        table.add_column(column)
    for name in presets.list_presets("all"):
        metadata = documents.read_json(presets.zoo_folder() / name / "metadata.json")
        shape = "x".join(map(str, metadata["image_shape"]))
        source = (metadata["data"] or {}).get("source", "")
        count = f"{sum(metadata['parameters'].values()) / 1e6:.2f} M"
        table.add_row(name, metadata["class"], shape, source, count)
    wide = None if sys.stdout.isatty() else 200  # not to be cut in a pipe
    Console(highlight=False, width=wide).print(table)


@app.command()
def info(preset: Annotated[str, typer.Argument(help="A bundled name or a folder.")]):
    """What a preset is, as JSON: configuration, metadata, recipe, results."""
    folder = presets.find(preset)
    names = ("config", "metadata", "recipe", "results")
    files = {name: folder / f"{name}.json" for name in names}
    found = {n: documents.read_json(p) for n, p in files.items() if p.is_file()}
    print(json.dumps({"folder": str(folder), **found}, indent=2))
