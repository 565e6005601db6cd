"""Addresses of presets on the Hub."""

import re
from typing import NamedTuple

from kerasgan.errors import PresetNotFoundError

PREFIX = "hf://"
# The owner and the name of a repository, as the Hub's client accepts them.
PART = "[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?"


class Address(NamedTuple):
    """A repository on the Hub and, optionally, a revision of it."""

    repo_id: str
    revision: str | None = None

    @property
    def page(self) -> str:
        """The URL of the repository's page."""
        from huggingface_hub import constants

        return f"{constants.ENDPOINT}/{self.repo_id}"

    def __str__(self) -> str:
        return PREFIX + self.repo_id + (f"@{self.revision}" if self.revision else "")


def address(repo_id: str, revision: str | None = None) -> Address:
    """Parses "hf://owner/name", "hf://owner/name@revision" or "owner/name".

    Args:
        repo_id: The repository, as the user wrote it.
        revision: A branch, tag or commit. None means the default branch.

    Raises:
        PresetNotFoundError: If `repo_id` has another form, or two revisions are given.
    """
    match = re.fullmatch(f"({PART}/{PART})(?:@([^@]+))?", repo_id.removeprefix(PREFIX))
    if not match or re.search(r"--|\.\.|\.git$", match[1]):
        raise PresetNotFoundError(
            "Expected the name of a repository, such as hf://owner/name or "
            "hf://owner/name@revision. Owner and name may have ASCII letters, digits, "
            "_ and, except at the ends, single - and dots. A name must not end in "
            f".git. Received: {repo_id!r}."
        )
    name, own_revision = match.groups()
    if own_revision and revision not in (None, own_revision):
        raise PresetNotFoundError(
            f"Expected one revision. Received: {own_revision!r} in {repo_id!r} and "
            f"revision={revision!r}."
        )
    return Address(name, revision or own_revision or None)
