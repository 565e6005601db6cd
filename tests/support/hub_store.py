"""The content of a Hub: repositories and commits."""

import hashlib
import json
from dataclasses import dataclass, field

LARGE = (".h5", ".png", ".gif", ".npz")  # as in the .gitattributes of a new repository


def git_hash(data: bytes) -> str:
    """The hash that git gives a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


@dataclass
class Commit:
    """All files of a commit by path."""

    oid: str
    files: dict[str, bytes]
    message: str = ""
    date: str = "2026-01-01T00:00:00.000Z"


@dataclass
class Repository:
    """Commits by hash, and the commits that branches point to."""

    private: bool = False
    gated: bool = False
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)

    def add(self, files: dict[str, bytes], message: str, branch: str = "main") -> str:
        """Commits to a branch and returns the commit's hash."""
        parent = self.branches.get(branch, "")
        content = json.dumps([parent, message, sorted(files), len(self.commits)])
        oid = hashlib.sha1(content.encode()).hexdigest()
        self.commits[oid] = Commit(oid, dict(files), message)
        self.branches[branch] = oid
        return oid

    def find(self, revision: str) -> Commit | None:
        """The commit of a branch or a hash."""
        return self.commits.get(self.branches.get(revision, revision))
