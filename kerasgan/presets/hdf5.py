"""The part of HDF5 that weight files use, read without the HDF5 library.

That library is C, and a file with two changed pointers can end its process. Keras uses
little of HDF5: groups as symbol tables, arrays in one piece. This module reads just
that. It is bounded by construction: each structure is inside the file and visited once,
and all together are no larger than the file.

Format: HDF5 File Format Specification 1.1, https://docs.hdfgroup.org/archive/support/
HDF5/doc/H5.format.1.1.html (superblock 0, object headers 1, layouts 3).
"""

from collections.abc import Iterator
from itertools import pairwise
from struct import unpack_from
from typing import NamedTuple

SIGNATURE = b"\x89HDF\r\n\x1a\n"
NOWHERE = 2**64 - 1
# Messages of an object's header. Others, such as filters, are refused.
SPACE, TYPE, LAYOUT, CONTINUED, TABLE = 0x01, 0x03, 0x08, 0x10, 0x11
IGNORED = {0x00, 0x04, 0x05, 0x0C, 0x12}  # padding, fill values, attributes, date
REFUSED = {0x02: "a link", 0x06: "a link", 0x07: "data in a file elsewhere"}
REFUSED |= {0x0B: "a filter", 0x0A: "a link"}


class Malformed(ValueError):
    """The file is not of this part of HDF5; the message says where."""


class Array(NamedTuple):
    """Where an array is in the file, and what the file says about it.

    Attributes:
        shape: Its axes.
        datatype: The message that describes its numbers.
        start: Of its data.
        size: Of its data, in bytes.
    """

    shape: tuple[int, ...]
    datatype: bytes
    start: int
    size: int


class File:
    """A file's objects.

    Args:
        data: The file.

    Raises:
        Malformed: If this module cannot read it.
    """

    def __init__(self, data: bytes):
        self._data, self._taken, self._left = data, {}, len(data)
        head = self._take(0, 96, SIGNATURE)
        if head[8:13] != bytes(5) or head[13:15] != b"\x08\x08":
            raise Malformed("a superblock that is not of version 0")
        base, _, end, driver, _, self._root = unpack_from("<6Q", head, 24)
        if (base, end, driver) != (0, len(data), NOWHERE):
            raise Malformed(f"a superblock for {end} bytes in a file of {len(data)}")

    def objects(self) -> Iterator[tuple[str, Array | None]]:
        """Path of every object with its place if it is an array, else None.

        Raises:
            Malformed: As soon as this module cannot read one; at the end, if two
                structures or arrays overlap.
        """
        waiting, known = [("", self._messages(self._root))], set()
        while waiting:
            prefix, group = waiting.pop()
            for name, address in self._members(group):
                path, messages = prefix + name, self._messages(address)
                if path in known:
                    raise Malformed(f"two things of one name, {path[:100]!r}")
                known.add(path)
                if TABLE in messages:
                    waiting.append((path + "/", messages))
                yield path, None if TABLE in messages else self._array(messages)
        ranges = sorted(self._taken.items())
        for (start, size), (after, _) in pairwise(ranges):
            if start + size > after:
                raise Malformed(f"two things in one place, at {after}")

    def _take(self, start, size, begins=b"") -> bytes:
        """The bytes of a structure, which is visited once."""
        if start + size > len(self._data):
            raise Malformed(f"something outside of it, at {start}")
        if start in self._taken:
            raise Malformed(f"a cycle or a copy, at {start}")
        self._taken[start], self._left = size, self._left - size
        if self._left < 0:
            raise Malformed("things in one place, larger than the file in all")
        piece = self._data[start : start + size]
        if not piece.startswith(begins):
            raise Malformed(f"no {begins!r} at {start}")
        return piece

    def _messages(self, address) -> dict[int, bytes]:
        """The messages of an object's header by their type."""
        version, _, count, _, size = unpack_from("<BBHII", self._take(address, 16))
        if version != 1 or count > 64:
            raise Malformed(f"no header of version 1, at {address}")
        blocks, messages, seen = [(address + 16, size)], {}, 0
        while blocks:
            start, size = blocks.pop()
            block, at = self._take(start, size), 0
            while at + 8 <= size:
                if (seen := seen + 1) > count:
                    raise Malformed(f"more messages than it says, at {address}")
                kind, length = unpack_from("<HH", block, at)
                body, at = block[at + 8 : at + 8 + length], at + 8 + length
                if kind == CONTINUED:
                    blocks.append(unpack_from("<QQ", _whole(body, 16)))
                elif kind not in IGNORED:
                    if kind in messages or kind not in (SPACE, TYPE, LAYOUT, TABLE):
                        what = REFUSED.get(kind, f"a message of type {kind}")
                        raise Malformed(f"{what}, at {address}")
                    messages[kind] = body
        return messages

    def _members(self, messages) -> Iterator[tuple[str, int]]:
        """Names in a group, and where their headers are."""
        tree, heap = unpack_from("<QQ", _whole(messages.get(TABLE, b""), 16))
        size, _, start = unpack_from("<8xQQQ", self._take(heap, 32, b"HEAP\0"))
        names = self._take(start, size)
        nodes = [(tree, None)]
        while nodes:
            address, above = nodes.pop()
            head = self._take(address, 24, b"TREE\0")
            level, count = unpack_from("<BH", head, 5)
            if above is not None and level != above - 1:
                raise Malformed(f"a tree that does not descend, at {address}")
            keys = self._take(address + 24, 16 * count + 8)
            children = unpack_from("<" + "8xQ" * count, keys)
            if level:
                nodes += [(child, level) for child in children]
            else:
                for child in children:
                    yield from self._entries(child, names)

    def _entries(self, address, names) -> Iterator[tuple[str, int]]:
        _, count = unpack_from("<HH", self._take(address, 8, b"SNOD\1"), 4)
        block = self._take(address + 8, 40 * count)
        for index in range(count):
            name, header, cached = unpack_from("<QQI", block, 40 * index)
            if cached > 1:
                raise Malformed(f"a link, at {address}")
            yield _text(names, name), header

    def _array(self, messages) -> Array:
        """What a header without members describes, if it is an array."""
        if not {SPACE, TYPE, LAYOUT} <= messages.keys():
            raise Malformed("an object that is no array and no group")
        space, layout = messages[SPACE], messages[LAYOUT]
        version, rank, flags = unpack_from("<BBB", _whole(space, 8))
        if version != 1 or flags > 1 or rank > 8:
            raise Malformed("axes that are not of version 1")
        shape = unpack_from(f"<{rank}Q", _whole(space, 8 + 8 * rank), 8)
        version, kind, start, size = unpack_from("<BBQQ", _whole(layout, 18))
        if (version, kind) != (3, 1):
            raise Malformed("an array that is not stored in one piece")
        if start == NOWHERE or start + size > len(self._data):
            raise Malformed("an array whose data lie outside of it")
        self._take(start, size)
        return Array(shape, messages[TYPE], start, size)


def _whole(data, size) -> bytes:
    if len(data) < size:
        raise Malformed("a message that is cut short")
    return data


def _text(names, start) -> str:
    end = names.find(b"\0", start, start + 256)
    if end < 0:
        raise Malformed("a name that does not end")
    return names[start:end].decode("ascii", "backslashreplace")
