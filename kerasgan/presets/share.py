"""Uploads whole presets to the Hub, and downloads them."""

import os
from pathlib import Path
from typing import Any

from kerasgan import hub
from kerasgan.errors import PresetNotFoundError
from kerasgan.files import (
    PRESET_FILES,
    check_replaceable,
    is_preset_file,
    user_path,
    write_folder,
)
from kerasgan.presets import card, catalog, documents, load, picture, save, upgrade
from kerasgan.presets.folders import Files, check_content, consistently, limit_of
from kerasgan.presets.metadata import metadata_of


def upload_preset(repo_id: str, folder: str | Path, **options: Any) -> str:
    """Uploads a preset folder to the Hub, in one commit, after checking it.

    If the repository holds the same files already, there is no commit. A card that a
    person edited is kept: the folder's first, else the repository's. Any other card is
    written anew.

    Args:
        repo_id: "owner/name", "hf://owner/name", or either with "@branch". Created if
            missing.
        folder: A bundled name or a preset's folder.
        **options: `private`, `token`, `commit_message`, `revision`, `create_pr`, as in
            `kerasgan.hub.push`.

    Returns:
        The URL of the commit or of the pull request.

    Raises:
        PresetError: If the folder is not a complete preset.
        HubError: If the Hub cannot be reached or refuses.
    """
    where = hub.address(repo_id, options.get("revision"))
    files = catalog.files_of(folder)

    def read(files):
        load.validate(files)  # raises if it would for those who download it
        return contents_of(files, where)

    contents = consistently(files, read)
    return hub.push(repo_id, contents, keep=card.is_edited, **options)


def push_model(
    model: Any, repo_id: str, *, license: str | None = None, **options: Any
) -> str:
    """Uploads a model as a preset, in one commit.

    Args:
        model: A model of a registered class, with all its networks.
        repo_id: As in `upload_preset`.
        license: The license of the weights, as the Hub names it, such as "apache-2.0".
            By default that of the preset, unless the model was trained since.
        **options: As in `upload_preset`.

    Returns:
        The URL of the commit or of the pull request.

    Raises:
        ValueError: If the model's class is not registered or a network is missing.
        HubError: If the Hub cannot be reached or refuses.
    """
    where = hub.address(repo_id, options.get("revision"))
    _, name = where.repo_id.split("/")
    present = _present(model, where, options.get("token"))
    contents = save.contents_of(model, name, license=license, present=present)
    contents["README.md"] = _card(contents, where)
    return hub.push(repo_id, contents, keep=card.is_edited, **options)


def _present(model, where: hub.Address, token) -> Files | None:
    """What the repository holds, if that may be the preset the model was loaded from.

    Nobody measured the weights of any other model yet.
    """
    if not model.origin or model.updates:
        return None
    try:
        return hub.Snapshot(where.repo_id, revision=where.revision, token=token)
    except PresetNotFoundError:  # it will be created
        return None


def contents_of(files: Files, where: hub.Address) -> dict[str, bytes]:
    """Returns a preset's files by name, with a card that names their address.

    Args:
        files: The preset's files.
        where: The repository that they are uploaded to.

    Raises:
        PresetError: If a file is missing, changed or impossible.
    """
    metadata = metadata_of(files)
    hashed = metadata["files"].keys()
    names = PRESET_FILES | set(filter(is_preset_file, hashed))
    contents = {n: files.read(n, limit_of(n)) for n in sorted(names) if files.has(n)}
    for name in contents.keys() & hashed:
        check_content(files, name, contents[name], metadata)
    if "samples.png" in contents:
        picture.check(contents["samples.png"], f"{files}/samples.png")
    text = contents.get("README.md", b"").decode("utf-8", "replace")
    if not text or not card.is_edited(text):
        contents["README.md"] = _card(contents, where, f"{files}/")
    return contents


def _card(contents: dict[str, bytes], where: hub.Address, place: str = "") -> bytes:
    """The card of these files for a repository."""

    def read(name, upgraded):
        if name not in contents:
            return None
        return upgraded(documents.parse(contents[name], place + name))

    results = contents.get("results.json")
    where_results = f"{place}results.json"
    text = card.write(
        where.repo_id.split("/")[1],
        read("metadata.json", upgrade.upgrade_metadata),
        read("recipe.json", upgrade.upgrade_recipe),
        results and card.results_of(results, where_results),
        address=f"hf://{where.repo_id}",
        pictured="samples.png" in contents,
    )
    return text.encode()


def download_preset(
    repo_id: str, folder: str | Path | None = None, **options: Any
) -> Path:
    """Downloads a whole preset from the Hub, after checking it.

    Args:
        repo_id: "owner/name" or "hf://owner/name", each with "@revision" if needed.
        folder: The folder to write. By default the files stay in the Hub's cache.
        **options: `revision`, `token`, `cache_dir`, `local_files_only` and
            `force_download` as in `from_preset`, and `overwrite` to replace `folder`.

    Returns:
        The folder, or the cache's folder of the commit.

    Raises:
        PresetError: If it is not a complete preset.
        HubError: If the Hub cannot be reached or refuses, or if the cache's disk is
            full.
        DiskFullError: If the folder's disk is full.
        FileExistsError: If the folder exists, without `overwrite`.
    """
    overwrite = options.pop("overwrite", False)
    if folder is not None:
        folder = Path(os.path.abspath(user_path(folder)))
        check_replaceable(folder, overwrite)
    files = hub.Snapshot(repo_id, **options)
    cls, _ = load.validate(files)
    names = PRESET_FILES | {documents.weight_file(name) for name in cls.stored}
    contents = {n: files.read(n, limit_of(n)) for n in sorted(names) if files.has(n)}
    if folder is None:
        return files.folder
    write_folder(folder, contents, overwrite)
    return folder
