"""The files of a commit, and checks of content against them."""

import hashlib
from typing import Any


def tree_of(api: Any, repo_id: str, commit: str) -> dict[str, tuple[int, str]]:
    """Returns size and hash of every file of a commit, by name.

    The hash is sha256 for large files and git's own for the others.
    """
    files = {}
    for entry in api.list_repo_tree(repo_id, recursive=True, revision=commit):
        if hasattr(entry, "size"):
            large = entry.lfs
            digest = large.sha256 if large else entry.blob_id
            files[entry.path] = (large.size if large else entry.size, digest)
    return files


def same(data: bytes, size: int, digest: str) -> bool:
    """Whether content has this size and this hash.

    A hash of 64 digits is sha256. A shorter one is git's.
    """
    if len(data) != size:
        return False
    if len(digest) == 64:
        return hashlib.sha256(data).hexdigest() == digest
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest() == digest
