"""Arguments and options that several commands share."""

from typing import Annotated

import typer

Preset = Annotated[
    str, typer.Argument(help="A bundled name, a folder, or hf://owner/name.")
]
Split = Annotated[str | None, typer.Option(help="Split of a TFDS dataset.")]
Size = Annotated[
    int | None, typer.Option(min=1, help="Side length in pixels to resize to.")
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
DataDir = Annotated[str | None, typer.Option(help="Folder of TFDS datasets.")]
SkipUnreadable = Annotated[
    bool, typer.Option("--skip-unreadable", help="Skip unreadable image files.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")]
Token = Annotated[
    str | None,
    typer.Option(help="Access token. Default: HF_TOKEN, or the one of login."),
]
Revision = Annotated[str | None, typer.Option(help="Branch, tag or commit.")]
