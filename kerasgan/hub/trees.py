"""What a commit holds, and whether bytes are that."""

import hashlib


def tree_of(api, repo_id, commit) -> dict[str, tuple[int, str]]:
    """Size and hash by name: sha256 of large files, git's own of others."""
    found = {}
    for entry in api.list_repo_tree(repo_id, recursive=True, revision=commit):
        if hasattr(entry, "size"):
            large = entry.lfs
            digest = large.sha256 if large else entry.blob_id
            found[entry.path] = (large.size if large else entry.size, digest)
    return found


def same(data: bytes, size: int, digest: str) -> bool:
    """Whether a file has this size, and this sha256 or, where short, git's name."""
    if len(data) != size:
        return False
    if len(digest) == 64:
        return hashlib.sha256(data).hexdigest() == digest
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest() == digest
