"""Runs a recipe: a trained preset folder, resumable after every epoch.

The folder contains `training/` (checkpoints, sample grids, logs) from the start. It
becomes a complete preset at the end.
"""

import importlib.util
import math
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kerasgan.callbacks import SampleGrid, StopAfter
from kerasgan.core.image_to_image import EXAMPLES
from kerasgan.data.dataset import in_eight_bits
from kerasgan.errors import PresetIntegrityError, RecipeError
from kerasgan.files import recovered, user_path
from kerasgan.presets import load, recipes, save
from kerasgan.presets.folders import Folder
from kerasgan.presets.metadata import check_license
from kerasgan.training import checkpoints, hardware, inputs, private, report
from kerasgan.training.phases import build, check_shape, compile_phase, turns
from kerasgan.training.target import check_target


def train(
    recipe: Mapping,
    out: str | Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    epochs: int | None = None,
    data_dir: str | None = None,
    skip_unreadable: bool = False,
    tensorboard: bool = False,
    dtype: str | None = None,
    license: str | None = None,
    verbose: str | int = "auto",
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Any:
    """Trains a model with a recipe and saves it as a preset.

    Args:
        recipe: From `recipes.load`, perhaps changed by `recipes.adapt`.
        out: The folder to fill.
        resume: Whether to continue from the newest checkpoint in `out`, if any.
        overwrite: Whether to start again if `out` contains a training or a preset.
        epochs: Passes over the images, instead of the recipe's `updates`. A recipe
            without `updates` takes 50.
        data_dir: Folder of TFDS datasets.
        skip_unreadable: Whether to skip unreadable image files.
        tensorboard: Whether to write logs to `out/training/logs`.
        dtype: Dtype policy, such as "mixed_bfloat16", instead of the recipe's.
        license: License of the weights, as the Hub names it, such as "apache-2.0".
        verbose: As in `fit`.
        callbacks: Additional callbacks for `fit`.

    Returns:
        The trained model.

    Raises:
        FileExistsError: If `out` exists, without `resume` or `overwrite`, or is inside
            the folder of the images.
        FileNotFoundError: If there are no such images.
        ImportError: If `tensorboard` is set and the package is not installed.
        RecipeError: If the recipe has an impossible value, does not fit its images, or
            differs from the checkpoint's.
        TrainingDivergedError: If a loss becomes NaN or infinite.
        DiskFullError: If the disk has no space left; `resume` continues later.
    """
    check_license(license)
    recipe = inputs.checked(recipes.adapt(inputs.checked(recipe), dtype=dtype))
    out = recovered(Path(os.path.abspath(user_path(out))))
    work = out / "training"
    check_target(out, recipe["data"]["source"], resume, overwrite)
    logs = _tensorboard(work) if tensorboard else []
    check_shape(recipe)
    recipe = inputs.with_absolute_paths(recipe)
    reading = {"data_dir": data_dir, "skip_unreadable": skip_unreadable}
    images, held_out = inputs.read(recipe, **reading)
    recipe = inputs.complete(recipe, images, epochs=epochs)
    state, path = _start(work, recipe, images, held_out, resume)
    if verbose:
        shape = images.image_shape
        print(f"Training on {images.count:,} {images.items}, {shape} each.")
    keras.utils.set_random_seed(recipe["seed"])
    model = build(recipe)
    model.restore({"class_names": getattr(images, "class_names", None)})
    _choose_examples(model, images, held_out)
    _check_turns(model, recipe)
    evaluators = report.evaluators(
        recipe, images, held_out, work / "best", state["history"]
    )
    _prepare(out, model, state, path)
    grids = [SampleGrid(work / "samples")] if model.kind == "gan" else []
    keeper = checkpoints.Checkpoint(work, state)
    watching = [keeper, *grids, *logs, *callbacks]
    _run_phases(model, images, state, path, evaluators, watching, verbose)
    trained = _in_float32(model, recipe)
    results = report.results(trained, state, held_out, evaluators)
    options = {"recipe": recipe, "results": results, "license": license}
    save.save(trained, out, overwrite=True, **options)
    shutil.rmtree(work / "best", ignore_errors=True)
    checkpoints.remove(work)
    return model


def _start(work, recipe, images, held_out, resume) -> tuple[dict, Path | None]:
    """The state to start from, and the weights to load, or None."""
    same = {"recipe": recipe, "images": inputs.digest(images)}
    same["held_out_images"] = inputs.digest(held_out)
    checkpoint = checkpoints.resume(work, same) if resume else None
    if checkpoint is not None:
        state, path = checkpoint
        return state | same, path
    fresh = {"epoch": 0, "updates": 0, "seconds": 0.0, "history": []}
    return fresh | same | {"hardware": hardware.describe()}, None


def _choose_examples(model, images, held_out):
    """Gives a model what its pictures show: captions, or images evenly spaced."""
    if model.captioned:
        model.condition.learn(images.captions)
    if not hasattr(model, "examples"):
        return
    shown = held_out or images
    if model.learns_from == "images":
        parts = [shown.images]
    else:
        parts = [shown.sources, shown.targets]
    rows = np.linspace(0, min(map(len, parts)) - 1, EXAMPLES).astype(int)
    parts = [in_eight_bits(part[rows], "images") for part in parts]
    model.examples = model.as_pairs(*parts)


def _check_turns(model, recipe):
    """Refuses a training that ends before every player had a turn."""
    for player, (updates, count) in turns(model, recipe["phases"]).items():
        if not count:
            raise RecipeError(
                f"The {player} has its first turn after {model.players[player].every} "
                f"updates. Received: {updates} updates in all. Pass more --epochs or a "
                "smaller --batch-size."
            )


def _prepare(out, model, state, path):
    """Makes the folder of a new training, with a checkpoint of its first moment."""
    work = out / "training"
    if path is None:  # an earlier training, overwritten, may have left files
        checkpoints.remove(work)
        shutil.rmtree(work / "best", ignore_errors=True)
    work.mkdir(parents=True, exist_ok=True)
    private.write(out, state["recipe"])
    if path is None:
        compile_phase(model, state["recipe"]["phases"][0])
        checkpoints.write(work, model, state)


def _run_phases(model, images, state, path, evaluators, callbacks, verbose):
    """Compiles and trains phase by phase, from the weights in `path` if given.

    A phase that trains the generator is evaluated, and ends with its best state.
    """
    phases, end = state["recipe"]["phases"], 0
    for index, phase in enumerate(phases):
        end += phase["updates"]
        if end < state["updates"] and index < len(phases) - 1:
            continue  # the checkpoint is of a later phase
        compile_phase(model, phase, index)
        if path is not None:
            _load(model, path, state)
            path = None
        trained = _trained(model) if evaluators else []
        measured = evaluators if _generates(model, trained) else []
        _fit(model, images, phase, end, state, [*measured, *callbacks], verbose)
        if measured:
            load.load_weights(model, Folder(measured[-1].folder), trained)


def _load(model, path, state):
    """Fills a model from a checkpoint, and checks that they agree."""
    model.load_weights(path)
    if not model.updates == state["updates"] <= _updates(state["recipe"]):
        raise PresetIntegrityError(
            f"{path.parent} must have {model.updates} updates, as its weights have. "
            f"Received: {state['updates']} in {checkpoints.STATE}. Start again with "
            "--overwrite."
        )


def _updates(recipe) -> int:
    return sum(phase["updates"] for phase in recipe["phases"])


def _trained(model) -> list[str]:
    """Names of the networks that the compiled players train."""
    names = {name for player in model.playing for name in player.trains}
    return [name for name in model.stored if name in names]


def _generates(model, trained) -> bool:
    """Whether training these networks changes the images that are measured."""
    return any(name in model.averages for name in trained)


def _fit(model, images, phase, end, state, callbacks, verbose):
    """Trains until the model has made `end` updates."""
    images.batch_size, images.epoch = phase["batch_size"], state["epoch"]
    made = model.updates
    rest = math.ceil((end - made) / images.num_batches)
    if rest > 0:
        model.fit(
            images,
            initial_epoch=state["epoch"],
            epochs=state["epoch"] + rest,
            shuffle=False,
            verbose=verbose,
            callbacks=[StopAfter(end, made), *callbacks],
        )


def _in_float32(model, recipe):
    """The model as `from_preset` builds it, for its statistics and its picture."""
    if recipe.get("dtype", "float32") == "float32":
        return model
    same = build(recipe | {"dtype": "float32"})
    if hasattr(model, "examples"):
        same.examples = model.examples
    for name in model.stored:
        weights = model.stored_network(name).get_weights()
        same.stored_network(name).set_weights(weights)
    same.compile()  # a classifier counts its steps from then on
    same.step.assign(model.updates)
    same.restore(model.describe())
    return same


def _tensorboard(work):
    """TensorBoard's callback, if its packages are installed."""
    for package in ("tensorboard", "tensorflow"):  # Keras writes logs with the latter
        if importlib.util.find_spec(package) is None:
            raise ImportError(
                f"Logs for TensorBoard need the package {package}. Received: none. "
                'Install it: pip install ".[tensorboard]" tensorflow.'
            )
    return [keras.callbacks.TensorBoard(work / "logs")]
