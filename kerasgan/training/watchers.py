"""Callbacks that show a training, and warn of its failures."""

import importlib.util
import math
from pathlib import Path
from typing import Any

import keras

from kerasgan.callbacks import Curves, SampleGrid, TensorBoard, TrainingMonitor
from kerasgan.callbacks.training_monitor import AFTER
from kerasgan.training.state import updates_of

GRIDS = 100  # sample grids of a training, about


def watchers(
    work: Path, model: Any, state: dict, images: Any, tensorboard: bool
) -> list[keras.callbacks.Callback]:
    """The callbacks for a model.

    Args:
        work: The folder for what they write.
        model: The model.
        state: The state of the training.
        images: The images to train on.
        tensorboard: Whether to write logs for TensorBoard.
    """
    curves = Curves(work, state["history"])
    if model.kind != "gan":
        return [*[keras.callbacks.TensorBoard(work / "logs")] * tensorboard, curves]
    batches = max(1, images.count // state["recipe"]["phases"][0]["batch_size"])
    every = math.ceil(updates_of(state["recipe"]) / batches / GRIDS)
    grid = SampleGrid(work / "samples", every=every)
    shown = [grid]
    if not hasattr(model, "examples"):
        dataset = None if model.captioned else images
        judged = [logs for logs in state["history"] if logs["updates"] >= AFTER]
        known = [logs.get("diversity", 0.0) for logs in judged]
        options = {"every": every, "highest": max(known, default=0.0)}
        shown.append(TrainingMonitor(dataset, **options))
    if tensorboard:
        shown.append(TensorBoard(work / "logs", grid))
    return [*shown, curves]


def check_tensorboard() -> None:
    """Refuses logs for TensorBoard without its packages."""
    for package in ("tensorboard", "tensorflow"):  # Keras writes logs with the latter
        if importlib.util.find_spec(package) is None:
            raise ImportError(
                f"Logs for TensorBoard need the package {package}. Received: none. "
                'Install it: pip install ".[tensorboard]" tensorflow.'
            )
