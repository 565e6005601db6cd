"""Where a preset is on the Hub."""

import re
from typing import NamedTuple

from kerasgan.errors import PresetNotFoundError

PREFIX = "hf://"
PART = "[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?"  # as the client wants


class Address(NamedTuple):
    """Where a preset is on the Hub."""

    repo_id: str
    revision: str | None = None

    @property
    def page(self) -> str:
        """The repository's page, for people."""
        from huggingface_hub import constants

        return f"{constants.ENDPOINT}/{self.repo_id}"

    def __str__(self) -> str:
        return PREFIX + self.repo_id + (f"@{self.revision}" if self.revision else "")


def address(uri: str, revision: str | None = None) -> Address:
    """Reads "hf://owner/name", "hf://owner/name@revision" or "owner/name".

    Args:
        uri: What the user gave.
        revision: A branch, tag or commit; the default branch where not given.

    Raises:
        PresetNotFoundError: If it is none of these, or names two revisions.
    """
    found = re.fullmatch(f"({PART}/{PART})(?:@([^@]+))?", uri.removeprefix(PREFIX))
    if not found or re.search(r"--|\.\.|\.git$", found[1]):
        raise PresetNotFoundError(
            "Expected the name of a repository, as in hf://owner/name or "
            "hf://owner/name@revision; each of ASCII letters, digits, _ and, within, "
            f"single - and dots, without .git at the end. Received: {uri!r}."
        )
    name, given = found.groups()
    if given and revision not in (None, given):
        raise PresetNotFoundError(
            f"Expected one revision. Received: {given!r} in {uri!r} and "
            f"revision={revision!r}."
        )
    return Address(name, revision or given or None)
