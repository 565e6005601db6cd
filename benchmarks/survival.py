"""The tables of tests/README.md: survived faults and hostile files."""

from pathlib import Path

from kerasgan.presets import documents

OPERATIONS = {"pull": "pull", "first": "push, new", "later": "push, again"}
COLUMNS = [(o, s) for o in OPERATIONS for s in ("lfs", "xet")]


def faults_table(root: Path) -> str:
    """Faults of the Hub: survived / tried, and in parentheses those without effect.

    Args:
        root: The repository's folder.
    """
    record = documents.read_json(root / "tests/fixtures/hub_faults.json")
    titles = [f"{OPERATIONS[o]}, {s.upper()}" for o, s in COLUMNS]
    lines = [["fault", *titles], ["-"] * (1 + len(titles))]
    rows = record["faults"]
    for fault in dict.fromkeys(row["fault"] for row in rows):
        lines.append([fault, *(_cell(rows, o, s, fault) for o, s in COLUMNS)])
    lines.append(["all", *(_cell(rows, o, s) for o, s in COLUMNS)])
    total = _sum(rows)
    summary = (
        f"{record['date']}, huggingface_hub {record['huggingface_hub']}, hf_xet "
        f"{record['hf_xet']}: {total['tried']} faults tried, {total['survived']} "
        f"survived, {total['worked']} of them without any effect.\n\n"
    )
    return summary + "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _sum(rows):
    return {key: sum(r[key] for r in rows) for key in ("tried", "survived", "worked")}


def _cell(rows, operation, store, fault=None):
    """Survived/tried (without effect)."""
    place = operation, store
    chosen = [r for r in rows if (r["operation"], r["store"]) == place]
    chosen = [r for r in chosen if fault in (None, r["fault"])]
    if not chosen:
        return "-"
    total = _sum(chosen)
    return f"{total['survived']}/{total['tried']} ({total['worked']})"


def fuzz_line(root: Path) -> str:
    """How many mutated files were tried, and the outcomes.

    Args:
        root: The repository's folder.
    """
    record = documents.read_json(root / "tests/fixtures/fuzz.json")
    refused, accepted = (sum(record[k].values()) for k in ("refused", "accepted"))
    weights = record["accepted"]["weights"]
    return (
        f"{record['date']}: {record['inputs']} inputs. {refused} were refused with "
        f"our error, {accepted} were accepted. Of these, {weights} were weight files, "
        "and all their arrays were finite and had the expected shapes. There was no "
        f"other error. The slowest input took "
        f"{record['slowest input, processor seconds']} s of processor time."
    )
