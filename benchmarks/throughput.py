"""Measures the speed of training and use, and compares it with plain PyTorch.

    python benchmarks/throughput.py dcgan_mnist --peer --overhead --start
    python benchmarks/throughput.py pix2pix_openmoji --peer

Measures images per second without warm-up, as the median of repeats. The sides of a
comparison run in turns, each in its own process, and the result is their ratio. The
README.md in this folder has the protocol and the layout in `results.json`.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import comparisons
from comparisons import AGAINST, HAND
from records import config_of, results_of, today, write
from worker import Worker, seconds

from kerasgan.presets import catalog, documents, upgrade

REST = 0.3  # seconds, so that the other side's threads fall asleep
BUSY = 0.5  # load of other processes above which results are unreliable


def alternate(sides: dict[str, Callable], repeats: int) -> dict[str, list[float]]:
    """Runs all sides in turns and returns the seconds of each.

    Args:
        sides: Functions without arguments that return seconds, by name.
        repeats: Number of turns. Every second turn has the reverse order.
    """
    taken = {name: [] for name in sides}
    for turn in range(repeats):
        for name in list(sides)[:: -1 if turn % 2 else 1]:
            time.sleep(REST)
            taken[name].append(sides[name]())
    return taken


def compare(own: Sequence[float], other: Sequence[float], images: int) -> dict:
    """How many times as fast as the other side kerasgan is, turn by turn.

    Args:
        own: kerasgan's seconds in each turn.
        other: The other side's.
        images: Images in a turn.
    """
    ratios = [b / a for a, b in zip(own, other, strict=True)]
    return {
        "images_per_second": round(median(images / s for s in other), 1),
        "ratio": round(median(ratios), 3),
        "lowest": round(min(ratios), 3),
        "highest": round(max(ratios), 3),
    }


def measure_task(
    what: str, sides: dict[str, Callable], batch_size: int, options: argparse.Namespace
) -> dict:
    """Measures kerasgan in one task, and compares it with all other sides.

    Args:
        what: "training", or a value of `comparisons.USES`.
        sides: Functions from a number of batches to seconds, kerasgan's first.
        batch_size: Images in a batch.
        options: `repeats`, `batches` or None, and the `seconds` of a repeat.
    """
    run = next(iter(sides.values()))
    for side in sides.values():
        side(2)  # compiles
    batches = options.batches
    if batches is None:
        batches = 8
        while (took := run(batches)) < options.seconds / 4:
            batches *= 2
        least = comparisons.OVERHEAD_BATCHES if HAND in sides else 2
        batches = max(least, round(batches * options.seconds / took))
    for side in sides.values():
        side(batches)  # warms up, at the size of the measurement
    calls = {name: lambda side=side: side(batches) for name, side in sides.items()}
    taken = alternate(calls, options.repeats)
    (_, own), *others = taken.items()
    images = batches * batch_size
    return {
        "what": what,
        "batch_size": batch_size,
        "batches": batches,
        "repeats": options.repeats,
        "images_per_second": round(median(images / s for s in own), 1),
        "against": {name: compare(own, other, images) for name, other in others},
    }


def sides(kind: str, own: Worker, peer, batch_size: int, overhead: bool) -> dict:
    """Functions from a number of batches to seconds, by name; kerasgan's first.

    Args:
        kind: "train" or "sample".
        own: kerasgan's worker.
        peer: The peer's worker, or None.
        batch_size: Images in a batch.
        overhead: Whether to include the hand-written loop.
    """

    def asks(worker, task, **more):
        return lambda n: worker.ask(task, batches=n, batch_size=batch_size, **more)

    functions = {"kerasgan": asks(own, kind)}
    if overhead:
        functions[HAND] = asks(own, "train_by_hand")
    if peer is not None:
        for precision, name in AGAINST.items():
            functions[name] = asks(peer, kind, precision=precision)
    return functions


def measure(folder: Path, options: argparse.Namespace) -> dict:
    """Measures what `options` ask for: an entry of the preset's `results.json`."""
    config = config_of(folder)
    recipe = recipe_of(folder)
    batch_size = options.batch_size or recipe["phases"][0]["batch_size"]
    dtype = options.dtype or recipe.get("dtype")
    with contextlib.ExitStack() as stack:
        exchange = stack.enter_context(tempfile.TemporaryDirectory())
        start = {"preset": str(folder), "dtype": dtype, "exchange": exchange}
        own, peer = stack.enter_context(Worker("kerasgan_side", **start)), None
        facts = own.ask("facts")
        entry = {
            "date": today(),
            "hardware": facts["hardware"]
            | {"device": facts["device"], "driver": facts["driver"]},
            "precision": facts["precision"],
            "protocol": comparisons.protocol_of(facts["task"]),
        }
        if options.peer:
            start = {"arguments": config["arguments"], "exchange": exchange}
            start["optimizers"] = facts["optimizers"]
            module = comparisons.PEERS[config["name"]].peer
            peer = stack.enter_context(Worker(module, **start))
            entry["peer"] = comparisons.same_networks(facts, peer.ask("facts"))
        training = sides("train", own, peer, batch_size, options.overhead)
        row = measure_task("training", training, batch_size, options)
        row |= operations(row, own.ask("work", batch_size=batch_size))
        entry["measurements"] = [row]
        use = comparisons.USES[facts["task"]]
        for size in options.sample_batch or comparisons.batch_sizes(facts["task"]):
            sampling = sides("sample", own, peer, size, overhead=False)
            row = measure_task(use, sampling, size, options)
            entry["measurements"].append(row)
        entry["peak_memory_mb"] = round(own.ask("memory"))
    if options.start:
        entry["sampling_start"] = measure_start(folder, options.repeats)
    return entry


