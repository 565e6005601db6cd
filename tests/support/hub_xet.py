"""The Xet store on disk, which the real `hf_xet` uses through `local://`."""

import functools
import struct
import tempfile
from pathlib import Path

import hf_xet

HEADER, ENTRY = 48, 48  # bytes of a shard's header and of each of its entries


@functools.lru_cache
def hash_of(data: bytes) -> str:
    """The hash that Xet gives a file's content."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        return hf_xet.hash_files([str(path)])[0].hash


def put(store: Path, data: bytes) -> None:
    """Stores a file."""
    with hf_xet.XetSession().new_upload_commit(f"local://{store}") as commit:
        commit.start_upload_bytes(data, sha256=hf_xet.COMPUTE_SHA256)


def get(store: Path, sha256: str, size: int) -> bytes | None:
    """Returns a stored file by its sha256."""
    known = _index(store).get(sha256)
    if known is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        session = hf_xet.XetSession()
        with session.new_file_download_group(f"local://{store}") as group:
            group.start_download_file(hf_xet.XetFileInfo(known, size), str(path))
        return path.read_bytes()


def _index(store: Path) -> dict[str, str]:
    """Returns Xet's hashes by sha256, read from the shards.

    A shard lists its files after a header. An entry has the hash, flags and the number
    of parts, then the parts, optionally their checks, and optionally the sha256.
    """
    hashes = {}
    for path in store.glob("xet/xorbs/shards/*.mdb"):
        data, at = path.read_bytes(), HEADER
        while data[at : at + 32] != b"\xff" * 32:
            name = _hex(data[at : at + 32])
            flags, parts = struct.unpack("<II", data[at + 32 : at + 40])
            at += ENTRY * (1 + parts * (2 if flags >> 31 & 1 else 1))
            if flags >> 30 & 1:
                hashes[_hex(data[at : at + 32])] = name
                at += ENTRY
    return hashes


def _hex(data: bytes) -> str:
    """Formats four numbers of 64 bits, stored with the lowest byte first."""
    return b"".join(data[i : i + 8][::-1] for i in range(0, 32, 8)).hex()
