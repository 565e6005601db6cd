"""Measures training and sampling of presets, and compares them with plain PyTorch.

    python benchmarks/throughput.py dcgan_mnist --peer --overhead --sampling-start

Images per second, warm-up left out, median of repeats. What is compared runs by turns,
each side in a process of its own, and the figure is the ratio. See README.md beside
this file for the protocol and for the layout of what is written to `results.json`.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from worker import Worker, seconds

from kerasgan.presets import catalog, documents
from kerasgan.files import write_atomically

PEERS = {"dcgan": "peers.torch_dcgan"}
AGAINST = {
    "float32": "PyTorch, float32",
    "bfloat16": "PyTorch, bfloat16 and channels-last",
}
HAND = "hand-written tf.function loop"
REST = 0.3  # seconds in which the other side's threads fall asleep
BUSY = 0.5  # processes that run besides, above which a measurement is worth little
PROTOCOL = {
    "training": (
        "A batch is one update of the discriminator and, every `discriminator_steps` "
        "batches, of the generator. Ours: `fit` over uint8 images in memory, start-up "
        "of `fit` and moving average included. Peer: the same updates, new latents "
        "for each, float32 images in memory, no moving average. Both begin with the "
        "preset's weights and train on images that it generated. Hand-written loop: "
        "the same update and moving average in one tf.function, over tf.data."
    ),
    "sampling": "Ours: `generate`. Peer: eval mode, no_grad. Both to uint8 NHWC.",
    "order": (
        "Each side in its own process, or the hand-written loop in ours; by turns, "
        "the first of a turn being the last of the next."
    ),
}


def alternate(sides: dict[str, Callable], repeats: int) -> dict[str, list[float]]:
    """Seconds of each side, which run by turns.

    Args:
        sides: Functions without arguments that return seconds, by name.
        repeats: Turns; in every second one the order is reversed.
    """
    taken = {name: [] for name in sides}
    for turn in range(repeats):
        for name in list(sides)[:: -1 if turn % 2 else 1]:
            time.sleep(REST)
            taken[name].append(sides[name]())
    return taken


def compare(ours: Sequence[float], other: Sequence[float], images: int) -> dict:
    """How many times as fast as the other side ours is, turn by turn.

    Args:
        ours: Our seconds, one a turn.
        other: The other side's.
        images: Images in a turn.
    """
    ratios = [b / a for a, b in zip(ours, other, strict=True)]
    return {
        "images_per_second": round(median(images / s for s in other), 1),
        "ratio": round(median(ratios), 3),
        "lowest": round(min(ratios), 3),
        "highest": round(max(ratios), 3),
    }


def figure(what: str, sides: dict[str, Callable], batch_size: int, options) -> dict:
    """One figure of ours, compared with all other sides.

    Args:
        what: "training" or "sampling".
        sides: Functions of a number of batches that return seconds; first ours.
        batch_size: Images in a batch.
        options: `repeats`, `batches` or None, and `seconds` that a repeat should take.
    """
    run = next(iter(sides.values()))
    for side in sides.values():
        side(2)  # compiles
    batches = options.batches
    if batches is None:
        batches = 8
        while (took := run(batches)) < options.seconds / 4:
            batches *= 2
        batches = max(2, round(batches * options.seconds / took))
    for side in sides.values():
        side(batches)  # warms up, at the size that is timed
    calls = {name: lambda side=side: side(batches) for name, side in sides.items()}
    taken = alternate(calls, options.repeats)
    (_, ours), *others = taken.items()
    images = batches * batch_size
    return {
        "what": what,
        "batch_size": batch_size,
        "batches": batches,
        "repeats": options.repeats,
        "images_per_second": round(median(images / s for s in ours), 1),
        "against": {name: compare(ours, other, images) for name, other in others},
    }


def sides(kind: str, ours: Worker, peer, batch_size: int, overhead: bool) -> dict:
    """Functions of a number of batches that return seconds, by name; first ours.

    Args:
        kind: "train" or "sample".
        ours: The worker of our side.
        peer: The peer's, or None.
        batch_size: Images in a batch.
        overhead: Whether the hand-written loop is one of them.
    """

    def asks(worker, task, **more):
        return lambda n: worker.ask(task, batches=n, batch_size=batch_size, **more)

    found = {"ours": asks(ours, kind)}
    if overhead:
        found[HAND] = asks(ours, "train_by_hand")
    if peer is not None:
        for precision, name in AGAINST.items():
            found[name] = asks(peer, kind, precision=precision)
    return found


def measure(folder: Path, options) -> dict:
    """Everything that `options` ask for, of one preset: an entry of `results.json`."""
    config = documents.read_json(folder / "config.json")
    recipe = recipe_of(folder)
    batch_size = options.batch_size or recipe["phases"][0]["batch_size"]
    dtype = options.dtype or recipe.get("dtype")
    with contextlib.ExitStack() as stack:
        exchange = stack.enter_context(tempfile.TemporaryDirectory())
        start = {"preset": str(folder), "dtype": dtype, "exchange": exchange}
        ours, peer = stack.enter_context(Worker("ours", **start)), None
        facts = ours.ask("facts")
        entry = {
            "date": datetime.now(UTC).date().isoformat(),
            "hardware": facts["hardware"]
            | {"device": facts["device"], "driver": facts["driver"]},
            "precision": facts["precision"],
            "protocol": PROTOCOL,
        }
        if options.peer:
            start = {"arguments": config["arguments"], "exchange": exchange}
            start["optimizers"] = facts["optimizers"]
            peer = stack.enter_context(Worker(PEERS[config["name"]], **start))
            entry["peer"] = same_networks(facts, peer.ask("facts"))
        training = sides("train", ours, peer, batch_size, options.overhead)
        entry["figures"] = [figure("training", training, batch_size, options)]
        work = ours.ask("work", batch_size=batch_size)
        entry["figures"][0] |= operations(entry["figures"][0], work)
        for size in options.sample_batch:
            sampling = sides("sample", ours, peer, size, overhead=False)
            entry["figures"].append(figure("sampling", sampling, size, options))
        entry["peak_memory_mb"] = round(ours.ask("memory"))
    if options.sampling_start:
        entry["sampling_start"] = sampling_start(folder, options.repeats)
    return entry


def operations(figure: dict, work: dict) -> dict:
    """Operations a second in training, and their share of what matrices reach."""
    steps = figure["images_per_second"] / figure["batch_size"]
    achieved = steps * work["step"]
    return {
        "operations_per_second": achieved,
        "matrix_peak": work["peak"],
        "share_of_peak": round(achieved / work["peak"], 4),
    }


def check_comparable(name: str, config: dict, options) -> None:
    """Refuses `--peer` and `--overhead` where there is nothing to compare with.

    Raises:
        ValueError: If this GAN has no peer, or the backend no hand-written loop.
    """
    penalised = config["arguments"].get("penalty_weight", 0)
    if (options.peer or options.overhead) and (
        config["name"] not in PEERS or penalised
    ):
        raise ValueError(
            f"Only {', '.join(PEERS)} without a penalty has a peer in PyTorch and a "
            f"hand-written loop. Received: {name}, a {config['name']} with "
            f"penalty_weight={penalised}. Leave out --peer and --overhead."
        )
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if options.overhead and backend != "tensorflow":
        raise ValueError(
            "--overhead compares with a loop in TensorFlow. "
            f"Received: KERAS_BACKEND={backend}."
        )


def same_networks(ours: dict, peer: dict) -> dict:
    """The peer's facts, if both sides have as many parameters.

    Raises:
        ValueError: If they have not.
    """
    if ours["parameters"] != peer["parameters"]:
        raise ValueError(
            "The peer must have our networks. Received: parameters "
            f"{peer['parameters']}, ours {ours['parameters']}. Mend benchmarks/peers."
        )
    return peer


def recipe_of(folder: Path) -> dict:
    """A preset's recipe; one of 64 images in a batch where there is none."""
    path = folder / "recipe.json"
    if not path.is_file():
        return {"phases": [{"batch_size": 64}]}
    return documents.read_json(path)


