"""Tables of studies, for benchmarks/README.md, from the files in benchmarks/results."""

from pathlib import Path
from statistics import mean, stdev

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
    "real images",
    "KID",
    "precision",
    "recall",
    "memorization",
)
ANOMALIES_COLUMNS = (
    "recipe",
    "normal class",
    "AUROC",
    "pca",
    "knn",
    "average precision",
    "pca",
    "knn",
)
FEW_LABELS_COLUMNS = ("recipe", "labels", "accuracies", "mean", "labels only, mean")
PEERS_COLUMNS = (
    "peer",
    "images seen",
    "distance of the peer",
    "kerasgan after as many images",
    "kerasgan, full training",
    "real images",
    "excess over real images, kerasgan / peer",
)


def study(root: Path, name: str) -> dict:
    """The content of a study's file; empty if the study has not run."""
    path = root / "benchmarks" / "results" / f"{name}.json"
    return documents.read_json(path, 2**22) if path.is_file() else {}


def peers_table(root: Path) -> str:
    """The peers' last epoch beside kerasgan after as many images, and in full."""
    document, rows = study(root, "peers"), []
    if not document:
        return table(PEERS_COLUMNS, [])
    last = {row["peer"]: row for row in document["rows"]}
    for peer, row in sorted(last.items()):
        folder = root / "zoo" / f"{peer}_{document['data']}"
        (name, result), *_ = row["quality"].items()
        real, value = result["real_score"], result["value"]
        results = read(folder)["results"] or {}
        same = after_images(results, row["images"], name, result["protocol"])
        full = results.get("quality", {}).get(name, {}).get("value")
        share = "-" if same is None else f"{(same - real) / (value - real):.2f}"
        numbers = map(number, (value, same, full, real))
        rows.append((peer, millions(row["images"]), *numbers, share))
    return table(PEERS_COLUMNS, rows)


def after_images(results: dict, images: int, name: str, protocol: dict) -> float | None:
    """A metric of a training after as many images (within 3 %), or None.

    Raises:
        ValueError: If it was measured with other features, images or counts.
    """
    training = results.get("training", {})
    for key in ("features", "reference_count", "generated_count"):
        own = training.get("protocol", protocol).get(key)
        if own != protocol.get(key):
            raise ValueError(
                f"{key} of both sides must be equal. Received: {protocol.get(key)} of "
                f"the peer and {own} of the preset. Measure one of them again."
            )
    progress = training.get("progress", [])
    near = [e for e in progress if abs(e["images"] / images - 1) < 0.03 and name in e]
    return near[-1][name] if near else None


def search_table(root: Path) -> str:
    """A line for each try of the search for recipes."""
    rows = []
    for preset, tries in study(root, "search").items():
        for name, row in tries.items():
            features = row["recipe"]["evaluation"]["features"]
            distance = number(row[f"fid_{features}"])
            rows.append((preset, name, millions(row["images"]), distance))
    return table(SEARCH_COLUMNS, rows)


def modes_table(root: Path) -> str:
    """A line for each count of a GAN's modes."""
    rows = []
    for name, entry in study(root, "stacked_mnist").items():
        for row in entry["rows"]:
            seen = millions(row["images"]) if row.get("images") else "-"
            values = row["modes"], number(row["kl"]), number(row["diversity"])
            rows.append((name, seen, *values))
    return table(MODES_COLUMNS, rows)


def augmentation_table(root: Path) -> str:
    """A line for each augmentation policy and feature network, all by one recipe."""
    rows = []
    for entry in study(root, "augmentation").values():
        policy = entry["recipe"]["model"]["arguments"].get("augmentation") or "none"
        seen = [entry["progress"][-1]["images"], entry["kept"]["images"]]
        for features, metrics in by_features(entry).items():
            values = {name: result["value"] for name, result in metrics.items()}
            values["real"] = metrics["fid"]["real_score"]
            names = ("fid", "real", "kid", "precision", "recall", "memorization")
            cells = [number(values.get(name)) for name in names]
            rows.append((policy, features, *map(millions, seen), *cells))
    return table(AUGMENTATION_COLUMNS, rows)


def anomalies_table(root: Path) -> str:
    """A line for each training of a model that scores anomalies, and their mean."""
    rows = []
    for name, entry in study(root, "anomalies").items():
        lines = [[row["normal"], *_judged(row["quality"])] for row in entry["rows"]]
        if len(lines) > 1:
            lines.append(["mean", *map(mean, list(zip(*lines, strict=True))[1:])])
        rows += [(name, line[0], *(f"{x:.3f}" for x in line[1:])) for line in lines]
    return table(ANOMALIES_COLUMNS, rows)


def _judged(quality: dict) -> list[float]:
    """AUROC and average precision, each followed by those of the baselines."""
    values = []
    for metric in ("auroc", "average_precision"):
        baselines = quality[metric]["details"]["baselines"]
        values += [quality[metric]["value"], baselines["pca"], baselines["knn"]]
    return values


def few_labels_table(root: Path) -> str:
    """A line for each recipe: accuracies of all draws, with mean and deviation."""
    rows = []
    for name, entry in study(root, "few_labels").items():
        results = [row["quality"]["accuracy"] for row in entry["rows"]]
        sides = (
            [result["value"] for result in results],
            [result["details"]["baselines"]["labels_only"] for result in results],
        )
        each = ", ".join(f"{value:.2%}" for value in sides[0])
        labeled = entry["recipe"]["data"]["labeled"]
        rows.append((name, labeled, each, *map(_spread, sides)))
    return table(FEW_LABELS_COLUMNS, rows)


def _spread(values: list[float]) -> str:
    """Mean and deviation of accuracies."""
    deviation = f" ± {stdev(values):.2%}" if len(values) > 1 else ""
    return f"{mean(values):.2%}{deviation}"


def perturbations_table(root: Path) -> str:
    """A line for each way to degrade real images, a group of columns a network."""
    document = study(root, "perturbations")
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
    return table(columns, [(name, *cells) for name, cells in lines.items()])
