"""Writes the tables that are generated from the presets' JSON files, and the cards.

    python benchmarks/report.py            writes what is stale
    python benchmarks/report.py --check    fails where something is stale

The zoo table stands in README.md and the speed table in benchmarks/README.md, each
between its markers; a card is rewritten unless a person has edited it.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from kerasgan import card, documents
from kerasgan.files import write_atomically

ROOT = Path(__file__).parent.parent
MEASURED = "tensorflow, cpu, float32"  # what the zoo table shows of the speeds
PEER = "PyTorch, float32"
SAMPLE_BATCH = 128
ZOO_COLUMNS = (
    "preset",
    "GAN",
    "images",
    "data",
    "parameters",
    "images seen in training",
    "sampler",
    "training",
    "sampling",
)
SPEED_COLUMNS = (
    "preset",
    "ours",
    "what",
    "batch",
    "against",
    "ratio",
    "lowest to highest",
    "images/s",
)


def presets_in(root: Path) -> list[Path]:
    """The folders of the zoo that hold a preset, by name."""
    return sorted(path.parent for path in (root / "zoo").glob("*/metadata.json"))


def read(folder: Path) -> dict:
    """`metadata`, `recipe` and `results` of a preset; None where there is no file."""
    paths = {n: folder / f"{n}.json" for n in ("metadata", "recipe", "results")}
    return {
        n: documents.read_json(p) if p.is_file() else None for n, p in paths.items()
    }


def zoo_table(root: Path) -> str:
    """A line for each preset."""
    rows = []
    for folder in presets_in(root):
        files = read(folder)
        metadata, recipe = files["metadata"], files["recipe"] or {"phases": []}
        phases = recipe["phases"]
        seen = sum(phase["updates"] * phase["batch_size"] for phase in phases)
        rows.append(
            (
                f"[{folder.name}](zoo/{folder.name}/README.md)",
                metadata["class"],
                "x".join(map(str, metadata["image_shape"])),
                (metadata["data"] or {}).get("source", "-"),
                millions(sum(metadata["parameters"].values())),
                millions(seen) if seen else "-",
                f"{metadata['files']['generator.weights.h5']['size'] / 1e6:.1f} MB",
                speed(files["results"], "training", None),
                speed(files["results"], "sampling", SAMPLE_BATCH),
            )
        )
    return table(ZOO_COLUMNS, rows)


def speed_table(root: Path) -> str:
    """A line for each comparison; images per second only of a named GPU."""
    rows = []
    for folder in presets_in(root):
        throughput = (read(folder)["results"] or {}).get("throughput", {})
        for _, entry in sorted(throughput.items()):
            rows += [(folder.name, *row) for row in speed_rows(entry)]
    return table(SPEED_COLUMNS, rows)


def speed_rows(entry: dict) -> Iterator[tuple]:
    """The comparisons of one measurement."""
    hardware = entry["hardware"]
    on_cpu = hardware["device"] == "cpu"
    device = f"{hardware['cores']} CPU cores" if on_cpu else hardware["device"]
    ours = f"{hardware['backend']}, {device}, {entry['precision']}"
    for figure in entry["figures"]:
        rate = "-" if on_cpu else f"{figure['images_per_second']:,.0f}"
        what = figure["what"], figure["batch_size"]
        if not on_cpu and not figure["against"]:
            yield ours, *what, "-", "-", "-", rate
        for other, ratio in figure["against"].items():
            yield ours, *what, other, times(ratio["ratio"]), spread(ratio), rate
    if start := entry.get("sampling_start"):
        what = start["what"], "-", start["against"]
        yield ours, *what, times(start["ratio"]), "-", "-"


def speed(results: dict | None, what: str, batch_size: int | None) -> str:
    """Our speed against the float32 peer's, or a dash."""
    entry = (results or {}).get("throughput", {}).get(MEASURED, {"figures": []})
    for figure in entry["figures"]:
        fits = figure["what"] == what and batch_size in (None, figure["batch_size"])
        if fits and PEER in figure["against"]:
            return times(figure["against"][PEER]["ratio"])
    return "-"


def times(ratio: float) -> str:
    """A ratio, as in 1.25x."""
    return f"{ratio:.2f}x"


def spread(ratio: dict) -> str:
    """Between which ratios the repeats lay."""
    return f"{ratio['lowest']:.2f} to {ratio['highest']:.2f}"


def millions(number: int) -> str:
    """A large number, as in 0.75 M."""
    return f"{number / 1e6:.2f} M"


def table(columns: Sequence[str], rows: Sequence[Sequence]) -> str:
    """A Markdown table, or a sentence where there is nothing to show."""
    if not rows:
        return "Nothing measured yet."
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


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


def documents_of(root: Path) -> dict[Path, str]:
    """What each generated document should hold."""
    found = {}
    tables = {
        root / "README.md": ("zoo table", zoo_table),
        root / "benchmarks" / "README.md": ("speed table", speed_table),
    }
    for path, (name, make) in tables.items():
        text = path.read_text("utf-8")
        found[path] = between_markers(text, name, make(root), path)
    for folder in presets_in(root):
        path = folder / "README.md"
        found[path] = card.keep_edits(path, card.write(folder.name, **read(folder)))
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
