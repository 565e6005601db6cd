"""`kerasgan data export` and `kerasgan data split`."""

from pathlib import Path
from typing import Annotated

import typer

from kerasgan.cli.app import app, import_keras
from kerasgan.cli.options import (
    PATH,
    TEXT,
    Channels,
    Crop,
    DataDir,
    Size,
    SkipUnreadable,
    Split,
    check_source,
)

data_app = typer.Typer(help="Prepare datasets.", no_args_is_help=True)
app.add_typer(data_app, name="data")


@data_app.command("export")
def export(
    source: Annotated[
        str,
        typer.Argument(
            help="A TFDS dataset, an image folder or an .npz file.",
            **TEXT | {"metavar": "SOURCE"},
        ),
    ],
    out_path: Annotated[
        Path, typer.Option("--out", help="The .npz file to write.", **PATH)
    ],
    split: Split = None,
    size: Size = None,
    crop: Crop = False,
    channels: Channels = None,
    background: Annotated[
        str, typer.Option(help="Color behind transparent pixels.")
    ] = "white",
    labels: Annotated[
        bool,
        typer.Option("--labels", help="Use the subfolders of a folder as classes."),
    ] = False,
    data_dir: DataDir = None,
    skip_unreadable: SkipUnreadable = False,
) -> None:
    """Write a dataset to one .npz file, for machines without TensorFlow."""
    check_source(source)
    import_keras()
    from kerasgan import data

    path = data.export(
        source,
        out_path,
        split=split,
        size=size,
        crop=crop,
        channels=channels,
        background=background,
        labels=labels,
        data_dir=data_dir,
        skip_unreadable=skip_unreadable,
    )
    print(f"Wrote {path}")


@data_app.command("split")
def split(
    folder: Annotated[
        Path,
        typer.Argument(
            help="Image folder. It is not changed.", **PATH | {"metavar": "FOLDER"}
        ),
    ],
    out_path: Annotated[
        Path,
        typer.Option("--out", help="New folder for train/ and held_out/.", **PATH),
    ],
    held_out: Annotated[float, typer.Option(help="Share to hold out.")] = 0.15,
    ignore: Annotated[
        str | None,
        typer.Option(
            help="Regular expression. Files whose names differ only in matches of it "
            "stay together."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the random choice.")] = 0,
    table: Annotated[
        Path | None,
        typer.Option(
            "--by",
            help="CSV file whose columns file and split (train or held_out) decide, "
            "instead of a random choice.",
            **PATH,
        ),
    ] = None,
) -> None:
    """Copy the images of a folder to train/ and held_out/, for evaluation."""
    check_source(f"{folder}/")
    import_keras()
    from kerasgan import data

    counts = data.split(
        folder, out_path, held_out=held_out, ignore=ignore, seed=seed, table=table
    )
    for side, count in counts.items():
        print(f"Copied {count:,} images to {out_path / side}")
