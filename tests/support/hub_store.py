"""What a Hub holds: repositories, commits, and large files by their hash."""

import hashlib
import json
from dataclasses import dataclass, field

LARGE = (".h5", ".png", ".gif", ".npz")  # what a new repository's .gitattributes says


def git_hash(data: bytes) -> str:
    """The name that git gives a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


@dataclass
class Commit:
    """All files of a revision by path."""

    oid: str
    files: dict[str, bytes]
    message: str = ""
    date: str = "2026-01-01T00:00:00.000Z"


@dataclass
class Repository:
    """Commits by name, and what the branches point to."""

    private: bool = False
    gated: bool = False
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)

    def add(self, files: dict[str, bytes], message: str, branch: str = "main") -> str:
        """Commits to a branch; returns the commit's name."""
        parent = self.branches.get(branch, "")
        content = json.dumps([parent, message, sorted(files), len(self.commits)])
        oid = hashlib.sha1(content.encode()).hexdigest()
        self.commits[oid] = Commit(oid, dict(files), message)
        self.branches[branch] = oid
        return oid

    def find(self, revision: str) -> Commit | None:
        """The commit of a branch or a name."""
        return self.commits.get(self.branches.get(revision, revision))
