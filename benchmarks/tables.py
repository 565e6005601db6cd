"""Tables of presets, for README.md and benchmarks/README.md, from their JSON files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from kerasgan.presets import card, documents, upgrade
from kerasgan.presets.card_use import translates_images

ZOO_COLUMNS = (
    "",
    "preset",
    "GAN",
    "images",
    "data",
    "parameters",
    "images seen in training",
    "generator file",
    "Frechet distance (real images)",
)
SPEED_COLUMNS = (
    "preset",
    "kerasgan with",
    "task",
    "batch size",
    "compared with",
    "speed",
    "lowest to highest",
    "images/s",
    "share of peak",
    "peak memory",
)


QUALITY_COLUMNS = (
    "preset",
    "features",
    "Frechet distance",
    "real images",
    "KID",
    "precision",
    "recall",
    "coverage",
    "class share error",
    "class accuracy",
    "images seen",
    "training time",
    "parameters",
)
WAITING_COLUMNS = ("recipe", "GAN", "images", "data", "planned images")
FEATURES_COLUMNS = (
    "preset",
    "images",
    "data",
    "accuracy",
    "measured on",
    "parameters",
    "file",
)


PAIRS_COLUMNS = (
    "preset",
    "task",
    "metric",
    "value",
    "real images",
    "baselines",
    "images seen",
    "parameters",
)


def presets_in(root: Path, kind: str | None = None) -> list[Path]:
    """The folders of presets in the zoo, of one kind or of all, by name."""
    presets = sorted(path.parent for path in (root / "zoo").glob("*/metadata.json"))
    return [p for p in presets if kind in (None, read(p)["metadata"]["kind"])]


def read(folder: Path) -> dict:
    """`metadata`, `recipe` and `results` of a preset, None for a missing file."""
    return card.documents_of(folder)


def zoo_table(root: Path) -> str:
    """A line for each GAN."""
    rows = []
    for folder in presets_in(root, "gan"):
        files = read(folder)
        metadata, recipe = files["metadata"], files["recipe"] or {"phases": []}
        seen = images_seen(recipe)
        rows.append(
            (
                f'<img src="zoo/{folder.name}/samples.png" width="96">',
                f"[{folder.name}](zoo/{folder.name}/README.md)",
                metadata["class"],
                sides(metadata),
                data_of(metadata),
                millions(sum(metadata["parameters"].values())),
                millions(seen) if seen else "-",
                f"{metadata['files']['generator.weights.h5']['size'] / 1e6:.1f} MB",
                distance(files["results"]),
            )
        )
    return table(ZOO_COLUMNS, rows)


def sides(metadata: dict) -> str:
    """The shape of images, and of those they are made from if it differs."""
    made, source = metadata["image_shape"], metadata.get("source_shape")
    shapes = [source] * (source is not None and source[:2] != made[:2]) + [made]
    return " to ".join("x".join(map(str, shape)) for shape in shapes)


def data_of(metadata: dict) -> str:
    """The name of the training data."""
    data = metadata["data"] or {}
    return data.get("title", data.get("source", "-"))


def waiting_table(root: Path) -> str:
    """A line for each recipe without a preset in the zoo."""
    rows = []
    for path in sorted((root / "benchmarks" / "recipes").glob("*.json")):
        recipe = upgrade.upgrade_recipe(documents.read_json(path))
        side = recipe["model"]["arguments"].get("image_shape", "-")
        size = "x".join(map(str, side))
        row = path.stem, recipe["model"]["name"], size, data_of(recipe)
        rows.append((*row, millions(images_seen(recipe))))
    return table(WAITING_COLUMNS, rows)


def images_seen(recipe: dict) -> int:
    """Images in all updates of a recipe."""
    return sum(phase["updates"] * phase["batch_size"] for phase in recipe["phases"])


def by_features(results: dict | None) -> dict[str, dict]:
    """Metrics by features and name, without the features in the name."""
    groups = {}
    for name, result in (results or {}).get("quality", {}).items():
        features = result["protocol"].get("features")
        plain = name.removesuffix(f"_{features}")
        groups.setdefault(features, {})[plain] = result
    return groups


def distance(results: dict | None) -> str:
    """The first Frechet distance of a preset, with that of real images.

    If that of patches was measured, which knows details, it is that one. A preset that
    judges images has its AUROC or accuracy instead.
    """
    for name, unit in (("auroc", "AUROC"), ("accuracy", "accuracy")):
        if judged := (results or {}).get("quality", {}).get(name):
            return f"{unit} {judged['value']:.3f}"
    for metrics in by_features(results).values():
        for name, of in (("patch_fid", ", patches"), ("fid", "")):
            if name in metrics:
                result = metrics[name]
                return f"{number(result['value'])} ({real_score(result)}){of}"
    return "-"


def number(value: float | None) -> str:
    """Three digits, or a dash for None."""
    return "-" if value is None else f"{value:#.3g}".rstrip(".")


def real_score(result: dict) -> str:
    """The score of held-out real images."""
    return number(result["real_score"])


def quality_table(root: Path) -> str:
    """A line for each GAN from latents and each feature network."""
    rows = []
    for folder in presets_in(root, "gan"):
        files = read(folder)
        if translates_images(files["metadata"]):
            continue
        parameters = sum(files["metadata"]["parameters"].values())
        groups = by_features(files["results"])
        source = (files["metadata"]["data"] or {}).get("source")
        without = {n: r["value"] for n, r in groups.pop(None, {}).items()}
        for features, metrics in groups.items():
            values = {name: result["value"] for name, result in metrics.items()}
            own = features == f"features_{source}"
            shares = values.get("class_share_error") if own else None
            accuracy = values.get("class_accuracy")
            if accuracy is None:
                accuracy = without.get("best_match_accuracy")
            rows.append(
                (
                    folder.name,
                    features,
                    number(values.get("fid")),
                    real_score(metrics["fid"]) if "fid" in metrics else "-",
                    number(values.get("kid")),
                    number(values.get("precision")),
                    number(values.get("recall")),
                    number(values.get("coverage")),
                    "-" if shares is None else f"{shares:.0%}",
                    "-" if accuracy is None else f"{accuracy:.1%}",
                    millions(images_seen(files["recipe"])),
                    training_time(files["results"]),
                    millions(parameters),
                )
            )
    return table(QUALITY_COLUMNS, rows)


def pairs_table(root: Path) -> str:
    """A line for each metric of each preset from images to images."""
    rows = []
    for folder in presets_in(root, "gan"):
        files = read(folder)
        metadata = files["metadata"]
        if not translates_images(metadata):
            continue
        for name, result in (files["results"] or {}).get("quality", {}).items():
            others = result.get("details", {}).get("baselines", {})
            listed = ", ".join(f"{key} {number(x)}" for key, x in others.items())
            parameters = sum(metadata["parameters"].values())
            row = folder.name, metadata["task"], name, number(result["value"])
            row += real_score(result), listed or "-"
            rows.append(
                (*row, millions(images_seen(files["recipe"])), millions(parameters))
            )
    return table(PAIRS_COLUMNS, rows)


def training_time(results: dict) -> str:
    """The training time on a GPU; a dash for CPUs, whose times do not compare."""
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
        protocol = accuracy["protocol"]
        size = metadata["files"]["classifier.weights.h5"]["size"]
        rows.append(
            (
                f"[{folder.name}](zoo/{folder.name}/README.md)",
                "x".join(map(str, metadata["image_shape"])),
                metadata["data"]["source"],
                f"{accuracy['value']:.2%}",
                f"{protocol['count']:,} of {protocol['images']}",
                millions(sum(metadata["parameters"].values())),
                f"{size / 1e6:.1f} MB",
            )
        )
    return table(FEATURES_COLUMNS, rows)


def speed_table(root: Path) -> str:
    """A line for each comparison; images per second only for GPUs."""
    rows = []
    for folder in presets_in(root):
        throughput = (read(folder)["results"] or {}).get("throughput", {})
        for _, entry in sorted(throughput.items()):
            rows += [(folder.name, *row) for row in speed_rows(entry)]
    return table(SPEED_COLUMNS, rows)


def speed_rows(entry: dict) -> Iterator[tuple]:
    """The lines of one entry; without images per second for CPUs."""
    hardware = entry["hardware"]
    on_cpu = hardware["device"] == "cpu"
    device = f"{hardware['cores']} CPU cores" if on_cpu else hardware["device"]
    setup = f"{hardware['backend']}, {device}, {entry['precision']}"
    memory = f"{entry['peak_memory_mb']} MB" if "peak_memory_mb" in entry else "-"
    for row in entry["measurements"]:
        rate = "-" if on_cpu else f"{row['images_per_second']:,.0f}"
        share = row.get("share_of_peak")
        ends = rate, "-" if share is None else f"{share:.1%}", memory
        task = row["what"], row["batch_size"]
        if not row["against"] and (share or not on_cpu):
            yield setup, *task, "-", "-", "-", *ends
        for other, ratio in row["against"].items():
            yield setup, *task, other, times(ratio["ratio"]), spread(ratio), *ends
    if start := entry.get("sampling_start"):
        task = "start of kerasgan generate", "-", start["against"]
        yield setup, *task, times(start["ratio"]), "-", "-", "-", "-"


def times(ratio: float) -> str:
    """A ratio, such as 1.25x."""
    return f"{ratio:.2f}x"


def spread(ratio: dict) -> str:
    """The range of the ratios over the repeats."""
    return f"{ratio['lowest']:.2f} to {ratio['highest']:.2f}"


def millions(number: int) -> str:
    """A large number, such as 0.75 M."""
    return f"{number / 1e6:.2f} M"


def table(columns: Sequence[str], rows: Sequence[Sequence]) -> str:
    """A Markdown table, or a sentence if there are no rows."""
    if not rows:
        return "Nothing measured yet."
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
