"""Carries out a recipe: a trained preset folder, resumable at every epoch.

The folder that training fills holds `training/` (checkpoints, sample grids, logs) from
the start and becomes a complete preset at the end.
"""

import hashlib
import importlib.util
import inspect
import json
import math
import os
import shutil
import warnings
from pathlib import Path

import keras
import numpy as np

from kerasgan import data, registry
from kerasgan.presets import card, documents, load, recipes, schemas
from kerasgan.training import checkpoints, hardware
from kerasgan.training.phases import build, compile_phase
from kerasgan.callbacks import EvaluateQuality, KeepBest, SampleGrid, StopAfter
from kerasgan.errors import PresetConfigError
from kerasgan.evaluation.evaluation import real_images
from kerasgan.files import check_replaceable, recovered, write_atomically
from kerasgan.evaluation.extractors import extractor
from kerasgan.presets.folders import Folder
from kerasgan.checks import check_count

DEFAULT_EPOCHS = 50
JUDGE_SEED = 1


def train(
    recipe: dict,
    out: str | Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    epochs: int | None = None,
    data_dir: str | None = None,
    skip_unreadable: bool = False,
    tensorboard: bool = False,
    dtype: str | None = None,
    verbose="auto",
    callbacks=(),
):
    """Trains a model by a recipe and saves it as a preset.

    Args:
        recipe: From `recipes.load`, perhaps changed by `recipes.adapt`.
        out: The folder to fill.
        resume: Go on from the newest checkpoint in `out`, if there is one.
        overwrite: Start again although `out` holds a training or a preset.
        epochs: Passes over the data, instead of the recipe's `updates`; 50 where a
            recipe has none.
        data_dir: Where TensorFlow data sets lie.
        skip_unreadable: Skip files that are no readable image.
        tensorboard: Write logs to `out/training/logs`.
        dtype: Dtype policy, such as "mixed_bfloat16", instead of the recipe's.
        verbose: As in `fit`.
        callbacks: More callbacks for `fit`.

    Returns:
        The trained model.

    Raises:
        FileExistsError: If `out` exists, without `resume` or `overwrite`, or lies in
            the folder of the images.
        ImportError: If `tensorboard` is asked for and not installed.
        PresetConfigError: If the recipe says something impossible, or differs from
            the one that the checkpoint was made with.
    """
    out = recovered(Path(os.path.abspath(out)))
    work = out / "training"
    _check_folder(out, work, resume, overwrite)
    check_replaceable(out, overwrite=True)
    _check_apart(out, recipe["data"].get("source", ""))
    logs = _logs(work) if tensorboard else []
    reading = {"data_dir": data_dir, "skip_unreadable": skip_unreadable}
    images = _load(recipe, reading)
    recipe = _completed(recipes.adapt(recipe, dtype=dtype), images, epochs)
    state, path = _resumed(work, recipe, images, resume)
    if verbose:
        print(f"Training on {len(images.images):,} images, {images.image_shape} each.")
    keras.utils.set_random_seed(recipe["seed"])
    model = build(recipe)
    _check_updates(model, recipe)
    judges = _judges(recipe, work / "best", reading, state["history"])
    if path is None:  # what an earlier training left, overwritten
        checkpoints.remove(work)
        shutil.rmtree(work / "best", ignore_errors=True)
    work.mkdir(parents=True, exist_ok=True)
    grids = [SampleGrid(work / "samples")] if model.kind == "gan" else []
    keeper = checkpoints.Checkpoint(work, state)
    watching = [*judges, keeper, *grids, *logs, *callbacks]
    if path is None:  # so that it resumes from its first moment
        compile_phase(model, recipe["phases"][0])
        checkpoints.write(work, model, state)
    _run_phases(model, images, state, path, watching, verbose)
    if judges:
        load.load_weights(model, Folder(work / "best"))
    quality = _examine(model, recipe, reading)
    load.save(_in_float32(model, recipe), out, recipe=recipe, overwrite=True)
    _write_results(out, state, quality, judges)
    shutil.rmtree(work / "best", ignore_errors=True)
    card.refresh(out)  # with its figures
    checkpoints.remove(work)
    return model


