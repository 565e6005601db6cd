"""Tables of studies, for benchmarks/README.md, from the files in benchmarks/results."""

from pathlib import Path

from tables import by_features, millions, number, read, table

from kerasgan.presets import documents

SEARCH_COLUMNS = ("preset", "tried", "images seen", "Frechet distance")
MODES_COLUMNS = ("GAN", "images seen", "modes of 1000", "KL", "diversity")
AUGMENTATION_COLUMNS = (
    "augmentation",
    "features",
    "images seen",
    "kept after",
    "Frechet distance",
    "floor",
    "KID",
    "precision",
    "recall",
    "memorisation",
)
PEERS_COLUMNS = (
    "peer",
    "images seen",
    "peer's distance",
    "ours, as many images",
    "ours, in full",
    "floor",
    "above the floor, ours / peer's",
)


def results_of(root: Path, study: str) -> dict:
    """What a study's file in benchmarks/results holds; nothing before it has run."""
    path = root / "benchmarks" / "results" / f"{study}.json"
    return documents.read_json(path, 2**22) if path.is_file() else {}


def peers_table(root: Path) -> str:
    """The peers' last epoch beside ours after as many images, and in full."""
    document, rows = results_of(root, "peers"), []
    if not document:
        return table(PEERS_COLUMNS, [])
    last = {row["peer"]: row for row in document["rows"]}
    for peer, row in sorted(last.items()):
        folder = root / "zoo" / f"{peer}_{document['data']}"
        (name, theirs), *_ = row["quality"].items()
        results = read(folder)["results"] or {}
        same = as_many(results, row["images"], name, theirs["protocol"])
        ours = results.get("quality", {}).get(name, {}).get("value")
        share = "-"
        if same is not None:
            share = (
                f"{(same - theirs['floor']) / (theirs['value'] - theirs['floor']):.2f}"
            )
        figures = theirs["value"], same, ours, theirs["floor"]
        row = (peer, millions(row["images"]), *map(number, figures), share)
        rows.append(row)
    return table(PEERS_COLUMNS, rows)


def as_many(results: dict, images: int, name: str, protocol: dict) -> float | None:
    """A figure of a training when as many images (within 3 %) were seen.

    Raises:
        ValueError: If it was measured by other features, images or counts.
    """
    training = results.get("training", {})
    for key in ("features", "reference_count", "generated_count"):
        ours = training.get("protocol", protocol).get(key)
        if ours != protocol.get(key):
            raise ValueError(f"Peers have {key} {protocol.get(key)}, ours {ours}.")
    progress = training.get("progress", [])
    near = [e for e in progress if abs(e["images"] / images - 1) < 0.03 and name in e]
    return near[-1][name] if near else None


def search_table(root: Path) -> str:
    """A line for each try of the search for recipes."""
    found = results_of(root, "search")
    rows = []
    for preset, tries in found.items():
        for what, row in tries.items():
            features = row["recipe"]["evaluation"]["features"]
            distance = number(row[f"fid_{features}"])
            rows.append((preset, what, millions(row["images"]), distance))
    return table(SEARCH_COLUMNS, rows)


def modes_table(root: Path) -> str:
    """A line for each time that a GAN's modes were counted."""
    found = results_of(root, "stacked_mnist")
    rows = []
    for name, entry in found.items():
        for row in entry["rows"]:
            seen = millions(row["images"]) if row.get("images") else "-"
            figures = row["modes"], number(row["kl"]), number(row["diversity"])
            rows.append((name, seen, *figures))
    return table(MODES_COLUMNS, rows)


def augmentation_table(root: Path) -> str:
    """A line for each policy with which the same recipe was trained, and features."""
    rows = []
    for entry in results_of(root, "augmentation").values():
        policy = entry["recipe"]["model"]["arguments"].get("augmentation") or "none"
        seen = [entry["progress"][-1]["images"], entry["kept"]["images"]]
        for features, figures in by_features(entry).items():
            values = {name: result["value"] for name, result in figures.items()}
            values["floor"] = figures["fid"]["floor"]
            names = ("fid", "floor", "kid", "precision", "recall", "memorisation")
            cells = [number(values.get(name)) for name in names]
            rows.append((policy, features, *map(millions, seen), *cells))
    return table(AUGMENTATION_COLUMNS, rows)


def perturbations_table(root: Path) -> str:
    """A line for each way to spoil real images, a group of columns a network."""
    document = results_of(root, "perturbations")
    if not document:
        return "Nothing measured yet."
    names = ("fid", "precision", "recall")
    columns = ["real images with"]
    columns += [f"{name}_{features}" for features in document for name in names]
    lines: dict[str, list] = {}
    for features, entry in document.items():
        for row in entry["rows"]:
            cells = [row["quality"][f"{n}_{features}"]["value"] for n in names]
            lines.setdefault(row["perturbation"], []).extend(map(number, cells))
    return table(columns, [(what, *cells) for what, cells in lines.items()])
