"""The sections of a preset's model card that show what was measured.

Each takes the content of `results.json`, format 2, or None.
"""

from kerasgan.presets.card_text import escaped
from kerasgan.presets.card_use import translates_images

BASELINES = {  # by name in the `details` of results
    "unchanged": "the input itself",
    "nearest": "the target of the nearest training input",
    "l1_only": "the same generator, trained without its discriminator",
    "warmup": "the generator before its discriminator was trained",
    "upscaled": "the first stage's image, enlarged by Lanczos",
    "chance": "what a random choice of the caption reaches",
    "nearest_caption": "the training image whose caption is most like the given one",
    "bicubic": "bicubic interpolation",
    "telea": "OpenCV's inpainting by Telea's method",
    "navier_stokes": "OpenCV's inpainting by the Navier-Stokes equations",
    "biharmonic": "scikit-image's biharmonic inpainting",
    "pca": "the squared distance to a reconstruction by principal components",
    "knn": "the distance to the nearest training images, pixel by pixel",
    "labels_only": "the same classifier, trained on the images with labels alone",
}


def speed(results: dict | None) -> str:
    """A table of speed comparisons."""
    rows = []
    for entry in (results or {}).get("throughput", {}).values():
        hardware = entry["hardware"]
        cores = f"{hardware['cores']} CPU cores"
        device = cores if hardware["device"] == "cpu" else hardware["device"]
        setup = escaped(f"{hardware['backend']}, {device}, {entry['precision']}")
        for measurement in entry["measurements"]:
            what, batch_size = escaped(measurement["what"]), measurement["batch_size"]
            task = f"{what}, batch size {batch_size}"
            for other, ratio in measurement["against"].items():
                row = task, setup, escaped(other), f"{ratio['ratio']:.2f}x"
                rows.append(f"| {' | '.join(row)} |")
    if not rows:
        return ""
    table = ["| task | kerasgan with | compared with | speed |", "|---|---|---|---|"]
    return (
        "## Speed\n\nImages per second, measured side by side in one run.\n\n"
        + "\n".join([*table, *rows])
    )


def quality(results: dict | None, metadata: dict) -> str:
    """A table of metrics with those of baselines, and their protocol."""
    metrics = (results or {}).get("quality")
    if not metrics:
        return ""
    translates = translates_images(metadata)
    baselines = list(dict.fromkeys(n for r in metrics.values() for n in _baselines(r)))
    real = "real images" if translates else "held-out real images"
    lines = [_row("metric", "value", real, *map(escaped, baselines))]
    lines += ["|---" * (3 + len(baselines)) + "|"]
    for key, result in metrics.items():
        others = [_baselines(result).get(name) for name in baselines]
        values = [result["value"], result["real_score"], *others]
        shown = ["-" if value is None else f"{value:.4g}" for value in values]
        lines.append(_row(escaped(key), *shown))
    scored = any(result["real_score"] is not None for result in metrics.values())
    note = "The last column is the score of held-out real images. " * scored
    if translates or baselines:
        note = _note(scored, baselines)
    settings = "\n".join(_protocols(metrics))
    table = "\n".join(lines)
    return f"## Quality\n\n{table}\n\n{note}Protocol:\n\n{settings}"


def headline(results: dict | None) -> str:
    """The metric that says most of a preset, with the score of real images.

    That is what it was trained to judge, or else a Frechet distance; that of patches
    if it was measured, because it knows details.
    """
    metrics = (results or {}).get("quality", {})
    names = {
        **{"auroc": "AUROC", "accuracy": "accuracy"},
        **{"patch_fid_": "Frechet of patches", "fid_": "Frechet", "fid": "FID"},
    }
    for start, title in names.items():
        for name, result in metrics.items():
            if name == start or start.endswith("_") and name.startswith(start):
                real = result["real_score"]
                beside = "" if real is None else f" ({real:.3g})"
                return f"{title} {result['value']:.3g}{beside}"
    return ""


def _row(*cells):
    return f"| {' | '.join(cells)} |"


def _baselines(result) -> dict[str, float]:
    """The values of other methods, by name."""
    return result.get("details", {}).get("baselines", {})


def _note(scored, baselines) -> str:
    """What the columns of a table with baselines mean."""
    known = [
        f"`{name}` is {BASELINES[name]}" for name in baselines if name in BASELINES
    ]
    real = "Real images are training images of other content. " * scored
    return real + (f"{'; '.join(known)}. " if known else "")


def _protocols(metrics):
    """What all metrics of a feature network share, then what is specific to one."""
    by_features = {}
    for name, result in metrics.items():
        protocol = result["protocol"]
        by_features.setdefault(str(protocol.get("features")), {})[name] = protocol
    for protocols in by_features.values():
        first, *rest = protocols.values()
        shared = {k: v for k, v in first.items() if all(p.get(k) == v for p in rest)}
        yield f"- {_listed(shared)}"
        for name, protocol in protocols.items():
            own = {k: v for k, v in protocol.items() if k not in shared}
            if own:
                yield f"- {escaped(name)}: {_listed(own)}"


def _listed(protocol):
    return "; ".join(
        f"{escaped(key)} {escaped(value)}" for key, value in protocol.items()
    )
