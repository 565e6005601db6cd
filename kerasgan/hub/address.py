"""Where a preset is on the Hub."""

import re
from typing import NamedTuple

from kerasgan.errors import PresetNotFoundError

PREFIX = "hf://"


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
    name, _, given = uri.removeprefix(PREFIX).partition("@")
    part = r"[A-Za-z0-9][\w.-]{0,95}"
    if not re.fullmatch(f"{part}/{part}", name) or uri.endswith("@"):
        raise PresetNotFoundError(
            "Expected the name of a repository, as in hf://owner/name or "
            f"hf://owner/name@revision. Received: {uri!r}."
        )
    if given and revision not in (None, given):
        raise PresetNotFoundError(
            f"Expected one revision. Received: {given!r} in {uri!r} and "
            f"revision={revision!r}."
        )
    return Address(name, revision or given or None)
