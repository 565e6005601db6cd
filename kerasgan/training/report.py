"""`results.json` of a training: duration, progress, the kept state and its quality."""

import math
from collections.abc import Mapping
from typing import Any

from kerasgan.callbacks import EvaluateQuality, KeepBest
from kerasgan.data import ImageDataset, Images
from kerasgan.data.sources import class_numbers
from kerasgan.evaluation import examine, extractor
from kerasgan.evaluation.real_data import in_classes
from kerasgan.presets import upgrade

SEED = 1  # of evaluations in training; a preset is measured with other latents


def evaluators(
    recipe: Mapping, images: ImageDataset, held_out: Any, folder: Any, history: Any
) -> list:
    """Callbacks that evaluate the model and keep its best state, if the recipe asks.

    Args:
        recipe: The recipe.
        images: The images to train on.
        held_out: Held-out images, or None.
        folder: Where to keep the best state.
        history: The logs of the epochs before a resumed training.
    """
    settings = dict(recipe.get("evaluation", {}))
    if not settings:
        return []
    features = extractor(settings.pop("features"))
    monitor = f"fid{features.suffix}"
    held_out = in_classes(held_out, recipe["data"].get("classes"))
    measured = [logs[monitor] for logs in history if monitor in logs]
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
        "history": history[-1],
    }
    progress = [_progress(logs, state["recipe"]) for logs in history]
    if progress := [entry for entry in progress if len(entry) > 1]:
        training["progress"] = progress
    if callbacks:  # which state the preset contains, and how it was chosen
        evaluator, keeper = callbacks
        name = keeper.monitor
        training["kept"] = min(progress, key=lambda entry: entry.get(name, math.inf))
        if name in evaluator.results:
            training["protocol"] = dict(evaluator.results[name].protocol)
    return training


def _progress(logs, recipe) -> dict:
    """Images seen by the end of an epoch, and the metrics measured then."""
    rest, images = logs["updates"], 0
    for phase in recipe["phases"]:
        taken = min(rest, phase["updates"])
        rest, images = rest - taken, images + taken * phase["batch_size"]
    metrics = {name: value for name, value in logs.items() if name.startswith("fid")}
    return {"images": images} | metrics