def operations(row: dict, work: dict) -> dict:
    """Operations per second in training, and their share of the matrix peak."""
    steps = row["images_per_second"] / row["batch_size"]
    achieved = steps * work["step"]
    return {
        "operations_per_second": achieved,
        "matrix_peak": work["peak"],
        "share_of_peak": round(achieved / work["peak"], 4),
    }


def recipe_of(folder: Path) -> dict:
    """A preset's recipe; without one, a recipe with a batch size of 64."""
    path = folder / "recipe.json"
    if not path.is_file():
        return {"phases": [{"batch_size": 64}]}
    return upgrade.upgrade_recipe(documents.read_json(path))


def measure_start(folder: Path, repeats: int) -> dict:
    """The time of `kerasgan generate` beyond `import keras`, in new processes."""
    environment = {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ}

    def run(*arguments):
        command = [sys.executable, *arguments]
        done = {"check": True, "env": environment, "stdout": subprocess.DEVNULL}
        return lambda: seconds(lambda: subprocess.run(command, **done))

    with tempfile.TemporaryDirectory() as target:
        out = str(Path(target) / "grid.png")
        command = ["-m", "kerasgan", "generate", str(folder), "--overwrite"]
        calls = {
            "generate": run(*command, "--out", out),
            "import": run("-c", "import keras"),
        }
        for call in calls.values():
            call()
        taken = alternate(calls, repeats)
    pairs = list(zip(taken["generate"], taken["import"], strict=True))
    beyond = [a - b for a, b in pairs]
    return {
        "what": "start of kerasgan generate",
        "against": "import keras",
        "repeats": repeats,
        "seconds_beyond": round(median(beyond), 2),
        "lowest": round(min(beyond), 2),
        "highest": round(max(beyond), 2),
        "ratio": round(median(a / b for a, b in pairs), 2),
    }


def key_of(entry: dict) -> str:
    """The key of an entry in `results.json`: backend, device and precision."""
    hardware = entry["hardware"]
    return f"{hardware['backend']}, {hardware['device']}, {entry['precision']}"


def record(folder: Path, entry: dict) -> None:
    """Writes an entry to the preset's `results.json`, and keeps everything else."""
    results = results_of(folder)
    results.setdefault("throughput", {})[key_of(entry)] = entry
    write(folder / "results.json", results)


def lines(name: str, entry: dict) -> list[str]:
    """A readable summary of an entry."""
    hardware = entry["hardware"]
    text = [f"{name}: {key_of(entry)}, {hardware['cores']} cores"]
    if "peer" in entry:
        counts = entry["peer"]["parameters"].items()
        counts = ", ".join(f"{network} {count:,}" for network, count in counts)
        text.append(f"  parameters on both sides: {counts}")
    for row in entry["measurements"]:
        rate = f"{row['images_per_second']:,.0f} images/s"
        text.append(f"  {row['what']}, batch size {row['batch_size']}: {rate}")
        for other, ratio in row["against"].items():
            spread = f"{ratio['lowest']:.2f} to {ratio['highest']:.2f}"
            text.append(f"    {ratio['ratio']:.2f}x of {other} ({spread})")
    if start := entry.get("sampling_start"):
        spread = f"{start['lowest']} to {start['highest']}"
        text.append(
            f"  {start['what']}: {start['seconds_beyond']} s beyond {start['against']} "
            f"({spread}), {start['ratio']:.2f}x of it"
        )
    return text


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add, flag = parser.add_argument, {"action": "store_true"}
    add("presets", nargs="+", help='bundled names or folders, or "all"')
    add("--peer", help="compare with plain PyTorch", **flag)
    add("--overhead", help="compare `fit` with a hand-written loop", **flag)
    add("--start", help="measure the start of `kerasgan generate`", **flag)
    add("--batch-size", type=int, help="for training; the recipe's by default")
    add("--sample-batch", type=int, nargs="+", help="for use")
    add("--repeats", type=int, default=5)
    add("--batches", type=int, help="in a repeat; by default, for --seconds")
    add("--seconds", type=float, default=3.0, help="duration of a repeat")
    add("--dtype", help="dtype policy; the recipe's by default")
    add("--no-write", help="do not change results.json", **flag)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures, prints and records each preset."""
    options = parse(arguments)
    names = options.presets
    names = catalog.list_presets() if names == ["all"] else names
    folders = [catalog.find(name) for name in names]
    for folder in folders:
        comparisons.check_comparable(folder, options)
    if (load := os.getloadavg()[0]) > BUSY:
        print(f"Warning: the machine is busy (load {load:.1f}). Ratios are unreliable.")
    for folder in folders:
        entry = measure(folder, options)
        print("\n".join(lines(folder.name, entry)), flush=True)
        if not options.no_write:
            record(folder, entry)


if __name__ == "__main__":
    try:
        main()
    except (ValueError, FileNotFoundError) as error:
        sys.exit(f"Error: {error}")
