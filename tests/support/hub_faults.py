"""Lets every request of a push and of a pull fail once, in every way.

    python -m tests.support.hub_faults    records how many faults were survived

A fault is survived if the remote branch is at the old or at the new commit, if all that
arrives is right or refused with our error in time, and if the next run succeeds.
`benchmarks/report.py` writes the record to `tests/README.md`.
"""

import hashlib
import json
import sys
import tempfile
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from tests.support import hub_process, hub_xet
from tests.support.hub_process import FILES, generated_card
from tests.support.hub_server import Hub
from tests.support.hub_store import LARGE

RECORD = Path(__file__).parents[1] / "fixtures" / "hub_faults.json"
HTTP = "cut lost reset short bytes headers stall 429 500".split()
KILLS, CHUNKS = ["kill", "late kill"], ["chunk changed", "chunk cut", "chunk missing"]
OPERATIONS = {"pull": "pull", "first": "push, new", "later": "push, again"}
REQUESTS = 20  # more than an operation makes
WORKERS = 6  # most of the time is waiting
OLD = FILES | {
    "config.json": b'{"format": 0}\n',
    "README.md": generated_card("old digits"),  # so that a push reads it
    "generator.weights.h5": b"old" * 999,
    "critic.weights.h5": b"C" * 1000,
}


class Case(NamedTuple):
    """The operation, the transfer of large files, and the fault."""

    operation: str
    store: str
    fault: str


IDLE = Case("first", "lfs", "headers")  # no reply has a header that matters
CASES = [
    Case(operation, store, fault)
    for operation in OPERATIONS
    for store in ("lfs", "xet")
    for fault in HTTP + KILLS
    if (operation, store, fault) != IDLE
] + [Case("pull", "xet", fault) for fault in CHUNKS]


def run(case: Case) -> list[str]:
    """The outcome of each fault, in the words of `hub_victim`."""
    with Hub(xet=case.store == "xet", stall=3.0) as server, _folder() as folder:
        files = hub_process.write_files(Path(folder))
        seed(server)
        called = ["-m", "tests.support.hub_victim", case.operation, case.fault]
        called += [str(files), str(server.store)]
        done = hub_process.run(server, Path(folder) / "home", *called, timeout=400)
        words = json.loads(done.stdout)
        if case.operation == "pull":
            return words
        return words + torn(server, case.operation, len(words))


def _folder():
    return tempfile.TemporaryDirectory(ignore_cleanup_errors=True)


def seed(server: Hub) -> None:
    """Creates the repositories that are pulled from and pushed to."""
    server.create("someone/digits").add(FILES, "first")
    for number in range(REQUESTS):
        server.create(f"someone/later{number}").add(OLD | {"mine.txt": b"mine"}, "old")
    for name, data in FILES.items():
        if server.xet and name.endswith(LARGE):
            hub_xet.put(server.store, data)
            server.in_xet.add(hashlib.sha256(data).hexdigest())


def torn(server: Hub, operation: str, attempts: int) -> list[str]:
    """Lists the damage to the repositories that were pushed to."""
    damage, whole = [], 0
    allowed = [{}, OLD, FILES] if operation == "later" else [{}, FILES]
    for name, repository in server.repositories.items():
        if operation not in name:
            continue
        commits = repository.commits.values()
        held = [{n: d for n, d in c.files.items() if n in OLD} for c in commits]
        if held != allowed[: len(held)]:
            damage.append(f"broken: {name} went through {len(held)} commits")
        if operation == "later" and "mine.txt" not in repository.find("main").files:
            damage.append(f"broken: {name} lost a person's file")
        whole += held == allowed
    if whole < attempts:
        damage.append(f"broken: {attempts} attempts, {whole} presets")
    return damage


def start(cases: list[Case]) -> dict[Case, Future]:
    """Runs cases side by side."""
    pool = ThreadPoolExecutor(WORKERS)
    futures = {case: pool.submit(run, case) for case in cases}
    pool.shutdown(wait=False)
    return futures


def counts(words: list[str]) -> dict[str, int]:
    """How many faults were tried, were survived, and had no effect."""
    survived = Counter(word for word in words if not word.startswith("broken"))
    total = {"tried": len(words), "survived": survived.total()}
    return total | {"worked": survived["worked"]}


def main() -> None:
    """Runs all cases and writes the record."""
    futures = start(CASES)
    try:
        outcomes = {case: future.result() for case, future in futures.items()}
    finally:
        for future in futures.values():
            future.cancel()
    broken = [(c, w) for c, words in outcomes.items() for w in words if "broken" in w]
    rows = [{**case._asdict(), **counts(words)} for case, words in outcomes.items()]
    record = {
        "date": datetime.now(UTC).date().isoformat(),
        "huggingface_hub": version("huggingface_hub"),
        "hf_xet": version("hf_xet"),
        "faults": rows,
    }
    RECORD.write_text(json.dumps(record, indent=2) + "\n")
    for case, word in broken:
        print(*case, word, file=sys.stderr)
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