def sampling_start(folder: Path, repeats: int) -> dict:
    """What `kerasgan sample` takes beyond `import keras`, in new processes."""
    environment = {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ}

    def run(*arguments):
        command = [sys.executable, *arguments]
        done = {"check": True, "env": environment, "stdout": subprocess.DEVNULL}
        return lambda: seconds(lambda: subprocess.run(command, **done))

    with tempfile.TemporaryDirectory() as target:
        out = str(Path(target) / "grid.png")
        draw = ["-m", "kerasgan.cli", "sample", str(folder), "--overwrite"]
        calls = {
            "sample": run(*draw, "--out", out),
            "import": run("-c", "import keras"),
        }
        for call in calls.values():
            call()
        taken = alternate(calls, repeats)
    pairs = list(zip(taken["sample"], taken["import"], strict=True))
    beyond = [a - b for a, b in pairs]
    return {
        "what": "time of kerasgan sample",
        "against": "import keras",
        "repeats": repeats,
        "seconds_beyond": round(median(beyond), 2),
        "lowest": round(min(beyond), 2),
        "highest": round(max(beyond), 2),
        "ratio": round(median(a / b for a, b in pairs), 2),
    }


def key_of(entry: dict) -> str:
    """Under what `results.json` keeps it: backend, device and precision."""
    hardware = entry["hardware"]
    return f"{hardware['backend']}, {hardware['device']}, {entry['precision']}"


