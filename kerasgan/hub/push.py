"""Uploads presets: one commit, or none if nothing has changed."""

import re
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kerasgan.errors import HubError, HubUnavailableError
from kerasgan.files import is_preset_file
from kerasgan.hub.address import address
from kerasgan.hub.bars import bar_class, silenced
from kerasgan.hub.client import (
    TIMEOUT,
    WAITS,
    client,
    is_worth_repeating,
    pause,
    retried,
)
from kerasgan.hub.pull import TAG
from kerasgan.hub.trees import same, tree_of

CARD = "README.md"
TAGGED = rf"(?m)^(library_name:|tags:.*[\[ ,]|\s*-) *[\"']?{TAG}\b(?![-/])"


def push(
    repo_id: str,
    contents: dict[str, bytes],
    *,
    keep: Callable[[str], bool],
    private: bool | None = None,
    token: str | bool | None = None,
    commit_message: str = "Upload with kerasgan",
    revision: str | None = None,
    create_pr: bool = False,
    quiet: bool = False,
) -> str:
    """Makes a repository hold a preset's files, with one commit at most.

    Deletes files of an older preset that are not in `contents`, and keeps all other
    files. A card that a person wrote stays, unless `contents` has one that a person
    wrote.

    Args:
        repo_id: The repository, as in `address`. Created if missing.
        contents: The files' contents by name.
        keep: Function that tells from a card's text whether a person wrote it.
        private: Whether the repository must be private. If None, an existing one stays
            as it is, and a new one follows the account's setting.
        token: An access token, as in `Snapshot`.
        commit_message: The first line of the commit message.
        revision: A branch. Created if missing.
        create_pr: Whether to open a pull request instead.
        quiet: Whether to show no progress bars in a terminal either.

    Returns:
        The URL of the commit or of the pull request.

    Raises:
        HubAccessError: If there is no token, or it does not allow writing.
        HubUnavailableError: If the Hub cannot be reached. The branch is at the old or
            at the new commit then, and the same call completes the upload.
        HubError: If somebody else pushed at the same time, or if an existing
            repository is not as private as `private` says.
    """
    where = address(repo_id, revision)
    with silenced(quiet), client(where, token) as api:
        branch = _branch(api, where, private, create_pr)
        start = time.monotonic()
        for wait in (*WAITS, None):
            head, operations, card = _changes(api, where, branch, contents, keep)
            page = f"{where.page}/commit/{head}"
            try:
                if operations:
                    commit = api.create_commit(
                        where.repo_id,
                        operations,
                        commit_message=commit_message,
                        revision=branch,
                        create_pr=create_pr,
                        parent_commit=head,
                    )
                    page = commit.pr_url or commit.commit_url
            except Exception as error:  # the commit may exist: look again
                if wait is None or create_pr or not is_worth_repeating(error, start):
                    raise
                pause(wait)
            else:
                _warn_unlisted(where, card)
                return page
    raise AssertionError  # the last attempt returns or raises


def _branch(api, where, private, create_pr) -> str:
    """The branch to push to; creates repository and branch if missing."""
    retried(lambda: api.create_repo(where.repo_id, private=private, exist_ok=True))
    if private is not None:
        _check_visibility(api, where, private)
    branch = where.revision or "main"
    if where.revision and not create_pr:
        retried(lambda: api.create_branch(where.repo_id, branch=branch, exist_ok=True))
    return branch


def _check_visibility(api, where, private):
    is_private = retried(lambda: api.model_info(where.repo_id, timeout=TIMEOUT).private)
    if is_private is not private:
        words = {True: "private", False: "public"}
        raise HubError(
            f"{where} must be {words[private]} (private={private}). Received: an "
            f"existing repository that is {words[is_private]}. Nothing was uploaded. "
            f"Change it at {where.page}/settings, or leave `private` out."
        )


def _changes(api, where, branch, contents, keep):
    """The branch's commit, the operations that are due, and the resulting card."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    head = retried(
        lambda: api.model_info(where.repo_id, revision=branch, timeout=TIMEOUT).sha
    )
    tree = retried(lambda: tree_of(api, where.repo_id, head))
    differing = [
        name
        for name in contents
        if name not in tree or not same(contents[name], *tree[name])
    ]
    card = contents.get(CARD, b"").decode("utf-8", "replace")
    if CARD in differing and CARD in tree and not keep(card):
        present = _card(api, where, head, *tree[CARD])
        if keep(present):
            differing.remove(CARD)
            card = present
    operations: list[Any] = [CommitOperationAdd(n, contents[n]) for n in differing]
    stale = [n for n in tree if is_preset_file(n) and n not in contents]
    operations += [CommitOperationDelete(n) for n in stale if n != CARD]
    return head, operations, card


def _card(api, where, commit, size, digest) -> str:
    """The card of a commit, checked against its hash."""
    options = {"revision": commit, "etag_timeout": TIMEOUT}
    options["tqdm_class"] = bar_class(CARD, size)
    for force in (False, True):  # the cached file may be cut short
        options["force_download"] = force
        path = retried(lambda: api.hf_hub_download(where.repo_id, CARD, **options))
        data = Path(path).read_bytes()
        if same(data, size, digest):
            return data.decode("utf-8", "replace")
    raise HubUnavailableError(
        f"{where}: {CARD} must be what commit {commit[:8]} holds, so that a card that "
        "a person wrote is kept. Received: other bytes, twice. Try again later."
    )


def _warn_unlisted(where, card):
    """Warns if the card lacks what lists of presets are filtered by."""
    front = re.match(r"---\s*\n(.*?)^---\s*$", card, re.DOTALL | re.MULTILINE)
    if card and not (front and re.search(TAGGED, front[1])):
        warnings.warn(
            f"{where}: list_presets(hub=True) will not list this preset, because its "
            f"card does not name kerasgan. Add to {CARD}, between two lines of --- at "
            f"the top: library_name: {TAG}",
            stacklevel=3,
        )


def login(token: str | None = None) -> str:
    """Stores an access token on this machine; asks for it if none is given.

    Returns:
        The account's name.

    Raises:
        HubAccessError: If the Hub does not know the token.
    """
    import huggingface_hub

    with client(None, token) as api:
        if token is None:
            huggingface_hub.login()
            return retried(lambda: api.whoami())["name"]
        name = retried(lambda: api.whoami())["name"]
        huggingface_hub.login(token=api.token)
        return name
