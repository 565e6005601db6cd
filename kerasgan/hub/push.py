"""Presets to the Hub: one commit, or none where nothing has changed."""

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
from kerasgan.hub.client import TIMEOUT, WAITS, client, passing, retried
from kerasgan.hub.pull import TAG
from kerasgan.hub.trees import same, tree_of

CARD = "README.md"
TAGGED = rf"(?m)^(library_name:|tags:.*[\[ ,]|\s*-) *[\"']?{TAG}\b(?![-/])"


def push(
    uri: str,
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
    """Makes a repository hold a preset's files, in one commit or, if it does, in none.

    Files of an older preset that are not in `contents` are deleted; what is no
    preset's stays. A card that a person wrote stays too, unless `contents` has one that
    a person wrote.

    Args:
        uri: As in `address`; made where it is missing.
        contents: Files by name.
        keep: Whether a person wrote a card, of which it is given the text.
        private: Whether the repository is to be private; if None, a new one is by the
            account's setting, and any other as it is.
        token: As in `Snapshot`.
        commit_message: The commit's first line.
        revision: A branch; made where it is missing.
        create_pr: Whether to open a pull request instead.
        quiet: Whether there are no progress bars in a terminal either.

    Returns:
        The commit's page, or the pull request's.

    Raises:
        HubAccessError: If there is no token, or no right to write.
        HubUnavailableError: If the Hub cannot be reached; the branch is then the old
            or the new commit, and the same call again mends it.
        HubError: If somebody else pushed at the same time, or if the repository is
            there and not as private as it has to be.
    """
    where = address(uri, revision)
    with silenced(quiet), client(where, token) as api:
        branch = _branch(api, where, private, create_pr)
        for wait in (*WAITS, None):
            head, operations, card = _changes(api, where, branch, contents, keep)
            page = f"{where.page}/commit/{head}"
            try:
                if operations:
                    found = api.create_commit(
                        where.repo_id,
                        operations,
                        commit_message=commit_message,
                        revision=branch,
                        create_pr=create_pr,
                        parent_commit=head,
                    )
                    page = found.pr_url or found.commit_url
            except Exception as error:  # it may have landed: look again
                if wait is None or create_pr or not passing(error):
                    raise
                time.sleep(wait)
            else:
                _warn_unlisted(where, card)
                return page
    raise AssertionError  # the last attempt returns or raises


def _branch(api, where, private, create_pr) -> str:
    """Where to push, made where it is missing."""
    retried(lambda: api.create_repo(where.repo_id, private=private, exist_ok=True))
    if private is not None:
        _check_visibility(api, where, private)
    branch = where.revision or "main"
    if where.revision and not create_pr:
        retried(lambda: api.create_branch(where.repo_id, branch=branch, exist_ok=True))
    return branch


def _check_visibility(api, where, private):
    found = retried(lambda: api.model_info(where.repo_id, timeout=TIMEOUT).private)
    if found is not private:
        words = {True: "private", False: "public"}
        raise HubError(
            f"{where} must be {words[private]}, as private={private} says. Received: "
            f"a repository that is there and {words[found]}. Nothing was uploaded. "
            f"Change it at {where.page}/settings, or leave `private` out."
        )


def _changes(api, where, branch, contents, keep):
    """The branch's commit, what makes it hold `contents`, and the card it then has."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    head = retried(
        lambda: api.model_info(where.repo_id, revision=branch, timeout=TIMEOUT).sha
    )
    tree = retried(lambda: tree_of(api, where.repo_id, head))
    differing = [
        n for n in contents if n not in tree or not same(contents[n], *tree[n])
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
    """The card that a commit holds, proven."""
    options = {"revision": commit, "etag_timeout": TIMEOUT}
    options["tqdm_class"] = bar_class(CARD, size)
    for force in (False, True):  # what is cached may have been cut short
        options["force_download"] = force
        path = retried(lambda: api.hf_hub_download(where.repo_id, CARD, **options))
        data = Path(path).read_bytes()
        if same(data, size, digest):
            return data.decode("utf-8", "replace")
    raise HubUnavailableError(
        f"{where}: {CARD} must be what commit {commit[:8]} holds, to see whether a "
        "person wrote it. Received: other bytes, twice. Try again later."
    )


def _warn_unlisted(where, card):
    """Warns of a card by which nobody finds the preset."""
    front = re.match(r"---\s*\n(.*?)^---\s*$", card, re.DOTALL | re.MULTILINE)
    if card and not (front and re.search(TAGGED, front[1])):
        warnings.warn(
            f"{where}: its card lacks what list_presets(hub=True) finds presets by. "
            f"Add to {CARD}, between two lines of --- at its top: library_name: {TAG}",
            stacklevel=3,
        )


def login(token: str | None = None) -> str:
    """Stores an access token on this machine, asked for where none is given.

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
