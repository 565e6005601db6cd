"""Runs a recipe: a trained preset folder, resumable at any time.

The folder contains `training/` (checkpoints, sample grids, logs) from the start. It
becomes a complete preset at the end.
"""

import math
import os
import shutil
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kerasgan.callbacks import Progress, StopAfter
from kerasgan.core.image_to_image import EXAMPLES
from kerasgan.data.dataset import in_eight_bits
from kerasgan.errors import PresetIntegrityError, RecipeError
from kerasgan.files import recovered, user_path
from kerasgan.presets import load, recipes, save
from kerasgan.presets.folders import Folder
from kerasgan.presets.metadata import check_license
from kerasgan.training import checkpoints, inputs, interrupts, private, report
from kerasgan.training.budget import Budget
from kerasgan.training.keeper import SECONDS, Keeper
from kerasgan.training.phases import build, check_shape, compile_phase, turns
from kerasgan.training.state import begun, described, digests, take_start, updates_of
from kerasgan.training.target import check_target
from kerasgan.training.watchers import check_tensorboard, watchers


def train(
    recipe: Mapping,
    out: str | Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    finish: bool = False,
    budget: Budget | None = None,
    start_from: str | None = None,
    freeze_layers: int = 0,
    checkpoint_seconds: float = SECONDS,
    data_dir: str | None = None,
    skip_unreadable: bool = False,
    tensorboard: bool = False,
    dtype: str | None = None,
    license: str | None = None,
    verbose: str | int = "auto",
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Any:
    """Trains a model with a recipe and saves it as a preset.

    A first Ctrl-C or SIGTERM writes a checkpoint and raises `KeyboardInterrupt`.

    Args:
        recipe: From `recipes.load`, perhaps changed by `recipes.adapt`.
        out: The folder to fill.
        resume: Whether to continue from the newest checkpoint in `out`, if any. The
            recipe may have other learning rates.
        overwrite: Whether to start again if `out` contains a training or a preset.
        finish: Whether to make a preset of the newest checkpoint, without training.
        budget: How long to train, instead of the recipe's `updates`. A recipe without
            `updates` takes 50 epochs. With `resume`, how long from now on.
        start_from: A preset of the same family, whose weights to start from.
        freeze_layers: Layers of the discriminator, from its input, that stay as they
            are.
        checkpoint_seconds: Time between two checkpoints.
        data_dir: Folder of TFDS datasets.
        skip_unreadable: Whether to skip unreadable image files.
        tensorboard: Whether to write logs to `out/training/logs`.
        dtype: Dtype policy, such as "mixed_bfloat16", instead of the recipe's.
        license: License of the weights, as the Hub names it, such as "apache-2.0".
        verbose: 0 for silence, 1 for a line that changes, 2 for a line a minute.
        callbacks: Additional callbacks for `fit`.

    Returns:
        The trained model.

    Raises:
        FileExistsError: If `out` exists, without `resume` or `overwrite`, is inside the
            folder of the images, or another process trains in it.
        FileNotFoundError: If there are no such images.
        ImportError: If `tensorboard` is set and the package is not installed.
        RecipeError: If the recipe has an impossible value, does not fit its images, or
            differs from the checkpoint's; if `start_from` does not fit it.
        TrainingDivergedError: If a loss or a weight becomes NaN or infinite.
        DiskFullError: If the disk has no space left; `resume` continues later.
    """
    check_license(license)
    recipe = inputs.checked(recipes.adapt(inputs.checked(recipe), dtype=dtype))
    recipe |= _starting(start_from, freeze_layers)
    out = recovered(Path(os.path.abspath(user_path(out))))
    work, resume = out / "training", resume or finish
    source, more = recipe["data"]["source"], budget is not None
    check_target(out, source, resume, overwrite, more)
    if tensorboard:
        check_tensorboard()
    reading = {"data_dir": data_dir, "skip_unreadable": skip_unreadable}
    recipe, data = _read(recipe, reading)
    with checkpoints.locked(work), interrupts.caught() as signals:
        same = {"recipe": recipe} | digests(data)
        found = checkpoints.resume(work, same) if resume else None
        state, path = begun(same, data.images, found, budget, finish)
        model = _model(data, state)
        notes = take_start(model, state)
        if verbose:
            print(*described(data.images, state, notes), sep="\n")
        _prepare(out, model, state, path)
        evaluators = report.evaluators(state, data, work / "best")
        shown = watchers(work, model, state, data.images, tensorboard)
        keeper = Keeper(work, state, signals, checkpoint_seconds)
        watching = [*shown, keeper, *callbacks]
        _run_phases(model, data.images, state, path, evaluators, watching, verbose)
        _save(model, out, state, data.held_out, evaluators, license)
    return model


def _starting(preset: str | None, freeze_layers: int) -> dict:
    """The field of a recipe that says what a training starts from, if anything."""
    frozen = {"freeze_layers": freeze_layers} if freeze_layers else {}
    start = ({"preset": preset} if preset else {}) | frozen
    return {"start": start} if start else {}


def _read(recipe, reading) -> tuple[dict, inputs.Inputs]:
    """The recipe with what the images tell, and the images."""
    check_shape(recipe)
    recipe = inputs.with_absolute_paths(recipe)
    data = inputs.read(recipe, **reading)
    return inputs.complete(recipe, data.images), data


def _model(data, state):
    """The recipe's model, with what its pictures show and what it knows of the data."""
    keras.utils.set_random_seed(state["recipe"]["seed"])
    model = build(state["recipe"])
    model.restore({"class_names": getattr(data.images, "class_names", None)})
    _choose_examples(model, *data)
    _check_turns(model, state["recipe"])
    return model


def _save(model, out, state, held_out, evaluators, license):
    """Makes the preset, with a checkpoint from which more training may start."""
    work, trained = out / "training", _in_float32(model, state["recipe"])
    results = report.results(trained, state, held_out, evaluators)
    options = {"recipe": state["recipe"], "results": results, "license": license}
    save.save(trained, out, overwrite=True, **options)
    checkpoints.finish(work)
    report.animate(work / "samples")


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
        if measured and Path(measured[-1].folder).is_dir():
            load.load_weights(model, Folder(measured[-1].folder), trained)


def _load(model, path, state):
    """Fills a model from a checkpoint, and checks that they agree.

    Learning rates stay as the recipe has them.
    """
    constant = [o for o in _optimizers(model) if not _is_scheduled(o)]
    rates = [float(keras.ops.convert_to_numpy(o.learning_rate)) for o in constant]
    model.load_weights(path)
    for optimizer, rate in zip(constant, rates, strict=True):
        optimizer.learning_rate = rate
    if not model.updates == state["updates"] <= updates_of(state["recipe"]):
        raise PresetIntegrityError(
            f"{path.parent} must have {model.updates} updates, as its weights have. "
            f"Received: {state['updates']} in {checkpoints.STATE}. Start again with "
            "--overwrite."
        )


def _optimizers(model) -> list:
    """The optimizers of a compiled model, one for each player that has one."""
    parts = getattr(model.optimizer, "parts", {"": model.optimizer}).values()
    return [getattr(part, "inner_optimizer", part) for part in parts]


def _is_scheduled(optimizer) -> bool:
    """Whether the learning rate follows a schedule."""
    schedule = keras.optimizers.schedules.LearningRateSchedule
    return isinstance(optimizer._learning_rate, schedule)


def _trained(model) -> list[str]:
    """Names of the networks that the compiled players train."""
    names = {name for player in model.playing for name in player.trains}
    return [name for name in model.stored if name in names]


def _generates(model, trained) -> bool:
    """Whether training these networks changes the images that are measured."""
    return any(name in model.averages for name in trained)


def _fit(model, images, phase, end, state, callbacks, verbose):
    """Trains until the model has made `end` updates."""
    made = model.updates
    images.batch_size, images.epoch = phase["batch_size"], state["epoch"]
    rest = math.ceil((end - made + state["batch"]) / images.num_batches)
    last = state["epoch"] + rest
    if end <= made:
        return
    if verbose:
        done = made - (end - phase["updates"])
        options = {"done": done, "live": verbose != 2}
        progress = Progress(phase["updates"], phase["batch_size"], **options)
        callbacks = [*callbacks, progress]
    callbacks = [StopAfter(end, made), *callbacks]
    options = {"epochs": last, "shuffle": False, "verbose": 0}
    if state["batch"]:  # the rest of an epoch, for Keras an epoch of its own
        images.skipped = state["batch"]
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "KeepBest kept nothing")
            begin = state["epoch"]
            own = [*callbacks, _OneEpoch()]
            model.fit(images, initial_epoch=begin, callbacks=own, **options)
    if model.updates < end:
        begin = state["epoch"]
        model.fit(images, initial_epoch=begin, callbacks=callbacks, **options)


class _OneEpoch(keras.callbacks.Callback):
    """Ends `fit` after its first epoch."""

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = True


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
    same.origin = model.origin
    return same