def _check_updates(model, recipe):
    total = sum(phase["updates"] for phase in recipe["phases"])
    if not model.updates_of(model.trained[-1], total):
        raise PresetConfigError(
            f"A training needs at least {model.discriminator_steps} updates of the "
            "discriminator, after which the generator makes its first. "
            f"Received: {total}. Pass more --epochs or a smaller --batch-size."
        )


def _run_phases(model, images, state, path, callbacks, verbose):
    """Compiles and trains phase by phase, from the weights in `path` if given."""
    end = 0
    for index, phase in enumerate(state["recipe"]["phases"]):
        end += phase["updates"]
        if index < state["phase"]:
            continue
        state["phase"] = index
        compile_phase(model, phase)
        if path is not None:
            model.load_weights(path)
            path = None
        _fit(model, images, phase, end, state, callbacks, verbose)


def _load(recipe, reading):
    """The recipe's images, with labels where its model learns from them."""
    fields = schemas.to_read(recipe["data"])
    fields.pop("held_out", None)
    cls = registry.lookup(recipe["model"]["name"])
    given = recipe["model"].get("arguments", {})
    parameter = inspect.signature(cls.__init__).parameters.get("num_classes")
    classes = given.get("num_classes", parameter.default if parameter else None)
    return data.load(
        **fields,
        **reading,
        labels=classes is not None,
        batch_size=max(phase["batch_size"] for phase in recipe["phases"]),
        seed=recipe.get("seed", 0),
    )


def _judges(recipe, folder, reading, history):
    """Callbacks that measure while it trains and keep the best, if the recipe asks."""
    settings = dict(recipe.get("evaluation", {}))
    if not settings:
        return []
    features = extractor(settings.pop("features"))
    monitor = f"fid{features.suffix}"
    measured = [logs[monitor] for logs in history if monitor in logs]
    real, held_out = real_images(recipe["data"], **reading)
    best = min(measured, default=None)
    return [
        # Other latents than those that a preset is measured by afterwards.
        EvaluateQuality(real, features, held_out, seed=JUDGE_SEED, **settings),
        KeepBest(folder, monitor, best=best),
    ]


def _examine(model, recipe, reading):
    """What the model has to show on held-out data, as JSON: figures by name."""
    if not model.examined or "held_out" not in recipe["data"]:
        return {}
    _, held_out = real_images(recipe["data"], labels=True, **reading)
    results = model.examine(held_out.images, held_out.labels, held_out.name)
    return {name: result.to_json() for name, result in results.items()}


def _fit(model, images, phase, end, state, callbacks, verbose):
    """Trains until the model has made `end` updates."""
    images.batch_size, images.epoch = phase["batch_size"], state["epoch"]
    made = int(model.step)
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
    """The model as `from_preset` gives it, for its statistics and its picture."""
    if recipe.get("dtype", "float32") == "float32":
        return model
    same = build(recipe | {"dtype": "float32"})
    for name in model.stored:
        weights = model.stored_network(name).get_weights()
        same.stored_network(name).set_weights(weights)
    same.step.assign(int(model.step))
    same.finish_loading()
    return same


def _logs(work):
    """TensorBoard's callback, if what it needs is there."""
    for package in ("tensorboard", "tensorflow"):  # Keras writes them by the latter
        if importlib.util.find_spec(package) is None:
            raise ImportError(
                f"Logs for TensorBoard need the package {package}. Received: none. "
                'Install it: pip install "kerasgan[tensorboard]" tensorflow.'
            )
    return [keras.callbacks.TensorBoard(work / "logs")]


def _check_apart(out, source):
    """A training must not fill, or replace, the folder that its images lie in."""
    images = Path(source).expanduser().resolve()
    if source and images.is_dir() and out.resolve().is_relative_to(images):
        raise FileExistsError(
            f"{out} must not lie in {images}, where the images are. Choose another "
            "folder (--out)."
        )


