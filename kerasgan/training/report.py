"""`results.json` of a training: duration, progress, the kept state and its quality."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kerasgan import images
from kerasgan.callbacks import EvaluateQuality, KeepBest
from kerasgan.data import Images
from kerasgan.data.sources import class_numbers
from kerasgan.evaluation import examine, extractor
from kerasgan.evaluation.real_data import in_classes
from kerasgan.presets import upgrade
from kerasgan.training.inputs import Inputs

COUNTS = "updates", "seconds"
ENTRIES = 200  # of the history in `results.json`, about
FRAMES = 50  # of the animation
SEED = 1  # of evaluations in training; a preset is measured with other latents


def evaluators(state: Mapping, data: Inputs, folder: Path) -> list:
    """Callbacks that evaluate the model and keep its best state, if the recipe asks.

    Args:
        state: The state of the training.
        data: The images to train on, and held-out ones.
        folder: Where to keep the best state.
    """
    (images, held_out), recipe = data, state["recipe"]
    settings = dict(recipe.get("evaluation", {}))
    if not settings:
        return []
    features = extractor(settings.pop("features"))
    monitor = f"fid{features.suffix}"
    held_out = in_classes(held_out, recipe["data"].get("classes"))
    measured = [logs[monitor] for logs in state["history"] if monitor in logs]
    return [
        EvaluateQuality(images, features, held_out, seed=SEED, **settings),
        KeepBest(folder, monitor, best=min(measured, default=None), overwrite=True),
    ]


def results(
    model: Any, state: Mapping, held_out: Images | None, callbacks: list
) -> dict:
    """The content of `results.json`.

    Args:
        model: The trained model, in float32.
        state: The training's state, as in its last checkpoint.
        held_out: Held-out images, or None.
        callbacks: The result of `evaluators`.
    """
    document = {"format": upgrade.RESULTS, "training": _training(state, callbacks)}
    if model.examined and held_out is not None and held_out.labels is not None:
        classes = state["recipe"]["data"].get("classes")
        normal = classes and class_numbers(classes, held_out.class_names)
        metrics = examine(model, *held_out[:2], held_out.name, normal)
        document["quality"] = {name: r.to_json() for name, r in metrics.items()}
    return document


def _training(state, callbacks) -> dict:
    history = state["history"]
    training = {
        "updates": state["updates"],
        "epochs": state["epoch"],
        "seconds": round(state["seconds"]),
        "hardware": state["hardware"],
        "history": history[-1] if history else {},
    }
    progress = [_progress(logs, state["recipe"]) for logs in history]
    training["progress"] = _thinned(progress)
    if "extended" in state:
        training["extended"] = state["extended"]
    if callbacks:  # which state the preset contains, and how it was chosen
        evaluator, keeper = callbacks
        name = keeper.monitor
        if progress:
            best = min(progress, key=lambda entry: entry.get(name, math.inf))
            training["kept"] = {k: best[k] for k in ("images", name) if k in best}
        if name in evaluator.results:
            training["protocol"] = dict(evaluator.results[name].protocol)
    return training


def _progress(logs, recipe) -> dict:
    """Images seen by the end of an epoch, and the logs then."""
    rest, images = logs["updates"], 0
    for phase in recipe["phases"]:
        taken = min(rest, phase["updates"])
        rest, images = rest - taken, images + taken * phase["batch_size"]
    values = {k: float(f"{v:.5g}") for k, v in logs.items() if k not in COUNTS}
    return {"images": images} | values


def _thinned(entries: list) -> list:
    """The entries with a Frechet distance, and evenly some of the others."""
    step = math.ceil(len(entries) / ENTRIES)
    return [
        entry
        for place, entry in enumerate(entries)
        if place % step == 0
        or place == len(entries) - 1
        or any(name.startswith("fid") for name in entry)
    ]


def animate(grids: Path) -> None:
    """Writes `samples.gif` beside the folder of a training's sample grids."""
    from PIL import Image

    paths = sorted(grids.glob("epoch_*.png"))
    step = math.ceil(len(paths) / FRAMES) if paths else 1
    frames = []
    for path in paths[::step]:
        with Image.open(path) as picture:
            frames.append(np.asarray(picture.convert("RGB")))
    if len(frames) > 1 and len({frame.shape for frame in frames}) == 1:
        images.save(grids.with_suffix(".gif"), np.stack(frames), milliseconds=200)
