"""Measures a preset that draws captions, on held-out captions.

    python benchmarks/captions.py stackgan_emoji --judge runs/judge --groups split.csv

`--judge` is a preset whose encoders were trained by `recipes/stackgan_judge.json`, with
another seed than the measured preset. `--groups` is a table of the columns `file` and
`base`: images of one base never compete. The baseline "nearest_caption" is the training
image whose caption is most like the held-out one, by the judge's text encoder. Results
are written to the preset's `results.json`.
"""

import argparse
import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
from quality import as_json, data_of
from records import results_of, stamp, write

import kerasgan
from kerasgan.data import folder
from kerasgan.data.captioned import read_table
from kerasgan.evaluation import evaluate_captions, real_images
from kerasgan.evaluation.captioned import Retrieval
from kerasgan.presets import catalog


def bases_of(table: Path, captions: str, images: str) -> list[str]:
    """The base of each image of a folder that has a caption."""
    with open(table, encoding="utf-8-sig", newline="") as file:
        bases = {row["file"]: row["base"] for row in csv.DictReader(file)}
    known, root = read_table(captions), Path(images)
    files = [f.relative_to(root).as_posix() for f in folder.image_files(root)[0]]
    return [bases[file] for file in files if file in known]


def nearest(judge, training, names: list[str]) -> np.ndarray:
    """The training images whose names are most like these."""
    known = judge.embed_captions([texts[0] for texts in training.captions])
    rows = (judge.embed_captions(names) @ known.T).argmax(axis=1)
    return training.images[rows]


def measure(preset: Path, options: argparse.Namespace) -> dict:
    """The results of a preset by name, with baselines."""
    gan = kerasgan.from_preset(preset, networks="sampler")
    judge = kerasgan.from_preset(options.judge)
    fields = data_of(preset)
    training, held_out = real_images(fields)
    groups = None
    if options.groups:
        groups = bases_of(options.groups, fields["captions"], fields["held_out"])
    results = evaluate_captions(gan, held_out, training, judge=judge, groups=groups)
    result, names = results["r_precision"], [t[0] for t in held_out.captions]
    bases = groups or [name.split(":")[0] for name in names]
    score = Retrieval(judge, names, bases).score(nearest(judge, training, names))
    baselines = result.details["baselines"] | {"nearest_caption": score}
    results["r_precision"] = replace(result, details={"baselines": baselines})
    return results


def main() -> None:
    """Measures, prints and writes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("preset", help="a bundled name or a folder")
    parser.add_argument("--judge", type=Path, required=True)
    parser.add_argument("--groups", type=Path)
    options = parser.parse_args()
    preset = catalog.find(options.preset)
    results = measure(preset, options)
    for result in results.values():
        print(f"{result} {result.details.get('baselines', '')}")
    before = results_of(preset)
    quality = before.get("quality", {}) | as_json(results)
    after = before | {"quality": quality, "quality_measured": stamp()}
    write(preset / "results.json", after)


if __name__ == "__main__":
    main()
