"""Text of other people in a model card: shown as it is, with no effect.

Titles, names and results come from JSON files that anybody may have written. In a card
they must not become HTML, links, pictures, headings or code.
"""

import json
import re
from typing import Any

LONGEST = 1000  # characters of one text
# Markdown and HTML. An underscore inside of a word and a plain "&" have no effect.
_SPECIAL = re.compile(
    r"[\\`*\[\]<>|~$@]|&(?=#?\w+;)|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"
)
_START = re.compile(r"^([-+=#:]|\d+(?=[.)](?:\s|$)))")  # of a list or a heading
_LINKED = re.compile(r"(://|www\.)", re.IGNORECASE)  # makes a link of plain text
_URL = re.compile(r"(?<!\S)(https?://[A-Za-z0-9./_~%#?=&+,:-]+)(?!\S)")


def one_line(value: Any, longest: int = LONGEST) -> str:
    """A value as one line without control characters, cut to a length."""
    text = "".join(c if c.isprintable() else " " for c in str(value))
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def escaped(value: Any) -> str:
    """A value as Markdown that shows the same text and does nothing else."""
    return _neutral(one_line(value))


def with_links(value: Any) -> str:
    """The same, but whole web addresses, which show where they lead, stay links."""
    parts = _URL.split(one_line(value))  # text and addresses in turn
    return "".join(p if i % 2 else _neutral(p) for i, p in enumerate(parts))


def _neutral(text):
    text = _SPECIAL.sub(r"\\\g<0>", text)
    text = _LINKED.sub(lambda match: match[0][:-1] + "\\" + match[0][-1], text)
    return _START.sub(lambda m: m[0] + "\\" if m[0].isdigit() else "\\" + m[0], text)


def quoted(value: Any) -> str:
    """A text as a string of Python, JSON and YAML."""
    return json.dumps(one_line(value), ensure_ascii=False)
