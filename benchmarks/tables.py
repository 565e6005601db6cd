"""Tables of presets, for README.md and benchmarks/README.md, from their JSON files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from kerasgan.presets import documents

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
    "Frechet distance (floor)",
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
    "share of peak",
    "peak memory",
)


QUALITY_COLUMNS = (
    "preset",
    "features",
    "Frechet distance",
    "floor",
    "KID",
    "precision",
    "recall",
    "coverage",
    "class shares off by",
    "class accuracy",
    "images seen",
    "training time",
    "parameters",
)
WAITING_COLUMNS = ("recipe", "GAN", "images", "data", "images planned")
FEATURES_COLUMNS = (
    "preset",
    "images",
    "data",
    "accuracy",
    "on",
    "parameters",
    "weights",
)


def presets_in(root: Path, kind: str | None = None) -> list[Path]:
    """The folders of the zoo that hold a preset, of a kind or of all, by name."""
    found = sorted(path.parent for path in (root / "zoo").glob("*/metadata.json"))
    return [p for p in found if kind in (None, read(p)["metadata"]["kind"])]


def read(folder: Path) -> dict:
    """`metadata`, `recipe` and `results` of a preset; None where there is no file."""
    paths = {n: folder / f"{n}.json" for n in ("metadata", "recipe", "results")}
    return {
        n: documents.read_json(p) if p.is_file() else None for n, p in paths.items()
    }


def zoo_table(root: Path) -> str:
    """A line for each GAN."""
    rows = []
    for folder in presets_in(root, "gan"):
        files = read(folder)
        metadata, recipe = files["metadata"], files["recipe"] or {"phases": []}
        seen = images_seen(recipe)
        rows.append(
            (
                f"[{folder.name}](zoo/{folder.name}/README.md)",
                metadata["class"],
                "x".join(map(str, metadata["image_shape"])),
                data_of(metadata),
                millions(sum(metadata["parameters"].values())),
                millions(seen) if seen else "-",
                f"{metadata['files']['generator.weights.h5']['size'] / 1e6:.1f} MB",
                distance(files["results"]),
                speed(files["results"], "training", None),
                speed(files["results"], "sampling", SAMPLE_BATCH),
            )
        )
    return table(ZOO_COLUMNS, rows)


def data_of(metadata: dict) -> str:
    """What the training data are called."""
    data = metadata["data"] or {}
    return data.get("title", data.get("source", "-"))


def waiting_table(root: Path) -> str:
    """A line for each recipe whose preset the zoo does not have yet."""
    rows = []
    for path in sorted((root / "benchmarks" / "recipes").glob("*.json")):
        recipe = documents.read_json(path)
        side = recipe["model"]["arguments"].get("image_shape", "-")
        size = "x".join(map(str, side))
        row = path.stem, recipe["model"]["name"], size, data_of(recipe)
        rows.append((*row, millions(images_seen(recipe))))
    return table(WAITING_COLUMNS, rows)


def images_seen(recipe: dict) -> int:
    """Images in all updates of a recipe."""
    return sum(phase["updates"] * phase["batch_size"] for phase in recipe["phases"])


def by_features(results: dict | None) -> dict[str, dict]:
    """Figures by features and name, without the features in the name."""
    found = {}
    for name, result in (results or {}).get("quality", {}).items():
        features = result["protocol"].get("features")
        plain = name.removesuffix(f"_{features}")
        found.setdefault(features, {})[plain] = result
    return found


def distance(results: dict | None) -> str:
    """The first Frechet distance of a preset, with its floor."""
    for figures in by_features(results).values():
        if "fid" in figures:
            return f"{number(figures['fid']['value'])} ({floor(figures['fid'])})"
    return "-"


def number(value: float | None) -> str:
    """Three digits, or a dash."""
    return "-" if value is None else f"{value:#.3g}".rstrip(".")


def floor(result: dict) -> str:
    """The figure of real images."""
    return number(result["floor"])


def quality_table(root: Path) -> str:
    """A line for each GAN and feature network."""
    rows = []
    for folder in presets_in(root, "gan"):
        files = read(folder)
        parameters = sum(files["metadata"]["parameters"].values())
        found = by_features(files["results"])
        source = (files["metadata"]["data"] or {}).get("source")
        without = {n: r["value"] for n, r in found.pop(None, {}).items()}
        for features, figures in found.items():
            values = {name: result["value"] for name, result in figures.items()}
            own = features == f"features_{source}"
            shares = values.get("class_share_error") if own else None
            told = values.get("class_accuracy", without.get("best_match_accuracy"))
            rows.append(
                (
                    folder.name,
                    features,
                    number(values.get("fid")),
                    floor(figures["fid"]) if "fid" in figures else "-",
                    number(values.get("kid")),
                    number(values.get("precision")),
                    number(values.get("recall")),
                    number(values.get("coverage")),
                    "-" if shares is None else f"{shares:.0%}",
                    "-" if told is None else f"{told:.1%}",
                    millions(images_seen(files["recipe"])),
                    training_time(files["results"]),
                    millions(parameters),
                )
            )
    return table(QUALITY_COLUMNS, rows)


def training_time(results: dict) -> str:
    """On a named GPU; of a CPU nobody else could make use of it."""
    training = results.get("training", {})
    device = training.get("hardware", {}).get("device", "cpu")
    if device == "cpu":
        return "-"
    return f"{training['seconds'] / 60:.0f} min, {device}"


def features_table(root: Path) -> str:
    """A line for each classifier."""
    rows = []
    for folder in presets_in(root, "features"):
        files = read(folder)
        metadata = files["metadata"]
        accuracy = files["results"]["quality"]["accuracy"]
        on = accuracy["protocol"]
        size = metadata["files"]["classifier.weights.h5"]["size"]
        rows.append(
            (
                f"[{folder.name}](zoo/{folder.name}/README.md)",
                "x".join(map(str, metadata["image_shape"])),
                metadata["data"]["source"],
                f"{accuracy['value']:.2%}",
                f"{on['count']:,} of {on['images']}",
                millions(sum(metadata["parameters"].values())),
                f"{size / 1e6:.1f} MB",
            )
        )
    return table(FEATURES_COLUMNS, rows)


def speed_table(root: Path) -> str:
    """A line for each comparison; images per second only of a named GPU."""
    rows = []
    for folder in presets_in(root):
        throughput = (read(folder)["results"] or {}).get("throughput", {})
        for _, entry in sorted(throughput.items()):
            rows += [(folder.name, *row) for row in speed_rows(entry)]
    return table(SPEED_COLUMNS, rows)


def speed_rows(entry: dict) -> Iterator[tuple]:
    """The figures of one measurement; on a CPU no images per second."""
    hardware = entry["hardware"]
    on_cpu = hardware["device"] == "cpu"
    device = f"{hardware['cores']} CPU cores" if on_cpu else hardware["device"]
    ours = f"{hardware['backend']}, {device}, {entry['precision']}"
    memory = f"{entry['peak_memory_mb']} MB" if "peak_memory_mb" in entry else "-"
    for figure in entry["figures"]:
        rate = "-" if on_cpu else f"{figure['images_per_second']:,.0f}"
        share = figure.get("share_of_peak")
        ends = rate, "-" if share is None else f"{share:.1%}", memory
        what = figure["what"], figure["batch_size"]
        if not figure["against"] and (share or not on_cpu):
            yield ours, *what, "-", "-", "-", *ends
        for other, ratio in figure["against"].items():
            yield ours, *what, other, times(ratio["ratio"]), spread(ratio), *ends
    if start := entry.get("sampling_start"):
        what = start["what"], "-", start["against"]
        yield ours, *what, times(start["ratio"]), "-", "-", "-", "-"


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
