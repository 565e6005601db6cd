"""`kerasgan push`, `pull`, `publish` and `login`."""

from pathlib import Path
from typing import Annotated

import typer

from kerasgan import errors, hub
from kerasgan.cli.app import app, import_keras
from kerasgan.cli.options import PATH, PRESET, Overwrite, Revision, Token
from kerasgan.presets import catalog

Private = Annotated[
    bool | None,
    typer.Option(help="Require a private or a public repository."),
]


@app.command()
def push(
    preset: Annotated[
        str, typer.Argument(help="A folder, or a bundled name.", **PRESET)
    ],
    repo_id: Annotated[str, typer.Argument(help="owner/name, created if missing.")],
    private: Private = None,
    message: Annotated[
        str, typer.Option(help="Commit message.")
    ] = "Upload with kerasgan",
    revision: Revision = None,
    create_pr: Annotated[
        bool, typer.Option("--create-pr", help="Open a pull request.")
    ] = False,
    token: Token = None,
) -> None:
    """Upload a preset to the Hugging Face Hub, in one commit."""
    hub.address(repo_id, revision)
    files = catalog.files_of(preset)
    import_keras()
    from kerasgan.presets.share import upload_preset

    options = {"private": private, "revision": revision, "create_pr": create_pr}
    options |= {"commit_message": message, "token": token}
    print(upload_preset(repo_id, files, **options))


@app.command()
def pull(
    repo_id: Annotated[str, typer.Argument(help="owner/name, or hf://owner/name.")],
    out_path: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Folder to write. Default: only the Hub's cache.", **PATH
        ),
    ] = None,
    revision: Revision = None,
    overwrite: Overwrite = False,
    force: Annotated[
        bool, typer.Option("--force", help="Download cached files again.")
    ] = False,
    token: Token = None,
) -> None:
    """Download a preset from the Hugging Face Hub."""
    hub.address(repo_id, revision)
    import_keras()
    from kerasgan.presets.share import download_preset

    options = {"revision": revision, "token": token, "force_download": force}
    print(download_preset(repo_id, out_path, overwrite=overwrite, **options))


@app.command()
def login(token: Token = None) -> None:
    """Store an access token for the Hugging Face Hub on this machine."""
    print(f"Logged in as {hub.login(token)}.")


@app.command()
def publish(
    org: Annotated[str, typer.Option(help="Account to upload to.")],
    private: Private = None,
    token: Token = None,
) -> None:
    """Upload all bundled presets. Unchanged presets make no commit.

    A preset that fails is marked in the table. The others are still uploaded.
    """
    from rich.console import Console
    from rich.table import Table

    import_keras()
    from kerasgan.presets.share import upload_preset

    table, failed = Table("preset", "page", box=None, pad_edge=False), 0
    for name in catalog.list_presets("all"):
        try:
            options = {"private": private, "token": token}
            page = upload_preset(f"{org}/{name}", name, **options)
        except errors.KerasGANError as error:
            page, failed = f"not uploaded: {error}", failed + 1
        table.add_row(name, page)
    Console(highlight=False, width=200).print(table)
    if failed:
        count = f"{failed} preset was" if failed == 1 else f"{failed} presets were"
        raise errors.HubError(f"{count} not uploaded. Publish again.")
