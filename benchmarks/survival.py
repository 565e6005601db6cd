"""What tests/README.md shows of faults and hostile files survived, from the records."""

from pathlib import Path

from kerasgan.presets import documents

OPERATIONS = {"pull": "pull", "first": "push, new", "later": "push, again"}
COLUMNS = [(o, s) for o in OPERATIONS for s in ("lfs", "xet")]


def faults_table(root: Path) -> str:
    """Faults of the Hub: survived / tried, and on how many nothing was to be noticed.

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
    said = (
        f"{record['date']}, huggingface_hub {record['huggingface_hub']}, hf_xet "
        f"{record['hf_xet']}: {total['tried']} faults, {total['survived']} survived, "
        f"{total['worked']} of them by working all the same.\n\n"
    )
    return said + "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _sum(rows):
    return {key: sum(r[key] for r in rows) for key in ("tried", "survived", "worked")}


def _cell(rows, operation, store, fault=None):
    """Survived/tried (worked)."""
    place = operation, store
    found = [r for r in rows if (r["operation"], r["store"]) == place]
    found = [r for r in found if fault in (None, r["fault"])]
    if not found:
        return "-"
    total = _sum(found)
    return f"{total['survived']}/{total['tried']} ({total['worked']})"


def fuzz_line(root: Path) -> str:
    """How many mutated files the checks have seen.

    Args:
        root: The repository's folder.
    """
    record = documents.read_json(root / "tests/fixtures/fuzz.json")
    refused, accepted = (sum(record[k].values()) for k in ("refused", "accepted"))
    weights = record["accepted"]["weights"]
    return (
        f"{record['date']}: {record['inputs']} inputs, {refused} refused with our "
        f"error, {accepted} accepted, of which {weights} weight files, whose arrays "
        f"were all of the shapes asked for and finite; no other error. The slowest "
        f"took {record['slowest input, processor seconds']} s of processor time."
    )
