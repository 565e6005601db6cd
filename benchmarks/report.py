"""Writes the generated tables and cards from the presets' JSON files.

    python benchmarks/report.py            writes what is stale
    python benchmarks/report.py --check    fails if something is stale

Tables are between markers in README.md, benchmarks/README.md and tests/README.md. A
card that a person edited is kept.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import studies
import survival
import tables

from kerasgan.files import write_atomically
from kerasgan.presets import card

ROOT = Path(__file__).parent.parent


def between_markers(text: str, name: str, content: str, where: Path) -> str:
    """Returns `text` with `content` between the markers of `name`.

    Raises:
        ValueError: If it does not hold both markers, once each and in order.
    """
    begin, end = (f"<!-- {name}: {edge} -->" for edge in ("begin", "end"))
    before, has_begin, rest = text.partition(begin)
    _, has_end, after = rest.partition(end)
    if not has_begin or not has_end or begin in rest or end in after:
        raise ValueError(
            f"{where} must hold the lines {begin} and {end}, once each. "
            "Received: a text without them. Add them where the table belongs."
        )
    return f"{before}{begin}\n{content}\n{end}{after}"


TABLES = {
    "README.md": {
        "zoo table": tables.zoo_table,
        "features table": tables.features_table,
    },
    "benchmarks/README.md": {
        "quality table": tables.quality_table,
        "pairs table": tables.pairs_table,
        "anomalies table": studies.anomalies_table,
        "few labels table": studies.few_labels_table,
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
    """The current text of each generated document."""
    texts = {}
    for name, makers in TABLES.items():
        path = root / name
        text = path.read_text("utf-8")
        for title, make in makers.items():
            text = between_markers(text, title, make(root), path)
        texts[path] = text
    for folder in tables.presets_in(root):
        path = folder / "README.md"
        text = card.write(folder.name, **card.documents_of(folder))
        texts[path] = card.keep_edits(path, text)
    return texts


def stale(root: Path = ROOT) -> dict[Path, str]:
    """The documents that differ from their current text, with that text."""

    def content(path):
        return path.read_text("utf-8") if path.is_file() else None

    texts = documents_of(root)
    return {path: text for path, text in texts.items() if content(path) != text}


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Writes what is stale or, with `--check`, lists it; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if stale"
    )
    check = parser.parse_args(arguments).check
    texts = stale(root)
    for path, text in texts.items():
        print(f"{path.relative_to(root)} {'is stale' if check else 'written'}")
        if not check:
            with write_atomically(path) as file:
                file.write(text.encode())
    if check and texts:
        print("Run python benchmarks/report.py")
    return int(check and bool(texts))


if __name__ == "__main__":
    sys.exit(main())
