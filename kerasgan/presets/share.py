"""Whole presets to the Hub and from it."""

import errno
import os
from pathlib import Path

from kerasgan import hub
from kerasgan.presets import card, catalog, documents, load, schemas
from kerasgan.errors import HubError
from kerasgan.files import PRESET_FILES, check_replaceable, is_preset_file, write_folder
from kerasgan.presets.folders import Files, check_content, limit_of, read_json


def upload_preset(uri: str, folder: str | Path, **options) -> str:
    """Uploads a preset folder to the Hub: proven first, then in one commit.

    A folder that the repository holds already makes no commit. The folder's card is
    uploaded where a person has edited it; else the repository's is written anew, unless
    a person has edited that one.

    Args:
        uri: "hf://owner/name", "owner/name" or either with "@branch".
        folder: A bundled name or a preset's folder.
        **options: `private`, `token`, `commit_message`, `revision`, `create_pr`, as
            `kerasgan.hub.push` explains them.

    Returns:
        The page of the commit, or of the pull request.

    Raises:
        PresetError: If the folder is no whole preset.
        HubError: If the Hub does not take it.
    """
    where = hub.address(uri, options.get("revision"))
    files = catalog.files_of(folder)
    load.from_preset(files)  # raises, where it would for those who pull it
    contents = contents_of(files, where)
    return hub.push(uri, contents, keep=card.is_edited, **options)


def contents_of(files: Files, where) -> dict[str, bytes]:
    """A preset's files by name, the card saying where they are uploaded to.

    Args:
        files: The preset's.
        where: A `hub.Address`.
    """
    metadata = load.metadata_of(files)
    proven = metadata["files"].keys()
    names = PRESET_FILES | set(filter(is_preset_file, proven))
    found = {n: files.read(n, limit_of(n)) for n in sorted(names) if files.has(n)}
    for name in found.keys() & proven:
        check_content(files, name, found[name], metadata)
    text = found.get("README.md", b"").decode("utf-8", "replace")
    if not text or not card.is_edited(text):
        parts = ("recipe.json", "results.json")
        recipe, results = (read_json(files, n) if n in found else None for n in parts)
        schemas.check(results or {}, schemas.RESULTS, f"{files}/results.json")
        title, address = where.repo_id.split("/")[1], f"hf://{where.repo_id}"
        text = card.write(title, metadata, recipe, results, address)
        found["README.md"] = text.encode()
    return found


def download_preset(uri: str, folder: str | Path | None = None, **options) -> Path:
    """Fetches all of a preset from the Hub.

    Args:
        uri: As in `from_preset`.
        folder: Where to write it; only into the Hub's cache by default.
        **options: `revision`, `token`, ... of `from_preset`; `overwrite` a folder.

    Returns:
        The folder; of a preset in the cache, the one of its `config.json`.

    Raises:
        PresetError: If it is no whole preset.
        HubError: If the Hub does not give it, or a disk is full.
        FileExistsError: If the folder exists, without `overwrite`.
    """
    overwrite = options.pop("overwrite", False)
    if folder is not None:
        folder = Path(os.path.abspath(folder))
        check_replaceable(folder, overwrite)
    files = hub.Snapshot(uri, **options)
    model = load.from_preset(files)  # raises where it is none
    names = PRESET_FILES | {documents.weight_file(name) for name in model.stored}
    contents = {n: files.read(n, limit_of(n)) for n in sorted(names) if files.has(n)}
    if folder is None:
        return files.folder
    try:
        write_folder(folder, contents, overwrite)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise HubError(
            f"{folder}: no space left on its disk; nothing was written. Free some, or "
            "choose another folder."
        ) from error
    return folder
