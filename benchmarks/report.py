"""Writes the tables that are generated from the presets' JSON files, and the cards.

    python benchmarks/report.py            writes what is stale
    python benchmarks/report.py --check    fails where something is stale

Each table stands between its markers in README.md, benchmarks/README.md or
tests/README.md, which has its own records; a card is rewritten unless a person has
edited it.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import studies
import survival
import tables

from kerasgan.presets import card
from kerasgan.files import write_atomically

ROOT = Path(__file__).parent.parent


def between_markers(text: str, name: str, content: str, where: Path) -> str:
    """`text` with `content` between the markers of `name`.

    Raises:
        ValueError: If it does not hold both markers, once each and in order.
    """
    begin, end = (f"<!-- {name}: {edge} -->" for edge in ("begin", "end"))
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed or begin in rest or end in after:
        raise ValueError(
            f"{where} must hold the lines {begin} and {end}, once each. "
            "Received: a text without them. Put them where the table belongs."
        )
    return f"{before}{begin}\n{content}\n{end}{after}"


TABLES = {
    "README.md": {
        "zoo table": tables.zoo_table,
        "features table": tables.features_table,
    },
    "benchmarks/README.md": {
        "quality table": tables.quality_table,
        "modes table": studies.modes_table,
        "augmentation table": studies.augmentation_table,
        "peers table": studies.peers_table,
        "waiting table": tables.waiting_table,
        "perturbations table": studies.perturbations_table,
        "search table": studies.search_table,
        "speed table": tables.speed_table,
    },
    "tests/README.md": {
        "faults table": survival.faults_table,
        "fuzzing": survival.fuzz_line,
    },
}


def documents_of(root: Path) -> dict[Path, str]:
    """What each generated document should hold."""
    found = {}
    for name, makers in TABLES.items():
        path = root / name
        text = path.read_text("utf-8")
        for title, make in makers.items():
            text = between_markers(text, title, make(root), path)
        found[path] = text
    for folder in tables.presets_in(root):
        path = folder / "README.md"
        text = card.write(folder.name, **tables.read(folder))
        found[path] = card.keep_edits(path, text)
    return found


def stale(root: Path = ROOT) -> dict[Path, str]:
    """The documents that differ from what they should hold, and what that is."""

    def holds(path):
        return path.read_text("utf-8") if path.is_file() else None

    found = documents_of(root)
    return {path: text for path, text in found.items() if holds(path) != text}


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Writes or, with `--check`, names what is stale; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if stale"
    )
    check = parser.parse_args(arguments).check
    found = stale(root)
    for path, text in found.items():
        print(f"{path.relative_to(root)} {'is stale' if check else 'written'}")
        if not check:
            with write_atomically(path) as file:
                file.write(text.encode())
    if check and found:
        print("Run python benchmarks/report.py")
    return int(check and bool(found))


if __name__ == "__main__":
    sys.exit(main())
