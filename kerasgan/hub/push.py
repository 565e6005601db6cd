"""Presets to the Hub: one commit, or none where nothing has changed."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kerasgan.files import is_preset_file
from kerasgan.hub.address import address
from kerasgan.hub.bars import silenced
from kerasgan.hub.client import TIMEOUT, WAITS, client, passing, retried
from kerasgan.hub.trees import same, tree_of


def push(
    uri: str,
    contents: dict[str, bytes],
    *,
    private: bool | None = None,
    token: str | bool | None = None,
    commit_message: str = "Upload with kerasgan",
    revision: str | None = None,
    create_pr: bool = False,
    keep: Callable[[str], bool] = lambda text: False,
    quiet: bool = False,
) -> str:
    """Makes a repository hold a preset's files, in one commit or, if it does, in none.

    Files of an older preset that are not in `contents` are deleted; what is no
    preset's stays.

    Args:
        uri: As in `address`; made where it is missing.
        contents: Files by name.
        private: Whether a new repository is private; the account's setting if None.
        token: As in `Snapshot`.
        commit_message: The commit's first line.
        revision: A branch; made where it is missing.
        create_pr: Whether to open a pull request instead.
        keep: Whether the card that is there, as text, stays as it is.
        quiet: Whether there are no progress bars in a terminal either.

    Returns:
        The commit's page, or the pull request's.

    Raises:
        HubAccessError: If there is no token, or no right to write.
        HubUnavailableError: If the Hub cannot be reached; the branch is then the old
            or the new commit, and the same call again mends it.
        HubError: If somebody else pushed at the same time.
    """
    where = address(uri, revision)
    with silenced(quiet), client(where, token) as api:
        retried(lambda: api.create_repo(where.repo_id, private=private, exist_ok=True))
        branch = where.revision or "main"
        if where.revision and not create_pr:
            retried(
                lambda: api.create_branch(where.repo_id, branch=branch, exist_ok=True)
            )
        for wait in (*WAITS, None):
            head, operations = _changes(api, where, branch, contents, keep)
            if not operations:
                return f"{where.page}/commit/{head}"
            try:
                found = api.create_commit(
                    where.repo_id,
                    operations,
                    commit_message=commit_message,
                    revision=branch,
                    create_pr=create_pr,
                    parent_commit=head,
                )
                return found.pr_url or found.commit_url
            except Exception as error:  # it may have landed: look again
                if wait is None or create_pr or not passing(error):
                    raise
                time.sleep(wait)
    raise AssertionError  # the last attempt returns or raises


def _changes(api, where, branch, contents, keep):
    """The branch's commit, and the operations that make it hold `contents`."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    head = retried(
        lambda: api.model_info(where.repo_id, revision=branch, timeout=TIMEOUT).sha
    )
    tree = retried(lambda: tree_of(api, where.repo_id, head))
    operations: list[Any] = []
    for name, data in contents.items():
        if name in tree and same(data, *tree[name]):
            continue
        if name == "README.md" and name in tree:
            card = api.hf_hub_download(where.repo_id, name, revision=head)
            if keep(Path(card).read_text("utf-8")):
                continue
        operations.append(CommitOperationAdd(name, data))
    stale = [n for n in tree if is_preset_file(n) and n not in contents]
    operations += [CommitOperationDelete(n) for n in stale if n != "README.md"]
    return head, operations


def login(token: str | None = None) -> str:
    """Stores an access token on this machine, asked for where none is given.

    Returns:
        The account's name.

    Raises:
        HubAccessError: If the Hub does not know the token.
    """
    import huggingface_hub

    with client(None, token) as api:
        if token is not None:
            retried(lambda: api.whoami())
        huggingface_hub.login(token=token)
    with client(None) as api:
        return retried(lambda: api.whoami())["name"]