def record(folder: Path, entry: dict) -> None:
    """Writes an entry to the preset's `results.json`; the rest stays as it is."""
    path = folder / "results.json"
    results = documents.read_json(path) if path.is_file() else {}
    results.setdefault("throughput", {})[key_of(entry)] = entry
    with write_atomically(path) as file:
        file.write(documents.to_json(results))


def lines(name: str, entry: dict) -> list[str]:
    """An entry, for people."""
    hardware = entry["hardware"]
    found = [f"{name}: {key_of(entry)}, {hardware['cores']} cores"]
    if "peer" in entry:
        counts = entry["peer"]["parameters"].items()
        counts = ", ".join(f"{network} {count:,}" for network, count in counts)
        found.append(f"  parameters on both sides: {counts}")
    for one in entry["figures"]:
        rate = f"{one['images_per_second']:,.0f} images/s"
        found.append(f"  {one['what']}, batch {one['batch_size']}: {rate}")
        for other, ratio in one["against"].items():
            spread = f"{ratio['lowest']:.2f} to {ratio['highest']:.2f}"
            found.append(f"    {ratio['ratio']:.2f}x of {other} ({spread})")
    if start := entry.get("sampling_start"):
        spread = f"{start['lowest']} to {start['highest']}"
        found.append(
            f"  {start['what']}: {start['seconds_beyond']} s beyond {start['against']} "
            f"({spread}), {start['ratio']:.2f}x of it"
        )
    return found


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add, flag = parser.add_argument, {"action": "store_true"}
    add("presets", nargs="+", help='bundled names or folders, or "all"')
    add("--peer", help="compare with plain PyTorch", **flag)
    add("--overhead", help="compare `fit` with a loop written by hand", **flag)
    add("--sampling-start", help="time `kerasgan sample` from its start", **flag)
    add("--batch-size", type=int, help="in training; the recipe's by default")
    add("--sample-batch", type=int, nargs="+", default=[1, 64, 128, 1024])
    add("--repeats", type=int, default=5)
    add("--batches", type=int, help="in a repeat; as many as --seconds allow")
    add("--seconds", type=float, default=3.0, help="of ours in a repeat")
    add("--dtype", help="of our networks; the recipe's by default")
    add("--no-write", help="leave results.json as it is", **flag)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures, prints and records each preset."""
    options = parse(arguments)
    names = options.presets
    names = catalog.list_presets() if names == ["all"] else names
    folders = [catalog.find(name) for name in names]
    for folder in folders:
        config = documents.read_json(folder / "config.json")
        check_comparable(folder.name, config, options)
    if (load := os.getloadavg()[0]) > BUSY:
        print(f"Warning: the machine is busy (load {load:.1f}); ratios will not hold.")
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