def _check_folder(out, work, resume, overwrite):
    if resume and overwrite:
        raise ValueError(
            "Either resume a training or start it again. Received: both --resume and "
            "--overwrite."
        )
    if not out.exists() or overwrite or (out.is_dir() and not any(out.iterdir())):
        return
    unfinished = any(work.glob("ckpt-*"))
    if resume and (unfinished or (work.is_dir() and not _is_preset(out))):
        return
    what = "a finished preset" if _is_preset(out) else "other files"
    if resume and _is_preset(out):
        what += ", which has nothing to resume: more epochs need a training of its own"
    if unfinished:
        what = "an unfinished training; --resume goes on with it"
    raise FileExistsError(
        f"{out} must be a new folder. Received: one with {what}. Choose another "
        "(--out), or replace it (--overwrite)."
    )


def _is_preset(folder):
    return (folder / "config.json").exists()


def _completed(recipe, images, epochs):
    """The recipe with what only the data tell: image shape, classes, updates."""
    given = recipe["model"].get("arguments", {})
    arguments = {"image_shape": list(images.image_shape)} | given
    if (classes := images.num_classes) is not None:
        before = check_count("num_classes", given.get("num_classes", classes), least=2)
        if before != classes:
            told = f"{before} classes: it is trained with the {classes} of its images."
            warnings.warn(f"The recipe was made for {told}", stacklevel=3)
        arguments["num_classes"] = classes
    if tuple(arguments["image_shape"]) != images.image_shape:
        raise PresetConfigError(
            f"The recipe's images must be {tuple(arguments['image_shape'])}. Received: "
            f"{images.image_shape}, from {images.name}. Pass --size, or other data."
        )
    recipe = recipes.adapt(recipe, arguments=arguments)
    missing = ["updates" not in phase for phase in recipe["phases"]]
    if any(missing) and not all(missing):
        raise PresetConfigError(
            "Either all phases of a recipe have `updates` or none. Received: some."
        )
    batches = len(images.images) // recipe["phases"][0]["batch_size"]
    if epochs is None and all(missing):
        epochs = DEFAULT_EPOCHS
    if epochs is not None:
        recipe = recipes.adapt(recipe, updates=epochs * batches)
    recipe.setdefault("seed", 0)
    return recipes.check(json.loads(documents.to_json(recipe)))


def _resumed(work, recipe, images, resume):
    """The state to start from, and the weights to load or None."""
    same = {"recipe": recipe, "images": _digest(images)}
    found = checkpoints.newest(work) if resume else None
    if found is None:
        if resume:
            warnings.warn(
                f"There is no checkpoint in {work} to resume from: the training starts "
                "from the beginning.",
                stacklevel=3,
            )
        fresh = {"phase": 0, "epoch": 0, "updates": 0, "seconds": 0.0, "history": []}
        return fresh | same | {"hardware": hardware.describe()}, None
    state, path = found
    for what, value in same.items():
        if state[what] != value:
            told = checkpoints.difference(state[what], value, what)
            told = "its images were others" if what == "images" else told
            raise PresetConfigError(
                f"{work} holds a checkpoint of another training: {told}. Resume with "
                "the same arguments and images, or train in a new folder."
            )
    return state, path


def _digest(images):
    """A hash of images and labels."""
    digest = hashlib.sha256(np.ascontiguousarray(images.images))
    if images.labels is not None:
        digest.update(np.ascontiguousarray(images.labels))
    return digest.hexdigest()


def _write_results(out, state, quality, judges):
    """What the training took, and what came of it, for `results.json`."""
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
    if judges:  # which state the preset holds, and how that was told
        judge, keeper = judges
        name = keeper.monitor
        training["kept"] = min(progress, key=lambda entry: entry.get(name, math.inf))
        if name in judge.results:
            training["protocol"] = dict(judge.results[name].protocol)
    found = {"training": training} | ({"quality": quality} if quality else {})
    results = documents.to_json(found)
    with write_atomically(out / "results.json") as file:
        file.write(results)


def _progress(logs, recipe):
    """Images seen by the end of an epoch, and the figures measured then."""
    rest, images = logs["updates"], 0
    for phase in recipe["phases"]:
        taken = min(rest, phase["updates"])
        rest, images = rest - taken, images + taken * phase["batch_size"]
    figures = {name: value for name, value in logs.items() if name.startswith("fid")}
    return {"images": images} | figures
