"""`kerasgan push`, `pull`, `login` and `publish`."""

from pathlib import Path
from typing import Annotated

import typer

from kerasgan.cli.app import app, import_keras

Token = Annotated[
    str | None, typer.Option(help="Access token; else HF_TOKEN or that of login.")
]
Revision = Annotated[str | None, typer.Option(help="Branch, tag or commit.")]


@app.command()
def push(
    preset: Annotated[str, typer.Argument(help="A folder, or a bundled name.")],
    uri: Annotated[str, typer.Argument(help="owner/name, made where it is missing.")],
    private: Annotated[
        bool | None, typer.Option(help="Whether the repository has to be private.")
    ] = None,
    message: Annotated[str, typer.Option(help="Of the commit.")] = "Upload by kerasgan",
    revision: Revision = None,
    create_pr: Annotated[bool, typer.Option(help="Open a pull request.")] = False,
    token: Token = None,
):
    """Uploads a preset to the Hugging Face Hub, in one commit."""
    import_keras()
    from kerasgan.presets.share import upload_preset

    options = {"private": private, "revision": revision, "create_pr": create_pr}
    options |= {"commit_message": message, "token": token}
    print(upload_preset(uri, preset, **options))


@app.command()
def pull(
    uri: Annotated[str, typer.Argument(help="hf://owner/name[@revision].")],
    out_path: Annotated[
        Path | None,
        typer.Option("--out", help="Folder to write; else only the cache."),
    ] = None,
    revision: Revision = None,
    overwrite: Annotated[bool, typer.Option(help="Replace what is there.")] = False,
    force: Annotated[bool, typer.Option(help="Fetch again what is cached.")] = False,
    token: Token = None,
):
    """Fetches a preset from the Hugging Face Hub."""
    import_keras()
    from kerasgan.presets.share import download_preset

    options = {"revision": revision, "token": token, "force_download": force}
    print(download_preset(uri, out_path, overwrite=overwrite, **options))


@app.command()
def login(token: Token = None):
    """Stores an access token of the Hugging Face Hub on this machine."""
    from kerasgan import hub

    print(f"Logged in as {hub.login(token)}.")


@app.command()
def publish(
    org: Annotated[str, typer.Option(help="The account to upload to.")],
    private: Annotated[
        bool | None, typer.Option(help="Whether they all have to be private.")
    ] = None,
    token: Token = None,
):
    """Uploads the whole zoo; what is there already makes no commit.

    What fails is told in the table and keeps nothing else from being uploaded.
    """
    from rich.console import Console
    from rich.table import Table

    from kerasgan import errors
    from kerasgan.presets import catalog, share

    import_keras()
    table, failed = Table("preset", "page", box=None, pad_edge=False), 0
    for name in catalog.list_presets("all"):
        try:
            options = {"private": private, "token": token}
            page = share.upload_preset(f"{org}/{name}", name, **options)
        except (errors.HubError, errors.PresetError) as error:
            page, failed = f"not uploaded: {error}", failed + 1
        table.add_row(name, page)
    Console(highlight=False, width=200).print(table)
    if failed:
        raise errors.HubError(f"{failed} presets were not uploaded. Publish again.")
